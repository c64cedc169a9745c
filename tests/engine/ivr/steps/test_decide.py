"""A visit is confirmed or cancelled once."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Decide
from tests.engine.ivr.stage import caller, play, step

WAYS = {"what": "cancel", "done": "d", "failed": "f"}


@pytest.mark.parametrize(("done", "after"), [(True, "d"), (False, "f")])
def test_done_or_nobody_knows(done: bool, after: str) -> None:
    one = caller(facts={"visit": "7"})
    assert play(step("decide", **WAYS).walk(one), [done]) == ([Decide(visit="7", what="cancel")], after)
    assert play(step("decide", **WAYS).walk(one)) == ([], "f")


def test_without_a_visit_nothing_is_ordered() -> None:
    assert play(step("decide", **WAYS).walk(caller())) == ([], "f")
