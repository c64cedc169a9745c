"""How long a new caller would wait, as far as anybody can say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.queues import estimate
from engine.world import Call, Minute, Operator, Put, QueueNow, World
from tests.engine.clinic import T, at, clinic


def world(*, waiting: int, answered: int = 0, lost: int = 0, since: float = 0, **operator: Any) -> World:
    """The clinic's front desk with so many who wait, and so many who left since."""
    made = clinic()
    for one in list(made.all(Operator)):
        made.apply([Put(replace(one, **({"presence": "available", "voice": "incall"} | operator)))])
    made.apply([Put(QueueNow(key="front", since=at(since), minutes=(Minute(number=1, answered=answered, lost=lost),)))])
    made.apply([
        Put(Call(key=f"c{number}", pbx="main", channel=f"{number}", direction="inbound", phone="", started_at=T,
                 queue="front", phase="queued")) for number in range(waiting)
    ])  # fmt: skip
    return made


@pytest.mark.parametrize(("waiting", "answered", "lost", "wanted"), [
    (0, 10, 0, 180.0), (4, 10, 0, 900.0), (4, 10, 10, 450.0), (4, 2, 50, None), (4, 0, 0, None),
])  # fmt: skip
def test_those_before_him_leave_as_callers_left_lately(
    waiting: int, answered: int, lost: int, wanted: float | None
) -> None:
    assert estimate.wait_s(world(waiting=waiting, answered=answered, lost=lost), "front", at(1800)) == wanted


def test_a_window_that_is_not_full_is_taken_as_it_is() -> None:
    assert estimate.wait_s(world(waiting=1, answered=5), "front", at(300)) == 120.0
    assert estimate.wait_s(world(waiting=1, answered=5), "front", at(9000)) == 720.0


def test_somebody_is_free() -> None:
    assert estimate.wait_s(world(waiting=0, voice="idle"), "front", at(60)) == 0.0
    assert estimate.wait_s(world(waiting=1, voice="idle"), "front", at(60)) is None


def test_nobody_is_there() -> None:
    assert estimate.wait_s(world(waiting=0, answered=9, presence="offline", voice="unknown"), "front", at(600)) is None
    assert estimate.wait_s(world(waiting=0, answered=9), "nowhere", at(600)) is None


def test_how_many_wait_and_whether_it_is_open() -> None:
    made = world(waiting=3)
    assert estimate.waiting(made, "front") == 3 and estimate.waiting(made, "back") == 0
    assert estimate.is_open(made, "front") and estimate.is_open(made, "back")
    made.apply([Put(QueueNow(key="front", since=T, opens_at=at(600)))])
    assert not estimate.is_open(made, "front")
