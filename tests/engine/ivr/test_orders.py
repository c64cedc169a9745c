"""What is of a person is in no repr of an order or an answer."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Call, Digits, Found, HttpAnswer, LookUp, Play, Promise, Read, Visit
from engine.ivr.saying import phone
from tests.engine.ivr.stage import AT, PHONE, caller

BORN = "1980-03-05"


@pytest.mark.parametrize("one", [
    caller(facts={"born": BORN}),
    LookUp(phone=PHONE),
    Visit(phone=PHONE, born=BORN),
    Promise(phone=PHONE, queue="front"),
    Call(name="shop", fields=(("who", PHONE),)),
    HttpAnswer(ok=True, facts=(("born", BORN),)),
    Digits(keys="05031980", timed_out=False),
    Found(visit="7", starts_at=AT),
    Play(sounds=phone("en", PHONE)),
    Read(sounds=phone("en", PHONE), most=1, wait_s=5),
], ids=lambda one: type(one).__name__)  # fmt: skip
def test_nothing_of_a_person_is_shown(one: object) -> None:
    shown = repr(one)
    assert type(one).__name__ in shown
    for secret in (PHONE, PHONE[1:], BORN, "05031980", "say/", "starts_at"):
        assert secret not in shown
