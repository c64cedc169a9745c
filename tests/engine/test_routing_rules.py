"""The rules of routing.md 2.5, each as a property named after it, and a machine that tries to break them all at once.

The machine lets operators come and go, phones ring and talk, offers be accepted, refused and forgotten, people take,
hand over, postpone and close, pages get lost, and the engine start anew from what its database would hold. After each
step: nobody has more by offers than his capacity, no request has two offers or two owners, a request keeps its place;
and after each sweep nothing that could be offered waits.

R8's page, R12, R13 and R14 are the operators' part: `tests/engine/operators`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine import events as ev
from engine.effects import AnswerCommand
from engine.requests.offers.capacity import load
from engine.requests.offers.leaving import on_duty
from engine.requests.routing.eligible import candidates, held
from engine.world import LIVE_OFFERS, Offer, Operator, Request, Timer, World
from engine.world.entities import KINDS as EVERYTHING
from tests.engine.clinic import answers, at, clinic, joins, patient, rings
from tests.engine.clinic import ends as hangs_up
from tests.engine.clinic import play as play_facts
from tests.engine.floor import (
    PEOPLE,
    accept,
    asked,
    change,
    come,
    do,
    fire,
    floor,
    of,
    offer,
    opened,
    play,
    queue,
    quiet,
    refuse,
    request,
    sweep,
    without,
)

KINDS = ("callback", "missed_call", "form", "voicemail", "chat", "email")


def by_offers(world: World, name: str) -> int:
    """What his live offers weigh."""
    return sum(one.weight for one in world.by(Offer, "operator", name))


def consistent(world: World) -> None:
    """One live offer for who has a request or is asked, none otherwise; nobody above his capacity."""
    for one in world.all(Request):
        if one.kind == "call":
            assert not world.by(Offer, "request", one.key)
            continue
        found = offer(world, one.key)
        if one.status == "offered":
            assert found is not None and found.state == "pending" and one.owner is None
            assert world.get(Timer, f"offer:{found.key}") is not None
        elif one.status in ("in_progress", "wrap_up"):
            assert found is not None and found.state in ("accepted", "wrapping") and found.operator == one.owner
        else:
            assert found is None and one.owner is None
    for found in world.all(Offer):
        assert found.state in LIVE_OFFERS and world.get(Request, found.request) is not None
    for timer in world.all(Timer):
        what, _, key = timer.key.partition(":")
        assert what != "offer" or world.get(Offer, key) is not None, "a timer outlived its offer"
    for operator in world.all(Operator):
        assert by_offers(world, operator.key) <= operator.capacity


def nothing_sticks(world: World, now: datetime) -> None:
    """Whoever could be asked is asked."""
    duty = [one for one in world.all(Operator) if on_duty(one)]
    for one in world.by(Request, "routed", "yes"):
        assert held(world, one) or candidates(world, one, duty, now) == [], one


def reloaded(world: World) -> World:
    """The world as an engine that starts anew has it: entities, and nothing else."""
    return World([one for kind in EVERYTHING for one in world.all(kind)])


class Routing(RuleBasedStateMachine):
    """See the module."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.world = clinic()
        self.now, self.number, self.serial = 100.0, 0, 1
        self.calls: dict[str, tuple[int, int]] = {}
        self.places: dict[str, tuple[datetime | None, datetime | None]] = {}
        queue(self.world, "front", skills=(("english", seed),) if seed else (), skill_relax_s=20)
        for name in PEOPLE[:seed]:
            come(self.world, name)

    def tick(self, s: float = 1.0) -> float:
        """Time goes on, and what is due happens."""
        self.now += s
        for timer in sorted(self.world.all(Timer), key=lambda one: (one.due, one.key)):
            if timer.due <= at(self.now) and self.world.get(Timer, timer.key) == timer:
                fire(self.world, timer.key, self.now)
        return self.now

    def one_of(self, kind: type, pick: int) -> Any:
        found = sorted(self.world.all(kind), key=lambda one: one.key)
        return found[pick % len(found)] if found else None

    @rule(kind=st.sampled_from(KINDS), where=st.sampled_from(["front", "back"]), who=st.sampled_from(["", *PEOPLE]))
    def somebody_writes_or_is_to_be_called(self, kind: str, where: str, who: str) -> None:
        self.number += 1
        opened(self.world, self.number, self.tick(), kind=kind, queue=where)
        phone = f"+7999000{self.number:04d}"
        play(self.world, ev.ContactFound(at=at(self.now), phone=phone, contact=f"k{self.number}", last_operator=who))

    @rule(name=st.sampled_from(PEOPLE), capacity=st.sampled_from([50, 100, 200]))
    def comes(self, name: str, capacity: int) -> None:
        if by_offers(self.world, name) <= capacity:
            change(self.world, name, capacity=capacity)
        if name not in self.calls:
            come(self.world, name, self.tick())
            play(self.world, ev.RoutingDue(at=at(self.now)))

    @rule(name=st.sampled_from(PEOPLE), what=st.sampled_from(["break", "offline", "available"]))
    def says(self, name: str, what: str) -> None:
        reason = "lunch" if what == "break" else ""
        do(self.world, ev.PresenceAsked, self.tick(), by=name, presence=what, reason=reason)

    @rule(name=st.sampled_from(PEOPLE))
    def loses_his_page(self, name: str) -> None:
        change(self.world, name, page="lost")
        play(self.world, ev.PageLost(at=at(self.tick()), operator=name))

    @rule(name=st.sampled_from(PEOPLE), number=st.integers(1, 12))
    def a_call_rings(self, name: str, number: int) -> None:
        if name in self.calls or of(self.world, name).voice != "idle":
            return
        first = self.serial
        self.serial += 2
        self.calls[name] = (first, first + 1)
        s, channel = self.tick(), f"PJSIP/{of(self.world, name).extension}-{first + 1:08x}"
        play_facts(self.world, [patient(s, first, f"+7999000{number:04d}"), joins(s, first), *rings(s, first + 1, channel, first)])

    @rule(name=st.sampled_from(PEOPLE), talk=st.sampled_from([5, 25]))
    def the_call_is_talked_out(self, name: str, talk: int) -> None:
        if name not in self.calls:
            return
        first, second = self.calls.pop(name)
        channel = f"PJSIP/{of(self.world, name).extension}-{second:08x}"
        play_facts(self.world, answers(self.tick(), second, first, channel, f"b{first}"))
        play_facts(self.world, hangs_up(self.tick(talk), first, second, f"b{first}"))
        change(self.world, name, device="NOT_INUSE", voice="wrap_up" if of(self.world, name).wrap_up else "idle")

    @rule(pick=st.integers(0, 99), who=st.sampled_from(["his", *PEOPLE]))
    def accepts(self, pick: int, who: str) -> None:
        found = self.one_of(Offer, pick)
        if found is not None:
            do(self.world, ev.AcceptAsked, self.tick(), by=found.operator if who == "his" else who, offer=found.key)

    @rule(pick=st.integers(0, 99), who=st.sampled_from(["his", *PEOPLE]))
    def refuses(self, pick: int, who: str) -> None:
        found = self.one_of(Offer, pick)
        if found is not None:
            do(self.world, ev.RefuseAsked, self.tick(), by=found.operator if who == "his" else who, offer=found.key)

    @rule(pick=st.integers(0, 99), works=st.booleans())
    def the_phones_are_quiet_or_not(self, pick: int, works: bool) -> None:
        found = self.one_of(Offer, pick)
        if found is not None:
            play(self.world, ev.PhoneQuiet(at=at(self.tick()), offer=found.key, operator=found.operator, quiet=works))

    @rule(pick=st.integers(0, 99), name=st.sampled_from(PEOPLE))
    def takes(self, pick: int, name: str) -> None:
        found = self.one_of(Request, pick)
        if found is not None:
            do(self.world, ev.TakeAsked, self.tick(), by=name, request=found.key, version=found.version)

    @rule(pick=st.integers(0, 99), to=st.sampled_from([*PEOPLE, "front", "back"]), boss=st.booleans())
    def hands_over(self, pick: int, to: str, boss: bool) -> None:
        found = self.one_of(Request, pick)
        if found is not None:
            target = {"to_operator": to} if to in PEOPLE else {"to_queue": to}
            who: dict[str, Any] = {"by": "boss", "role": "supervisor"} if boss else {"by": found.owner}
            if do(self.world, ev.TransferAsked, self.tick(), **who, request=found.key, **target).ok:
                self.places.pop(found.key, None)

    @rule(pick=st.integers(0, 99), how=st.sampled_from([ev.CompleteAsked, ev.PostponeAsked, ev.PrioritiseAsked]))
    def the_supervisor_acts(self, pick: int, how: type) -> None:
        found = self.one_of(Request, pick)
        if found is not None:
            more: dict[str, Any] = {ev.PostponeAsked: {"until": at(self.now + 40)}, ev.PrioritiseAsked: {"priority": pick}}.get(how, {})
            do(self.world, how, self.tick(), by="boss", role="supervisor", request=found.key, **more)

    @rule(s=st.sampled_from([5.0, 20.0, 31.0, 61.0]))
    def time_goes_on(self, s: float) -> None:
        self.tick(s)

    @rule(gone=st.sampled_from(["", *PEOPLE, "front"]))
    def the_directory_changes(self, gone: str) -> None:
        loaded = without(self.world, gone)
        as_they_are = tuple(replace(one, capacity=of(self.world, one.key).capacity) for one in loaded.operators)
        play(self.world, replace(loaded, operators=as_they_are))
        self.tick()

    @rule()
    def the_engine_starts_anew(self) -> None:
        """From what the database holds, and what the PBX and the pages tell again."""
        self.world = reloaded(self.world)

    @rule()
    def sweeps(self) -> None:
        sweep(self.world, self.tick())
        nothing_sticks(self.world, at(self.now))

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "world"):
            return
        consistent(self.world)
        for one in self.world.all(Request):
            if one.kind == "call" or one.status == "postponed":
                self.places.pop(one.key, None)
            else:
                place = self.places.setdefault(one.key, (one.queued_at, one.due_at))
                assert place == (one.queued_at, one.due_at), "a request lost its place"


TestRouting = Routing.TestCase
TestRouting.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


def test_r01_no_offer_takes_anybody_above_his_capacity():
    world = clinic()
    for number, kind in enumerate(KINDS * 3, 1):
        opened(world, number, 10, kind=kind, queue=("front", "back")[number % 2])
    for name, capacity in zip(PEOPLE, (25, 100, 250), strict=True):
        change(world, name, capacity=capacity)
        come(world, name)
    for s in range(12, 60, 5):
        sweep(world, s)
        for found in list(world.all(Offer)):
            if found.state == "pending":
                accept(world, found.request, s)
        for number in range(1, 19):
            for name in PEOPLE:
                do(world, ev.TakeAsked, s, by=name, request=opened(world, number))
        consistent(world)
    assert {name: by_offers(world, name) for name in PEOPLE} == {"orlova": 25, "ivanov": 100, "petrova": 250}


def test_r02_a_request_is_never_two_peoples():
    world = floor()
    key = opened(world, kind="chat")
    first = offer(world, key)
    assert first is not None
    yes = [do(world, ev.AcceptAsked, 12, by=name, offer=first.key).ok for name in PEOPLE]
    yes += [do(world, ev.TakeAsked, 12, by=name, request=key).ok for name in PEOPLE if name != first.operator]
    assert yes.count(True) == 1
    assert len(world.by(Offer, "request", key)) == 1


def test_r03_router_and_people_go_one_way():
    """Whatever a supervisor orders while the router offers, offer and owner say the same."""
    for event, more in (
        (ev.TransferAsked, {"to_operator": "petrova"}), (ev.TransferAsked, {"to_queue": "back"}),
        (ev.PostponeAsked, {"until": at(500)}), (ev.PrioritiseAsked, {"priority": 50}), (ev.CompleteAsked, {}),
    ):  # fmt: skip
        for taken in (False, True):
            world = floor()
            key = opened(world, kind="chat")
            if taken:
                accept(world, key)
            assert do(world, event, 13, by="boss", role="supervisor", request=key, **more).ok  # type: ignore[arg-type]
            consistent(world)


def test_r04_the_loser_is_told_who_was_faster():
    world = clinic()
    key = opened(world, kind="chat")
    assert do(world, ev.TakeAsked, 12, by="orlova", request=key, version=1).ok
    no = do(world, ev.TakeAsked, 12, by="ivanov", request=key, version=1)
    assert (no.ok, no.why, no.by) == (False, "taken", "orlova")


def test_r05_load_is_derived_from_what_is_live():
    world = floor("orlova")
    for number in range(1, 5):
        accept(world, opened(world, number, kind="chat"))
    assert load(world, of(world, "orlova")) == 100
    for number in range(1, 5):
        assert do(world, ev.CompleteAsked, 20, request=opened(world, number)).ok
    assert load(world, of(world, "orlova")) == 0


def test_r06_what_a_dead_engine_left_is_leased_not_locked():
    """An offer lives in the database with its end; whoever leads next ends it, and nobody unlocks everybody."""
    world = floor("orlova", "ivanov")
    key = opened(world)
    first = offer(world, key)
    assert first is not None
    again = reloaded(world)
    assert offer(again, key) == first
    fire(again, f"offer:{first.key}", 300)
    # Who could not be heard is to blame for nothing, and may be asked again.
    after = offer(again, key)
    assert after is not None and (after.key != first.key, after.state, after.at) == (True, "pending", at(300))
    assert (request(again, key).attempts, of(again, first.operator).missed) == (0, 0)


@pytest.mark.parametrize("order", [PEOPLE, tuple(reversed(PEOPLE))])
def test_r07_who_is_asked_depends_on_no_order_of_looking(order: tuple[str, ...]):
    world = clinic()
    keys = [opened(world, number, 10, kind="chat") for number in range(1, 7)]
    for name in order:
        come(world, name)
    sweep(world, 12)
    assert [asked(world, key) for key in keys] == ["ivanov", "orlova", "ivanov", "orlova", "ivanov", "orlova"]


def test_r08_what_he_had_keeps_its_place():
    world = floor("orlova")
    early, late = opened(world, 1, 10, kind="chat"), opened(world, 2, 11, kind="chat")
    accept(world, early)
    accept(world, late)
    change(world, "orlova", page="lost")
    play(world, ev.PageLost(at=at(90), operator="orlova"))
    newest = opened(world, 3, 95, kind="chat")
    come(world, "ivanov", 99)
    change(world, "ivanov", capacity=50)
    sweep(world, 100)
    assert [asked(world, key) for key in (early, late, newest)] == ["ivanov", "ivanov", ""]


@pytest.mark.parametrize("wakes", ["queued", "closed", "presence", "refused", "returned", "skill", "sweep"])
def test_r09_the_router_wakes(wakes: str):
    world = floor("ivanov")
    key = opened(world, 1, 10, kind="chat")
    if wakes == "queued":
        assert asked(world, key) == "ivanov"
        return
    accept(world, key)
    change(world, "ivanov", capacity=25)
    second = opened(world, 2, 11, kind="chat")
    assert asked(world, second) == ""
    if wakes == "closed":
        do(world, ev.CompleteAsked, 20, by="ivanov", request=key)
    elif wakes == "presence":
        change(world, "orlova", page="here", voice="idle")
        do(world, ev.PresenceAsked, 20, by="orlova", presence="available")
    elif wakes == "refused":
        come(world, "orlova")
        sweep(world, 15)
        change(world, "ivanov", capacity=100)
        refuse(world, second, 20)
    elif wakes == "returned":
        do(world, ev.PostponeAsked, 20, by="ivanov", request=key, until=at(30))
    elif wakes == "skill":
        queue(world, "front", skills=(("english", 1),), skill_relax_s=30)
        change(world, "ivanov", capacity=100)
        sweep(world, 40)
        assert asked(world, second) == ""
        sweep(world, 41)
    else:
        change(world, "ivanov", capacity=100)
        sweep(world, 20)
    assert asked(world, second) != ""


def test_r10_who_said_no_is_left_alone_unless_there_is_nobody_else():
    world = floor("orlova", "ivanov")
    key = opened(world, kind="chat")
    first = asked(world, key)
    other = ({"orlova", "ivanov"} - {first}).pop()
    refuse(world, key, 12)
    assert asked(world, key) == other
    refuse(world, key, 13)
    assert asked(world, key) == first, "only the last one is left out"
    do(world, ev.PresenceAsked, 14, by=other, presence="break", reason="lunch")
    refuse(world, key, 15)
    assert asked(world, key) == first
    assert [timer.key.partition(":")[0] for timer in world.all(Timer)] == ["offer"]


def test_r11_an_offer_against_a_ring():
    world = floor("orlova")
    key = opened(world, kind="callback")
    accept(world, key)
    found = offer(world, key)
    assert found is not None and not found.confirmed, "he may not dial yet"
    change(world, "orlova", voice="ringing")
    quiet(world, key, 13, works=False)
    back = request(world, key)
    assert (back.status, back.queued_at, back.attempts, offer(world, key)) == ("queued", at(10), 0, None)
    assert not any(owner.startswith("eng:cb") for owner in of(world, "orlova").pauses)
    change(world, "orlova", voice="idle")
    sweep(world, 20)
    accept(world, key, 21)
    quiet(world, key, 22)
    found = offer(world, key)
    assert found is not None and found.confirmed


def test_r15_nobody_is_called_who_calls_or_was_served():
    world = floor("orlova", "ivanov", "petrova")
    key = opened(world, 5, kind="callback")
    play_facts(world, [patient(20, 1, "+79990000005"), joins(20)])
    assert offer(world, key) is None
    sweep(world, 21)
    assert offer(world, key) is None, "he is on the line"
    channel = "PJSIP/1001-00000002"
    play_facts(world, [*rings(22, 2, channel), *answers(24, 2, 1, channel), *hangs_up(50, 1, 2)])
    assert world.get(Request, key) is None


def test_r15_a_short_talk_serves_nobody():
    world = floor("orlova", "ivanov", "petrova")
    key = opened(world, 5, kind="callback")
    channel = "PJSIP/1001-00000002"
    play_facts(world, [
        patient(20, 1, "+79990000005"), joins(20), *rings(22, 2, channel), *answers(24, 2, 1, channel),
        *hangs_up(30, 1, 2),
    ])  # fmt: skip
    sweep(world, 31)
    assert asked(world, key) == "ivanov"


def test_r16_the_same_yes_twice_is_one_yes():
    world = floor("orlova")
    key = opened(world)
    found = offer(world, key)
    assert found is not None
    answers_given: list[AnswerCommand] = [do(world, ev.AcceptAsked, s, offer=found.key) for s in (12, 12, 40)]
    assert [(one.ok, one.request) for one in answers_given] == [(True, key)] * 3
    assert request(world, key).version == 2


def test_r17_who_is_asked_about_what_is_no_more_is_free_at_once():
    world = floor("orlova")
    key = opened(world, 1, kind="callback")
    waiting = opened(world, 2, kind="callback", queue="back")
    found = offer(world, key)
    assert found is not None
    do(world, ev.CompleteAsked, 12, by="boss", role="supervisor", request=key)
    assert do(world, ev.AcceptAsked, 13, offer=found.key).why == "offer_over"
    assert asked(world, waiting) == "orlova"


def test_an_operator_deleted_while_he_is_asked_and_has_work():
    world = floor("ivanov")
    had, was_asked = opened(world, 1, kind="chat"), opened(world, 2, kind="chat")
    accept(world, had)
    play(world, without(world, "ivanov"))
    sweep(world, 20)
    consistent(world)
    assert (asked(world, had), asked(world, was_asked)) == ("", "")
    come(world, "petrova")
    play(world, without(world, "ivanov", "front"))
    sweep(world, 25)
    assert asked(world, had) == "petrova", "a queue that is no more is everybody's"
