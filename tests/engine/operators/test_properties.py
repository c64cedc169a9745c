"""Properties of pauses and memberships, whatever people, offers, links and engines do in whatever order.

Somebody who does something by his phone has listened to what the clinic told him before: a step by phone comes when
everything before it is done and heard. What is said on pages may come in any haste.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.operators.membership import on_duty, wanted
from engine.operators.pausing import ACW, with_pauses
from engine.world import Drop, Offer, Put
from tests.engine.clinic import at
from tests.engine.operators.appqueue import AppQueue, Shift, asks, her

OFFERS = ("cb-1", "cb-2")
CODES = ("*41", "*42", "*45", "*46")
STEPS = st.one_of(
    st.sampled_from([
        ("page", "available"), ("page", "break", "lunch"), ("page", "break", "training"), ("page", "offline"),
        ("phone", "desk"), ("phone", "web"), ("wrap",), ("freed",), ("cut",), ("link",), ("lost",),
        ("queues", "front"), ("queues", "back"), ("queues", None), ("wait",),
    ]),
    st.tuples(st.just("code"), st.sampled_from(CODES)),
    st.tuples(st.sampled_from(["quiet", "over"]), st.sampled_from(OFFERS)),
)  # fmt: skip


def step(shift: Shift, what: str, more: tuple[Any, ...]) -> None:
    """One thing happens."""
    match what:
        case "page":
            shift.tell(asks(shift.s, *more))
        case "phone":
            shift.tell(asks(shift.s, "available", phone=more[0]))
        case "queues":
            queues = None if more[0] is None else (more[0],)
            shift.tell(ev.QueuesAsked(
                at=shift.now, command="c", actor="boss", role="supervisor", target="orlova", queues=queues
            ))  # fmt: skip
        case "wrap" | "freed" | "quiet" | "over":
            work(shift, what, *more)
        case "code":
            shift.wait(20)
            shift.pbx.dials(more[0], shift.now, her(shift.world).interface)
            shift.wait(20)
        case "wait":
            shift.wait(20)
        case _:
            trouble(shift, what)


def work(shift: Shift, what: str, offer: str = "") -> None:
    """She works: a wrap-up, a callback."""
    match what:
        case "wrap":
            pause(shift, her(shift.world).pauses | {ACW})
        case "freed":
            shift.tell(ev.OperatorFreed(at=shift.now, operator="orlova"))
        case "quiet":
            live = Offer(key=offer, request="r", operator="orlova", state="accepted", weight=50, at=shift.now)
            shift.world.apply([Put(live)])
            shift.tell(ev.QuietWanted(at=shift.now, offer=offer, operator="orlova"))
        case _:
            shift.world.apply([Drop(Offer, offer)])
            shift.tell(ev.QuietEnded(at=shift.now, offer=offer, operator="orlova"))


def trouble(shift: Shift, what: str) -> None:
    """The link goes and comes; orders get lost on the way."""
    match what:
        case "cut" if shift.linked:
            shift.wait(10)
            shift.cut()
        case "link" if not shift.linked:
            shift.link(gap_from=at(shift.s - 60))
        case "lost":
            shift.lose()


def pause(shift: Shift, pauses: frozenset[str]) -> None:
    """The engine pauses her, as the end of a call would."""
    for said in with_pauses(shift.world, her(shift.world), pauses, shift.now):
        if isinstance(said, Put):
            shift.world.apply([said])
        elif not isinstance(said, ev.RoutingDue):
            shift.orders.append(said)


def played(steps: list[tuple[Any, ...]]) -> Shift:
    """A shift with these steps, a little apart."""
    shift = Shift()
    shift.wait(10)
    for what, *more in steps:
        step(shift, what, tuple(more))
        shift.s += 0.05
    return shift


def settled(shift: Shift) -> Shift:
    """Everything is done and heard; the links are there again, as after any trouble."""
    shift.wait(30)
    if shift.linked:
        shift.cut()
    shift.link(gap_from=shift.now)
    shift.wait(30)
    return shift


def flag_of(pbx: AppQueue) -> set[tuple[bool, bool]]:
    """Of each membership: whether it is paused, and whether the pause bears the engine's name."""
    return {(one.paused, one.paused and one.reason.startswith("eng:")) for one in pbx.members.values()}


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_r13_the_flag_is_the_union_of_its_owners(steps: list[tuple[Any, ...]]) -> None:
    shift = settled(played(steps))
    pauses = her(shift.world).pauses
    ours = bool(pauses) and all(owner.startswith("eng:") for owner in pauses)
    assert flag_of(shift.pbx) <= {(bool(pauses), ours)}


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_r14_after_a_resync_members_and_penalties_are_what_they_should_be(steps: list[tuple[Any, ...]]) -> None:
    shift = settled(played(steps))
    operator = her(shift.world)
    want = {(queue, operator.interface): penalty for queue, penalty in wanted(shift.world, operator).items()}
    assert {key: one.penalty for key, one in shift.pbx.members.items()} == want
    assert on_duty(operator) or not shift.pbx.members
    # Nothing is left to be done: another look orders nothing.
    shift.tell(ev.TimerFired(at=shift.now, key="pause:orlova"))
    assert shift.orders == []


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=14), st.booleans())
def test_r12_the_watchdog_ends_every_pause_that_is_the_engines_alone_and_no_persons(
    steps: list[tuple[Any, ...]], comes_back: bool
) -> None:
    shift = played(steps)
    shift.wait(30)
    if not shift.linked:
        shift.link(gap_from=at(shift.s - 30))
        shift.wait(30)
    before = her(shift.world)
    shift.linked = False
    shift.orders.clear()
    shift.pbx.facts.clear()
    shift.pbx.watchdog(shift.now)
    person = any(not owner.startswith("eng:") for owner in before.pauses)
    assert {one.paused for one in shift.pbx.members.values()} <= {person}
    if comes_back:
        # The engine lives again, and what it holds it holds again; the person's break is as it was.
        shift.linked = True
        shift.link(gap_from=shift.now)
        shift.wait(30)
        now = her(shift.world)
        assert (now.presence, now.pauses) == (before.presence, before.pauses)
        assert {one.paused for one in shift.pbx.members.values()} <= {bool(before.pauses)}
