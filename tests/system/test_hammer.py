"""Twenty-four pages on two web processes hammer one queue while engines are killed, frozen and thawed.

Real processes, PostgreSQL, Valkey, Asterisk (which is asked to keep phones quiet for callbacks). The database keeps
every offer there ever was with its beginning and end: they are added up again, and held against what people were told.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
import yaml

from okno.command.processes import ports
from okno.database import Database
from okno.database.addresses import database_url
from okno.settings import Settings
from okno.settings.directory import Work
from tests.okno.conftest import OwnServer
from tests.pbx.bench import Bench, build
from tests.system.crowd import Clerk, Told, World
from tests.system.pair import Pair, Service, pair, pair_settings, until
from web.accounts.people import People
from web.accounts.sessions import Sessions

OPERATORS = [f"op{number}" for number in range(1101, 1113)]
WEIGHTS = {"chat": 25, "form": 50, "email": 25, "voicemail": 50, "callback": 100}
QUICK = {kind: Work(weight=weight, offer_s=5, wrap_up_s=0) for kind, weight in WEIGHTS.items()}
CAPACITY = 100
LIVE = ("pending", "accepted", "wrapping")


def clinic() -> Settings:
    """The clinic of fail-over tests, where an offer stands for five seconds."""
    return pair_settings().model_copy(update={"work": QUICK})


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk whose queues have the operators' phones."""
    with build(tmp_path_factory.mktemp("asterisk"), clinic()) as made:
        made.phones()
        yield made


@pytest_asyncio.fixture
async def two(
    asterisk: Bench, own_postgres: OwnServer, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pair]:
    """Two engines and a web; the first engine leads."""
    for name in ("OKNO_CONFIG", "OKNO_STATE", "OKNO_DATABASE_URL", "OKNO_REDIS_URL"):
        monkeypatch.setenv(name, "")  # so that what the pair sets is taken back
    await own_postgres.start()
    async with pair(asterisk, tmp_path, own_postgres.url, redis_url) as made:
        yield made


async def second_web(two: Pair) -> str:
    """Start another web process on the same house; returns its address. The pair ends it."""
    port, place, log = ports.free(), two.state / "web2.yaml", two.state / "web2.out"
    url = f"http://localhost:{port}"
    place.write_text(yaml.safe_dump(yaml.safe_load(two.output.read_text()) | {"web": {"port": port, "public_url": url}}))
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "okno.command.cli", "serve", "web"], stdout=sink, stderr=sink,
            stdin=subprocess.DEVNULL, env=os.environ | {"OKNO_CONFIG": str(place)},
        )  # fmt: skip
    two.services["web2"] = Service("web2", process, log)

    async def ready() -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{url}/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    await until(ready, 20, lambda: two.services["web2"].said[-2000:])
    return url


async def crowd(two: Pair, urls: list[str], told: Told) -> list[Clerk]:
    """Every operator with a page on each web process; the log-in itself is another test's."""
    database = await Database.open(database_url(two.database, "okno_web"), name="hammer")
    worlds, clerks, people = [World() for _ in urls], [], People(database)
    for number, operator in enumerate(OPERATORS):
        account = await people.add(operator, title=operator, role="operator", operator=operator, password="x")
        cookie = f"__Host-okno={await Sessions(database, timedelta(hours=1)).open(account)}"
        for place, url in enumerate(urls):
            dice = random.Random(100 * number + place)
            clerks.append(Clerk(url, cookie, operator, world=worlds[place], told=told, dice=dice))
            await clerks[-1].connect(leads=number == 0)
    await database.close()
    return clerks


async def offers_of(two: Pair) -> list[asyncpg.Record]:
    """Every offer there ever was, in the order of its beginning."""
    connection = await asyncpg.connect(database_url(two.database, "okno_engine"))
    try:
        return list(await connection.fetch("SELECT * FROM offers ORDER BY at, id"))
    finally:
        await connection.close()


def moments(offers: list[asyncpg.Record], about: str) -> dict[str, list[tuple[Any, int, int]]]:
    """For each operator or request: when how much began (+) or ended (-); what ends and begins at once ends first."""
    found: dict[str, list[tuple[Any, int, int]]] = {}
    for one in offers:
        weight = one["weight"] if about == "operator" else 1
        found.setdefault(str(one[about]), []).append((one["at"], 1, weight))
        if one["ended_at"] is not None:
            found[str(one[about])].append((one["ended_at"], 0, -weight))
    return found


def never_more_than(offers: list[asyncpg.Record], about: str, bound: int) -> None:
    """Added up over time, nobody has more offers (by weight), no request more than one."""
    for key, changes in moments(offers, about).items():
        total = 0
        for at, _, weight in sorted(changes):
            total += weight
            assert total <= bound, f"{about} {key} has {total} at {at}"


async def caught(two: Pair, name: str) -> float:
    """What the net of an engine has caught."""
    async with aiohttp.ClientSession() as session, session.get(f"{two.address(name)}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    (line,) = [line for line in lines if line.startswith("okno_offers_caught_total")]
    return float(line.split()[1])


async def drained(two: Pair, clerks: list[Clerk]) -> None:
    """Everybody comes to his senses; in the end nothing waits and nobody has anything."""
    for clerk in clerks:
        clerk.wild = False

    async def empty() -> bool:
        row = await two.row("SELECT count(*) AS open FROM requests WHERE open")
        return int(row["open"]) == 0

    async def left() -> str:
        row = await two.row(
            "SELECT json_agg(left_over.*) AS rows"
            " FROM (SELECT kind, status, owner, attempts FROM requests WHERE open) left_over"
        )
        return str(row["rows"])

    async def unpaused() -> bool:
        row = await two.row("SELECT count(*) AS held FROM operators WHERE pauses::text LIKE '%eng:%'")
        return int(row["held"]) == 0

    try:
        await until(empty, 40, lambda: "stuck")
    except AssertionError:
        raise AssertionError(f"stuck: {await left()}") from None
    await until(unpaused, 20, lambda: "a phone is kept quiet for nothing")


async def test_hammered_by_a_crowd_while_engines_die_freeze_and_thaw(two: Pair) -> None:
    told = Told()
    clerks = await crowd(two, [two.url, await second_web(two)], told)
    work = [asyncio.create_task(clerk.work()) for clerk in clerks]
    try:
        await asyncio.sleep(6)
        two.services["engine"].process.kill()
        assert (await two.leads("standby"))["epoch"] == 2
        two.start("engine")
        await two.stands_by("engine")
        await asyncio.sleep(5)
        stale = two.services["standby"]
        os.kill(stale.process.pid, signal.SIGSTOP)
        await two.leads("engine")
        await asyncio.sleep(4)
        os.kill(stale.process.pid, signal.SIGCONT)
        assert await asyncio.to_thread(stale.process.wait, 20) == 1
        assert "our lease has ended" in stale.said and "Traceback" not in stale.said
        await drained(two, clerks)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for clerk in clerks:
            with contextlib.suppress(Exception):
                await clerk.socket.disconnect()
    assert (await two.lease())[0] == 3, "the stale leader leads again"
    offers = await offers_of(two)
    never_more_than(offers, "operator", CAPACITY)
    never_more_than(offers, "request", 1)
    assert [one for one in offers if one["state"] in LIVE] == []
    assert await caught(two, "engine") == 0
    assert int((await two.row("SELECT count(*) AS n FROM poisoned_events"))["n"]) == 0
    as_told(offers, told)


def as_told(offers: list[asyncpg.Record], told: Told) -> None:
    """Whoever was told that a request is his had it."""
    had = {(one["operator"], str(one["request"])) for one in offers if one["accepted_at"] is not None}
    claimed = {(who, about) for who, order, about, ok, _ in told.answers if ok and order in ("take", "accept")}
    assert claimed <= had
    assert len(claimed) > 50, "the crowd did nothing"
    assert {"taken", "not_yours", "no_capacity"} <= told.whys()
    assert told.whys() <= {
        "taken", "offered", "stale", "not_found", "not_yours", "no_capacity", "offer_over", "call_live", "bad_time",
        "bad_target", "not_there", "engine_down", "not_ready", "unknown", "closed", "too_fast",
    }, told.whys()  # fmt: skip
