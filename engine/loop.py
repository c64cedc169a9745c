"""The ONE imperative place: take, reduce, commit, perform, publish.

Theory of operation. Events wait in one ordered queue. Each is reduced over the world and its changes are applied at
once; prompt effects (the bare ring of a phone) are performed there and then. What was reduced gathers in a turn, which
goes to the writer (`engine.turns.writer`); that commits, publishes and performs in order. A turn is closed when the
writer is free, but turns of facts no oftener than every 25 ms: in a quiet hour nothing waits, at thirty calls a second
one commit serves many. A person's command never waits. Meanwhile the next turn is gathered: the database's slowness
costs delay of answers, never of rings.

When a turn's data are refused, it and all after it are taken back from the world and their events come first in the
queue again, those of the refused turn each in a turn of its own; one that is refused even alone is poisoned.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from engine.effects import PROMPT, AnswerCommand, ShowRing
from engine.events import Asked, Event, Fact, TimerFired
from engine.live.drawing import Touched
from engine.live.rows import call_row
from engine.store.batch import Poisoned
from engine.turns.commands import Commands
from engine.turns.figures import Figures
from engine.turns.surroundings import Surroundings
from engine.turns.timers import SWEEP, Timers
from engine.turns.turn import Done, Step, Turn, Waiting, take_back
from engine.turns.writer import Writer
from engine.world import Call, Change, Drop, Timer, World
from okno import clock, logs
from okno.errors import TheirFault
from okno.ids import uuid7

log = logs.get(__name__)

GATHER_S = 0.025
# So many events are reduced before others may run: some 5 ms.
BATCH = 50
# An event that comes round the loop more often than this is a circle of rooms.
ROUNDS = 500


class LoopFull(TheirFault):
    """More events come than can be reduced; this one was not taken."""


class Loop:
    """The single writer of a world.

    Args:
        world: as it was loaded; nobody else changes it.
        around: what the loop works with.
        commands: who waits for answers.
        figures: counts.
    """

    def __init__(self, world: World, around: Surroundings, commands: Commands, figures: Figures) -> None:
        self.world = world
        self.poisoned = 0
        self._around = around
        self._commands = commands
        self._figures = figures
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._touched = Touched()
        self._turn: Turn | None = None
        self._closed = float("-inf")
        self._timers = Timers(world, around.zone, clock.now(), SWEEP)
        self._stopping = False
        self._alarm: asyncio.TimerHandle | None = None
        self.writer = Writer(
            around.saver, epoch=around.epoch, turn=around.turn, publish=self._publish, perform=self._perform,
            wake=self._wake.set, figures=figures, capacity=around.buffer,
        )

    def take(self, event: Event, done: Done | None = None) -> None:
        """Put an event at the end of the queue; `done` is told once its turn is written and its effects have begun.

        Raises:
            LoopFull: a fact of a PBX while the queue is full or the database has been away for too long.
        """
        if isinstance(event, Fact) and (len(self._queue) >= self._around.capacity or self.writer.full):
            self._figures.dropped.inc()
            self._around.overflowed(event.pbx)
            raise LoopFull
        self._queue.append(Waiting(event, clock.monotonic(), done=done))
        self._wake.set()

    async def command(self, asked: Asked) -> AnswerCommand:
        """Take a person's command and return its answer, once it is saved.

        The same id again gets the same answer. A command that comes when no more can be buffered is refused.
        """
        known = self._commands.known(asked.command)
        if isinstance(known, AnswerCommand):
            return known
        if known is None and (self.writer.full or self._stopping):
            return AnswerCommand(command=asked.command, ok=False, why="database_down")
        if known is None:
            known = self._commands.expect(asked.command)
            self.take(asked)
        return await asyncio.shield(known)

    async def run(self) -> None:
        """Turn until `stop`.

        Raises:
            LeaseLost: another engine leads now.
        """
        writing = asyncio.create_task(self.writer.run(), name="writer")
        writing.add_done_callback(lambda _: self._wake.set())
        try:
            while not (self._stopping and (self.writer.away or (not self._queue and self._turn is None))):
                await self._sleep()
                if writing.done():
                    writing.result()
                if self.writer.failed is not None:
                    self._recover()
                await self._gather()
            await self.writer.drained()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self._commands.close()

    def stop(self) -> None:
        """Finish what is in the queue, then let `run` return."""
        self._stopping = True
        self._wake.set()

    def day(self, at: datetime) -> Event:
        """Return the event that says which day it is at the clinic."""
        return self._timers.day(at)

    @property
    def queued(self) -> int:
        """Events that wait."""
        return len(self._queue)

    async def _sleep(self) -> None:
        """Wait for an event, for a timer, or for the writer."""
        if self._queue and not self.writer.full:
            await asyncio.sleep(0)
            return
        wait_s = self._timers.wait_s(clock.now())
        if self._turn is not None:
            wait_s = min(wait_s, max(0.0, self._ripe(self._turn) - clock.monotonic()))
        self._alarm = asyncio.get_running_loop().call_later(min(wait_s, 3600.0), self._wake.set)
        await self._wake.wait()
        self._alarm.cancel()
        self._wake.clear()

    async def _gather(self) -> None:
        """Reduce what waits; close the turn when the writer is free or it is 25 ms old."""
        for event in self._timers.due(clock.now()):
            self._queue.append(Waiting(event, clock.monotonic()))
        count = 0
        while self._queue and not self.writer.full and self.writer.failed is None:
            waiting = self._queue.popleft()
            if self._turn is not None and waiting.alone:
                self._close()
            self._step(waiting)
            count += 1
            if self._turn is not None and (self._turn.alone or clock.monotonic() - self._turn.began > GATHER_S):
                self._close()
            if count % BATCH == 0:
                break
        self._figures.queue.set(len(self._queue))
        turn = self._turn
        if turn is not None:
            now = clock.monotonic()
            if (now >= self._ripe(turn) and not self._queue) or now - turn.began > GATHER_S:
                self._close()

    def _ripe(self, turn: Turn) -> float:
        """From when a turn may be closed; it must be 25 ms after it began."""
        if self.writer.idle:
            return turn.began if turn.asked else max(turn.began, self._closed + GATHER_S)
        return turn.began + GATHER_S

    def _step(self, waiting: Waiting) -> None:
        """Reduce one event and what comes round the loop of it."""
        began = clock.monotonic()
        self._figures.events.inc()
        self._figures.lag_seconds.observe(began - waiting.since)
        step = Step(waiting.event, waiting.alone, done=waiting.done)
        rounds = deque([waiting.event])
        for _ in range(ROUNDS):
            if not rounds:
                break
            event = rounds.popleft()
            if isinstance(event, TimerFired) and self.world.get(Timer, event.key) is None:
                continue  # cancelled while it waited
            try:
                outcome = self._around.reduce(self.world, event)
            except Exception as error:
                self._poison(step, event, error)
                continue
            step.took(outcome.changes, self._apply(outcome.changes), outcome.effects)
            if isinstance(event, TimerFired):
                self._spend(step, event)
            for effect in outcome.effects:
                if isinstance(effect, PROMPT) and not waiting.retried:
                    self._show_ring(effect)
            rounds.extend(outcome.again)
        else:
            self._poison(step, waiting.event, RecursionError("a circle of rooms"))
        if self._turn is None:
            self._turn = Turn(clock.now(), began)
        self._turn.add(step)

    def _apply(self, changes: Sequence[Change]) -> list[Change]:
        """Change the world; returns what takes it back."""
        undo = self.world.apply(changes)
        self._touched.add(changes, undo)
        self._timers.note(changes)
        return undo

    def _spend(self, step: Step, event: TimerFired) -> None:
        """A timer fires once: drop it unless the rooms did, or set it anew."""
        timer = self.world.get(Timer, event.key)
        if timer is not None and timer.due <= event.at:
            drop = (Drop(Timer, event.key),)
            step.took(drop, self._apply(drop), ())

    def _show_ring(self, effect: ShowRing) -> None:
        call = self.world.get(Call, effect.call)
        if call is None:
            return
        try:
            self._around.screens.ring(effect.operator, call_row(self.world, call), effect.leg)
        except Exception:  # the patch after the commit shows it too
            log.exception("ring_not_shown", extra={"call": effect.call})

    def _close(self) -> None:
        """Hand the turn to the writer."""
        turn, self._turn = self._turn, None
        self._closed = clock.monotonic()
        if turn is not None:
            turn.drawing = self._touched.draw(self.world)
            self.writer.put(turn)

    def _publish(self, turn: Turn | None, at: datetime, unsaved: bool) -> None:
        screens = self._around.screens
        screens.publish(turn.drawing if turn else {}, at, unsaved=unsaved)
        self._figures.seq.set(screens.seq)

    def _perform(self, turn: Turn) -> None:
        """Begin the effects of a written turn and answer its commands."""
        asked = {event.command: event for event in turn.events if isinstance(event, Asked)}
        for effect in turn.effects:
            if isinstance(effect, AnswerCommand):
                self._commands.answer(asked.get(effect.command), effect)
            else:
                self._around.perform(effect)
        for command in turn.owed:
            if self._commands.unanswered(command):
                self._commands.answer(command, AnswerCommand(command=command.command, ok=False, why="failed"))
        turn.over()

    def _poison(self, step: Step, event: Event, error: Exception) -> None:
        """Give an event up: it is kept, sealed, for a person to look at; nothing else stops."""
        kind, reason = type(event).__name__, type(error).__name__
        self.poisoned += 1
        self._figures.poisoned.inc()
        self._figures.alarms.labels("poisoned").inc()
        log.error("event_poisoned", exc_info=error, extra={"kind": kind, "reason": reason})
        step.poisoned.append(Poisoned(str(uuid7()), clock.now(), kind, reason, repr(event)))

    def _recover(self) -> None:
        """Take back what was refused and all after it; their events come first again, the refused ones each alone."""
        error = self.writer.failed
        turns = self.writer.take_back() + ([self._turn] if self._turn is not None else [])
        self._turn = None
        for undo, changes in take_back(self.world, turns):
            self._touched.add(undo, changes)
            self._timers.note(undo)
        refused, now = turns.pop(0).steps, clock.monotonic()
        again = [step.again(now, step.alone) for turn in turns for step in turn.steps]
        if len(refused) > 1:
            again[:0] = [step.again(now, alone=True) for step in refused]
        elif refused[0].poisoned:
            self._figures.lost.inc()
            log.critical("poisoned_event_lost", exc_info=error, extra={"kind": type(refused[0].event).__name__})
            refused[0].over()
        else:
            self._give_up(refused[0], error or RuntimeError())
        self._queue.extendleft(reversed(again))

    def _give_up(self, refused: Step, error: Exception) -> None:
        step, event = Step(refused.event, alone=True, done=refused.done), refused.event
        self._poison(step, event, error)
        if isinstance(event, TimerFired):
            self._spend(step, event)
        self._turn = Turn(clock.now(), clock.monotonic())
        self._turn.add(step)
        self._close()
