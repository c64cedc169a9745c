"""Whatever order facts, orders and their outcomes come in: nothing raises, nothing is ordered inside a window."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.calls.orders.giving import MOVES, originated
from engine.effects import AnswerCommand, OrderCall
from engine.world import Call, Consultation, PhoneOrder
from tests.engine.calls.orders.talking import BOSS, CALL, ME, asked, consulting, consults, late, lifts, taken
from tests.engine.calls.orders.test_asking import completes, goes, joins_them, returns
from tests.engine.clinic import PBX, at, gone, leaves, wants
from tests.engine.playbook import everything, perform

FACTS: list[Any] = [
    *consults(), *lifts(), *completes(), *returns(), *goes(), *joins_them(), wants(20, 1), leaves(20, 1), gone(20, 1),
    gone(20, 2), gone(20, 5), gone(20, 7),
    ev.PbxLinkChanged(at=at(20), pbx=PBX, state="down"), ev.PbxLinkChanged(at=at(21), pbx=PBX, state="live"),
]  # fmt: skip
WANTED: list[Any] = [
    (ev.HangUpAsked, {"call": CALL}), (ev.TonesAsked, {"call": CALL, "digits": "1"}),
    (ev.PassAsked, {"call": CALL, "how": "blind", "to": "1002"}),
    (ev.PassAsked, {"call": CALL, "how": "attended", "to": "1002"}),
    (ev.DialAsked, {"to": "+79990000002"}), (ev.SpyAsked, {"target": "orlova", "how": "barge"}),
    *((ev.ConsultAsked, {"call": CALL, "action": action}) for action in ("complete", "abort", "swap", "join")),
]  # fmt: skip
step = st.one_of(
    st.sampled_from(FACTS),
    st.tuples(st.sampled_from(WANTED), st.sampled_from([ME, BOSS])),
    st.tuples(st.integers(0, 12), st.sampled_from([True, False, None])),
    st.tuples(st.just("late"), st.integers(0, 12)),
    st.tuples(st.just("rings"), st.integers(0, 12), st.booleans()),
)


def event_of(step: Any, number: int) -> Any:
    """The step as an event; commands are numbered in their order."""
    match step:
        case ((kind, args), who):
            return asked(kind, f"k{number}", 14, **(who | args))
        case ("late", back):
            return late(f"k{back}")
        case ("rings", back, done):
            return ev.OriginateEnded(
                at=at(15), pbx=PBX, uniqueid=originated(asked(ev.DialAsked, f"k{back}", 14, to="1")), done=done
            )
        case (back, ok):
            return taken(f"k{back}", ok=ok, why="" if ok else "unknown")
    return step


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, max_size=18))
def test_no_order_is_given_inside_a_window_and_each_is_answered_at_most_once(steps: list[Any]) -> None:
    world, answers, ordered = consulting(), Counter[str](), Counter[str]()
    for number, one in enumerate(steps):
        event = event_of(one, number)
        moving = {
            key for order in world.all(PhoneOrder) if order.what in MOVES for key in (order.phone, order.main) if key
        }
        for outcome in perform(world, event):
            for effect in outcome.effects:
                if isinstance(effect, AnswerCommand):
                    answers[effect.command] += 1
                if isinstance(effect, OrderCall):
                    ordered[effect.command] += 1
                    touched = {order.phone for order in world.all(PhoneOrder) if order.key == effect.command}
                    assert effect.action == "originate" or not touched & moving
        if isinstance(event, ev.PhoneAsked):
            known = any(order.key == event.command for order in world.all(PhoneOrder))
            assert known or answers[event.command], "neither answered nor under way"
    assert not [command for command, times in (answers + Counter()).items() if times > 1]
    assert all(times == 1 for times in ordered.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, max_size=18))
def test_in_time_every_window_closes(steps: list[Any]) -> None:
    world = consulting()
    for number, one in enumerate(steps):
        perform(world, event_of(one, number))
    for order in list(world.all(PhoneOrder)):
        perform(world, late(order.key, 60))
        perform(world, late(order.key, 600))
    assert not [order for order in world.all(PhoneOrder) if order.what not in ("dial", "spy")]
    open_calls = {call.key for call in world.all(Call)}
    assert all(consultation.call in open_calls for consultation in world.all(Consultation))
    assert everything(world)
