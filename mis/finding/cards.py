"""A patient's card with his visits: in memory for a minute, audited before it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mis.client import Asker, CardAnswer
from mis.feed import VISITS, VisitChanged
from mis.finding.ranking import age
from mis.guard import Figures, Standing
from mis.shown import Shown
from mis.terms import (
    LIVE,
    Appointment,
    AppointmentQuery,
    Card,
    Connector,
    Context,
    MisError,
    NotOffered,
    Relative,
)
from okno import clock, logs
from okno.bus import Outbox
from okno.database import Connection
from okno.ids import uuid7
from okno.settings import Settings

FRESH_S, KEPT_S = 30.0, 60.0
PAST, AHEAD = timedelta(days=730), timedelta(days=365)
PAST_VISITS = 20
# From this age a patient holds his medical secrecy himself: law 323-FZ, articles 22 and 54 (the MIS sheet, trap 17).
OWN_SECRECY = 15
PARTS = ("flags", "insurance", "relatives", "doctor", "balance", "upcoming", "past")

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    card: Card
    when: float
    visits: bool


@dataclass(slots=True, kw_only=True)
class Cards:
    """Cards of one process; `now` is a clock that never goes back.

    Args:
        mis: the guarded connector.
        settings: the clinic's zone and deadlines.
        standing, shown, figures: what it stands on.
    """

    mis: Connector
    settings: Settings
    standing: Standing
    shown: Shown
    figures: Figures
    now: Callable[[], float] = clock.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _forgotten: int = 0

    async def show(self, patient: str, asker: Asker, reason: str) -> CardAnswer:
        """Return a card to show; a restricted one without a reason comes without its contents.

        Raises DatabaseDown (it could not be audited), NotOffered.
        """
        if "card" not in self.mis.capabilities:
            if self.standing.state == "not_configured":
                return CardAnswer(error="not_configured")
            raise NotOffered("the connected MIS does not offer cards")
        error = ""
        try:
            card = await self._whole(patient, asker)
        except MisError as failed:
            held, error = self._held(patient, KEPT_S, visits=True), failed.code
            if held is None:
                await self.shown.each(asker, "card.missing", [patient], {"error": error})
                return CardAnswer(error=error)
            card = held
        closed = card.restricted and not reason.strip()
        await self._note(card, asker, reason.strip(), closed=closed, stale=bool(error))
        return CardAnswer(card=_closed(card) if closed else card, stale=bool(error), error=error)

    async def plain(self, patient: str) -> Card:
        """Return a card without visits, for the routes: shown to nobody. Raises MisError."""
        held = self._held(patient, FRESH_S)
        if held is None:
            since = self._forgotten
            held = await self.mis.card(self._context("routes", ""), patient)
            self._keep(patient, held, since, visits=False)
        return held

    def forget(self, patient: str) -> None:
        """Drop what is kept of a patient: something of his was changed. What is being read now is not kept at all."""
        self._forgotten += 1
        self._kept = {id: kept for id, kept in self._kept.items() if patient not in (id, kept.card.id)}

    async def _whole(self, patient: str, asker: Asker) -> Card:
        held = self._held(patient, FRESH_S, visits=True)
        if held is not None:
            return held
        ctx, since = self._context(asker.purpose, str(asker.request), asker.actor), self._forgotten
        card, upcoming, past, relatives = await asyncio.gather(
            self.mis.card(ctx, patient), self._upcoming(ctx, patient), self._past(ctx, patient),
            self._relatives(ctx, patient),
        )  # fmt: skip
        if card.id != patient:  # merged: his visits and people stand under the id that stayed (trap 15)
            upcoming, past, relatives = await asyncio.gather(
                self._upcoming(ctx, card.id), self._past(ctx, card.id), self._relatives(ctx, card.id)
            )
            card = replace(card, replaced=patient)
        found = {"upcoming": upcoming, "past": past, "relatives": relatives}
        missing = {*card.missing, *(name for name, part in found.items() if part is None)}
        people = tuple(self._allowed(one, card.born) for one in relatives or card.relatives)
        whole = replace(
            card, upcoming=upcoming or (), past=past or (), relatives=people, missing=tuple(sorted(missing)),
            fetched_at=clock.now(),
        )  # fmt: skip
        self._keep(patient, whole, since, visits=True)
        return whole

    async def _upcoming(self, ctx: Context, patient: str) -> tuple[Appointment, ...] | None:
        now = clock.now()
        found = await self._visits(ctx, AppointmentQuery(patient=patient, since=self._midnight, until=now + AHEAD))
        if found is None:
            return None
        return tuple(one for one in found if one.status in LIVE and one.end > now)

    async def _past(self, ctx: Context, patient: str) -> tuple[Appointment, ...] | None:
        now = clock.now()
        found = await self._visits(ctx, AppointmentQuery(patient=patient, since=now - PAST, until=now))
        if found is None:
            return None
        gone = [one for one in found if one.status != "entered-in-error" and one.end <= now]
        return tuple(sorted(gone, key=lambda one: one.start, reverse=True)[:PAST_VISITS])

    async def _visits(self, ctx: Context, query: AppointmentQuery) -> tuple[Appointment, ...] | None:
        """Return visits, None when the MIS does not give them: a card without is better than none."""
        if "appointments" not in self.mis.capabilities:
            return None
        try:
            found = await self.mis.appointments(ctx, query)
        except MisError:
            return None
        # A server that does not know a parameter answers with everybody's.
        return tuple(one for one in found.items if one.patient == query.patient)

    async def _relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...] | None:
        if "relations" not in self.mis.capabilities:
            return None
        try:
            return await self.mis.relatives(ctx, patient)
        except MisError:
            return None

    def _allowed(self, one: Relative, born: date | None) -> Relative:
        """Return a relative whose right to speak for the patient ends when the patient holds his secrecy himself."""
        if one.relation != "guardian" or born is None:
            return one
        own = _birthday(born, OWN_SECRECY)
        until = min(one.until, own) if one.until else own
        return replace(one, until=until, authority=one.authority and age(born, self._today) < OWN_SECRECY)

    async def _note(self, card: Card, asker: Asker, reason: str, *, closed: bool, stale: bool) -> None:
        details: dict[str, object] = {"restricted": card.restricted, "stale": stale}
        if card.replaced:
            details["replaced"] = card.replaced
        opened = card.restricted and not closed
        if opened:
            details["reason"] = reason
            self.figures.restricted.inc()
            log.warning("restricted_card_opened", extra={"actor": asker.actor, "request": str(asker.request)})
        async with self.shown.writing() as connection:
            await self.shown.note(connection, asker, "card.closed" if closed else "card.show", card.id, details)
            if opened:
                await _tell(connection, asker)

    def _context(self, purpose: str, request: str, actor: str = "mis") -> Context:
        end = self.now() + self.settings.mis.read_s
        return Context(actor=actor, purpose=purpose, request=request, deadline=end)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.clinic.timezone)

    @property
    def _today(self) -> date:
        return datetime.now(self._zone).date()

    @property
    def _midnight(self) -> datetime:
        return datetime.combine(self._today, datetime.min.time(), self._zone)

    def _keep(self, patient: str, card: Card, since: int, *, visits: bool) -> None:
        if since != self._forgotten:  # something was changed while it was read: it may show what was before
            return
        now = self.now()
        self._kept = {id: kept for id, kept in self._kept.items() if now - kept.when <= KEPT_S}
        self._kept[patient] = _Kept(card, now, visits)

    def _held(self, patient: str, seconds: float, *, visits: bool = False) -> Card | None:
        kept = self._kept.get(patient)
        if kept is None or self.now() - kept.when > seconds or (visits and not kept.visits):
            return None
        return kept.card


async def _tell(connection: Connection, asker: Asker) -> None:
    """Leave a line in the request's history: who, not why; the reason stands sealed in the audit."""
    key = uuid7()
    told = VisitChanged(
        key=key, request=asker.request, what="restricted_opened", actor=asker.actor, at=clock.now()
    )
    await Outbox.add(connection, VISITS, key, "VisitChanged", told.model_dump(mode="json"))


def _closed(card: Card) -> Card:
    """Return what is shown of a restricted card to who gave no reason: that it is one."""
    return Card(id=card.id, name="", restricted=True, replaced=card.replaced, missing=PARTS, fetched_at=card.fetched_at)


def _birthday(born: date, years: int) -> date:
    """Return the birthday of so many years; of 29 February 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
