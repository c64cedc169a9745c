"""A MIS of a family on one phone, in memory: it matches numbers to the letter, as servers do. For tests of finding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from prometheus_client import CollectorRegistry

from mis.client import Asker
from mis.finding import Cards, Finder, Inquiry, Links, Lookups, Making, Waiting
from mis.guard import Figures, Flights, Guarded, Standing
from mis.shown import Shown
from mis.terms import (
    Appointment,
    AppointmentQuery,
    Appointments,
    Candidate,
    Candidates,
    Capability,
    Card,
    Connector,
    Context,
    Created,
    Duplicate,
    Flag,
    MisError,
    Named,
    NotFound,
    PatientDraft,
    PatientQuery,
    Relative,
)
from okno import clock
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.settings import Settings

PHONE = "+79990000001"
OTHER = "+79990000002"
ALL: frozenset[Capability] = frozenset((
    "search_phone", "search_name", "card", "relations", "appointments", "create_patient",
))  # fmt: skip
DOCTOR = Named(id="d1", name="Doctor One")
MOTHER = Candidate(
    id="mother", name="Семёнова Анна Петровна", born=date(1990, 5, 1), card_number="000100", relation="self",
    phones=("8 (999) 000-00-01",),
)  # fmt: skip
CHILD = Candidate(id="child", name="Семёнова Вера", born=date(2020, 2, 29), card_number="000101", relation="ward")
DEAD = Candidate(
    id="dead", name="Семёнов Пётр", born=date(1940, 1, 1), deceased=True, card_number="000102", relation="self",
    phones=("+79990000001",),
)  # fmt: skip
STRANGER = Candidate(
    id="stranger", name="Чужой Иван", born=date(1950, 1, 1), card_number="000200", phones=(OTHER,)
)  # fmt: skip
VIP = Candidate(
    id="vip", name="Тайная Мария", born=date(1970, 1, 1), card_number="000300", restricted=True,
    phones=("+7 999 000-00-03",),
)  # fmt: skip


def visit(number: int, start: datetime, patient: str = "mother", **more: object) -> Appointment:
    """Return a visit of half an hour."""
    values = {"id": f"v{number}", "status": "booked", "patient": patient, "start": start,
              "end": start + timedelta(minutes=30), "doctor": DOCTOR}  # fmt: skip
    return Appointment(**(values | more))  # type: ignore[arg-type]


@dataclass
class Family(Connector):
    """The MIS; `error` is raised by each question, `asked` holds what came."""

    capabilities: frozenset[Capability] = ALL
    people: dict[str, Candidate] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    visits: list[Appointment] = field(default_factory=list)
    kin: dict[str, tuple[Relative, ...]] = field(default_factory=dict)
    error: Callable[[str], MisError | None] = lambda name: None
    everybody: bool = False
    unlimited: bool = False
    asked: list[tuple[str, object]] = field(default_factory=list)
    pause_s: float = 0.0

    def add(self, *people: Candidate) -> None:
        """Put patients there, with cards."""
        for one in people:
            self.people[one.id] = one
            self.cards[one.id] = Card(
                id=one.id, name=one.name, born=one.born, restricted=one.restricted, deceased=one.deceased,
                doctor=DOCTOR, flags=(Flag(kind="vip"),) if one.restricted else (),
            )  # fmt: skip

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Match to the letter; a child is found by its mother's number."""
        await self._ask("find_patients", query)
        found = [
            one for one in self.people.values()
            if self.everybody or (self._by_phone(one, query) and self._by_words(one, query))
        ]  # fmt: skip
        if self.unlimited:
            return Candidates(people=tuple(found))
        return Candidates(people=tuple(found[: query.limit]), complete=len(found) <= query.limit)

    async def card(self, ctx: Context, patient: str) -> Card:
        await self._ask("card", patient)
        if patient not in self.cards:
            raise NotFound
        return self.cards[patient]

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        await self._ask("relatives", patient)
        return self.kin.get(patient, ())

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        await self._ask("appointments", query)
        assert query.since is not None and query.until is not None
        fit = [one for one in self.visits if query.since <= one.start < query.until]
        return Appointments(items=tuple(one for one in fit if self.everybody or one.patient == query.patient))

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        await self._ask("create_patient", draft)
        made = Candidate(id=f"new-{len(self.people)}", name=f"{draft.family} {draft.given}", born=draft.born,
                         phones=(draft.phone,) if draft.phone else ())  # fmt: skip
        self.add(made)
        return Created(patient=made)

    def count(self, name: str) -> int:
        """How often it was asked that."""
        return sum(1 for one, _ in self.asked if one == name)

    async def _ask(self, name: str, what: object) -> None:
        self.asked.append((name, what))
        await asyncio.sleep(self.pause_s)
        if (error := self.error(name)) is not None:
            raise error

    def _by_phone(self, one: Candidate, query: PatientQuery) -> bool:
        if not query.phones:
            return True
        own = set(one.phones) | (set(MOTHER.phones) if one.relation == "ward" else set())
        return bool(own & set(query.phones))

    def _by_words(self, one: Candidate, query: PatientQuery) -> bool:
        words = query.name.casefold().split()
        has = one.name.casefold().split()
        return (
            all(any(other.startswith(word) for other in has) for word in words)
            and query.born in (None, one.born)
            and query.card_number in ("", one.card_number)
        )


@dataclass
class Desk:
    """Everything that finds, around one MIS; `now` is the clock of what is kept in memory."""

    mis: Family
    finder: Finder
    cards: Cards
    making: Making
    audit: AuditTrail
    registry: CollectorRegistry
    database: Database
    now: list[float]
    asker: Asker = field(
        default_factory=lambda: Asker(actor="orlova", role="operator", purpose="call", request=uuid4())
    )

    async def audited(self) -> list[tuple[str, str | None, dict[str, object]]]:
        """What was written down, the oldest first."""
        return [(row.action, row.subject, row.details) for row in reversed(await self.audit.page())]

    def counted(self, name: str, **labels: str) -> float:
        """A figure of `okno_mis_*`."""
        return self.registry.get_sample_value(f"okno_mis_{name}", labels) or 0.0

    def ago(self, seconds: float) -> None:
        """Let so many seconds pass for what is kept in memory."""
        self.now[0] += seconds


def desk(database: Database, keyring: Keyring, *people: Candidate, **mis: object) -> Desk:
    """Return a desk with these patients; `mis` are settings of okno.yaml."""
    settings = Settings.model_validate({"mis": {"connector": "family", **mis}})
    registry = CollectorRegistry()
    figures, standing, family = Figures(registry), Standing(), Family()
    standing.saw("ready")
    family.add(*(people or (MOTHER, CHILD, DEAD, STRANGER, VIP)))
    own, now = keyring.sealer("mis"), [0.0]
    guarded, shown = Guarded(family, settings.mis, figures), Shown(database, own)

    def tell() -> float:
        return clock.monotonic() + now[0]

    cards = Cards(mis=guarded, settings=settings, standing=standing, shown=shown, figures=figures)
    cards.now = tell
    inquiry = Inquiry(mis=guarded, settings=settings, figures=figures, lookups=Lookups(database, own, "family"),
                      waiting=Waiting(tell), flights=Flights())  # fmt: skip
    finder = Finder(inquiry=inquiry, standing=standing, shown=shown, links=Links(database, own, "family"), cards=cards)
    making = Making(inquiry=inquiry, finder=finder, flights=Flights())
    return Desk(family, finder, cards, making, AuditTrail(database, own), registry, database, now)


def twin(one: Candidate, id: str, card: str) -> Candidate:
    """Return the same person once more, with another id and card."""
    return replace(one, id=id, card_number=card)


def moment(days: float) -> datetime:
    """Return the moment so many days from now, on the hour."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)


CALL = UUID("00000000-0000-7000-8000-000000000001")
