"""Open or closed."""

from __future__ import annotations

import pytest

from engine.ivr.orders import IsOpen
from tests.engine.ivr.stage import caller, play, step


@pytest.mark.parametrize(("is_open", "after"), [(True, "in"), (False, "out")])
def test_open_or_closed(is_open: bool, after: str) -> None:
    made = step("hours", hours="day", open="in", closed="out")
    assert play(made.walk(caller()), [is_open]) == ([IsOpen(hours="day")], after)


def test_those_of_the_line() -> None:
    assert play(step("hours", open="in", closed="out").walk(caller()), [True])[0] == [IsOpen(hours="")]
