"""Before he waits he is told how long, if anybody knows."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ivr.orders import Ahead, Leave, Line, Order, Play
from tests.engine.ivr.stage import caller, play, said, step

FRONT = Leave(to="queue", value="front")
THIRD = said("you-are", "3-th", "in-line")
WAIT = said("wait", "about", "2-gen", "minute-many")


@pytest.mark.parametrize(("more", "line", "told", "after"), [
    ({"announce": "place"}, Line(waiting=2, wait_s=90), THIRD, FRONT),
    ({"announce": "wait"}, Line(waiting=2, wait_s=90), WAIT, FRONT),
    ({"announce": "both"}, Line(waiting=2, wait_s=90), THIRD + WAIT, FRONT),
    ({"announce": "both"}, Line(waiting=2, wait_s=None), THIRD, FRONT),
    ({"announce": "wait"}, Line(waiting=2, wait_s=None), (), FRONT),
    ({"announce": "both"}, Line(waiting=0, wait_s=0), (), FRONT),
    ({"closed": "night"}, Line(waiting=0, wait_s=0, open=False), (), "night"),
    ({"announce": "place"}, Line(waiting=2, wait_s=0, open=False), THIRD, FRONT),
    ({"long": "offer", "long_s": 60}, Line(waiting=2, wait_s=61), (), "offer"),
    ({"long": "offer", "long_s": 60}, Line(waiting=2, wait_s=60), (), FRONT),
    ({"long": "offer"}, Line(waiting=50, wait_s=None), (), FRONT),
])  # fmt: skip
def test_how_it_stands(more: dict[str, Any], line: Line, told: tuple[str, ...], after: Any) -> None:
    wanted: list[Order] = [Ahead(queue="front"), *([Play(sounds=told)] if told else [])]
    assert play(step("queue", queue="front", **more).walk(caller()), [line]) == (wanted, after)


def test_nothing_to_tell_is_not_asked() -> None:
    assert play(step("queue").walk(caller())) == ([], Leave(to="queue"))
