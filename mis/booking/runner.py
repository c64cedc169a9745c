"""Carries deals on: one step after the other, each written before it is done, whoever died meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID
from weakref import WeakValueDictionary

from mis.booking.hands import Hands
from mis.booking.rules.deal import Deal
from mis.booking.rules.saga import after, orphaned, resumed
from mis.booking.store import Kept, Note, Store
from okno import clock, logs
from okno.database import DatabaseDown

log = logs.get(__name__)

TICK_S = 1.0
_TIDY_S = 3600.0
# What is still worth waiting for when the MIS is not there: so many tries, then the operator is told "not booked".
_PENDING_TRIES = 3
# A pause an operator may wait out; after longer ones the tick goes on.
_SHORT_S = 3.5
# After a mistake of ours in a step: it is tried again, not in a hot loop.
_AFTER_MISTAKE_S = 5.0


class Runner:
    """Carries deals on. One process of `mis` does; a second one would only be overtaken.

    Args:
        store: where deals are written.
        hands: performs steps.
        connector: which MIS is connected.
    """

    def __init__(self, store: Store, hands: Hands, connector: str) -> None:
        self._store = store
        self._connector = connector
        self._hands = hands
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        # Deals whose last step this process has seen to its written end. Of all others a write may be half done.
        self._whole: set[UUID] = set()
        self._turned: WeakValueDictionary[UUID, asyncio.Event] = WeakValueDictionary()
        # How many steps a mistake of ours has stopped; each is tried again (`okno_mis_steps_failed`).
        self.failed = 0

    async def run(self) -> None:
        """Carry on what is due, for ever: also what a dead process has left."""
        tidied = 0.0
        while True:
            try:
                for key in await self._store.due(clock.now(), self._tasks.keys()):
                    self.wake(key)
                if not tidied or clock.monotonic() - tidied > _TIDY_S:
                    await self._store.tidy()
                    tidied = clock.monotonic()
            except DatabaseDown:
                await self._store.database.wait_available()
                continue
            await asyncio.sleep(TICK_S)

    async def close(self) -> None:
        """Leave everything where it stands; it goes on at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begun(self, key: UUID) -> None:
        """Note that a deal was written just now and that nothing was done about it."""
        self._whole.add(key)

    def wake(self, key: UUID) -> asyncio.Task[None]:
        """See that a deal goes on."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(self._carry(key), name="a booking")
            task.add_done_callback(lambda _: self._forget(key))
        return task

    async def settle(self, key: UUID, within_s: float) -> Deal | None:
        """Return how a deal stands once there is something to say, or the time is over. Raises DatabaseDown."""
        end = clock.monotonic() + within_s
        while True:
            turned = self._turned.setdefault(key, asyncio.Event())
            kept = await self._store.get(key)
            left = end - clock.monotonic()
            if kept is None or told_enough(kept.deal) or left <= 0:
                return kept.deal if kept is not None else None
            turned.clear()
            self.wake(key)
            with contextlib.suppress(TimeoutError):  # then he is told how it stands
                await asyncio.wait_for(turned.wait(), min(left, TICK_S))

    async def change(self, key: UUID, rule: Callable[[Deal], Deal], note: Note | None = None) -> Deal | None:
        """Apply an operator's wish to a deal between two of its steps; None when there is no such deal.

        Args:
            key: of the deal.
            rule: pure.
            note: writes the audit in the same transaction.

        Raises:
            DatabaseDown: nothing was changed, as far as is known.
        """
        while True:
            async with self._lock(key):
                kept = await self._store.get(key)
                if kept is None:
                    return None
                deal = rule(kept.deal)
                if deal == kept.deal:
                    return deal
                if key not in self._whole:  # it must first be seen how its last write ended
                    deal = rule(resumed(kept.deal, clock.now(), self._hands.can))
                if await self._store.save(kept, deal, note) is not None:
                    (self._whole.discard if deal.step == "done" else self._whole.add)(key)
                    return deal

    async def _carry(self, key: UUID) -> None:
        try:
            while True:
                pause = await self._step(key)
                if pause is None or pause > _SHORT_S:
                    return
                await asyncio.sleep(pause)
        except DatabaseDown:
            await self._store.database.wait_available()
        except Exception:  # whatever it is, it is this deal's: the others go on
            self.failed += 1
            log.exception("booking_step_failed")
            await asyncio.sleep(_AFTER_MISTAKE_S)

    async def _step(self, key: UUID) -> float | None:
        """Do one step; return the pause before the next one, None when it is over. Raises DatabaseDown."""
        async with self._lock(key):
            kept = await self._store.get(key)
            if kept is None or kept.deal.step == "done":
                self._whole.discard(key)
                return None
            now = clock.now()
            if kept.deal.connector != self._connector:
                await self._store.save(kept, orphaned(kept.deal, now))
                return None
            if key not in self._whole:
                return await self._look_back(kept)
            if kept.deal.next_at is not None and kept.deal.next_at > now:
                return (kept.deal.next_at - now).total_seconds()
            self._whole.discard(key)
            fact = await self._hands.perform(kept.deal)
            deal = after(replace(kept.deal, next_at=None), fact, clock.now(), self._hands.can)
            if await self._store.save(kept, deal) is None:
                return 0.0
            self._turn(key)
            log.info("booking_step", extra={"step": kept.deal.step, "next": deal.step, "status": deal.status})
            if deal.step == "done":
                return None
            self._whole.add(key)
        return 0.0

    async def _look_back(self, kept: Kept) -> float:
        """Take over a deal whose last step nobody here has seen to its end."""
        deal = resumed(kept.deal, clock.now(), self._hands.can)
        if deal == kept.deal or await self._store.save(kept, deal) is not None:
            self._whole.add(deal.key)
        return 0.0

    def _turn(self, key: UUID) -> None:
        turned = self._turned.get(key)
        if turned is not None:
            turned.set()

    def _lock(self, key: UUID) -> asyncio.Lock:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    def _forget(self, key: UUID) -> None:
        self._tasks.pop(key, None)


def told_enough(deal: Deal) -> bool:
    """Whether an operator learns more by an answer now than by waiting: only its tail, or nothing, is left to do."""
    match deal.status:
        case "sending" | "unknown":
            return deal.step == "done" or (deal.next_at is not None and deal.told)
        case "pending":
            return deal.tries >= _PENDING_TRIES
        case "refused":
            return deal.step != "alternatives"
        case "booked" | "requested":
            return deal.step != "cancel_old" or deal.error != ""
    return True
