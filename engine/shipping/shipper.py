"""Reads a PBX's journal and sends it to the leading engine; one letter in hand at a time, nothing given up.

Theory of operation. A first letter of no parts asks where to go on; the engine answers 409 with a place for each file,
and so it does whenever a letter does not begin where it is: after its restart, after a change of leaders, after an
answer that was lost. What was read and not confirmed is simply read again. An engine that is away, or that cannot
write now, is asked again with growing pauses; the files themselves are the buffer.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge

from engine.journal.parts import Batch, FileName, Position
from engine.shipping.memory import Memory
from okno import logs
from okno.service import ServiceDown, ServiceRefused

log = logs.get(__name__)

T = TypeVar("T")

MOST = 500
GO_ON, TOO_LONG = 409, 413


class Tail(Protocol):
    """What of `engine.journal.tail.Tail` the shipper needs."""

    @property
    def marks(self) -> dict[int, str]:
        """What the files were known by."""

    def seek(self, position: Position | None) -> None:
        """Go on from there."""

    def read(self, most: int = 500) -> Batch:
        """The next records."""

    def behind(self) -> int:
        """Bytes not read yet."""

    def close(self) -> None:
        """Let go of the file."""


class Engine(Protocol):
    """What of `engine.client.EngineClient` the shipper needs."""

    async def journal(self, letter: Mapping[str, Any]) -> dict[str, Any]:
        """Send a letter. Raises ServiceDown, ServiceRefused."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between looks at files that had nothing new; between letters that say so; after each failure."""

    look: float = 0.5
    beat: float = 1.0
    backoff: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 3.0)


class Figures:
    """What the administrator sees of the shipping. Args: where it is published."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.unshipped = Gauge(
            "okno_journal_unshipped_bytes", "Bytes of the journal the engine has not taken.", registry=registry
        )
        self.shipped = Counter("okno_journal_shipped_records", "Records the engine took.", registry=registry)
        self.problems = Counter(
            "okno_journal_problems", "Places of a journal's file that could not be read.", ["file", "reason"],
            registry=registry,
        )  # fmt: skip
        self.away = Gauge("okno_journal_engine_away", "1 while no engine takes the journal.", registry=registry)


class Shipper:
    """Ships one PBX's journal.

    Args:
        pbx: its name in the engine's settings.
        tails: the files.
        engine: whoever leads.
        memory: where to begin.
        figures: counts.
        pace: waits.
    """

    def __init__(
        self, pbx: str, tails: Mapping[FileName, Tail], engine: Engine, *, memory: Memory, figures: Figures,
        pace: Pace = Pace(),
    ) -> None:
        self._pbx = pbx
        self._tails = dict(tails)
        self._engine = engine
        self._memory = memory
        self._figures = figures
        self._pace = pace
        self._placed = False
        self._most = MOST
        self._failures = 0
        self._sent_at = float("-inf")

    async def run(self) -> None:
        """Ship for ever."""
        try:
            pause_s = 0.0
            while True:
                await asyncio.sleep(pause_s)
                pause_s = await self.step()
        finally:
            for tail in self._tails.values():
                tail.close()

    async def step(self) -> float:
        """Read and send once; return how long to wait before the next."""
        try:
            batches: dict[FileName, Batch] = {}
            # Up to this moment all is known where a file's end was reached: not what is written while we read.
            now = time.time()
            if self._placed:
                batches = await _aside(self._read)
                quiet = not any(batch.records or batch.problems for batch in batches.values())
                if quiet and time.monotonic() - self._sent_at < self._pace.beat:
                    return self._pace.look
            await self._send(batches, now)
        except ServiceRefused as refused:
            return await self._refused(refused)
        except (ServiceDown, OSError) as trouble:
            return await self._failed(type(trouble).__name__, str(trouble))
        self._failures = 0
        self._figures.away.set(0)
        return self._pace.look if all(batch.at_end for batch in batches.values()) else 0.0

    def _read(self) -> dict[FileName, Batch]:
        return {file: tail.read(self._most) for file, tail in self._tails.items()}

    def _behind(self) -> int:
        return sum(tail.behind() for tail in self._tails.values())

    async def _send(self, batches: Mapping[FileName, Batch], now: float) -> None:
        behind = await _aside(self._behind)
        self._figures.unshipped.set(behind + sum(batch.end - batch.start for batch in batches.values()))
        answer = await self._engine.journal({
            "pbx": self._pbx, "now": now, "began": self._memory.began, "unshipped": behind,
            "parts": [_part(file, batch) for file, batch in batches.items()],
        })  # fmt: skip
        self._sent_at = time.monotonic()
        self._most = min(MOST, self._most * 2)
        self._figures.unshipped.set(behind)
        for file, batch in batches.items():
            self._figures.shipped.inc(len(batch.records))
            for problem in batch.problems:
                self._figures.problems.labels(file, problem.reason).inc()
        confirmed = {file: (int(place[0]), int(place[1])) for file, place in answer["confirmed"].items()}
        if confirmed:
            marks: dict[str, dict[int, str]] = {file: tail.marks for file, tail in self._tails.items()}
            await asyncio.to_thread(self._memory.confirm, confirmed, marks)

    async def _refused(self, refused: ServiceRefused) -> float:
        told = refused.problem.get("from")
        if refused.status == GO_ON and isinstance(told, dict):
            places = {file: (int(place[0]), int(place[1])) if place else None for file, place in told.items()}
            await asyncio.to_thread(self._seek, self._memory.start(places))
            log.info("journal_goes_on", extra={"pbx": self._pbx})
            waits = self._placed  # a place that is told again and again must not make us spin
            self._placed = True
            return self._pace.look if waits else 0.0
        if refused.status == TOO_LONG:
            self._most = max(1, self._most // 4)
        return await self._failed(f"refused {refused.status}", str(refused))

    def _seek(self, places: Mapping[str, Position | None]) -> None:
        for file, tail in self._tails.items():
            tail.seek(places.get(file))

    async def _failed(self, why: str, words: str) -> float:
        """Begin anew a little later: whether the last letter was taken the engine itself will tell."""
        self._placed = False
        self._figures.away.set(1)
        if self._failures == 0:
            log.warning("journal_not_taken", extra={"pbx": self._pbx, "why": why, "words": words})
        pause_s = self._pace.backoff[min(self._failures, len(self._pace.backoff) - 1)]
        self._failures += 1
        return pause_s * random.uniform(0.5, 1.0)  # noqa: S311  # so that many shippers do not come at once


def _part(file: FileName, batch: Batch) -> dict[str, Any]:
    return {
        "file": file, "inode": batch.inode, "start": batch.start, "end": batch.end, "records": list(batch.records),
        "at_end": batch.at_end,
        "problems": [{"offset": problem.offset, "reason": problem.reason} for problem in batch.problems],
    }  # fmt: skip


async def _aside(work: Callable[[], T]) -> T:
    """Do it in a thread, to its end even when cancelled: a file it opens must not outlive the closing of all."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise
