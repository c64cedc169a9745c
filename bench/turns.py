"""The single writer on a real PostgreSQL with fsync: events and turns per second, and what open requests cost.

Run by hand: `python -m bench.turns`. Whole answered calls go through queue, rooms, rows, patches and commits; the
ratio is the time per event with ten times as many open requests, which must stay near 1.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.events import CallEvent, OpenAsked
from okno import clock
from okno.command.processes import embedded, ports
from okno.database import Database, ensure_databases, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from tests.engine.clinic import T, settings, simplest
from tests.engine.plays import shifted
from tests.engine.rig import Rig, note, running, tiny
from tests.fixtures import PASSWORD
from tests.fixtures import running as serving

CALLS = 400
OPEN = (300, 3000)


async def opened(rig: Rig, count: int) -> None:
    """Fill the world with requests that wait."""
    asked = [
        OpenAsked(
            at=clock.now(), command=str(uuid4()), actor="bench", role="supervisor", id=str(uuid4()), kind="callback",
            queue="front" if number % 2 else "back", phone=f"+7999{number:07d}",
        )
        for number in range(count)
    ]
    answers = await asyncio.gather(*(rig.loop.command(one) for one in asked))
    assert all(answer.ok for answer in answers)


def stream(first: int) -> list[Any]:
    """Facts of answered calls, twenty of them side by side, with times of now."""
    shift = clock.now() - T
    calls = [[shifted(fact, first + copy) for fact in simplest()] for copy in range(CALLS)]
    facts: list[Any] = []
    for start in range(0, CALLS, 20):
        facts += [fact for together in zip(*calls[start : start + 20], strict=True) for fact in together]
    assert not any(isinstance(fact, CallEvent) for fact in facts)
    return [type(fact)(**{**_values(fact), "at": fact.at + shift - timedelta(minutes=5)}) for fact in facts]


def _values(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__dataclass_fields__}


async def flood(rig: Rig, first: int) -> float:
    """Give a stream as fast as it is taken; prints, and returns our own processor's microseconds per event."""
    facts, turns = stream(first), rig.loop.writer.number
    ended = "SELECT count(*) FROM calls WHERE ended_at IS NOT NULL AND result = 'answered'"
    before = await rig.database.fetchval(ended)
    began, worked = time.perf_counter(), time.process_time()
    for fact in facts:
        rig.loop.take(fact)
    await rig.until(lambda: rig.loop.queued == 0 and not rig.loop.writer.pending, 120)
    spent, worked = time.perf_counter() - began, time.process_time() - worked
    turns = rig.loop.writer.number - turns
    print(
        f"  {len(facts)} events of {CALLS} calls: {len(facts) / spent:7.0f} events/s, {turns / spent:5.0f} turns/s,"
        f" {len(facts) / max(1, turns):5.1f} events a turn"
    )
    assert rig.loop.poisoned == 0 and await rig.database.fetchval(ended) == before + CALLS
    return worked / len(facts) * 1e6


async def one_by_one(rig: Rig, count: int = 300) -> None:
    """Commands one after another: each waits for its own commit."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await rig.loop.command(note())
        times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    print(f"  one command, asked to saved: median {statistics.median(times):.2f} ms, p99 {times[-count // 100]:.2f} ms")


async def measure(server: str, folder: Path) -> None:
    """Everything, on one server."""
    keyring = Keyring.create(folder / "keyring.json")
    names = ("okno_one", "okno_few", "okno_many")
    await ensure_databases(server, list(names))
    databases = []
    for name in names:
        database = await Database.open(database_url(server, name), name="bench")
        await migrate(database, "okno", "migrations")
        await migrate(database, "engine", "store/migrations")
        databases.append(database)
    async with running(databases[0], keyring, tiny) as rig:
        await one_by_one(rig)
    async with running(databases[1], keyring) as few, running(databases[2], keyring) as many:
        for rig, count in ((few, OPEN[0]), (many, OPEN[1])):
            rig.loop.take(settings())
            await rig.until(lambda rig=rig: rig.screens.tables["queues"])
            await opened(rig, count)
        ratios = []
        for turn in range(6):  # side by side, as the machine is never quiet; the first pair warms up
            print(f"with {OPEN[0]} and with {OPEN[1]} open requests:")
            less, more = await flood(few, 10_000 * turn), await flood(many, 10_000 * turn)
            ratios.append(more / less)
    print(f"ten times as many open requests: x{statistics.median(ratios[1:]):.2f} of our processor's time per event")
    for database in databases:
        with suppress(TimeoutError):
            await database.close()


def main() -> None:
    """Start a PostgreSQL of our own and measure."""
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        port = ports.free()
        with serving(embedded.postgres(folder, port, PASSWORD)):
            asyncio.run(measure(f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}/postgres", folder))


if __name__ == "__main__":
    main()
