"""A caller goes from step to step, in again where he was, and is let go whatever the flow says."""

from __future__ import annotations

from engine.ivr.orders import Leave
from engine.ivr.walking import MOST_STEPS, walk
from tests.engine.ivr.stage import caller, flow, keys, route

MENU = {
    "kind": "menu", "prompts": ["choose"], "choices": [{"key": "1", "next": "people"}, {"key": "2", "next": "bye"}],
    "tries": 2, "otherwise": "people",
}  # fmt: skip
FLOW = flow(
    hello={"kind": "play", "prompts": ["hello"], "next": "menu"}, menu=MENU, people={"kind": "queue", "queue": "front"},
    bye={"kind": "leave", "to": "done"},
)  # fmt: skip


def test_from_the_beginning_to_an_end() -> None:
    assert route(walk(FLOW, caller()), [keys("1")]) == (["hello", "menu", "people"], Leave(to="queue", value="front"))
    assert route(walk(FLOW, caller()), [keys("2")]) == (["hello", "menu", "bye"], Leave(to="done"))
    assert route(walk(FLOW, caller()), [keys(""), keys("")])[0] == ["hello", "menu", "people"]


def test_in_again_at_the_step_he_was_in() -> None:
    assert route(walk(FLOW, caller(), "menu"), [keys("2")])[0] == ["menu", "bye"]
    assert route(walk(FLOW, caller(), "no_more"), [keys("2")])[0] == ["hello", "menu", "bye"]


def test_a_step_that_is_not_there_is_the_queue() -> None:
    broken = flow(hello={"kind": "play", "prompts": ["hello"], "next": "nowhere"})
    assert route(walk(broken, caller())) == (["hello"], Leave(to="queue"))


def test_nobody_goes_round_for_ever() -> None:
    one = {"kind": "play", "prompts": ["x"]}
    steps, leave = route(walk(flow(a={**one, "next": "b"}, b={**one, "next": "a"}), caller()))
    assert (len(steps), leave) == (MOST_STEPS, Leave(to="queue"))
