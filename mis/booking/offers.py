"""Free times as an operator sees them: what the MIS says, less what our own deals hold."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from uuid import UUID

from mis.booking.store import Store
from mis.client.answers import Asker, OfferedSlot, SlotsAnswer
from mis.terms import Connector, Context, MisError, Slot, SlotPage, SlotQuery
from okno import clock
from okno.settings import MisSettings

# A view only: `check` and `claim` of a booking look again (mis.md §2.3).
FRESH_S = 15.0
_KEPT = 200
# How far behind an empty window the first free time is looked for, and among how many.
_NEXT, _NEXT_LIMIT = timedelta(days=30), 50


class Offers:
    """Finds free times.

    Args:
        mis: the connector, guarded.
        settings: `mis` of okno.yaml.
        store: knows what our own deals hold.
    """

    def __init__(self, mis: Connector, settings: MisSettings, store: Store) -> None:
        self._mis = mis
        self._settings = settings
        self._store = store
        self._seen: dict[SlotQuery, tuple[float, SlotPage]] = {}

    def forget(self) -> None:
        """Drop what was seen: something was booked, moved or cancelled."""
        self._seen.clear()

    async def find(self, query: SlotQuery, asker: Asker) -> SlotsAnswer:
        """Return the times that fit, and the first free one behind the window when there is none in it.

        Where only the look behind the window fails, the window's own answer is returned without one.

        Raises:
            NotOffered, NotConnected: the MIS gives no times.
            DatabaseDown: what our own deals hold is not known, so nothing is offered.
        """
        try:
            page = await self._page(query, asker)
        except MisError as error:
            return SlotsAnswer(error=error.code)
        offered = await self._marked(page.slots, asker.request)
        following = None
        if not any(not one.held or one.mine for one in offered):
            with contextlib.suppress(MisError):  # what is known of the window stands without what comes behind it
                following = await self._next(query, asker)
        return SlotsAnswer(slots=offered, as_of=page.as_of, complete=page.complete, next_free=following)

    async def _page(self, query: SlotQuery, asker: Asker) -> SlotPage:
        now = clock.monotonic()
        known = self._seen.get(query)
        if known is not None and now - known[0] < FRESH_S:
            return known[1]
        ctx = Context(
            actor=asker.actor, purpose=asker.purpose, deadline=now + self._settings.read_s, request=str(asker.request)
        )
        page = await self._mis.find_slots(ctx, query)
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[query] = (now, page)
        return page

    async def _marked(self, slots: tuple[Slot, ...], request: UUID) -> tuple[OfferedSlot, ...]:
        """Say of each time whether a deal of ours holds it. `mine`: one of this request."""
        free = [one for one in slots if one.state != "busy"]
        if not free:
            return ()
        held = await self._store.reserved(min(one.start for one in free), max(one.end for one in free))
        offered = []
        for one in free:
            whose = [
                owner for doctor, start, end, owner in held
                if doctor == one.doctor.id and start < one.end and one.start < end
            ]  # fmt: skip
            offered.append(OfferedSlot(slot=one, held=bool(whose) or one.state == "held", mine=request in whose))
        return tuple(offered)

    async def _next(self, query: SlotQuery, asker: Asker) -> Slot | None:
        beyond = SlotQuery(
            since=query.until, until=query.until + _NEXT, doctor=query.doctor, specialty=query.specialty,
            branch=query.branch, service=query.service, part=query.part, limit=_NEXT_LIMIT,
        )  # fmt: skip
        offered = await self._marked((await self._page(beyond, asker)).slots, asker.request)
        return next((one.slot for one in offered if not one.held), None)
