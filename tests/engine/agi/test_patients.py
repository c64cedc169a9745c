"""The MIS for callers in flows: a visit only to who knows the birth date, one deal for one wish, silence in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from engine.agi import patients as module
from engine.agi.patients import WRONG, WRONG_FOR, Patients
from engine.ivr.orders import Found
from mis.client import Appointment, Asker, Booking, BookingStatus, Card, CardAnswer, Lookup, Named, Person
from okno.ids import uuid7
from okno.service import ServiceDown

PHONE, BORN = "+79990000001", "1980-03-05"
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
CALL, OTHER = str(uuid7()), str(uuid7())


def visit(key: str = "v1", hours: float = 24, **more: object) -> Appointment:
    """A visit so many hours ahead."""
    at = AT + timedelta(hours=hours)
    made = Appointment(id=key, status="booked", patient="p1", start=at, end=at, doctor=Named(id="d", name=""))
    return replace(made, **more)  # type: ignore[arg-type]


class Mis:
    """A MIS with these people and cards."""

    def __init__(self, *cards: Card) -> None:
        self.cards = {card.id: card for card in cards}
        self.lookup = Lookup(state="ready", people=tuple(
            Person(id=card.id, name="", birth_year=card.born.year if card.born else None) for card in cards
        ))  # fmt: skip
        self.stale, self.down, self.hangs = False, False, False
        self.read: list[str] = []
        self.keys: list[UUID] = []
        self.ends: list[BookingStatus] = ["booked"]

    async def candidates(self, e164: str, asker: Asker, *, call: UUID | None = None) -> Lookup:
        assert (asker.actor, asker.purpose, e164) == ("ivr", "call", PHONE)
        if self.down:
            raise ServiceDown("gone")
        if self.hangs:
            await asyncio.Event().wait()
        return self.lookup

    async def card(self, patient: str, asker: Asker, *, reason: str = "") -> CardAnswer:
        self.read.append(patient)
        return CardAnswer(card=self.cards[patient], stale=self.stale)

    async def confirm(self, key: UUID, visit: Appointment, asker: Asker) -> Booking:
        return self._deal(key)

    async def cancel(self, key: UUID, visit: Appointment, reason: str, asker: Asker) -> Booking:
        return self._deal(key)

    async def booking(self, key: UUID, asker: Asker) -> Booking:
        return self._deal(key)

    def _deal(self, key: UUID) -> Booking:
        self.keys.append(key)
        status = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        return Booking(key=key, action="confirm", status=status)


ELDER = Card(id="p1", name="", born=date(1980, 3, 5), upcoming=(visit("late", 48), visit()))
CHILD = Card(id="p2", name="", born=date(2015, 1, 1), upcoming=(visit("child", 2),))


def asking(mis: Mis | None) -> Patients:
    return Patients(mis, ZoneInfo("Asia/Yekaterinburg"))


async def found(mis: Mis, born: str = BORN, call: str = CALL) -> tuple[Patients, Found]:
    patients = asking(mis)
    return patients, await patients.visit(PHONE, born, call, call, AT)


async def test_the_next_visit_of_whose_birth_date_it_is() -> None:
    mis = Mis(ELDER, CHILD)
    _, one = await found(mis)
    assert one.visit and one.starts_at == AT + timedelta(hours=24) and str(one.starts_at)[-6:] == "+05:00"
    assert mis.read == ["p1"]  # the other was born in another year: his card is nobody's business here


@pytest.mark.parametrize("born", ["1980-03-06", "1980-13-99", "", "2015-01-02"])
async def test_another_birth_date_finds_nothing(born: str) -> None:
    _, one = await found(Mis(ELDER, CHILD), born)
    assert one == Found()


async def test_a_birth_date_is_not_guessed_call_by_call() -> None:
    mis = Mis(ELDER)
    patients = asking(mis)
    for day in range(6, 6 + WRONG):
        assert await patients.visit(PHONE, f"1980-03-{day:02}", str(uuid7()), CALL, AT) == Found()
    read = len(mis.read)
    # Now the right one is not looked up either, from whatever call; the day after it is.
    assert await patients.visit(PHONE, BORN, str(uuid7()), CALL, AT) == Found() and len(mis.read) == read
    mis.cards["p1"] = replace(ELDER, upcoming=(visit(hours=72),))
    assert (await patients.visit(PHONE, BORN, CALL, CALL, AT + WRONG_FOR)).visit


async def test_who_knows_his_birth_date_may_ask_as_often_as_he_likes() -> None:
    patients = asking(Mis(ELDER))
    found = [await patients.visit(PHONE, BORN, CALL, CALL, AT) for _ in range(WRONG + 2)]
    assert all(one.visit for one in found)


async def test_twins_are_not_told_apart() -> None:
    _, one = await found(Mis(ELDER, replace(ELDER, id="p3")))
    assert one == Found()


@pytest.mark.parametrize("upcoming", [(), (visit(hours=-1),), (visit(status="cancelled"),)])
async def test_no_visit_ahead(upcoming: tuple[Appointment, ...]) -> None:
    _, one = await found(Mis(replace(ELDER, upcoming=upcoming)))
    assert one == Found()


async def test_a_card_of_yesterday_is_not_told() -> None:
    mis = Mis(ELDER)
    mis.stale = True
    assert (await found(mis))[1] == Found()


async def test_a_mis_that_is_gone_or_hangs_answers_nothing_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    for attribute in ("down", "hangs"):
        mis = Mis(ELDER)
        setattr(mis, attribute, True)
        assert not (await found(mis))[1].answered
        assert await asking(mis).known(PHONE, CALL, CALL, AT) == (False, False, False)
    mis = Mis(ELDER)
    mis.lookup = Lookup(state="down", error="timeout")
    assert not (await found(mis))[1].answered and (await asking(mis).known(PHONE, CALL, CALL, AT))[0] is False


async def test_what_is_known_of_a_number() -> None:
    assert await asking(Mis(ELDER)).known(PHONE, CALL, CALL, AT) == (True, True, True)
    assert await asking(Mis(replace(ELDER, upcoming=()))).known(PHONE, CALL, CALL, AT) == (True, True, False)
    assert await asking(Mis()).known(PHONE, CALL, CALL, AT) == (True, False, False)
    assert await asking(Mis(ELDER)).known("", CALL, CALL, AT) == (True, False, False)
    assert await asking(None).known(PHONE, CALL, CALL, AT) == (False, False, False)


@pytest.mark.parametrize(("what", "ends", "done"), [
    ("confirm", ["booked"], True), ("confirm", ["sending", "booked"], True), ("confirm", ["refused"], False),
    ("cancel", ["pending", "unknown", "cancelled"], True), ("cancel", ["unknown"], False),
])  # fmt: skip
async def test_a_decision_is_looked_after_until_it_is_known(
    monkeypatch: pytest.MonkeyPatch, what: str, ends: list[BookingStatus], done: bool
) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.3)
    monkeypatch.setattr(module, "_LOOK_S", 0.01)
    mis = Mis(ELDER)
    mis.ends = ends
    patients, one = await found(mis)
    assert await patients.decide(one.visit, what, CALL, CALL) is done  # type: ignore[arg-type]
    assert len(set(mis.keys)) == 1


async def test_the_same_wish_in_the_same_call_is_one_deal_and_another_calls_visit_is_nobodys() -> None:
    mis = Mis(ELDER)
    patients, one = await found(mis)
    assert await patients.decide(one.visit, "confirm", CALL, CALL) and await patients.decide(one.visit, "confirm", CALL, CALL)
    assert len(set(mis.keys)) == 1
    assert not await patients.decide(one.visit, "confirm", OTHER, OTHER)
    assert not await asking(mis).decide(one.visit, "confirm", CALL, CALL)
