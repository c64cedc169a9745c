"""The doctors' time: rows of the calendar that its wizard left free.

GNU Health does not mind two rows over one time (it checks no overlap), so a free row counts only where no visit stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mis.connectors.gnu_health.forms import VISIT, Visit, read
from mis.connectors.gnu_health.health import APPOINTMENT, STATUSES, Health, number
from mis.terms import LIVE, Appointment, Context, Malformed, NotFound, Slot, SlotPage, SlotQuery
from mis.terms.visits import PartOfDay
from okno import clock

# A search knows only when a visit starts: those that may still last are looked for so far back.
LONGEST = timedelta(hours=12)
# A part of a day and what another visit covers are sorted out here; so many rows are looked through at most.
LOOKED_THROUGH = 1000
BY_START = (("appointment_date", "ASC"), ("id", "ASC"))
DEAD = [state for state, status in STATUSES.items() if state is not None and status not in LIVE]
FREE = [["state", "=", "free"], ["healthprof", "!=", None]]
# Of whatever state that is not one of the others: a state we do not know takes the doctor's time too.
TAKES_TIME = ["OR", ["state", "not in", ["free", *DEAD]], ["state", "=", None]]


class Times(Health):
    """Free times of a GNU Health."""

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        """Return free times over which no visit stands."""
        as_of = clock.now()
        wanted: list[Any] = [FREE, ["appointment_date", ">=", query.since], ["appointment_date", "<", query.until]]
        for field, value in (
            ("healthprof", query.doctor), ("speciality", query.specialty), ("institution", query.branch),
        ):  # fmt: skip
            if value:
                wanted.append([field, "=", number(value)])
        # One doctor's visits are asked for with his free rows; of all doctors, only of those who have some.
        domain = ["OR", wanted, standing([number(query.doctor)], query.since, query.until)] if query.doctor else wanted
        rows = await self._wire.rows(ctx, APPOINTMENT, domain, VISIT, limit=LOOKED_THROUGH + 1, order=BY_START)
        complete, rows = len(rows) <= LOOKED_THROUGH, rows[:LOOKED_THROUGH]
        slots, taken = [], []
        for row in rows:
            try:
                form = read(Visit, row)
                if form.state == "free":
                    slots.append(self._slot(form, "free"))
                else:
                    taken.append(self._visit(form))
            except Malformed:
                complete = False
        if slots and not query.doctor:
            doctors = sorted({int(one.doctor.id) for one in slots})
            taken = await self._standing(ctx, doctors, query.since, query.until)
        slots = [one for one in slots if _in_part(one, query.part) and not over(one, taken)]
        slots.sort(key=lambda one: (one.start, one.doctor.name, one.id))
        complete = complete and len(slots) <= query.limit
        return SlotPage(slots=tuple(slots[: query.limit]), as_of=as_of, complete=complete)

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        """Return the row as it stands. Raises NotFound."""
        form, visits = await self._seen(ctx, slot)
        if form is None:
            raise NotFound
        stands = self._slot(form, "free")
        return stands if form.state == "free" and not over(stands, visits) else replace(stands, state="busy")

    async def _row(self, ctx: Context, row: str) -> Visit:
        """One row of the calendar. Raises NotFound."""
        rows = await self._wire.rows(ctx, APPOINTMENT, [["id", "=", number(row)]], VISIT)
        if not rows:
            raise NotFound
        return read(Visit, rows[0])

    async def _seen(self, ctx: Context, slot: Slot, *more: Any) -> tuple[Visit | None, list[Appointment]]:
        """A slot's row, none when it is gone, and the visits of its doctor about that time; all in one question.

        `more` is asked for besides, and comes among the visits.
        """
        about = standing([number(slot.doctor.id)], slot.start, slot.end)
        domain = ["OR", ["id", "=", number(slot.id)], about, *more]
        forms = [read(Visit, row) for row in await self._wire.rows(ctx, APPOINTMENT, domain, VISIT)]
        own = next((one for one in forms if one.id == number(slot.id)), None)
        return own, [self._visit(one) for one in forms if one.state != "free"]

    async def _standing(self, ctx: Context, doctors: list[int], since: datetime, until: datetime) -> list[Appointment]:
        """Every visit that may stand over a time of these doctors; what cannot be read is Malformed, not nobody's."""
        rows = await self._wire.rows(ctx, APPOINTMENT, standing(doctors, since, until), VISIT, order=BY_START)
        return [self._visit(read(Visit, row)) for row in rows]


def standing(doctors: list[int], since: datetime, until: datetime) -> list[Any]:
    """Return the domain of the visits that may stand over a time of these doctors which begins in that window."""
    bounds = [["appointment_date", ">", since - LONGEST], ["appointment_date", "<", until + LONGEST]]
    return [TAKES_TIME, ["healthprof", "in", doctors], *bounds]


def over(slot: Slot, visits: Iterable[Appointment]) -> list[Appointment]:
    """Return those visits that stand over a piece of its doctor's time."""
    return [
        one for one in visits if one.doctor.id == slot.doctor.id and one.start < slot.end and one.end > slot.start
    ]


def _in_part(slot: Slot, part: PartOfDay) -> bool:
    hour = slot.start.astimezone(ZoneInfo(slot.zone)).hour
    return part in ("any", "morning" if hour < 12 else "day" if hour < 17 else "evening")
