"""What changed in the MIS, asked for by its own clock; and what we tell it of our contacts."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from mis.connectors.gnu_health.forms import VISIT, Visit, read
from mis.connectors.gnu_health.health import APPOINTMENT, Health, number
from mis.connectors.gnu_health.wire import Row
from mis.terms import Change, Changes, ContactReport, Context, Malformed
from mis.wire import before, mark, read_cursor, write_cursor
from okno import clock

MOST = 5000
# Tryton stamps a row when its transaction begins, and others see it when that ends: what lies so near to the cursor is
# looked at again.
OVERLAP = timedelta(seconds=10)
# The shortest time asked for; longer than the overlap, or the cursor would stand still.
LEAST = 2 * OVERLAP


class Changed(Health):
    """Changes of a GNU Health."""

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        """Return what changed since the cursor; the server's own clock counts, never ours."""
        if not cursor:
            return Changes(items=(), cursor=write_cursor(await self._latest(ctx), ()))
        at, seen = read_cursor(cursor)
        items, end = await self._piece(ctx, at - OVERLAP)
        items.sort(key=lambda one: one.at)
        fresh = [one for one in items if mark(one) not in seen]
        last = max((one.at for one in items), default=at) if end is None else end
        near = {mark(one) for one in items if one.at >= last - OVERLAP}
        return Changes(items=tuple(fresh), cursor=write_cursor(max(last, at), near))

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        """Write a note on the patient with our key in it, once."""
        ctx = replace(ctx, key=report.key)
        mark = f"[okno {report.key}]"
        resource = f"gnuhealth.patient,{number(report.patient)}"
        escaped = mark.replace("_", "\\_").replace("%", "\\%")
        same = [["resource", "=", resource], ["message", "like", f"%{escaped}%"]]
        if await before(self._wire.rows(ctx, "ir.note", same, ("id",), limit=1)):
            return
        said = " · ".join(part for part in (report.kind, report.outcome, report.operator, report.recording) if part)
        when = report.at.astimezone(self._zone).isoformat(timespec="minutes")
        await self._wire.create(ctx, "ir.note", {"resource": resource, "message": f"{when} · {said}\n{mark}"})

    async def _piece(self, ctx: Context, since: datetime) -> tuple[list[Change], datetime | None]:
        """Return what changed since, and where that ends, None = it is all.

        Tryton has no order by the last change. So where there is more than is taken at once, the time is halved until
        a piece comes whole, and what comes after it is for the next question.
        """
        end: datetime | None = None
        while True:
            visits = await self._visits_since(ctx, since, end)
            people = await self._patients_since(ctx, since, end)
            if max(len(visits), len(people)) < MOST or (end is not None and end - since <= LEAST):
                return [*visits, *people], end
            end = since + ((end or await self._latest(ctx)) - since) / 2
            end = max(end, since + LEAST)

    async def _visits_since(self, ctx: Context, at: datetime, end: datetime | None) -> list[Change]:
        rows = await self._wire.rows(ctx, APPOINTMENT, _between("", at, end), VISIT, limit=_most(at, end))
        return [self._told(row) for row in rows]

    async def _patients_since(self, ctx: Context, at: datetime, end: datetime | None) -> list[Change]:
        """Patients whose record, or the person behind it, changed: the name and the numbers are the person's."""
        domain = ["OR", _between("", at, end), _between("party.", at, end)]
        fields = ("write_date", "create_date", "party.write_date", "party.create_date")
        rows = await self._wire.rows(ctx, "gnuhealth.patient", domain, fields, limit=_most(at, end), gone=True)
        found = []
        for row in rows:
            person = row.get("party.")
            at = _changed(row, person if isinstance(person, dict) else {})
            found.append(Change(resource="patient", id=_id(row), version=at.isoformat(), at=at))
        return found

    def _told(self, row: Row) -> Change:
        """A changed row of the calendar; one that cannot be read is a change all the same: who hears of it looks."""
        kind: Literal["slot", "appointment"] = "slot" if row.get("state") == "free" else "appointment"
        visit = None
        if kind == "appointment":
            with contextlib.suppress(Malformed):
                visit = self._visit(read(Visit, row))
        at = _changed(row)
        return Change(resource=kind, id=_id(row), version=str(row.get("_timestamp", "")), at=at, appointment=visit)

    async def _latest(self, ctx: Context) -> datetime:
        """The last moment any visit was made or changed, by the server's clock."""
        moments = []
        for field in ("write_date", "create_date"):
            rows = await before(self._wire.rows(
                ctx, APPOINTMENT, [[field, "!=", None]], (field,), limit=1, order=((field, "DESC"),)
            ))  # fmt: skip
            moments += [row.get(field) for row in rows]
        return max((one for one in moments if isinstance(one, datetime)), default=clock.now() - timedelta(days=1))


def _between(prefix: str, at: datetime, end: datetime | None) -> list[Any]:
    ways = []
    for field in (f"{prefix}write_date", f"{prefix}create_date"):
        ways.append([[field, ">=", at], *([[field, "<=", end]] if end is not None else [])])
    return ["OR", *ways]


def _most(at: datetime, end: datetime | None) -> int | None:
    """How many are taken at once; what changed in one moment cannot be cut."""
    return None if end is not None and end - at <= LEAST else MOST


def _changed(*rows: Row) -> datetime:
    """When a row was changed last; one that cannot say that cannot be ordered. Raises Malformed."""
    told = [row.get(field) for row in rows for field in ("write_date", "create_date")]
    moments = [one for one in told if isinstance(one, datetime)]
    if not moments:
        raise Malformed
    return max(moments)


def _id(row: Row) -> str:
    told = row.get("id")
    if not isinstance(told, int):
        raise Malformed
    return str(told)
