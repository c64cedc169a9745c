"""What every part of the connector stands on: the wire, and a row of the calendar in our words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mis.connectors.gnu_health.forms import Called, State, Visit
from mis.connectors.gnu_health.options import Options
from mis.connectors.gnu_health.wire import Wire
from mis.terms import (
    Appointment,
    AppointmentStatus,
    Connector,
    Context,
    Malformed,
    Named,
    NotFound,
    Slot,
)
from mis.terms.visits import SlotState

APPOINTMENT = "gnuhealth.appointment"
STATUSES: dict[State | None, AppointmentStatus] = {
    "confirmed": "booked", "checked_in": "checked-in", "done": "fulfilled", "user_cancelled": "cancelled",
    "center_cancelled": "cancelled", "no_show": "noshow", None: "unknown",
}  # fmt: skip
# GNU Health has no field for another system's key: a line of the comment bears it, and when it was written.
_LINE = re.compile(r"^\[okno (?P<word>\S+) (?P<at>\S+)\]$", re.MULTILINE)
CONFIRMED = "confirmed"


def line(word: str, at: datetime) -> str:
    """Return the line of a comment that bears our key, or says that the patient confirmed."""
    return f"[okno {word} {at.isoformat(timespec='milliseconds')}]"


def lines(comment: str) -> dict[str, datetime]:
    """Return what our lines of a comment say, and when they were written."""
    found = {}
    for one in _LINE.finditer(comment):
        try:
            found[one["word"]] = datetime.fromisoformat(one["at"])
        except ValueError:  # a person changed it: it is a word of his now
            continue
    return {word: at for word, at in found.items() if at.tzinfo is not None}


def number(told: str) -> int:
    """Return an id of ours as Tryton has it. Raises NotFound: nothing of Tryton's has another kind."""
    if not told.isascii() or not told.isdigit() or len(told) > 18:
        raise NotFound
    return int(told)


class Health(Connector):
    """One database of a GNU Health.

    Args:
        wire: how it is reached.
        options: the connector's settings.
        zone: of the clinic.
    """

    def __init__(self, wire: Wire, options: Options, zone: ZoneInfo) -> None:
        self._wire, self._options, self._zone = wire, options, zone

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def state(self, ctx: Context) -> None:
        """Ask how many branches there are: our credentials are needed for it, and nobody's data."""
        await self._wire.count(ctx, "gnuhealth.institution")

    def _zone_of(self, branch: Called | None) -> str:
        return self._options.zones.get(str(branch.id), self._zone.key) if branch else self._zone.key

    def _ends(self, form: Visit) -> datetime:
        """When a row is over; one made without the calendar's wizard may not say."""
        if form.start is None:
            raise Malformed
        if form.end is not None and form.end > form.start:
            return form.end
        return form.start + timedelta(minutes=self._options.minutes)

    def _slot(self, form: Visit, state: SlotState) -> Slot:
        if form.start is None or form.doctor is None:
            raise Malformed
        return Slot(
            id=str(form.id),
            start=form.start,
            end=self._ends(form),
            doctor=Named(id=str(form.doctor.id), name=form.doctor.party.called),
            version=form.version,
            state=state,
            branch=_named(form.branch),
            specialty=_named(form.specialty),
            zone=self._zone_of(form.branch),
        )

    def _visit(self, form: Visit) -> Appointment:
        if form.start is None:
            raise Malformed
        said = lines(form.comments or "")
        key, made = next(((word, at) for word, at in said.items() if word != CONFIRMED), ("", form.create_date))
        doctor = Named(id=str(form.doctor.id), name=form.doctor.party.called) if form.doctor else Named(id="", name="")
        return Appointment(
            id=str(form.id),
            status=STATUSES.get(form.state, "unknown"),
            patient=str(form.patient or ""),
            start=form.start,
            end=self._ends(form),
            doctor=doctor,
            version=form.version,
            slot=str(form.id),
            key=key,
            confirmed=CONFIRMED in said,
            branch=_named(form.branch),
            specialty=_named(form.specialty),
            service=_named(form.service),
            comment=_LINE.sub("", form.comments or "").strip(),
            created_at=made,
            zone=self._zone_of(form.branch),
        )


def _named(form: Called | None) -> Named | None:
    return Named(id=str(form.id), name=form.rec_name or "") if form else None
