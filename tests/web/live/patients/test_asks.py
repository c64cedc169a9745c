"""What a browser may send about patients, and what `mis` gets of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from mis.client import plain
from tests.web.live.patients.small import Small, slot
from tests.web.scripted import NUMBER, REQUEST, request_row
from web.live.patients.asks import BookAsk, FindAsk, IdentifyAsk, NewAsk, SlotsAsk, VisitAsk, WishAsk

KEY = str(uuid4())


def test_two_kinds_of_identifiers_in_one_order() -> None:
    ask = IdentifyAsk.model_validate({"request": REQUEST, "patient": "p", "verified": ["name", "birth_date", "name"]})
    assert ask.verified == ("birth_date", "name")
    for bad in (["name"], ["name", "name"], ["name", "horoscope"], ["name"] * 30):
        with pytest.raises(ValidationError):
            IdentifyAsk.model_validate({"request": REQUEST, "patient": "p", "verified": bad})


@pytest.mark.parametrize(("phone", "sent"), [({}, NUMBER), ({"phone": None}, NUMBER), ({"phone": ""}, ""),
                                             ({"phone": "8 999 000-00-07"}, "8 999 000-00-07")])  # fmt: skip
def test_a_draft_has_the_request_s_number_unless_it_says_otherwise(phone: dict[str, Any], sent: str) -> None:
    draft = {"key": KEY, "family": " Лунин ", "given": "Пётр", **phone}
    made = NewAsk.model_validate({"request": REQUEST, "draft": draft}).draft.draft(request_row())
    assert (made.phone, made.family, made.key, made.anyway) == (sent, "Лунин", KEY, False)


def test_a_search_needs_something_to_look_for() -> None:
    assert FindAsk.model_validate({"request": REQUEST, "born": "1955-07-07"}).born is not None
    for bad in ({}, {"name": "\t"}, {"name": "a\x00b"}, {"phone": NUMBER}):
        with pytest.raises(ValidationError):
            FindAsk.model_validate({"request": REQUEST, **bad})


def test_times_cross_as_they_were_offered() -> None:
    book = BookAsk.model_validate({"request": REQUEST, "key": KEY, "slot": plain(slot(1))})
    assert book.slot == slot(1)
    visit = Small().of_mother
    assert VisitAsk.model_validate({"request": REQUEST, "key": KEY, "visit": plain(visit)}).visit == visit
    query = {"since": slot(0).start.isoformat(), "until": slot(9).end.isoformat(), "doctor": "d1", "part": "evening"}
    asked = SlotsAsk.model_validate({"request": REQUEST, "query": query}).query.query()
    assert (asked.since, asked.until, asked.doctor, asked.part, asked.limit) == (
        slot(0).start, slot(9).end, "d1", "evening", 200,
    )  # fmt: skip


def test_a_wish_is_the_confirmed_patient_s() -> None:
    wish = {"key": KEY, "since": slot(0).start.isoformat(), "until": slot(9).end.isoformat(), "urgent": True}
    made = WishAsk.model_validate({"request": REQUEST, "wish": wish}).wish.wish("mother")
    assert (made.patient, made.urgent, str(made.key), made.made_by) == ("mother", True, KEY, "")
    for bad in (wish | {"patient": "child"}, wish | {"status": "done"}, wish | {"until": wish["since"]}):
        with pytest.raises(ValidationError):
            WishAsk.model_validate({"request": REQUEST, "wish": bad})
