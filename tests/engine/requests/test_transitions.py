"""The one way through: after each step a request that somebody has has one live offer, any other has none."""

from datetime import timedelta
from typing import Any

import pytest

from engine import events as ev
from engine.world import HistoryEntry, Offer, Timer, World
from tests.engine.clinic import at
from tests.engine.floor import accept, asked, come, do, fire, floor, offer, opened, play, refuse, request
from tests.engine.playbook import perform


def lines(world: World, event: Any) -> list[HistoryEntry]:
    """What an event writes into the history."""
    return [change.entry for outcome in perform(world, event) for change in outcome.changes if hasattr(change, "entry")]


def ended(world: World, event: Any) -> list[tuple[str, str]]:
    """The offers an event ends: whose, and how."""
    return [
        (change.entity.operator, change.entity.state) for outcome in perform(world, event) for change in outcome.changes
        if isinstance(getattr(change, "entity", None), Offer) and change.entity.ended_at is not None
    ]


def command(kind: type, key: str, *, by: str = "orlova", role: str = "operator", **more: Any) -> Any:
    return kind(at=at(50), command=f"x{by}{kind.__name__}", actor="a", role=role, operator=by, request=key, **more)


def test_an_offer_keeps_place_and_version():
    world = floor("orlova")
    key = opened(world)
    before = request(world, key)
    assert (before.status, before.version, before.queued_at) == ("offered", 1, at(10))
    refuse(world, key)
    again = request(world, key)
    assert (again.version, again.queued_at, again.due_at) == (1, at(10), before.due_at)
    assert (again.attempts, again.excluded, again.excluded_until) == (1, "orlova", at(12) + timedelta(seconds=60))


def test_each_step_writes_its_line():
    world = floor("orlova")
    key = opened(world)
    first = offer(world, key)
    assert first is not None
    said = lines(world, ev.RefuseAsked(at=at(12), command="c", actor="o.a", role="operator", operator="orlova", offer=first.key))
    assert [(one.what, one.actor, one.operator) for one in said] == [
        ("refused", "o.a", "orlova"), ("offered", "engine", "orlova"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "more", "how"),
    [
        (ev.CompleteAsked, {"outcome": "booked"}, ("orlova", "completed")),
        (ev.PostponeAsked, {"until": at(900)}, ("orlova", "completed")),
        (ev.TransferAsked, {"to_operator": "ivanov"}, ("orlova", "completed")),
        (ev.TransferAsked, {"to_queue": "back"}, ("orlova", "completed")),
    ],
)
def test_how_an_owners_offer_ends(kind: type, more: dict[str, Any], how: tuple[str, str]):
    world = floor("orlova")
    key = opened(world)
    accept(world, key)
    come(world, "ivanov")
    assert ended(world, command(kind, key, **more)) == [how]
    boss = floor("orlova")
    accept(boss, opened(boss))
    come(boss, "ivanov")
    by_boss = ended(boss, command(kind, key, by="boss", role="supervisor", **more))
    assert by_boss == [("orlova", "canceled" if kind is ev.CompleteAsked else "rescinded")]


def test_a_transfer_moves_offer_and_owner_at_once():
    world = floor("orlova", "ivanov")
    key = opened(world, kind="chat")
    accept(world, key)
    first = asked(world, key)
    other = ({"orlova", "ivanov"} - {first}).pop()
    assert do(world, ev.TransferAsked, 20, by=first, request=key, to_operator=other).ok
    found = offer(world, key)
    assert found is not None
    assert (found.operator, found.state, found.by_hand, request(world, key).owner) == (other, "accepted", True, other)


def test_put_aside_and_back_with_a_new_promise():
    world = floor("orlova")
    key = opened(world, kind="callback")
    accept(world, key)
    assert do(world, ev.PostponeAsked, 20, request=key, until=at(5000)).ok
    assert (request(world, key).status, offer(world, key)) == ("postponed", None)
    fire(world, f"postponed:{key}", 5000)
    assert (request(world, key).status, request(world, key).due_at, asked(world, key)) == ("offered", at(5600), "orlova")


def test_a_wrap_up_of_no_seconds_is_done_at_once():
    world = floor("orlova")
    key = opened(world, queue="back")
    accept(world, key)
    assert do(world, ev.CompleteAsked, 20, request=key).ok
    assert not world.by(Offer, "request", key)
    assert not [timer for timer in world.all(Timer) if key in timer.key]


def test_who_closes_what_is_offered_to_another_cancels_it():
    world = floor("orlova")
    key = opened(world)
    assert ended(world, command(ev.CompleteAsked, key, by="boss", role="supervisor")) == [("orlova", "canceled")]
    assert not list(world.all(Timer))
    assert play(world, ev.RoutingDue(at=at(60))) == []


def test_what_he_gives_back_keeps_its_place_and_finds_another():
    world = floor("orlova", "ivanov")
    key = opened(world, kind="chat", priority=9)
    accept(world, key)
    mine, place = asked(world, key), request(world, key)
    assert do(world, ev.TransferAsked, 20, by=mine, request=key, to_queue="front").ok
    back = request(world, key)
    assert (back.queued_at, back.due_at, back.priority) == (place.queued_at, place.due_at, 9)
    assert asked(world, key) == ({"orlova", "ivanov"} - {mine}).pop()
    refuse(world, key, 21)
    assert (request(world, key).excluded, asked(world, key)) != (mine, mine)


def test_what_a_supervisor_sends_to_its_queue_excludes_nobody():
    world = floor("orlova")
    key = opened(world, kind="chat")
    accept(world, key)
    assert do(world, ev.TransferAsked, 20, by="boss", role="supervisor", request=key, to_queue="front").ok
    assert (request(world, key).excluded, asked(world, key)) == ("", "orlova")
