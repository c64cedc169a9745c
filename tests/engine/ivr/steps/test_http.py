"""What another program knows."""

from __future__ import annotations

from engine.ivr.orders import Call, HttpAnswer
from tests.engine.ivr.stage import PHONE, caller, play, step

FIELDS = {"name": "shop", "fields": {"who": "$phone", "what": "order"}, "ok": "x", "failed": "y"}
ASKED = Call(name="shop", fields=(("what", "order"), ("who", PHONE)))


def test_its_answers_are_facts() -> None:
    one = caller()
    facts = (("status", "ready"), ("_looks", "0"), ("Bad", "1"), ("long", "x" * 81))
    assert play(step("http", **FIELDS).walk(one), [HttpAnswer(ok=True, facts=facts)]) == ([ASKED], "x")
    assert one.facts == {"status": "ready"}


def test_no_answer() -> None:
    one = caller()
    assert play(step("http", **FIELDS).walk(one), [HttpAnswer(ok=False, facts=(("a", "b"),))]) == ([ASKED], "y")
    assert one.facts == {}
