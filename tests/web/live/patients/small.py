"""A small clinic's MIS inside the process, and one of each person that is hard to get right."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from mis.terms import (
    Appointment,
    Candidate,
    Candidates,
    Capability,
    Card,
    Context,
    Created,
    Named,
    PatientDraft,
    PatientQuery,
    Relative,
    Slot,
)
from tests.mis.booking.clinic import ALL, DOCTOR, Clinic
from tests.web.scripted import NUMBER

MOTHER, CHILD, VIP, OLD, NEW, STRANGER = "mother", "child", "vip", "old", "new", "stranger"
CAN: frozenset[Capability] = ALL | {"search_name", "relations", "create_patient"}
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)


def slot(number: int) -> Slot:
    """Return a half hour of the day after tomorrow."""
    start = TOMORROW + timedelta(minutes=30 * number)
    return Slot(
        id=f"s{number}", start=start, end=start + timedelta(minutes=30), doctor=DOCTOR, version="1",
        branch=Named(id="b1", name="Main"), zone="Asia/Yekaterinburg",
    )  # fmt: skip


def _people() -> dict[str, Candidate]:
    phones = (NUMBER,)
    return {one.id: one for one in (
        Candidate(id=MOTHER, name="Лунина Мария Петровна", born=date(1988, 3, 1), phones=phones, relation="guardian"),
        Candidate(id=CHILD, name="Лунин Пётр", born=date(2019, 5, 2), phones=phones, relation="ward"),
        Candidate(id=VIP, name="Тайный Человек", born=date(1970, 1, 1), phones=phones, restricted=True),
        Candidate(id=OLD, name="Двойная Анна", born=date(1990, 9, 9), phones=phones),
        Candidate(id=STRANGER, name="Соседова Нина", born=date(1955, 7, 7), phones=("+79990000099",), card_number="99"),
    )}  # fmt: skip


@dataclass
class Small(Clinic):
    """The MIS: everybody above, OLD merged into NEW; four free half hours; a visit of the mother, OLD and STRANGER each."""

    capabilities: frozenset[Capability] = CAN
    people: dict[str, Candidate] = field(default_factory=_people)
    drafts: list[PatientDraft] = field(default_factory=list)
    database_url: str = ""

    def __post_init__(self) -> None:
        """Fill the book."""
        self.slots = {f"s{number}": slot(number) for number in range(8)}
        self.of_mother, self.of_new, self.of_stranger = (
            self.put(slot(number), patient) for number, patient in ((4, MOTHER), (5, NEW), (6, STRANGER))
        )

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Find by number, by name, by the card's number."""
        return await self._ask("find_patients", lambda: Candidates(people=tuple(
            one for one in self.people.values()
            if (not query.phones or set(query.phones) & set(one.phones)) and query.name.casefold() in one.name.casefold()
            and query.card_number in ("", one.card_number) and query.born in (None, one.born)
        )))  # fmt: skip

    async def card(self, ctx: Context, patient: str) -> Card:
        """Return a card."""
        one = self.people[OLD if patient == NEW else patient]
        card = Card(id=patient, name=one.name, born=one.born, restricted=one.restricted, card_number="C-77")
        return await self._ask("card", lambda: replace(card, id=NEW, replaced=OLD) if patient == OLD else card)

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        """Return the mother's child."""
        child = Relative(id=CHILD, name="Лунин Пётр", relation="ward", born=date(2019, 5, 2))
        return await self._ask("relatives", lambda: (child,) if patient == MOTHER else ())

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created:
        """Make a patient."""
        self.drafts.append(draft)
        made = Candidate(id="made", name=f"{draft.family} {draft.given}", born=draft.born, phones=(draft.phone,))
        self.people[made.id] = made
        return await self._ask("create_patient", lambda: Created(patient=made), ctx)

    def visit(self, id: str) -> Appointment:
        """Return a visit as it stands."""
        return self.visits[id]
