"""How a try ends, and what follows: by the call it came to, by its order, or by nobody's word."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from engine.callbacks.planning import following
from engine.callbacks.reading import terms_of, under_way
from engine.effects import Publish
from engine.events import (
    CallbackGivenUp,
    CallEnded,
    CallRepaired,
    ChannelHungUp,
    OrderEnded,
    OriginateEnded,
    Swept,
    TryPlanned,
)
from engine.room import Said
from engine.world import SPENT, Append, Call, Callback, Channel, HistoryEntry, Pbx, PhoneOrder, Put, Request, Try, View
from engine.world.reading import machine_suspected, on_the_line
from engine.world.work import TryOutcome

# Q.850: what the line says of the person (chan_pjsip makes them of SIP's answers).
BUSY, REJECTED, NO_ANSWER = frozenset({17}), frozenset({21}), frozenset({19})
UNREACHABLE, WRONG = frozenset({3, 18, 20, 27, 34, 38, 41, 42}), frozenset({1, 22, 28})
MET: frozenset[TryOutcome] = frozenset({"reached", "suspected"})
# An operator who hangs up before that has called it off; later nobody answered him.
RANG = timedelta(seconds=12)
# After a gap the journal tells within that time of a call that nobody saw.
GRACE = timedelta(seconds=20)


def outcome_of(call: Call, cause: int = 0, status: str = "") -> TryOutcome:
    """What a call that is over says of the person it was for.

    Args:
        cause: Q.850 of his channel.
        status: how the dialling of it ended (DialEnd), empty when nobody said.
    """
    if call.result == "answered":
        return "suspected" if machine_suspected(call) else "reached"
    if call.result == "lost_by_pbx":
        return "unknown"
    if status == "CANCEL":
        rang = (call.ended_at or call.started_at) - call.started_at
        return "no_answer" if rang >= RANG else "called_off"
    told: tuple[tuple[frozenset[int], TryOutcome], ...] = (
        (REJECTED, "rejected"), (BUSY, "busy"), (WRONG, "wrong_number"), (UNREACHABLE, "unreachable"),
        (NO_ANSWER, "no_answer"),
    )  # fmt: skip
    for causes, outcome in told:
        if cause in causes:
            return outcome
    return "busy" if call.result == "busy" else "unreachable" if call.result == "failed" else "no_answer"


def on_call(world: View, event: CallEnded) -> Said:
    """The call of a try is over."""
    call = world.get(Call, event.call)
    callback = world.get(Callback, call.request) if call is not None else None
    if call is None or callback is None or call.direction != "outbound":
        return
    yield from _of_call(world, callback, call, outcome_of(call, event.cause, event.status), event.at)


def on_repaired(world: View, event: CallRepaired) -> Said:
    """The journal tells of a call that nobody saw, or saw otherwise."""
    call, callback = event.call, world.get(Callback, event.call.request)
    if callback is None or call.direction != "outbound" or call.ended_at is None:
        return
    yield from _of_call(world, callback, call, outcome_of(call), event.at)


def _of_call(world: View, callback: Callback, call: Call, outcome: TryOutcome, at: datetime) -> Said:
    for place, one in enumerate(callback.tries):
        if one.call == call.key and one.outcome in ("dialling", "unknown"):
            yield from conclude(world, callback, place, outcome, ended_at=call.ended_at or at, at=at)
            return
    last = callback.tries[-1] if callback.tries else None
    if last is not None and last.call is None and last.outcome in ("dialling", "unknown"):
        known = replace(callback, tries=(*callback.tries[:-1], replace(last, call=call.key)))
        yield from conclude(world, known, len(known.tries) - 1, outcome, ended_at=call.ended_at or at, at=at)


def on_order(world: View, event: OrderEnded) -> Said:
    """The PBX refused the order: nobody's phone rang."""
    if event.ok is False:
        for callback, last in _loose(world):
            if last.command == event.command:
                place = len(callback.tries) - 1
                yield from conclude(world, callback, place, "called_off", ended_at=event.at, at=event.at)


def on_originated(world: View, event: OriginateEnded) -> Said:
    """The operator's own phone was to ring first."""
    if not event.done:
        yield from _silent(world, f"{event.pbx}/{event.uniqueid}", event.at)


def on_hung_up(world: View, event: ChannelHungUp) -> Said:
    """His phone is gone before the patient was dialled; when he rings us himself, we saw to it."""
    yield from _silent(world, f"{event.pbx}/{event.uniqueid}", event.at)


def _silent(world: View, channel: str, at: datetime) -> Said:
    for callback, last in _loose(world):
        if last.channel == channel:
            request = world.get(Request, callback.key)
            here = request is not None and on_the_line(world, request)
            outcome: TryOutcome = "called_off" if here else "operator_silent"
            yield from conclude(world, callback, len(callback.tries) - 1, outcome, ended_at=at, at=at)


def on_swept(world: View, event: Swept) -> Said:
    """After a restart or a gap: a try of which there is no channel, no order and no call is one nobody knows of."""
    for callback in list(world.by(Callback, "state", "dialling")):
        last = under_way(callback)
        if last is None:
            yield Put(replace(callback, state="waiting"))
        elif last.call is not None and world.get(Call, last.call) is None and _settled(world, last, event.at):
            yield from conclude(world, callback, len(callback.tries) - 1, "unknown", ended_at=event.at, at=event.at)
    for callback, last in list(_loose(world)):
        phone = world.get(Channel, last.channel)
        if (phone is None or phone.gone_at is not None) and _settled(world, last, event.at):
            yield from conclude(world, callback, len(callback.tries) - 1, "unknown", ended_at=event.at, at=event.at)


def conclude(
    world: View, callback: Callback, place: int, outcome: TryOutcome, *, ended_at: datetime, at: datetime
) -> Said:
    """A try is over; the plan says what is next.

    A try that says nothing of the person (`SPENT` has those that do) uses up none of the plan: whoever has the request
    dials again. One that was counted already as `unknown` is not counted twice.
    """
    was = callback.tries[place]
    ended = replace(was, outcome=outcome, ended_at=was.ended_at or ended_at)
    tries = (*callback.tries[:place], ended, *callback.tries[place + 1 :])
    callback, request = replace(callback, tries=tries, state="waiting"), world.get(Request, callback.key)
    yield Append(HistoryEntry(
        request=callback.key, at=at, actor="engine", what=f"try_{outcome}", call=ended.call,
        operator=ended.operator or None,
    ))  # fmt: skip
    if request is None or outcome in MET:
        yield Put(replace(callback, state="reached" if outcome in MET else "waiting"))
        return
    spent = (outcome in SPENT) - (was.outcome in SPENT)
    callback = replace(callback, attempt=max(0, callback.attempt + spent))
    if outcome not in SPENT or spent == 0:
        yield Put(callback)
        return
    yield from after(world, callback, request, outcome, at)


def after(world: View, callback: Callback, request: Request, outcome: TryOutcome, at: datetime) -> Said:
    """The next try of the plan, or the end of it."""
    due = following(callback.attempt, at, terms_of(world, request))
    if due is None:
        yield from give_up(callback, outcome, at)
        return
    yield Put(replace(callback, next_at=due))
    yield TryPlanned(at=at, request=callback.key, until=due)


def give_up(callback: Callback, outcome: TryOutcome, at: datetime) -> Said:
    """Nobody was reached, and that is the end: the clinic may write to him (ids only go out)."""
    yield Put(replace(callback, state="given_up", next_at=None))
    yield CallbackGivenUp(at=at, request=callback.key, outcome=outcome)
    yield Publish(kind="callback.given_up", key=callback.key, at=at, payload={"outcome": outcome})


def _loose(world: View) -> Iterator[tuple[Callback, Try]]:
    """Tries under way of which there is no call yet and whose order is over, or died with the engine."""
    for callback in world.by(Callback, "state", "dialling"):
        last = under_way(callback)
        if last is not None and last.call is None and world.get(PhoneOrder, last.command) is None:
            yield callback, last


def _settled(world: View, last: Try, at: datetime) -> bool:
    """Whether all that may tell of a try has had its time: the PBX's own list, and then the journal."""
    pbx = world.get(Pbx, last.channel.partition("/")[0]) if last.channel else next(iter(world.all(Pbx)), None)
    if pbx is None:
        return at - last.at > GRACE
    return pbx.link == "live" and at - max(last.at, pbx.live_from or last.at) > GRACE
