"""What is said before somebody is promised a call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.asking.cards import NotFound
from engine.asking.orders import BadOrder
from engine.asking.promises import bounds
from engine.world import Queue, Request, Rules, World
from okno.settings.model import Clinic

CLINIC = Clinic()  # Yekaterinburg: UTC+5
NOON = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
URAL, VLADIVOSTOK = "+73432170001", "+74232000001"
REQUEST = "019ab000-0000-7000-8000-000000000001"


def world(*more: Request) -> World:
    """A clinic whose queue is open by day."""
    week = tuple((day, 8 * 60, 20 * 60) for day in range(7))
    queue = Queue(key="registry", title_ru="r", title_en="r", week=week)
    return World([queue, Rules(timezone=CLINIC.timezone), *more])


def request(phone: str, **more: Any) -> Request:
    """An open request."""
    given = {"kind": "callback", "status": "queued", "queue": "registry"} | more
    return Request(key=REQUEST, year=2026, number=7, phone=phone, created_at=NOON, since=NOON, **given)


def ask(body: dict[str, Any], at: datetime = NOON, *more: Request) -> dict[str, Any]:
    """Ask."""
    return bounds(world(*more), CLINIC, {"queue": "registry"} | body, at)


@pytest.mark.parametrize(
    ("phone", "at", "clocks", "own", "quiet", "next_at"),
    [
        (URAL, "07:00", ["12:00"], True, False, "2026-11-21T07:00:00.000Z"),
        (URAL, "15:30", ["20:30"], True, False, "2026-11-22T04:00:00.000Z"),  # the queue is closed
        (URAL, "17:00", ["22:00"], True, True, "2026-11-22T04:00:00.000Z"),
        (VLADIVOSTOK, "07:00", ["17:00"], False, False, "2026-11-21T07:00:00.000Z"),
        (VLADIVOSTOK, "12:00", ["22:00"], False, True, "2026-11-22T03:00:00.000Z"),  # 08:00 here, 13:00 there
    ],
)
def test_his_clock_his_quiet_hours_and_the_queue_s(  # noqa: PLR0917
    phone: str, at: str, clocks: list[str], own: bool, quiet: bool, next_at: str
) -> None:
    found = ask({"phone": phone}, datetime.fromisoformat(f"2026-11-21T{at}:00+00:00"))
    assert (found["clocks"], found["own"], found["quiet"], found["next_at"]) == (clocks, own, quiet, next_at)
    assert found["callable"] and phone not in str(found)


def test_of_a_time_he_wants() -> None:
    found = ask({"phone": URAL, "when": "2026-11-22T22:30:00+05:00"})
    assert (found["clocks"], found["quiet"], found["next_at"]) == (["22:30"], True, "2026-11-23T04:00:00.000Z")


@pytest.mark.parametrize("phone", ["103", "8 800 555 35 35", "nobody", "1234"])
def test_whom_nobody_can_call(phone: str) -> None:
    assert ask({"phone": phone})["callable"] is False


def test_a_promise_there_is_is_named_but_to_itself() -> None:
    assert ask({"phone": URAL}, NOON, request(URAL))["promised"] == "2026-000007"
    assert ask({"request": REQUEST}, NOON, request(URAL))["promised"] == ""
    assert ask({"phone": VLADIVOSTOK}, NOON, request(URAL))["promised"] == ""


def test_a_request_without_a_number() -> None:
    assert ask({"request": REQUEST}, NOON, request("", kind="call"))["callable"] is False
    with pytest.raises(NotFound):
        ask({"request": REQUEST})


@pytest.mark.parametrize("body", [{}, {"phone": URAL, "request": REQUEST}, {"phone": 5}, {"phone": URAL, "when": "2026-11-22"}, {"x": 1}])
def test_what_cannot_be_understood(body: dict[str, Any]) -> None:
    with pytest.raises(BadOrder) as found:
        ask(body)
    assert URAL not in str(found.value)
