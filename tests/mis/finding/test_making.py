"""A patient made: never twice, never silently beside one like him."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from mis.terms import Conflict, Invalid, NotOffered, OutcomeUnknown, PatientDraft
from okno import clock
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import CHILD, MOTHER, PHONE, Desk, desk

NEW = PatientDraft(key="k1", family="новикова", given="Oльга", born=date(1985, 7, 7), phone="8 999 000-00-77")


@pytest.fixture
async def one(database: OpenDatabase, keyring: Keyring) -> Desk:
    return desk(await database("mis"), keyring)


async def test_one_like_nobody_is_made_tidily_and_audited(one: Desk) -> None:
    answer = await one.making.make(NEW, one.asker)
    assert answer.made is not None and answer.made.name == "Новикова Ольга" and answer.like == ()
    (draft,) = [what for name, what in one.mis.asked if name == "create_patient"]
    assert isinstance(draft, PatientDraft) and (draft.phone, draft.key) == ("+79990000077", "k1")
    entries = await one.audited()
    assert [(action, subject) for action, subject, _ in entries] == [
        ("patient.create", None), ("patient.created", answer.made.id)
    ]  # fmt: skip


async def test_the_like_one_is_shown_and_nothing_is_made(one: Desk) -> None:
    draft = replace(NEW, family="Семенова", given="анна", born=MOTHER.born, phone="")
    answer = await one.making.make(draft, one.asker)
    assert answer.made is None and [who.id for who in answer.like] == ["mother"]
    assert one.mis.count("create_patient") == 0
    assert [(action, subject) for action, subject, _ in await one.audited()] == [("patient.candidate", "mother")]
    anyway = await one.making.make(replace(draft, anyway=True), one.asker)
    assert anyway.made is not None and one.mis.count("create_patient") == 1


async def test_a_like_name_at_the_same_number_is_like_though_the_date_is_missing(one: Desk) -> None:
    answer = await one.making.make(replace(NEW, family="Semenova", given="Anna", born=None, phone=PHONE), one.asker)
    assert [who.id for who in answer.like] == ["mother"]


async def test_a_sister_of_the_same_surname_is_another_person(one: Desk) -> None:
    draft = replace(NEW, family="Семёнова", given="Ольга", born=date(2021, 1, 1), phone=PHONE)
    assert (await one.making.make(draft, one.asker)).made is not None


async def test_trap_13_two_who_make_the_same_person_make_him_once(one: Desk) -> None:
    one.mis.pause_s = 0.02
    answers = await asyncio.gather(*(one.making.make(replace(NEW, key=f"k{n}"), one.asker) for n in range(5)))
    assert one.mis.count("create_patient") == 1
    assert len({answer.made.id for answer in answers if answer.made}) == 1


async def test_who_joins_the_making_of_a_patient_is_audited_for_what_he_sees(one: Desk) -> None:
    one.mis.pause_s = 0.02
    askers = [replace(one.asker, actor=name) for name in ("orlova", "petrova")]
    like = replace(NEW, family="Семенова", given="анна", born=MOTHER.born, phone="")
    for draft, action in ((NEW, "patient.created"), (like, "patient.candidate")):
        answers = await asyncio.gather(*(one.making.make(draft, asker) for asker in askers))
        shown = {(answer.made or answer.like[0]).id for answer in answers}
        entries = [(row.actor, row.action) for row in await one.audit.page() if row.subject in shown]
        assert sorted(entries) == [("orlova", action), ("petrova", "patient.candidate")]
    assert one.mis.count("create_patient") == 1


@pytest.mark.parametrize(("change", "field"), [
    ({"family": " "}, "family"), ({"given": ""}, "given"), ({"phone": "103"}, "phone"), ({"key": ""}, "key"),
    ({"born": date(1800, 1, 1)}, "born"), ({"born": clock.now().date() + timedelta(days=2)}, "born"),
])  # fmt: skip
async def test_what_cannot_be_is_named_and_not_sent(one: Desk, change: dict[str, object], field: str) -> None:
    answer = await one.making.make(replace(NEW, **change), one.asker)  # type: ignore[arg-type]
    assert (answer.error, answer.fields, one.mis.asked) == ("invalid", (field,), [])


@pytest.mark.parametrize(("error", "code"), [
    (Invalid("snils"), "invalid"), (OutcomeUnknown("k1"), "unknown"), (Conflict("duplicate_patient"), "conflict"),
])  # fmt: skip
async def test_what_the_mis_says_is_told(one: Desk, error: Invalid, code: str) -> None:
    one.mis.error = lambda name: error if name == "create_patient" else None
    answer = await one.making.make(NEW, one.asker)
    assert (answer.made, answer.error, answer.fields) == (None, code, error.fields if code == "invalid" else ())


async def test_a_mis_that_cannot(one: Desk) -> None:
    one.mis.capabilities = frozenset()
    with pytest.raises(NotOffered):
        await one.making.make(NEW, one.asker)
    assert CHILD.id in one.mis.people


async def test_whoever_is_told_of_a_colleagues_patient_is_audited_too(one: Desk) -> None:
    one.mis.pause_s = 0.02
    askers = [replace(one.asker, actor=name, request=uuid4()) for name in ("orlova", "petrova")]
    orders = (one.making.make(replace(NEW, key=asker.actor), asker) for asker in askers)
    first, second = await asyncio.gather(*orders)
    assert first.made is not None and first == second
    rows = [row for row in await one.audit.page() if row.subject == first.made.id]
    assert {(row.actor, row.request) for row in rows} == {(asker.actor, asker.request) for asker in askers}


async def test_namesakes_of_unknown_age_with_two_numbers_are_two(one: Desk) -> None:
    one.mis.pause_s = 0.02
    orders = [replace(NEW, key=f"k{n}", born=None, phone=f"+7999000007{n}", anyway=True) for n in range(2)]
    answers = await asyncio.gather(*(one.making.make(draft, one.asker) for draft in orders))
    assert len({answer.made.id for answer in answers if answer.made}) == 2


async def test_who_was_made_is_found_by_his_number_at_once(one: Desk) -> None:
    assert (await one.finder.candidates(NEW.phone, one.asker, None)).people == ()
    made = (await one.making.make(NEW, one.asker)).made
    assert made is not None
    found = await one.finder.candidates(NEW.phone, one.asker, None)
    assert [who.id for who in found.people] == [made.id]
