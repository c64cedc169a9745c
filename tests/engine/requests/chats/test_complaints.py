"""What users of other systems complain of, channels.md T9–T12, about conversations; each test is named after its row."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.requests.offers.capacity import load
from engine.world import Append, Offer, Page, Request, World
from tests.engine.clinic import answers, at, clinic, ends, joins, patient, rings
from tests.engine.clinic import play as play_facts
from tests.engine.floor import PEOPLE, accept, asked, change, come, do, fire, floor, of, offer, play, request, sweep
from tests.engine.playbook import perform
from tests.engine.requests.chats.talks import key, replied, wrote
from tests.engine.test_routing_rules import by_offers, consistent


def writes(world: World, serial: int, s: float, **more: Any) -> str:
    """Somebody begins a conversation; returns its request."""
    perform(world, wrote(serial, s, conversation=key(0x100 + serial), identity=key(0x200 + serial), **more))
    return key(serial)


def full(name: str = "orlova") -> tuple[World, list[str]]:
    """One operator with four conversations, all accepted, and one more that waits."""
    world = floor(name)
    keys = [writes(world, serial, 10 + serial) for serial in range(1, 6)]
    for one in keys[:4]:
        accept(world, one, 20)
    assert asked(world, keys[4]) == "" and load(world, of(world, name)) == 100
    return world, keys


def test_t09_when_one_is_closed_the_next_is_offered_in_the_same_turn() -> None:
    world, keys = full()
    do(world, ev.CompleteAsked, 30, request=keys[0], outcome="asked")
    assert asked(world, keys[4]) == "orlova"


def test_t09_when_the_word_of_it_was_lost_the_sweep_finds_it() -> None:
    world, keys = full()
    change(world, "orlova", capacity=125)
    assert asked(world, keys[4]) == ""
    sweep(world, 35)
    assert asked(world, keys[4]) == "orlova"


@settings(max_examples=60, deadline=None)
@given(st.lists(
    st.tuples(st.sampled_from(["accept", "take", "over", "late"]), st.integers(1, 24), st.sampled_from(PEOPLE)),
    min_size=24, max_size=72,
))  # fmt: skip
def test_t10_whoever_acts_at_once_nobody_gets_more_than_his_capacity(acts: list[tuple[str, int, str]]) -> None:
    world = floor()
    for serial in range(1, 25):
        writes(world, serial, 10 + serial / 100)
    for place, (act, serial, name) in enumerate(acts):
        s, one = 12 + place / 100, world.get(Request, key(serial))
        found = offer(world, key(serial))
        if act == "accept" and found is not None:
            do(world, ev.AcceptAsked, s, by=found.operator, offer=found.key)
        elif act == "take":
            do(world, ev.TakeAsked, s, by=name, request=key(serial))
        elif act == "over" and one is not None:
            do(world, ev.TransferAsked, s, by="boss", role="supervisor", request=key(serial), to_operator=name)
        elif act == "late" and found is not None and found.state == "pending":
            fire(world, f"offer:{found.key}", s)
        consistent(world)
        assert all(load(world, of(world, one)) <= of(world, one).capacity for one in PEOPLE)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_t11_router_rule_and_two_people_at_once_make_one_owner_and_one_line_each(order: tuple[int, ...]) -> None:
    world = clinic()
    one = writes(world, 1, 10)
    for name in PEOPLE:
        come(world, name)
    lines: Counter[str] = Counter()
    acts: list[Any] = [
        ev.Swept(at=at(12)),
        wrote(2, 12, conversation=key(0x101), identity=key(0x201), priority=40, emergency=True),
        ev.TakeAsked(at=at(12), command="a", actor="o.a", role="operator", operator="orlova", request=one, version=1),
        ev.TakeAsked(at=at(12), command="b", actor="i.a", role="operator", operator="ivanov", request=one, version=1),
    ]
    told: list[Any] = []
    for place in order:
        for outcome in perform(world, acts[place]):
            lines.update(change.entry.what for change in outcome.changes if isinstance(change, Append))
            told += [effect for effect in outcome.effects if getattr(effect, "command", "") in ("a", "b")]
    consistent(world)
    owner = request(world, one).owner
    assert owner in ("orlova", "ivanov", None)
    assert lines["taken"] + lines["accepted"] == (owner is not None) and lines["emergency"] == 1
    assert len(told) == 2 and sum(answer.ok for answer in told) == (owner is not None)
    assert len(world.by(Offer, "request", one)) <= 1
    assert all(count == 1 for count in lines.values()), lines


def test_t12_the_browser_is_gone_and_what_he_had_keeps_its_place() -> None:
    world = floor("orlova")
    early, late = writes(world, 1, 10), writes(world, 2, 11)
    accept(world, early, 15)
    accept(world, late, 15)
    perform(world, replied(1, 20, conversation=key(0x101)))
    for s in range(20, 60, 5):
        play(world, ev.Swept(at=at(s)))
    assert request(world, early).owner == "orlova", "within the grace he has it still"
    for s in range(60, 100, 5):
        play(world, ev.Swept(at=at(s)))
    assert (of(world, "orlova").page, list(world.all(Page))) == ("lost", [])
    assert [(request(world, one).status, request(world, one).queued_at) for one in (early, late)] == [
        ("queued", at(10)), ("queued", at(11))
    ]
    newest = writes(world, 3, 100)
    change(world, "ivanov", capacity=50)
    come(world, "ivanov", 101)
    sweep(world, 102)
    assert {one: asked(world, one) for one in (late, newest)} == {late: "ivanov", newest: "ivanov"}
    assert request(world, early).due_at is None, "he was answered and waits for nothing"


def test_a_call_comes_beside_conversations_and_nothing_else_beside_the_call() -> None:
    """The matrix of routing.md 2.3: voice interrupts chat; while he talks nothing is offered."""
    world = floor("orlova")
    mine = [writes(world, serial, 10 + serial) for serial in (1, 2, 3)]
    for one in mine:
        accept(world, one, 20)
    play_facts(world, [patient(30, 1), joins(30, 1), *rings(31, 2, "PJSIP/1001-00000002", 1)])
    later = writes(world, 4, 32)
    play_facts(world, answers(33, 2, 1, "PJSIP/1001-00000002", "b1"))
    sweep(world, 34)
    assert asked(world, later) == ""
    assert [request(world, one).owner for one in mine] == ["orlova"] * 3
    assert by_offers(world, "orlova") == 75 and load(world, of(world, "orlova")) == 175
    perform(world, replied(1, 36, conversation=key(0x101)))
    assert request(world, mine[0]).due_at is None, "he answers while he talks"
    play_facts(world, ends(60, 1, 2, "b1"))
    call = next(one for one in world.all(Request) if one.kind == "call")
    do(world, ev.CompleteAsked, 61, request=call.key, outcome="asked")
    change(world, "orlova", voice="idle", device="NOT_INUSE")
    sweep(world, 65)
    assert asked(world, later) == "orlova"


@pytest.mark.parametrize(
    ("has", "comes", "fits"),
    [
        ("chat", "chat", True), ("chat", "email", True), ("email", "chat", True), ("chat", "form", True),
        ("chat", "callback", False), ("chat", "missed_call", False), ("callback", "chat", False),
        ("callback", "form", False), ("form", "email", True),
    ],
)  # fmt: skip
def test_what_may_come_beside_what_he_does(has: str, comes: str, fits: bool) -> None:
    world = floor("orlova")
    kinds = {"chat": "widget", "email": "mail", "form": "feedback"}

    def one(serial: int, kind: str, s: float) -> str:
        if kind in kinds:
            return writes(world, serial, s, kind=kind, channel=kinds[kind], account=f"{kinds[kind]}:x")
        do(world, ev.OpenAsked, s, id=key(serial), kind=kind, queue="front", phone=f"+7999000000{serial}", note="")
        return key(serial)

    first = one(1, has, 10)
    accept(world, first, 11)
    assert (asked(world, one(2, comes, 12)) == "orlova") is fits
