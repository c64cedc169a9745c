"""Events per second: our link against stock panoramisk with one `'*'` callback, on the same recorded stream.

Both read the same chunks in one pinned process, in interleaved rounds; the median of the rounds' ratios is printed.
Ours frames, names, parses and translates to facts; stock frames, builds Message objects and calls back.
Two recordings of a real Asterisk 22: `all-classes`, what a PBX sends to a user without a filter (3x is asked of this
one), and `mixed`, what is left when our event filter in manager.conf has thrown the rest away: all of it is read.

    python -m bench.ami_pipeline [--ten] [--rounds N] [--file F]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import sys
import time
from collections import deque
from pathlib import Path

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.protocol import SafeProtocol
from okno.settings.model import PbxSettings

ALL_CLASSES = Path(__file__).parent / "recordings/all-classes.ami"
FILTERED = Path(__file__).parents[1] / "tests/replays/mixed.ami"
# What one read of a socket brings on a busy PBX.
CHUNK = 4096
EVENTS = 20_000


class NoTransport:
    """A transport that is never written to."""

    def close(self) -> None:
        """Nothing is open."""

    def is_closing(self) -> bool:
        """It never closes."""
        return False

    def pause_reading(self) -> None:
        """Nobody reads."""


def stream(recording: Path, events: int) -> tuple[list[bytes], int]:
    """The recording repeated to about so many events, in chunks, and how many events that is."""
    data = recording.read_bytes()
    once = data.count(b"\nEvent: ")
    times = max(1, events // once)
    whole = data * times
    return [whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK)], once * times


def ours(chunks: list[bytes]) -> tuple[float, int]:
    """CPU seconds of our link for the stream, and how many facts came out."""
    facts: deque[object] = deque(maxlen=1)
    count = 0

    def take(fact: object) -> None:
        nonlocal count
        count += 1
        facts.append(fact)

    link = PbxLink(PbxSettings(name="bench"), lambda reference: "", take, Metrics())
    link._booted.set()
    figures = link._figures
    protocol = SafeProtocol(link._events._routes, link._sink, figures.skip, figures.waste, lambda: None)
    protocol.connection_made(NoTransport())  # type: ignore[arg-type]
    began = time.process_time()
    for chunk in chunks:
        protocol.data_received(chunk)
        link._take_batch(link.queued)
    return time.process_time() - began, count


def stock(chunks: list[bytes]) -> tuple[float, int]:
    """CPU seconds of panoramisk for the stream, and how many callbacks it made."""
    count = 0

    def callback(manager: object, event: object) -> None:
        nonlocal count
        count += 1

    manager = Manager()
    manager.callbacks.clear()
    manager.patterns.clear()
    manager.register_event("*", callback)
    protocol = AMIProtocol()
    protocol.connection_made(NoTransport())
    protocol.factory, protocol.encoding = manager, "utf8"
    began = time.process_time()
    for chunk in chunks:
        protocol.data_received(chunk)
    return time.process_time() - began, count


async def measure(recording: Path, events: int, rounds: int) -> float:
    """Print the figures of some rounds; returns the median ratio."""
    chunks, total = stream(recording, events)
    mine, theirs = [], []
    for _ in range(rounds):
        for run, kept in ((ours, mine), (stock, theirs)):
            gc.collect()
            gc.disable()
            try:
                kept.append(run(chunks))
            finally:
                gc.enable()
    ratio = statistics.median(stock_s / our_s for (our_s, _), (stock_s, _) in zip(mine, theirs, strict=True))
    for name, results in (("okno", mine), ("panoramisk '*'", theirs)):
        seconds = statistics.median(result[0] for result in results)
        what = "facts" if results is mine else "callbacks"
        speed = f"{total / seconds:10,.0f} events/s  {seconds / total * 1e6:6.2f} us/event"
        print(f"{name:15} {speed}  {results[0][1]} {what}")
    print(f"{recording.name}: {total} events, {rounds} rounds, median ratio {ratio:.2f}x\n")
    return ratio


def main() -> int:
    """Measure; exit 1 below 3x."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ten", action="store_true", help="ten times the data")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--file", type=Path, help="another recording instead of the two")
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    events = EVENTS * (10 if args.ten else 1)
    if args.file is not None:
        asyncio.run(measure(args.file, events, args.rounds))
        return 0
    asyncio.run(measure(FILTERED, events, args.rounds))
    return 0 if asyncio.run(measure(ALL_CLASSES, events, args.rounds)) >= 3 else 1


if __name__ == "__main__":
    sys.exit(main())
