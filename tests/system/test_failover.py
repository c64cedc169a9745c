"""Two engines, one leads: killed, frozen or cut off from the database, the other goes on; the stale one does nothing.

Real processes, PostgreSQL, Asterisk, its journal and SIPp patients who ring all the while. Half of them talk for longer
than a fail-over takes, half for so short that some calls live wholly inside one, where only the journal sees them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page

from demo.scenarios import Call
from demo.sipp import Sipp
from tests.okno.conftest import OwnServer
from tests.pbx.bench import Bench, build
from tests.system.pair import LINE, Pair, pair, pair_settings
from tests.system.screen import logged_in, same_as_fresh

CALLS, RATE = 24, 2.0
LONG_S, SHORT_S = 10.0, 3.5
NUMBERS = iter(range(1, 9999))


@pytest.fixture(scope="module")
def asterisk_of_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk with forty phones, for this file."""
    with build(tmp_path_factory.mktemp("asterisk"), pair_settings()) as made:
        made.phones()
        yield made


@pytest_asyncio.fixture
async def two(
    asterisk_of_two: Bench, own_postgres: OwnServer, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pair]:
    """The pair on a PostgreSQL of its own; the first engine leads."""
    for name in ("OKNO_CONFIG", "OKNO_STATE", "OKNO_DATABASE_URL", "OKNO_REDIS_URL"):
        monkeypatch.setenv(name, "")  # so that what the pair sets is taken back
    await own_postgres.start()
    async with pair(asterisk_of_two, tmp_path, own_postgres.url, redis_url) as made:
        yield made


def patients(two: Pair) -> tuple[Sipp, list[str]]:
    """Patients who mean to be answered; returns them and the last four digits of their numbers."""
    tails = [f"{next(NUMBERS):04d}" for _ in range(CALLS)]
    calls = [
        Call(number=f"+7999003{tail}", called=LINE.lstrip("+"), hold_s=SHORT_S if index % 2 else LONG_S)
        for index, tail in enumerate(tails)
    ]
    return two.bench.patients(calls, rate=RATE), tails


async def everybody_once(two: Pair, sipp: Sipp, tails: list[str]) -> None:
    """Wait for the end; every patient is one answered call with one leg, in one request that is done."""
    assert await asyncio.wait_for(sipp.wait(), 120) == 0, sipp.unexpected()
    for _ in range(150):
        row = await two.row("SELECT count(*) FILTER (WHERE open) AS open, count(*) AS every FROM calls")
        if not row["open"] and row["every"] >= len(tails):
            break
        await asyncio.sleep(0.2)
    calls = await two.every("/calls")
    assert Counter(call["number"][-5:].replace("-", "") for call in calls) == Counter(tails)
    wrong = [call for call in calls if call["result"] != "answered" or not call["ended_at"]]
    assert wrong == []
    assert [call for call in calls if [leg["result"] for leg in call["legs"]].count("answered") != 1] == []
    requests = await two.every("/requests")
    named = Counter(call for request in requests for call in request["calls"])
    assert named == Counter(call["id"] for call in calls)
    assert {request["status"] for request in requests if request["calls"]} <= {"done", "wrap_up"}
    row = await two.row("SELECT count(*) AS poisoned FROM poisoned_events")
    assert row["poisoned"] == 0


async def status_of(two: Pair) -> dict[str, Any]:
    """What `okno status --json` prints."""
    printed = await asyncio.to_thread(two.run, "status", "--json", codes=(0, 1))
    return dict(json.loads(printed))


async def test_killed_the_standby_goes_on_and_the_screen_follows(two: Pair, page: Page) -> None:
    await logged_in(page, two, "supervisor")
    born = await page.evaluate("performance.timeOrigin")
    told = await status_of(two)
    assert [one["role"] for one in told["engines"]] == ["leads", "stands_by"]
    assert [one["address"] for one in told["engines"]] == two.runtime.settings.engine.urls
    sipp, tails = patients(two)
    await asyncio.sleep(6)
    two.services["engine"].process.kill()
    now = await two.leads("standby")
    assert now["epoch"] == told["engine"]["epoch"] + 1
    two.start("engine")
    await two.stands_by("engine")
    told = await status_of(two)
    assert [one["role"] for one in told["engines"]] == ["stands_by", "leads"]
    assert told["engine"]["epoch"] == now["epoch"]
    await everybody_once(two, sipp, tails)
    await same_as_fresh(page)
    assert await page.evaluate("performance.timeOrigin") == born, "the page was reloaded"


WRITTEN = "SELECT (SELECT count(*) FROM requests) AS requests, turn FROM lease"


async def quiet(two: Pair) -> Any:
    """What is written when the leader has had nothing to write for a while: wrap-ups are over, journals told."""
    written = await two.row(WRITTEN)
    for _ in range(10):
        await asyncio.sleep(6)
        before, written = written, await two.row(WRITTEN)
        if before == written:
            return written
    raise AssertionError("the new leader never comes to rest")


async def test_frozen_and_thawed_the_stale_leader_writes_and_orders_nothing(two: Pair) -> None:
    sipp, tails = patients(two)
    await asyncio.sleep(6)
    old = two.services["engine"]
    os.kill(old.process.pid, signal.SIGSTOP)
    asked = asyncio.create_task(open_by_hand(two, "engine"))  # waits in the frozen process's socket
    now = await two.leads("standby")
    await everybody_once(two, sipp, tails)
    before = await quiet(two)  # from here on only the stale leader could write or order anything
    async with two.bench.tap() as tap:
        os.kill(old.process.pid, signal.SIGCONT)
        assert await asyncio.to_thread(old.process.wait, 20) == 1
        await asyncio.sleep(1)
        assert [name for name in tap.names() if name.startswith("QueueMember")] == []
    assert "another_engine_leads" in old.said
    assert "our lease has ended" in old.said
    assert "Traceback" not in old.said
    assert await two.row(WRITTEN) == before
    assert await asked != 200
    assert (await two.leads("standby"))["epoch"] == now["epoch"]


async def test_cut_off_from_the_database_the_leader_hands_over_and_ends(two: Pair) -> None:
    sipp, tails = patients(two)
    await asyncio.sleep(6)
    old, line = two.services["engine"], two.lines["engine"]
    line.cut()
    now = await two.leads("standby")
    assert now["epoch"] == 2
    assert await asyncio.to_thread(old.process.wait, 20) == 1
    assert "another_engine_leads" in old.said
    line.mend()
    two.start("engine")
    await two.stands_by("engine")
    await everybody_once(two, sipp, tails)


async def test_the_database_away_for_both_ends_neither(two: Pair) -> None:
    """No rival leads, so the leader goes on without a database, shows calls, and catches up."""
    sipp, tails = patients(two)
    await asyncio.sleep(3)
    for line in two.lines.values():
        line.cut()
    await asyncio.sleep(8)
    for line in two.lines.values():
        line.mend()
    assert two.services["engine"].process.poll() is None
    told = [await two.told(name) for name in ("engine", "standby")]
    assert any(told)
    await everybody_once(two, sipp, tails)
    epoch, _ = await two.lease()
    assert epoch in (1, 2)  # whoever reached it first


async def open_by_hand(two: Pair, name: str) -> int:
    """Ask an engine for a new request; returns the HTTP status, 0 when the line broke."""
    body = {
        "command": str(uuid4()), "name": "open", "actor": "anna", "role": "operator", "operator": "op1101",
        "args": {"kind": "callback", "queue": "main", "phone": "+79990039999"},
    }  # fmt: skip
    headers = {"Okno-Service": two.runtime.secret("file:service.secret")}
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=120)) as session,
            session.post(f"{two.address(name)}/v1/commands", json=body) as answer,
        ):
            return answer.status
    except aiohttp.ClientError:
        return 0
