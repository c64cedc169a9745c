"""Callers in a menu while the engine is killed, or asked to end, beside a real Asterisk: they reach people, or finish."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from demo.sipp import Address
from tests.pbx.dialog import Dialog
from tests.pbx.softphone import Softphone
from tests.system import clinic as clinics
from tests.system.clinic import MAIN_QUEUE, Clinic, free_ports
from tests.system.patients import traced_phones

NUMBER = "+73430000077"
FLOW = {
    "title": {"en": "One number"}, "start": "menu", "steps": {
        "menu": {"kind": "menu", "prompts": ["choose"], "wait_s": 8, "tries": 5, "otherwise": "people",
                 "choices": [{"key": "1", "next": "bye"}, {"key": "0", "next": "people"}]},
        "people": {"kind": "queue"},
        "bye": {"kind": "leave", "to": "done"},
    },
}  # fmt: skip
WORDS = {"ru": "menu", "en": "menu"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic whose one more number leads into a menu."""
    (agi,) = free_ports(1)
    plain = clinics.settings([0] * 12, 0)
    lines = [*plain["lines"], {"number": NUMBER, "source": {"ru": "m", "en": "m"}, "queue": MAIN_QUEUE, "flow": "main"}]
    prompts = {"choose": {"label": WORDS, "text": WORDS}}
    more: dict[str, Any] = {"lines": lines, "flows": {"main": FLOW}, "prompts": prompts}
    with clinics.start(tmp_path_factory.mktemp("okno"), **more, **{"engine": engine_at(agi)}) as clinic:
        yield clinic


def engine_at(agi: int) -> dict[str, Any]:
    """Where the engine is; the ports of the rest are the clinic's."""
    (port,) = free_ports(1)
    return {"port": port, "agi_port": agi}


@pytest_asyncio.fixture
async def phones(running: Clinic, tmp_path: Path) -> AsyncIterator[Path]:
    """The operators' phones; yields the folder of their trace."""
    process = await traced_phones(running.phones_port, tmp_path)
    try:
        yield tmp_path
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def inside(clinic: Clinic, count: int) -> None:
    """Wait until so many are in the menu."""
    secret = (clinic.state / "secrets/service.secret").read_text().strip()
    url = f"http://127.0.0.1:{clinic.config['engine']['port']}/v1/ivr/counts"
    async with asyncio.timeout(20), aiohttp.ClientSession(headers={"Okno-Service": secret}) as session:
        while True:
            async with session.get(url) as answer:
                told = (await answer.json())["flows"].get("main", {"inside": 0})
            if told["inside"] == count:
                return
            await asyncio.sleep(0.1)


async def call(stack: AsyncExitStack, clinic: Clinic, number: str) -> Dialog:
    """A patient who calls and is in the menu."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.2", 0))
        port = probe.getsockname()[1]
    phone = await stack.enter_async_context(
        Softphone(number, Address("127.0.0.2", port), Address("127.0.0.1", clinic.sip_port))
    )
    return await phone.dial(NUMBER.removeprefix("+")).up()


async def answered(clinic: Clinic, numbers: list[str], within_s: float = 60) -> None:
    """Wait until operators talk with all of them."""
    end = time.monotonic() + within_s
    while True:
        calls = {number: await of(clinic, number) for number in numbers}
        if all(len(found) == 1 and found[0]["answered_at"] for found in calls.values()):
            return
        assert time.monotonic() < end, calls
        await asyncio.sleep(0.5)


async def of(clinic: Clinic, number: str) -> list[dict[str, Any]]:
    """The calls of a number."""
    return [one for one in await clinic.every("/calls") if one["number"][-5:].replace("-", "") == number[-4:]]


async def back(clinic: Clinic, old: int) -> None:
    """Wait until another engine leads."""
    end = time.monotonic() + 60
    while True:
        assert time.monotonic() < end, "no other engine"
        try:
            if clinic.pid("engine") != old:
                break
        except (KeyError, OSError, ValueError):
            pass
        await asyncio.sleep(0.1)
    await clinic.ready(60)


async def ended(clinic: Clinic, number: str) -> str:
    """How the one call of a number ended."""
    async with asyncio.timeout(60):
        while True:
            calls = await of(clinic, number)
            if calls and all(one["ended_at"] for one in calls):
                (only,) = calls
                return str(only["result"])
            await asyncio.sleep(0.3)


@pytest.mark.usefixtures("phones")
async def test_the_engine_is_killed_and_callers_in_the_menu_reach_people(running: Clinic) -> None:
    numbers = ["+79990000711", "+79990000712", "+79990000713"]
    old = running.pid("engine")
    async with AsyncExitStack() as stack:
        calls = [await call(stack, running, number) for number in numbers]
        await inside(running, 3)
        os.kill(old, signal.SIGKILL)
        await back(running, old)
        await answered(running, numbers)
        for one in calls:
            await one.hang_up()
        assert [await ended(running, number) for number in numbers] == ["answered"] * 3


@pytest.mark.usefixtures("phones")
async def test_an_engine_asked_to_end_lets_who_is_inside_finish(running: Clinic) -> None:
    old = running.pid("engine")
    async with AsyncExitStack() as stack:
        one = await call(stack, running, "+79990000721")
        await inside(running, 1)
        os.kill(old, signal.SIGTERM)
        await asyncio.sleep(1.5)
        # Who comes meanwhile is not let in any more: people.
        other = await call(stack, running, "+79990000722")
        with contextlib.suppress(OSError):  # he is hung up on before the key is let go
            await one.press("1")
        await one.over(20)
        await back(running, old)
        await answered(running, ["+79990000722"])
        await other.hang_up()
        assert await ended(running, "+79990000721") == "self_service"
        assert await ended(running, "+79990000722") == "answered"
