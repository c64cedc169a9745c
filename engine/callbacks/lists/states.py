"""How a person of a list stands, and when a list is over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from engine.events import CallbackCalledOff, TryPlanned
from engine.room import Said
from engine.world import Callback, CallList, Drop, Put, Request, Target, View
from engine.world.people import ListState, TargetState

OPEN: tuple[TargetState, ...] = ("waiting", "asked", "dialling")
# Of a list from the MIS the work was there before: who was not reached by a flow is the operators' again.
TO_PEOPLE = frozenset({"heard", "not_reached", "unknown", "not_tried", "skipped"})


def of_list(world: View, made: str, *states: TargetState) -> Iterator[Target]:
    """The people of a list who stand so."""
    for state in states:
        yield from world.by(Target, "standing", f"{made}/{state}")


def settle(world: View, target: Target, state: TargetState, at: datetime, outcome: str = "") -> Said:
    """He is done with; `outcome` says more, as a code or as an operator's outcome of the directory."""
    over = replace(target, state=state, outcome=outcome or target.outcome, next_at=None, ended_at=at)
    yield Put(over)
    if state in TO_PEOPLE:
        yield from give_back(world, over, at)


def give_back(world: View, target: Target, at: datetime) -> Said:
    """The MIS's own work stands in its queue again, if this list had put it aside."""
    made, request = world.get(CallList, target.list), world.get(Request, target.request)
    if made is not None and made.source == "mis" and request is not None and request.status == "postponed":
        yield TryPlanned(at=at, request=request.key, until=at)


def called_off(world: View, target: Target, at: datetime, actor: str) -> Said:
    """He waits in the list again: nobody has the work with him in hand. The MIS's own work is not ours to withdraw."""
    made, request = world.get(CallList, target.list), world.get(Request, target.request)
    if made is None or made.source == "mis" or request is None or request.owner is not None:
        return
    callback = world.get(Callback, request.key)
    tried = callback is not None and bool(callback.tries)
    yield Put(replace(target, state="waiting", request=None, attempt=target.attempt if tried else target.attempt - 1))
    yield CallbackCalledOff(at=at, request=request.key, actor=actor)


def aside(world: View, target: Target, until: datetime, at: datetime) -> Said:
    """The MIS's own work waits for its turn in the list, not in its queue."""
    request = world.get(Request, target.request)
    if request is not None and request.owner is None and request.status == "queued":
        yield TryPlanned(at=at, request=request.key, until=until)


def close(world: View, made: CallList, at: datetime) -> Said:
    """Nothing more comes of a list: it leaves the open world, and its people with it."""
    for target in [*of_list(world, made.key, "waiting")]:
        yield from settle(world, target, "not_tried", at)
    state: ListState = "stopped" if made.state == "stopped" else "done"
    yield Put(replace(made, state=state, ended_at=made.ended_at or at))
    for target in [one for one in world.all(Target) if one.list == made.key]:
        yield from give_back(world, target, at)
        yield Drop(Target, target.key)
    yield Drop(CallList, made.key)
