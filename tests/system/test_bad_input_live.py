"""Bad input from outside to a running clinic: told once, counted, shown harmlessly; no lost call, no dead loop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page

from tests.engine.ami.fault_server import newchannel
from tests.system import clinic as clinics
from tests.system import leaks
from tests.system.broken_pbxes import SECRET, Broken
from tests.system.patients import traced_phones
from tests.system.screen import live, logged_in
from tests.system.strangers import STRANGERS, Stranger, call

LINE = clinics.LINES[clinics.MAIN_QUEUE].lstrip("+")
NUMBERS = [f"+7999002{tail:04d}" for tail in range(1, 30)]
TOLD = {
    "wrong": "refuses our AMI user: compare the secret and permit with manager.conf",
    "closed": "cannot be reached: is Asterisk running, with enabled=yes in manager.conf?",
    "http": "does not greet as Asterisk; is it the TLS port (then ami.tls: true)?",
    "tls": "TLS mismatch: compare ami.tls, ami.port and ami.ca_file with manager.conf",
    "nosecret": "none.secret is missing: there is no such secret file",
    "old": "16.30.0 is too old",
    "rights": "`okno check` names the rights that are missing",
}


@pytest.fixture(scope="module")
def broken() -> Iterator[Broken]:
    """PBXs that cannot be used."""
    with Broken() as servers:
        yield servers


@pytest.fixture(scope="module")
def house(broken: Broken, tmp_path_factory: pytest.TempPathFactory) -> Iterator[clinics.Clinic]:
    """A clinic with a good PBX of its own and the broken ones beside it."""
    state = tmp_path_factory.mktemp("bad") / "state"
    with clinics.start(state, attached=broken.settings(state / "secrets")) as clinic:
        yield clinic


async def test_each_broken_pbx_is_told_once_and_the_good_one_lives(house: clinics.Clinic) -> None:
    for name, words in TOLD.items():
        port = next(pbx["ami"]["port"] for pbx in house.config["pbxes"] if pbx["name"] == name)
        await until(lambda words=words, port=port: told(house, words, port), f"{name} to be told")
    lines = house.output.read_text().splitlines()
    for name, words in TOLD.items():
        # Once for each of the two logins, however often it was tried.
        assert 1 <= sum(words in line for line in lines if "ami_" in line or "too_old" in line) <= 2, name
    assert "Traceback" not in house.output.read_text() and SECRET not in house.output.read_text().split()
    assert (await links(house))["main"] == "live"


async def test_an_opened_port_heals_by_itself(house: clinics.Clinic, broken: Broken) -> None:
    # Early in the module: the back-off between tries is still short.
    assert not await is_live(house, "closed")
    broken.open_closed()
    await until(lambda: is_live(house, "closed"), "closed to be live", 45)


async def test_check_names_what_to_do_and_fails(house: clinics.Clinic) -> None:
    said = await asyncio.to_thread(house.run, "check", codes=(1,))
    for name, words in TOLD.items():
        if name in ("wrong", "rights", "closed"):
            continue
        assert any(line.startswith(f"- pbx {name}: ") and words in line for line in said.splitlines()), (name, said)
    assert "- pbx wrong: " in said and "compare file:their.secret" in said
    assert "- pbx rights: AMI user okno-events lacks write = reporting" in said
    assert "- pbx main" not in said and "+ database of engine" in said


async def test_garbage_is_counted_and_the_link_lives(house: clinics.Clinic, broken: Broken) -> None:
    await until(lambda: is_live(house, "noisy"), "noisy to be live")
    before = await metric(house, 'okno_ami_garbage_total{pbx="noisy"}')
    server = broken.servers["noisy"]
    noise = [
        os.urandom(4000) + b"\r\n\r\n", b"\x00" * 500 + b"\r\n\r\n", b"Event\r\n\r\n", b"Event: \r\n\r\n",
        b"Event: Newchannel\r\nUniqueid: \xff\xfe\r\n\r\n", b"Event: QueueCallerJoin\r\nCount: many\r\n\r\n",
        b"A: " + b"x" * 200_000 + b"\r\n\r\n", newchannel(1, "\x00\udcff\"'<b>" + "n" * 10_000)[:-40],
    ]  # fmt: skip
    for data in noise:
        broken.loop.call_soon_threadsafe(server.emit, data)
    # A truncated block swallows what follows it up to the next end; then comes one whole call.
    broken.loop.call_soon_threadsafe(server.emit, b"\r\n\r\n" + newchannel(2))
    await until(lambda: counted(house, before + 1), "the garbage to be counted")
    await until(lambda: knows(house, "noisy"), "the call after the garbage")
    assert await is_live(house, "noisy") and await is_live(house, "main")
    status = json.loads(house.run("status", "--json", codes=(0, 1)))["engine"]
    assert status["poisoned"] == 0


async def test_any_caller_is_one_call_one_request_and_harmless(
    house: clinics.Clinic, page: Page, tmp_path: Path
) -> None:
    dialogs: list[str] = []
    faults: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.type))
    page.on("pageerror", lambda error: faults.append(str(error)))
    await logged_in(page, house, "supervisor")
    before = {row["id"] for row in await house.every("/calls")}
    phones = await traced_phones(house.phones_port, tmp_path / "phones")
    try:
        codes = await all_call(house, tmp_path, STRANGERS)
    finally:
        phones.kill()
        await phones.wait()
    assert codes == {stranger.name: 0 for stranger in STRANGERS}, "each was answered and hung up himself"
    await until(lambda: ended(house, before, len(STRANGERS)), "all calls to end")
    calls = [row for row in await house.every("/calls") if row["id"] not in before]
    assert Counter(row["result"] for row in calls) == {"answered": len(STRANGERS)}
    requests = Counter(row for request in await house.every("/requests") for row in request["calls"])
    assert all(requests[row["id"]] == 1 for row in calls)
    tails = {row["number"][-5:].replace("-", "") for row in calls if row["number"].startswith("+7 999")}
    assert tails == {f"{tail:04d}" for tail in (*range(1, 10), 12, 13)}
    marks = [mark for stranger in STRANGERS for mark in stranger.marks]
    shown = json.dumps(calls, ensure_ascii=False) + await seen(page, house)
    assert [mark for mark in marks if mark in shown] == []
    assert (dialogs, faults, await page.evaluate("window.stolen ?? null")) == ([], [], None)
    assert await held(house, marks) == []
    assert await leaks.leaks(house, NUMBERS) == []


async def test_the_card_of_any_caller_is_text(house: clinics.Clinic, page: Page, tmp_path: Path) -> None:
    await logged_in(page, house, "rung", "operator", "op3001")
    phones = await traced_phones(house.phones_port, tmp_path / "phones")
    # The deaf queue has three phones that ring for ever: three callers ring all of them.
    odd = tuple(one for one in STRANGERS if one.name in ("quotes", "markup", "emoji"))
    try:
        calling = asyncio.create_task(all_call(house, tmp_path, odd, clinics.LINES[clinics.DEAF_QUEUE].lstrip("+")))
        html = ""

        async def rung() -> bool:
            nonlocal html
            html = await page.content()
            return any(f"999 002-00-0{tail}" in html.replace("\xa0", " ") for tail in (1, 3, 6))

        await until(rung, "the card of the ringing caller")
        assert await page.evaluate("[window.stolen ?? null, document.querySelectorAll('img[src=x]').length]") == [None, 0]
        assert "<script>window" not in html
        assert set((await calling).values()) == {0}
    finally:
        phones.kill()
        await phones.wait()


async def test_redis_gone_leaves_screens_and_calls_alive(house: clinics.Clinic, page: Page, tmp_path: Path) -> None:
    await logged_in(page, house, "supervisor")
    before = {row["id"] for row in await house.every("/calls")}
    phones = await traced_phones(house.phones_port, tmp_path / "phones")
    valkey = house.pid("valkey")
    os.kill(valkey, signal.SIGSTOP)
    try:
        (code,) = (await all_call(house, tmp_path, STRANGERS[:1])).values()
        assert code == 0
        await until(lambda: ended(house, before, 1), "the call to end")
        assert await page.evaluate("window.okno.phase()") == "live"
        (row,) = [row for row in await house.every("/calls") if row["id"] not in before]
        assert row["result"] == "answered"
    finally:
        os.kill(valkey, signal.SIGCONT)
        phones.kill()
        await phones.wait()
    await house.ready(30)
    assert "Traceback" not in house.output.read_text()


async def all_call(
    house: clinics.Clinic, folder: Path, strangers: tuple[Stranger, ...], line: str = LINE
) -> dict[str, int]:
    """Let them all call at once; SIPp's exit code of each."""
    placed = [
        call(stranger, folder / f"caller-{number}", port, house.sip_port, line)
        for number, (stranger, port) in enumerate(zip(strangers, clinics.free_ports(len(strangers)), strict=True))
    ]
    codes = await asyncio.gather(*placed)
    return {stranger.name: code for stranger, code in zip(strangers, codes, strict=True)}


async def seen(page: Page, house: clinics.Clinic) -> str:
    """All markup of the supervisor's page and of the history."""
    html = await page.content()
    await page.goto(f"{house.url}/history")
    await live(page)
    await asyncio.sleep(1)
    return html + await page.content()


async def held(house: clinics.Clinic, marks: list[str]) -> list[tuple[str, str]]:
    """Where a mark stands in the clear: databases, Redis, logs, metrics."""
    return [(place, mark) async for place, text in leaks._places(house) for mark in marks if mark in text]


async def ended(house: clinics.Clinic, before: set[str], count: int) -> bool:
    calls = [row for row in await house.every("/calls") if row["id"] not in before]
    return len(calls) >= count and all(row["ended_at"] for row in calls)


def told(house: clinics.Clinic, words: str, port: int) -> bool:
    return any(words in line and f"127.0.0.1:{port}" in line for line in house.output.read_text().splitlines())


async def links(house: clinics.Clinic) -> dict[str, Any]:
    status = json.loads(await asyncio.to_thread(house.run, "status", "--json", codes=(0, 1)))
    return {link["id"]: link["link"] for link in status["engine"]["pbxes"]}


async def is_live(house: clinics.Clinic, name: str) -> bool:
    return bool((await links(house))[name] == "live")


async def knows(house: clinics.Clinic, pbx: str) -> bool:
    return any(row["pbx"] == pbx for row in await house.every("/calls"))


async def counted(house: clinics.Clinic, least: float) -> bool:
    return await metric(house, 'okno_ami_garbage_total{pbx="noisy"}') >= least


async def metric(house: clinics.Clinic, name: str) -> float:
    """One figure of the engine; 0 when it is not there yet."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{house.config['engine']['port']}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


async def until(question: Callable[[], bool | Awaitable[bool]], what: str, within_s: float = 30) -> None:
    """Ask again and again until it is so."""
    end = time.monotonic() + within_s
    while True:
        answer = question()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < end, f"waited {within_s} s for {what}"
        await asyncio.sleep(0.2)
