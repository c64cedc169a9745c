"""Fail-over while calls run: from the kill or the freeze of the leader to the first event its successor commits.

    python -m bench.failover [--rounds 5] [--rate 2]

Two real engines on one PostgreSQL (durable), a real Asterisk, SIPp patients all the while. A kill is `kill -9` on this
machine, where the successor sees at once that the holder is dead; a freeze is SIGSTOP, after which the lease must run
out (5 s), as between two machines. Aims: 3 s after a kill, 10 s after a freeze.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from demo.scenarios import Call
from okno.command.processes import embedded, ports
from okno.database.addresses import database_url
from tests.fixtures import PASSWORD, running
from tests.pbx.bench import Bench, build
from tests.system.pair import ENGINES, LINE, Pair, pair, pair_settings

STAGES = ("lease taken", "first commit", "PBX link live", "first call event", "screens follow")
AIM_S = {"kill": 3.0, "freeze": 10.0}
HOLD_S = 8.0


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=2.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="okno-failover-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        bench = build(home / "asterisk", pair_settings())
        asyncio.run(bench.running.start())
        try:
            bench.phones()
            ports_of = ports.free(), ports.free()
            with (
                running(embedded.postgres(home, ports_of[0], PASSWORD)),
                running(embedded.valkey(home, ports_of[1], PASSWORD)),
            ):
                servers = (
                    f"postgresql://okno:{PASSWORD}@127.0.0.1:{ports_of[0]}",
                    f"redis://:{PASSWORD}@127.0.0.1:{ports_of[1]}/0",
                )
                asyncio.run(rounds(bench, home / "pair", servers, args.rounds, args.rate))
        finally:
            bench.stop()


async def rounds(bench: Bench, home: Path, servers: tuple[str, str], count: int, rate: float) -> None:
    """Kill, then freeze, `count` times each; print each stage's median and worst."""
    async with pair(bench, home, *servers) as two:
        needed = round((count * 40 + 20) * rate)
        calls = [
            Call(number=f"+7999003{index:04d}", called=LINE.lstrip("+"), hold_s=HOLD_S) for index in range(needed)
        ]
        patients = two.bench.patients(calls, rate=rate)
        leading = 0
        try:
            for kind in AIM_S:
                times = []
                for _ in range(count):
                    await asyncio.sleep(8)  # calls of every age
                    times.append(await one(two, kind, ENGINES[leading], ENGINES[1 - leading]))
                    leading = 1 - leading
                report(kind, times)
        finally:
            patients.stop()


async def one(two: Pair, kind: str, old: str, new: str) -> list[float]:
    """End one leader and time the other, in seconds from the signal; the old one stands by again afterwards."""
    connection = await asyncpg.connect(database_url(two.database, "okno_engine"))
    try:
        epoch = await connection.fetchval("SELECT epoch FROM lease")
        process, began = two.services[old].process, time.monotonic()
        os.kill(process.pid, signal.SIGKILL if kind == "kill" else signal.SIGSTOP)
        times = [await when(lambda: connection.fetchval("SELECT epoch > $1 FROM lease", epoch)) - began]
        turn = await connection.fetchval("SELECT turn FROM lease")
        since = await connection.fetchval("SELECT clock_timestamp()")
        times.append(await when(lambda: connection.fetchval("SELECT turn > $1 FROM lease", turn)) - began)
        await two.leads(new)
        times.append(time.monotonic() - began)
        times.append(await when(lambda: connection.fetchval(
            "SELECT EXISTS (SELECT FROM calls WHERE started_at > $1)", since)) - began)  # fmt: skip
        times.append(await when(lambda: follows(two, epoch + 1)) - began)
    finally:
        await connection.close()
    os.kill(process.pid, signal.SIGCONT)
    if kind == "freeze":
        await asyncio.to_thread(process.wait, 20)
    two.start(old)
    await two.stands_by(old)
    return times


async def follows(two: Pair, epoch: int) -> bool:
    """Whether `web` shows the world of this epoch."""
    try:
        return str((await two.get("/live"))["epoch"]).startswith(f"{epoch}-")
    except AssertionError:  # 503: it has heard no engine for three seconds, and says so
        return False


async def when(fact: Callable[[], Awaitable[Any]]) -> float:
    """Wait until it is so; returns the monotonic second."""
    while not await fact():  # noqa: ASYNC110  # a database has no event to wait for
        await asyncio.sleep(0.01)
    return time.monotonic()


def report(kind: str, times: list[list[float]]) -> None:
    """Print a line a stage: median, worst; and the aim beside the first commit."""
    print(f"\n{kind}, {len(times)} rounds, seconds from the signal: median / worst")
    for stage, *values in zip(STAGES, *times, strict=True):
        aim = f"  aim {AIM_S[kind]:.0f}: {max(values) / AIM_S[kind]:.2f} of it" if stage == "first commit" else ""
        print(f"  {stage:<18} {statistics.median(values):6.2f} / {max(values):5.2f}{aim}")


if __name__ == "__main__":
    main()
