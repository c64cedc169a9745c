"""Behind the loop: writes turns in order, one transaction each, and only then shows and performs them.

Theory of operation. Turns queue here as they are closed. The head is written; when it is, its patch is published, its
effects begin and its commands are answered. While the database is away (or silent for a second) every turn's patch is
published at once, marked unsaved; the turns wait, and their effects and answers with them. A turn whose transaction
may or may not have been committed is looked up by its number before it is written again. A turn whose data are wrong
stops the queue: the loop takes the world back, and says what comes instead.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from engine.store.batch import Batch
from engine.store.lease import LeaseLost
from engine.store.saving import CannotSave, OfferCaught
from engine.turns.figures import Figures
from engine.turns.turn import Turn
from okno import clock, logs
from okno.database import DatabaseDown

log = logs.get(__name__)

# A commit takes milliseconds; one that takes this long is told as «not saved yet».
SILENT_S = 1.0
RETRY_S = 0.25
# Rows that may wait for the database: an hour of a large clinic, some 200 MB. When full, the engine lets go of its
# PBX links and resynchronises later: calls go on without it (P3).
BUFFER = 100_000


class Saver(Protocol):
    """What of `engine.store.saving.TurnStore` the writer needs."""

    async def save(self, epoch: int, number: int, batch: Batch) -> None:
        """Write a turn once."""

    async def saved(self) -> tuple[int, int]:
        """The epoch and the number of the last turn written."""


class Writer:
    """Writes turns.

    Args:
        saver: the store's.
        epoch: of our lease.
        turn: the number of the last turn written.
        publish: shows a turn's drawing: (turn or None for nothing new, its time, whether it is unsaved).
        perform: begins a written turn's effects.
        wake: tells the loop that there is room, or that a turn failed.
        figures: counts.
        capacity: rows that may wait.
    """

    def __init__(
        self, saver: Saver, *, epoch: int, turn: int, publish: Callable[[Turn | None, datetime, bool], None],
        perform: Callable[[Turn], None], wake: Callable[[], None], figures: Figures, capacity: int = BUFFER,
    ) -> None:
        self.pending: deque[Turn] = deque()
        self.failed: CannotSave | None = None
        self.away = False
        self.number = turn
        self.buffered = 0
        self._saver = saver
        self._epoch = epoch
        self._publish = publish
        self._perform = perform
        self._tell = wake
        self._figures = figures
        self._capacity = capacity
        self._wake = asyncio.Event()
        self._silence: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether a turn closed now would be written at once."""
        return not self.pending

    @property
    def full(self) -> bool:
        """Whether no more may be buffered."""
        return self.buffered >= self._capacity

    @property
    def behind(self) -> bool:
        """Whether what can wait must wait: the database is away, or no more may be buffered."""
        return self.away or self.full

    def put(self, turn: Turn) -> None:
        """Take a closed turn."""
        self.pending.append(turn)
        self._count(len(turn.batch))
        if self.away:
            self._show(turn, unsaved=True)
        self._wake.set()

    def take_back(self) -> list[Turn]:
        """Give every turn back that is not written, the failed one first; the loop makes others of their events."""
        turns = list(self.pending)
        self.pending.clear()
        self._count(-self.buffered)
        self.failed = None
        return turns

    async def run(self) -> None:
        """Write until cancelled.

        Raises:
            LeaseLost: another engine leads; what is buffered is dropped.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.pending and self.failed is None:
                turn = self.pending[0]
                if len(turn.batch):
                    try:
                        await self._write(turn)
                    except CannotSave as error:
                        self.failed = error
                        self._tell()
                        break
                self._done(turn)
            if not self.pending:
                self._tell()

    async def drained(self) -> None:
        """Return when nothing waits, or when the database is away."""
        while (self.pending or self.failed) and not self.away:  # noqa: ASYNC110  # at the end only
            await asyncio.sleep(0.01)

    async def _write(self, turn: Turn) -> None:
        """Write the head until it is written. Raises CannotSave, LeaseLost."""
        turn.number = turn.number or self.number + 1
        self._silence = asyncio.get_running_loop().call_later(SILENT_S, self._went_away, "silent")
        try:
            while True:
                try:
                    await self._saver.save(self._epoch, turn.number, turn.batch)
                    break
                except DatabaseDown as error:
                    self._went_away(str(error))
                except (OfferCaught, LeaseLost):
                    if turn.batch.offers:
                        self._figures.offers_caught.inc()
                    raise
                if await self._written_already(turn.number):
                    break
        finally:
            self._silence.cancel()
        self.number = turn.number

    async def _written_already(self, number: int) -> bool:
        """Ask until the database says whether a turn whose answer was lost is there. Raises LeaseLost."""
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                epoch, turn = await self._saver.saved()
            except DatabaseDown:
                continue
            if epoch != self._epoch:
                log.error("buffer_dropped", extra={"turns": len(self.pending), "rows": self.buffered})
                raise LeaseLost
            return turn >= number

    def _done(self, turn: Turn) -> None:
        self.pending.popleft()
        self._count(-len(turn.batch))
        if self.away and not self.pending:
            self._came_back(turn)
        else:
            self._show(turn, unsaved=self.away)
        if len(turn.batch):
            self._figures.turns.inc()
            self._figures.turn_seconds.observe(clock.monotonic() - turn.began)
        self._perform(turn)

    def _went_away(self, why: str) -> None:
        if self.away:
            return
        self.away = True
        self._figures.unsaved.set(1)
        log.error("not_saved", extra={"why": why, "rows": self.buffered})
        for turn in self.pending:
            self._show(turn, unsaved=True)
        self._publish(None, clock.now(), True)
        self._tell()

    def _came_back(self, turn: Turn) -> None:
        self.away = False
        self._figures.unsaved.set(0)
        log.info("saved_again", extra={"turn": self.number})
        self._show(turn, unsaved=False)
        self._publish(None, clock.now(), False)

    def _show(self, turn: Turn, *, unsaved: bool) -> None:
        if not turn.shown:
            turn.shown = True
            self._publish(turn, turn.at, unsaved)

    def _count(self, rows: int) -> None:
        self.buffered += rows
        self._figures.buffered.set(self.buffered)
