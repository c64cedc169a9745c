"""Performs one step of a deal at the MIS and tells what came of it; decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from mis.booking.rules.deal import WRITES, Deal, Done, Fact, Failed, Step
from mis.booking.rules.going import Can
from mis.terms import BookingOrder, Connector, Context, MisError, NotConnected, NotOffered, Slot, SlotQuery
from okno import clock, logs
from okno.errors import OurFault
from okno.settings import MisSettings

log = logs.get(__name__)

Reserved = Callable[[datetime, datetime], Awaitable[list[tuple[str, datetime, datetime, UUID]]]]

OFFERED = 5
# The doctor's own times near the lost one, then his colleagues', then his own of the month.
_BEFORE, _NEAR, _FAR = timedelta(days=2), timedelta(days=7), timedelta(days=30)
# The guard ends what is late; this is for a connector that does not let itself be ended.
_SLACK_S = 2.0


class Hands:
    """Does what a step says.

    Args:
        mis: the connector, guarded.
        settings: `mis` of okno.yaml.
        reserved: tells which times our own deals hold (`Store.reserved`).
    """

    def __init__(self, mis: Connector, settings: MisSettings, reserved: Reserved) -> None:
        self._mis = mis
        self._settings = settings
        self._reserved = reserved
        self._ways: dict[Step, Callable[[Context, Deal], Awaitable[Any]]] = {
            "see": self._visit, "check": self._slot, "claim": self._claim, "look_claim": self._slot,
            "book": self._book, "look": self._look, "readback": self._on_slot, "recheck": self._on_slot,
            "undo": self._undo, "look_undo": self._doomed, "cancel_old": self._cancel, "look_old": self._visit,
            "change": self._change, "look_change": self._visit, "alternatives": self._alternatives,
            "unclaim": self._unclaim, "parked": self._nothing, "done": self._nothing,
        }  # fmt: skip

    @property
    def can(self) -> Can:
        """What the MIS offers now."""
        return Can.of(self._mis.capabilities)

    async def perform(self, deal: Deal) -> Fact:
        """Do the deal's step. Raises only DatabaseDown and cancellation; what the MIS does is in the fact."""
        if deal.step == "claim" and not self.can.hold:
            return Done()
        write = deal.step in WRITES
        limit = self._settings.write_s if write else self._settings.read_s
        ctx = Context(
            actor=deal.actor, purpose=deal.purpose, deadline=clock.monotonic() + limit, request=str(deal.request),
            key=str(deal.key),
        )  # fmt: skip
        try:
            async with asyncio.timeout(limit * 2 + _SLACK_S):
                return Done(await self._ways[deal.step](ctx, deal))
        except MisError as error:
            return Failed(error.code)
        except NotConnected:
            return Failed("not_configured")
        except TimeoutError:
            return Failed("unknown" if write else "deadline")
        except NotOffered:
            log.exception("step_not_offered", extra={"step": deal.step})
            return Failed("forbidden")

    async def _visit(self, ctx: Context, deal: Deal) -> Any:
        if deal.step == "look_change" or deal.visit is not None:
            return await self._mis.appointment(ctx, _given(deal.visit, deal).id)
        return None

    async def _slot(self, ctx: Context, deal: Deal) -> Any:
        return await self._mis.slot(ctx, _given(deal.slot, deal))

    async def _claim(self, ctx: Context, deal: Deal) -> Any:
        return await self._mis.claim(ctx, _given(deal.slot, deal))

    async def _unclaim(self, ctx: Context, deal: Deal) -> Any:
        await self._mis.release(ctx, _given(deal.claimed, deal))

    async def _book(self, ctx: Context, deal: Deal) -> Any:
        order = order_of(deal)
        if deal.action == "move" and self.can.atomic:
            return await self._mis.reschedule(ctx, _given(deal.visit, deal), order)
        return await self._mis.book(ctx, order)

    async def _look(self, ctx: Context, deal: Deal) -> Any:
        """Look for what we made; of a visit moved in one step, whether it stands at its new time."""
        if deal.action == "move" and self.can.atomic and deal.visit is not None and self.can.look_at_visits:
            now = await self._mis.appointment(ctx, deal.visit.id)
            if deal.slot is not None and (now.start, now.doctor.id) == (deal.slot.start, deal.slot.doctor.id):
                return now
        return await self._mis.by_key(ctx, order_of(deal))

    async def _on_slot(self, ctx: Context, deal: Deal) -> Any:
        return await self._mis.on_slot(ctx, _given(deal.slot, deal))

    async def _undo(self, ctx: Context, deal: Deal) -> Any:
        return await self._mis.cancel(ctx, _given(deal.doomed, deal), "")

    async def _doomed(self, ctx: Context, deal: Deal) -> Any:
        if self.can.look_at_visits:
            return await self._mis.appointment(ctx, _given(deal.doomed, deal).id)
        return await self._mis.by_key(ctx, order_of(deal))

    async def _cancel(self, ctx: Context, deal: Deal) -> Any:
        return await self._mis.cancel(ctx, _given(deal.visit, deal), deal.reason)

    async def _change(self, ctx: Context, deal: Deal) -> Any:
        if deal.action == "cancel":
            return await self._cancel(ctx, deal)
        return await self._mis.confirm(ctx, _given(deal.visit, deal))

    async def _alternatives(self, ctx: Context, deal: Deal) -> Any:
        lost = _given(deal.slot, deal)
        now = clock.now()
        since = max(now, lost.start - _BEFORE)
        windows = [SlotQuery(since=since, until=lost.start + _NEAR, doctor=lost.doctor.id)]
        if lost.specialty is not None:
            branch = lost.branch.id if lost.branch is not None else ""
            windows.append(
                SlotQuery(since=since, until=lost.start + _NEAR, specialty=lost.specialty.id, branch=branch)
            )
        windows.append(SlotQuery(since=now, until=lost.start + _FAR, doctor=lost.doctor.id))
        found: dict[tuple[str, datetime], Slot] = {}
        for window in windows:
            taken = await self._reserved(window.since, window.until)
            page = await self._mis.find_slots(ctx, window)
            for one in nearest(lost, page.slots, taken):
                found.setdefault((one.doctor.id, one.start), one)
            if len(found) >= OFFERED:
                break
        return tuple(found.values())[:OFFERED]

    async def _nothing(self, ctx: Context, deal: Deal) -> Any:
        return None


def order_of(deal: Deal) -> BookingOrder:
    """Return what is ordered of the MIS: the slot as it holds it for us, if it does."""
    slot = deal.claimed or _given(deal.slot, deal)
    return BookingOrder(
        key=str(deal.key), slot=slot, patient=deal.patient, service=deal.service, comment=deal.comment
    )


def nearest(
    lost: Slot, slots: tuple[Slot, ...], taken: list[tuple[str, datetime, datetime, UUID]], count: int = OFFERED
) -> tuple[Slot, ...]:
    """Return the free times nearest to the lost one, those our own deals hold left out, ordered by nearness."""
    free = [
        one for one in slots
        if one.state == "free" and (one.doctor.id, one.start) != (lost.doctor.id, lost.start)
        and not any(doctor == one.doctor.id and start < one.end and one.start < end for doctor, start, end, _ in taken)
    ]  # fmt: skip
    return tuple(sorted(free, key=lambda one: (abs(one.start - lost.start), one.start, one.id))[:count])


def _given(thing: Any, deal: Deal) -> Any:
    if thing is None:
        raise OurFault(f"a deal at {deal.step} lacks what the step is about")
    return thing
