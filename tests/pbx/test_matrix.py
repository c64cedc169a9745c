"""The scenario matrix: every play on a real Asterisk, told by AMI alone, by the journal alone, and by a killed engine.

One run plays all scenarios at once. Beside it works an engine with its database and its journal's shipper; it is
killed twice in the middle and comes again some seconds later. Then each of the three feeds must have exactly the calls
that were made, and nothing else (tests/pbx/matrix/play.py says what a scenario is).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from engine.queues.statistics import By
from okno.database.addresses import database_url
from tests.pbx.matrix.beside import DATABASE, Beside, beside, requests_of
from tests.pbx.matrix.counted import Counted, counted
from tests.pbx.matrix.feeds import by_ami, by_journal
from tests.pbx.matrix.play import Scenario
from tests.pbx.matrix.run import Played, every, perform
from tests.pbx.matrix.stage import standing
from tests.pbx.matrix.verdict import Got, differences, strangers, told

SCENARIOS = every()
FEEDS = ("ami", "journal", "killed_engine")
# When the engine is killed, counted from the first scenario, and for how long it is gone. Short calls begin and end
# while it is gone for the first and the second time; by the third all have begun, and most end.
KILLS = ((5.0, 4.0), (12.0, 3.0), (19.0, 4.0))


@dataclass
class Matrix:
    """What came of the run: the plays, the calls of each feed or why it could not be read."""

    played: Played = field(default_factory=Played)
    calls: dict[str, list[Got]] = field(default_factory=dict)
    flaws: dict[str, BaseException] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    repairs: list[tuple[str, list[str]]] = field(default_factory=list)
    checked: tuple[int, str] = (1, "nothing was checked")
    unexpected: str = ""
    counted: Counted | None = None

    def feed(self, name: str) -> list[Got]:
        """The calls of a feed. Raises what was in the way of reading it."""
        if name in self.flaws:
            raise self.flaws[name]
        return self.calls[name]

    def read(self, name: str, how: Callable[[], list[Got]]) -> None:
        """Keep a feed's calls, or why there are none: the other feeds' tests go on."""
        try:
            self.calls[name] = how()
        except Exception as problem:
            self.flaws[name] = problem


async def _killed(engine: Beside) -> None:
    """The middle of the run."""
    now = 0.0
    for after_s, gone_s in KILLS:
        await asyncio.sleep(after_s - now)
        engine.kill("engine")
        await asyncio.sleep(gone_s)
        engine.start("engine")
        now = after_s + gone_s


async def _after(engine: Beside, matrix: Matrix) -> None:
    """What the engine holds when all is over."""
    await engine.ready()
    calls, requests = await engine.settled()
    matrix.calls["killed_engine"] = told(calls)
    matrix.requests = requests_of(calls, requests)
    matrix.repairs = await engine.repairs()
    matrix.checked = await engine.check()


async def _run(home: Path, servers: dict[str, str]) -> Matrix:
    """Play everything once. The engine's troubles are its own feed's: the PBX goes on without it."""
    matrix = Matrix()
    async with standing(home / "asterisk", SCENARIOS) as stage, AsyncExitStack() as stack:
        engine: Beside | None = None
        try:
            engine = await stack.enter_async_context(beside(stage, home / "state", servers))
        except Exception as problem:
            matrix.flaws["killed_engine"] = problem
        killing = asyncio.create_task(_killed(engine)) if engine is not None else None
        matrix.played = await perform(stage, SCENARIOS)
        settings = stage.bench.settings
        matrix.read("ami", lambda: by_ami(settings, matrix.played))
        matrix.read("journal", lambda: by_journal(settings, matrix.played))
        if engine is not None and killing is not None:
            try:
                await killing
                await _after(engine, matrix)
            except Exception as problem:
                matrix.flaws["killed_engine"] = problem
        lines = matrix.played.queue_log.decode("utf-8", "replace").splitlines()
        matrix.counted = counted(settings, matrix.played.ami, lines)
        matrix.unexpected = "".join(process.unexpected() for process in stage.bench.started)
    return matrix


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str) -> Iterator[Matrix]:
    """The run, once for all its tests."""
    servers = {"OKNO_DATABASE_URL": postgres_url, "OKNO_REDIS_URL": redis_url}
    yield asyncio.run(_run(tmp_path_factory.mktemp("matrix"), servers))
    asyncio.run(_drop(postgres_url))


async def _drop(server: str) -> None:
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
    finally:
        await connection.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
@pytest.mark.parametrize("feed", FEEDS)
def test_the_calls_are_those_that_were_made(matrix: Matrix, feed: str, scenario: Scenario) -> None:
    if scenario.name in matrix.played.broken:
        raise matrix.played.broken[scenario.name]
    flaw = differences(scenario, matrix.played.expected[scenario.name], matrix.feed(feed))
    assert not flaw, "\n" + flaw


@pytest.mark.parametrize("feed", FEEDS)
def test_there_is_no_call_that_nobody_made(matrix: Matrix, feed: str) -> None:
    nobodys = strangers(SCENARIOS, matrix.feed(feed))
    assert not nobodys, "\n" + nobodys


def test_every_call_of_a_patient_has_exactly_one_request(matrix: Matrix) -> None:
    assert matrix.feed("killed_engine")
    assert matrix.requests == []


def test_the_journal_mended_what_the_dead_engine_missed_and_disagreed_with_nothing(matrix: Matrix) -> None:
    assert matrix.feed("killed_engine")
    kinds = {kind for kind, _ in matrix.repairs}
    assert {"missing", "gap"} <= kinds <= {"missing", "gap", "open"}, matrix.repairs


def test_the_journal_check_agrees(matrix: Matrix) -> None:
    assert matrix.feed("killed_engine")
    code, words = matrix.checked
    assert code == 0, "\n" + words


@pytest.mark.parametrize("by", ["queue", "hour"])
def test_the_figures_of_queues_are_those_that_queue_log_counts(matrix: Matrix, by: By) -> None:
    assert matrix.counted is not None and matrix.counted.log.unread == 0
    assert matrix.counted.unequal(by) == {}


def test_there_are_at_least_thirty_scenarios() -> None:
    assert len(SCENARIOS) >= 30


def test_every_phone_met_only_what_its_scenario_says(matrix: Matrix) -> None:
    assert matrix.unexpected == ""
