"""Nothing the engine paused stays paused when it dies (R12), and with `web` dead calls ring on (R8): the whole house.

`okno up` is frozen meanwhile, else it would bring the dead one back in a second. A queue here gives up its caller
after 60 s: whoever is answered was reached within that time. Both are waits of a minute by design: two houses stand
side by side, and each waits for its own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from demo import sipp
from demo.scenarios import Call
from demo.sipp import Address
from engine.client import EngineClient
from okno.settings import Runtime, load_settings
from tests.pbx.bench import free_port
from tests.system import clinic as clinics
from tests.system import truth
from tests.system.clinic import LINES, MAIN_QUEUE, Clinic
from tests.system.patients import traced_phones
from tests.system.screen import live, logged_in

WRAP_UP_S, GIVES_UP_S = 600, 60


def house(state: Path) -> Clinic:
    """A clinic where who logs in comes into the queues, with a wrap-up that outlasts the test."""
    title = {"ru": "main", "en": "main"}
    queue = {"name": MAIN_QUEUE, "title": title, "wrap_up_s": WRAP_UP_S, "ring_s": 10, "max_wait_s": GIVES_UP_S}
    others = [{"name": name, "title": title} for name in ("busy", "deaf", "empty")]
    return clinics.start(state, managed={"members": "logged_in"}, queues=[queue, *others])


@pytest.fixture
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Clinic, Clinic]]:
    """Two such clinics, which come up and go down at the same time."""
    made = house(tmp_path_factory.mktemp("one")), house(tmp_path_factory.mktemp("other"))
    try:
        for clinic in made:
            asyncio.run(clinic.ready())
        yield made
    finally:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Clinic.stop, made))


@asynccontextmanager
async def phones_of(clinic: Clinic, folder: Path) -> AsyncIterator[Path]:
    """The operators' phones; yields the folder of their trace."""
    process = await traced_phones(clinic.phones_port, folder)
    try:
        yield folder
    finally:
        process.kill()
        await process.wait()


async def dials(clinic: Clinic, extension: str, code: str) -> None:
    """An operator's phone dials a code."""
    at = Address("127.0.0.1", free_port(socket.SOCK_DGRAM))
    process = sipp.calls(at, Address("127.0.0.1", clinic.sip_port), [Call(extension, code, None)], patience_s=20)
    try:
        assert await process.wait() == 0, process.unexpected()
    finally:
        process.stop()


async def patient(clinic: Clinic, number: str) -> None:
    """A patient calls and stays until he is sent away: by the operator, or by the queue."""
    trunk = int(clinic.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    calls = [Call(number, LINES[MAIN_QUEUE].lstrip("+"), GIVES_UP_S + 20.0)]
    process = sipp.calls(Address("127.0.0.2", trunk), Address("127.0.0.1", clinic.sip_port), calls)
    try:
        await process.wait()
    finally:
        process.stop()


async def answered(clinic: Clinic, folder: Path, number: str) -> str:
    """Whose phone answered that patient. These phones (see `patients.RULES`) talk for two seconds and hang up."""
    await patient(clinic, number)
    found = [ring.extension for ring in truth.read(folder) if ring.caller[-4:] == number[-4:] and ring.answered_at]
    assert len(found) == 1, "nobody answered him"
    return found[0]


async def operator(clinic: Clinic, key: str, is_so: Callable[[dict[str, Any]], bool], within_s: float = 30) -> None:
    """Wait until the engine's own row of an operator is so."""
    runtime = Runtime(load_settings(clinic.state / "okno.yaml"), clinic.state)
    end, row = time.monotonic() + within_s, None
    async with EngineClient(runtime) as engine:
        while time.monotonic() < end:
            async for message in engine.live():
                if message["type"] == "snapshot":
                    row = message["tables"]["operators"][key]
                    break
            if row is not None and is_so(row):
                return
            await asyncio.sleep(0.5)
    raise AssertionError(f"{key} did not become so: {row}")


@asynccontextmanager
async def killed(clinic: Clinic, service: str) -> AsyncIterator[None]:
    """A service dies and nobody brings it back meanwhile."""
    clinic.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(clinic.pid(service), signal.SIGKILL)
        yield
    finally:
        clinic.process.send_signal(signal.SIGCONT)
    await clinic.ready()


async def test_what_a_dead_engine_and_a_dead_web_leave_behind(
    houses: tuple[Clinic, Clinic], tmp_path: Path, page: Page
) -> None:
    async with asyncio.TaskGroup() as both:
        both.create_task(r12_an_operator_whom_a_dead_engine_left_paused_is_reached(houses[0], tmp_path / "r12"))
        both.create_task(r8_with_web_dead_calls_ring_on(houses[1], tmp_path / "r8", page))


async def r12_an_operator_whom_a_dead_engine_left_paused_is_reached(running: Clinic, folder: Path) -> None:
    async with phones_of(running, folder) as phones:
        await dials(running, "1081", "*41")
        await operator(running, "op1081", lambda row: row["presence"] == "available")
        assert await answered(running, phones, "+79990001201") == "1081"
        await operator(running, "op1081", lambda row: row["pauses"] == ["eng:acw"])
        # Another one is logged in too, and has gone to lunch: he is not the engine's to give back.
        await dials(running, "1082", "*41")
        await dials(running, "1082", "*45")
        await operator(running, "op1082", lambda row: row["presence"] == "break")
        async with killed(running, "engine"):
            assert await answered(running, phones, "+79990001202") == "1081"
        assert {ring.extension for ring in truth.read(phones)} == {"1081"}
        # The engine is back and knows what it knew: he still wraps up, the other still has his break.
        await operator(running, "op1081", lambda row: "eng:acw" in row["pauses"])
        await operator(running, "op1082", lambda row: row["pauses"] == ["human:break"])


async def r8_with_web_dead_calls_ring_on(running: Clinic, folder: Path, page: Page) -> None:
    """Five minutes in the clinic, here until the page is lost for good: the grace of a minute is over."""
    async with phones_of(running, folder) as phones:
        await logged_in(page, running, "third", "operator", "op1083")
        await dials(running, "1083", "*41")
        await operator(running, "op1083", lambda row: (row["presence"], row["page"]) == ("available", "here"))
        async with killed(running, "web"):
            await operator(running, "op1083", lambda row: row["page"] == "lost", within_s=90)
            assert await answered(running, phones, "+79990001203") == "1083"
        await live(page, 30)
        await operator(running, "op1083", lambda row: row["page"] == "here")
