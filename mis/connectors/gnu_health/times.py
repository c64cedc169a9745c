"""The doctors' time: rows of the calendar that its wizard left free.

GNU Health does not mind two rows over one time (it checks no overlap), so a free row counts only where no visit stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
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
# Of whatever state that is not one of the others: a state we do not know takes the doctor's time too.
STANDING = ["OR", ["state", "not in", ["free", *DEAD]], ["state", "=", None]]


class Times(Health):
    """Free times of a GNU Health."""

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        """Return free times over which no visit stands."""
        as_of = clock.now()
        bounds = [["appointment_date", ">=", query.since], ["appointment_date", "<", query.until]]
        domain: list[Any] = [["state", "=", "free"], ["healthprof", "!=", None], *bounds]
        for field, value in (
            ("healthprof", query.doctor), ("speciality", query.specialty), ("institution", query.branch),
        ):  # fmt: skip
            if value:
                domain.append([field, "=", number(value)])
        rows = await self._wire.rows(ctx, APPOINTMENT, domain, VISIT, limit=LOOKED_THROUGH + 1, order=BY_START)
        complete, rows = len(rows) <= LOOKED_THROUGH, rows[:LOOKED_THROUGH]
        slots = []
        for row in rows:
            try:
                slots.append(self._slot(read(Visit, row), "free"))
            except Malformed:
                complete = False
        if slots:
            doctors = sorted({int(one.doctor.id) for one in slots})
            taken = await self._standing(ctx, doctors, slots)
            slots = [one for one in slots if _in_part(one, query.part) and not over(one, taken)]
        slots.sort(key=lambda one: (one.start, one.doctor.name, one.id))
        complete = complete and len(slots) <= query.limit
        return SlotPage(slots=tuple(slots[: query.limit]), as_of=as_of, complete=complete)

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        """Return the row as it stands. Raises NotFound."""
        form = await self._row(ctx, slot.id)
        if form.state != "free":
            return self._slot(form, "busy")
        stands = self._slot(form, "free")
        taken = await self._standing(ctx, [int(stands.doctor.id)], [stands])
        return self._slot(form, "busy") if over(stands, taken) else stands

    async def _row(self, ctx: Context, row: str) -> Visit:
        """One row of the calendar. Raises NotFound."""
        rows = await self._wire.rows(ctx, APPOINTMENT, [["id", "=", number(row)]], VISIT)
        if not rows:
            raise NotFound
        return read(Visit, rows[0])

    async def _standing(self, ctx: Context, doctors: list[int], slots: Iterable[Slot]) -> list[Appointment]:
        """Every visit that may stand over one of these times of these doctors; what is not all is Malformed."""
        several = list(slots)
        domain = [
            STANDING,
            ["healthprof", "in", doctors],
            ["appointment_date", ">", min(one.start for one in several) - LONGEST],
            ["appointment_date", "<", max(one.end for one in several)],
        ]
        rows = await self._wire.rows(ctx, APPOINTMENT, domain, VISIT, order=BY_START)
        return [self._visit(read(Visit, row)) for row in rows]


def over(slot: Slot, visits: Iterable[Appointment]) -> list[Appointment]:
    """Return those visits that stand over a piece of its doctor's time."""
    return [
        one for one in visits if one.doctor.id == slot.doctor.id and one.start < slot.end and one.end > slot.start
    ]


def _in_part(slot: Slot, part: PartOfDay) -> bool:
    hour = slot.start.astimezone(ZoneInfo(slot.zone)).hour
    return part in ("any", "morning" if hour < 12 else "day" if hour < 17 else "evening")
