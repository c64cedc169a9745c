"""Memory over fifty thousand calls: the loop with a real PostgreSQL, and the journal's reader beside it.

Recorded calls (tests/replays), each time of other channels, go through the real loop, its turns and patches; the same
number of calls go through the journal's reader (tests/engine/recorded). Resident memory is sampled each 5,000 calls;
flat = after the first fifth no more than 5 % is added.

    python -m bench.memory [--calls 50000]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import copies
from engine import events as ev
from engine.ami.replay import facts
from engine.journal.parts import Part
from engine.journal.reading import Reader
from engine.world import Line, Operator, Pbx, Queue
from engine.world.entities import KINDS
from okno import clock
from okno.command.processes import embedded, ports
from okno.database import Database, ensure_databases, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from tests.engine.rig import Rig, running
from tests.engine.test_replays import bench as bench_world
from tests.fixtures import PASSWORD
from tests.fixtures import running as serving

# Each leaves nothing open behind: a missed call would stay a request until somebody rings back.
PLAYS = (
    "answered", "answered-operator-hangs-up", "no-answer-then-next", "busy-then-next", "declined-then-next",
    "hostile-name", "outbound-answered", "internal",
)  # fmt: skip
REPLAYS = Path(__file__).parents[1] / "tests/replays"
SAMPLES = 10
APART = timedelta(seconds=0.2)
WORDS = ("uniqueid", "linkedid", "dest", "dest_linkedid", "swap")


def resident() -> float:
    """MB of this process now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


def fresh(fact: Any, copy: int, shift: timedelta) -> Any:
    """A fact of other channels, at another time."""
    new: dict[str, Any] = {"at": fact.at + shift}
    for name in WORDS:
        told = getattr(fact, name, "")
        if told:
            new[name] = f"{told}{copy:06d}"
    if getattr(fact, "bridge", ""):
        new["bridge"] = f"{fact.bridge}-{copy}"
    return replace(fact, **new)


def stream(calls: int) -> Iterator[tuple[int, list[Any]]]:
    """Copies of the plays: how many calls each brings, and its facts."""
    plays = [list(facts(REPLAYS / f"{name}.ami")) for name in PLAYS]
    # Five calls a second by the PBX's clock, the last some minutes ago: what is due then is due now, and what is kept
    # for a minute is kept for as many calls as in the busiest hour of a clinic.
    at = clock.now() - timedelta(minutes=10) - calls * APART
    for copy in range(calls // len(plays)):
        for play in plays:
            yield 1, [fresh(fact, copy, at - play[0].at) for fact in play]
            at += APART


async def through_the_loop(rig: Rig, calls: int) -> list[float]:
    """Every call; returns the samples."""
    samples, done = [], 0
    world = bench_world()
    rig.loop.take(ev.ConfigurationLoaded(
        at=clock.now(), operators=tuple(world.all(Operator)), queues=tuple(world.all(Queue)),
        lines=tuple(world.all(Line)), pbxes=tuple(world.all(Pbx)),
    ))  # fmt: skip
    for count, play in stream(calls):
        for fact in play:
            rig.loop.take(fact)
        done += count
        if done % 50 == 0:
            rig.told.clear()
            rig.performed.clear()
            await rig.until(lambda: rig.loop.queued < 100, 300)
        if done % (calls // SAMPLES) == 0:
            await rig.until(lambda: rig.loop.queued == 0 and not rig.loop.writer.pending, 300)
            gc.collect()
            samples.append(resident())
            print(f"  {done:6} calls: {samples[-1]:6.1f} MB", flush=True)
    assert rig.loop.poisoned == 0
    return samples


def through_the_reader(calls: int) -> list[float]:
    """The journal's reader alone; returns the samples."""
    world = bench_world()
    reader = Reader("replay", [one for kind in KINDS for one in world.all(kind)])
    samples, told, places = [], 0, {"cel": 0, "queue_log": 0}
    count = calls // copies.CALLS
    for number, texts in enumerate(copies.journal(count, time.time()), 1):
        for file, text in zip(("queue_log", "cel"), reversed(texts), strict=True):
            records = tuple(text.splitlines(keepends=True))
            start = places[file]
            places[file] = start + len(text)
            last = number == count
            part = Part(file=file, inode=1, start=start, end=places[file], records=records, at_end=last)  # type: ignore
            taken = reader.take(part, datetime.now(UTC))
            told += len(taken.ended)
            while taken.more:
                taken = reader.go_on()
                told += len(taken.ended)
        if number % max(1, count // SAMPLES) == 0:
            gc.collect()
            samples.append(resident())
            print(f"  {told:6} calls told by the journal: {samples[-1]:6.1f} MB", flush=True)
    assert told == count * copies.CALLS, told
    return samples


async def measure(server: str, folder: Path, calls: int) -> list[float]:
    """The loop's samples."""
    await ensure_databases(server, ["okno_memory"])
    database = await Database.open(database_url(server, "okno_memory"), name="bench")
    await migrate(database, "okno", "migrations")
    await migrate(database, "engine", "store/migrations")
    try:
        async with running(database, Keyring.create(folder / "keyring.json")) as rig:
            return await through_the_loop(rig, calls)
    finally:
        await database.close()


def grown(samples: list[float]) -> float:
    """By what part the memory grew after the first fifth."""
    settled = samples[len(samples) // 5]
    return max(samples[len(samples) // 5 :]) / settled - 1


def main() -> int:
    """Print the samples and how much was added; exit 1 when it is not flat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50_000)
    args = parser.parse_args()
    journal = through_the_reader(args.calls)
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        port = ports.free()
        with serving(embedded.postgres(folder, port, PASSWORD)):
            url = f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}/postgres"
            loop = asyncio.run(measure(url, folder, args.calls))
    for name, samples in (("loop", loop), ("journal's reader", journal)):
        print(f"added after the first fifth, {name}: {100 * grown(samples):+.1f} %")
    return 0 if max(grown(loop), grown(journal)) <= 0.05 else 1


if __name__ == "__main__":
    sys.exit(main())
