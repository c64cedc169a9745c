"""What changed in the MIS, asked for by its own clock; and what we tell it of our contacts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mis.connectors.gnu_health.forms import PATIENT, VISIT, Patient, Visit, read
from mis.connectors.gnu_health.health import APPOINTMENT, Health, before, number
from mis.terms import Change, Changes, ContactReport, Context, Malformed
from okno import clock

MOST = 5000
# Tryton stamps a row when its transaction begins, and others see it when that ends: what lies so near to the cursor is
# looked at again.
OVERLAP = timedelta(seconds=10)


class Changed(Health):
    """Changes of a GNU Health."""

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        """Return what changed since the cursor; the server's own clock counts, never ours."""
        if not cursor:
            return Changes(items=(), cursor=_cursor(await self._latest(ctx), {}))
        at, seen = _read_cursor(cursor)
        items = [*await self._visits_since(ctx, at - OVERLAP), *await self._patients_since(ctx, at - OVERLAP)]
        items.sort(key=lambda one: one.at)
        fresh = [one for one in items if _mark(one) not in seen]
        last = max((one.at for one in items), default=at)
        near = {_mark(one): one.at for one in items if one.at >= last - OVERLAP}
        return Changes(items=tuple(fresh), cursor=_cursor(max(last, at), near))

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

    async def _visits_since(self, ctx: Context, at: datetime) -> list[Change]:
        rows = await self._wire.rows(ctx, APPOINTMENT, _since("", at), VISIT, limit=MOST)
        found = []
        for form in (read(Visit, row) for row in rows):
            timed = form.start is not None and form.state != "free"
            visit = self._visit(form) if timed else None
            kind = "slot" if form.state == "free" else "appointment"
            moment = _changed(form.write_date, form.create_date)
            found.append(Change(
                resource=kind, id=str(form.id), version=form.version, at=moment, appointment=visit,  # type: ignore[arg-type]  # one of two
            ))  # fmt: skip
        return found

    async def _patients_since(self, ctx: Context, at: datetime) -> list[Change]:
        """Patients whose record, or the person behind it, changed: the name and the numbers are the person's."""
        domain = ["OR", _since("", at), _since("party.", at)]
        fields = (*PATIENT, "create_date", "party.write_date", "party.create_date")
        rows = await self._wire.rows(ctx, "gnuhealth.patient", domain, fields, limit=MOST, gone=True)
        found = []
        for row in rows:
            form = read(Patient, row)
            moments = [one for one in (*_dates(row), *_dates(row["party."])) if isinstance(one, datetime)]
            if not moments:
                raise Malformed
            moment = max(moments)
            found.append(Change(resource="patient", id=str(form.id), version=moment.isoformat(), at=moment))
        return found

    async def _latest(self, ctx: Context) -> datetime:
        """The last moment any visit was made or changed, by the server's clock."""
        moments = []
        for field in ("write_date", "create_date"):
            rows = await before(self._wire.rows(
                ctx, APPOINTMENT, [[field, "!=", None]], (field,), limit=1, order=((field, "DESC"),)
            ))  # fmt: skip
            moments += [row.get(field) for row in rows]
        return max((one for one in moments if isinstance(one, datetime)), default=clock.now() - timedelta(days=1))


def _since(prefix: str, at: datetime) -> list[Any]:
    return ["OR", [f"{prefix}write_date", ">=", at], [f"{prefix}create_date", ">=", at]]


def _dates(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return row.get("write_date"), row.get("create_date")


def _changed(*moments: datetime | None) -> datetime:
    """When a row was changed last; one that cannot say that cannot be ordered. Raises Malformed."""
    known = [one for one in moments if one is not None]
    if not known:
        raise Malformed
    return max(known)


def _mark(one: Change) -> str:
    return f"{one.resource}/{one.id}/{one.version}"


def _cursor(at: datetime, seen: Mapping[str, datetime]) -> str:
    return json.dumps({"at": at.isoformat(), "seen": sorted(seen)})


def _read_cursor(cursor: str) -> tuple[datetime, frozenset[str]]:
    try:
        told = json.loads(cursor)
        return datetime.fromisoformat(told["at"]), frozenset(told["seen"])
    except (ValueError, KeyError, TypeError):
        raise Malformed from None
