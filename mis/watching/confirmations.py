"""The list for confirmation calls: who has a visit in a day or two and has not said that he comes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mis.booking.telling import Work, words_of
from mis.terms import Appointment, AppointmentQuery, Connector, Context, MisError, NotConnected
from mis.watching.overs import Overs
from mis.watching.reach import Reach, Reached, reached
from okno import clock, logs
from okno.database import Database, DatabaseDown
from okno.ids import uuid7_of
from okno.seal import Sealer
from okno.settings import Settings

log = logs.get(__name__)

_TICK_S = 30.0
# A clinic's day is asked for in pieces, each well below what a MIS gives at once.
_PIECE = timedelta(hours=1)
_AT_MOST = 500


class Confirmations:
    """Makes the list once a day, from `mis.confirm_at` on.

    Args:
        mis: the connector, guarded.
        settings: the clinic's zone, `confirm_days`, `confirm_at`.
        database: of `mis`.
        sealer: of `mis`.
        work: asks for a person.
        reach: finds a patient's number.
        overs: tells when a call is not needed any more.
    """

    def __init__(  # noqa: PLR0917
        self, mis: Connector, settings: Settings, database: Database, sealer: Sealer, work: Work, reach: Reach,
        overs: Overs,
    ) -> None:
        self._mis, self._settings, self._database = mis, settings, database
        self._sealer, self._work, self._reach, self._overs = sealer, work, reach, overs
        self._zone = ZoneInfo(settings.clinic.timezone)

    async def run(self) -> None:
        """Make each day's list when its hour has come, until cancelled; what the MIS kept from us is tried again."""
        while True:
            try:
                day = due_day(clock.now(), self._zone, self._settings.mis.confirm_at, self._settings.mis.confirm_days)
                if day is not None and "appointments" in self._mis.capabilities:
                    await self.make(day)
            except (MisError, NotConnected) as trouble:
                log.warning("confirmations_wait", extra={"reason": type(trouble).__name__})
            except DatabaseDown:
                await self._database.wait_available()
            await asyncio.sleep(_TICK_S)

    async def make(self, day: date) -> int:
        """Ask for a call for each patient of a day; return how many. Again, it asks for nobody twice.

        Raises:
            MisError, DatabaseDown: the day is not done.
        """
        if await self._database.fetchval("SELECT true FROM confirmation_days WHERE day = $1", day):
            return 0
        made = 0
        for patient, visits in by_patient(await self._visits(day)).items():
            if not await self._known(patient, day):
                made += await self._ask_for(patient, visits, day, await reached(self._reach, patient))
        await self._database.execute("INSERT INTO confirmation_days (day) VALUES ($1) ON CONFLICT DO NOTHING", day)
        await self._database.execute("DELETE FROM confirmations WHERE day < $1", day - timedelta(days=7))
        return made

    async def _visits(self, day: date) -> list[Appointment]:
        since = datetime.combine(day, time(), self._zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), self._zone).astimezone(UTC)
        found: dict[str, Appointment] = {}
        while since < end:
            query = AppointmentQuery(since=since, until=min(since + _PIECE, end), limit=_AT_MOST)
            page = await self._mis.appointments(self._ctx(), query)
            if not page.complete:
                log.error("confirmations_cut", extra={"day": day.isoformat()})
            found |= {one.id: one for one in page.items}
            since += _PIECE
        return list(found.values())

    async def _known(self, patient: str, day: date) -> bool:
        mark = self._mark(patient, day)
        return bool(await self._database.fetchval("SELECT true FROM confirmations WHERE blind = $1", mark))

    async def _ask_for(self, patient: str, visits: list[Appointment], day: date, how: Reached) -> int:
        first = min(visits, key=lambda one: one.start)
        async with self._database.acquire() as connection, connection.transaction():
            new = await connection.fetchval(
                "INSERT INTO confirmations (blind, day) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
                self._mark(patient, day), day,
            )  # fmt: skip
            if not new or how.calm:
                return 0
            key = uuid7_of(first.start, "confirm", patient)
            await self._overs.to_confirm(connection, key, visits)
            await self._work.want(
                connection, key, "confirm", patient=patient, phone=how.phone,
                note="; ".join(words_of(one) for one in sorted(visits, key=lambda one: one.start)),
            )  # fmt: skip
        return 1

    def _mark(self, patient: str, day: date) -> bytes:
        return self._sealer.blind(f"{day.isoformat()}\n{patient}", purpose="confirmation")

    def _ctx(self) -> Context:
        return Context(actor="mis", purpose="confirm", deadline=clock.monotonic() + self._settings.mis.read_s)


def due_day(now: datetime, zone: ZoneInfo, at: str, days: int) -> date | None:
    """Return the day whose visits are to be confirmed now, clinic-local; None before the hour, or when never."""
    local = now.astimezone(zone)
    if days == 0 or local.time() < time.fromisoformat(at):
        return None
    return local.date() + timedelta(days=days)


def by_patient(visits: Iterable[Appointment]) -> dict[str, list[Appointment]]:
    """Return the visits that are booked and not yet confirmed, by patient: one call for all of them."""
    whose: defaultdict[str, list[Appointment]] = defaultdict(list)
    for one in visits:
        if one.status == "booked" and not one.confirmed:
            whose[one.patient].append(one)
    return dict(whose)
