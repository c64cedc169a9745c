"""What is known of a number, the gravest first."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Known, LookUp
from tests.engine.ivr.stage import PHONE, caller, play, step

WAYS = {"blocked": "b", "promised": "p", "visit": "v", "patient": "a", "otherwise": "o"}
ALL = Known(answered=True, patient=True, visit=True, blocked=True, promised=True)


@pytest.mark.parametrize(("known", "ways", "after"), [
    (ALL, WAYS, "b"),
    (ALL, {"visit": "v", "patient": "a", "otherwise": "o"}, "v"),
    (ALL, {"otherwise": "o"}, "o"),
    (Known(answered=True, patient=True, promised=True), WAYS, "p"),
    (Known(answered=True, patient=True), WAYS, "a"),
    (Known(answered=True), WAYS, "o"),
    (Known(answered=False), WAYS, "o"),
    (Known(answered=False, blocked=True), WAYS, "b"),
])  # fmt: skip
def test_the_first_that_is_true(known: Known, ways: dict[str, str], after: str) -> None:
    assert play(step("lookup", **ways).walk(caller()), [known]) == ([LookUp(phone=PHONE)], after)


def test_a_hidden_number_is_not_looked_up() -> None:
    assert play(step("lookup", **WAYS).walk(caller(phone=""))) == ([], "o")
