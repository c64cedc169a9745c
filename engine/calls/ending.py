"""How a call ends: what became of it, who ended it, and that nothing of it stays in the open world."""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.calls.legs import give_up, ringing_result, settle
from engine.calls.moves.visits import over
from engine.calls.naming import channel, channel_key
from engine.events import CallEnded
from engine.room import Said
from engine.world import Call, Channel, Drop, Leg, Put, View
from engine.world.work import CallResult, LeftBy, LegResult

# Besides the words of QUEUESTATUS: the caller left the queue; it let him go for a reason the PBX did not tell.
ABANDONED, EXIT = "ABANDON", "EXIT"
# After the operator hung up Asterisk ends the patient's channel at once; the Hangup may come 1 s late (ami.md 4.14.13).
AT_ONCE = timedelta(seconds=3)
# Q.850: the number or the route is at fault, not the person (chan_pjsip: 404, 484, 488, 5xx and their kin).
FAILURES = frozenset({1, 2, 3, 22, 27, 28, 29, 34, 38, 41, 42, 44, 47, 50, 57, 58, 63, 65, 79, 88, 102, 111, 127})


def end(world: View, call_key: str, at: datetime, result: CallResult | None = None) -> Said:
    """The outside party's channel is gone. `result` is given when it is known without looking."""
    call = world.get(Call, call_key)
    if call is None:
        return
    main = channel(world, call.pbx, call.channel)
    ended_by = _ended_by(world, call, main, at)
    for index in range(len(call.legs)):
        yield from _end_leg(world, world.get(Call, call_key) or call, index, at, ended_by)
    call = world.get(Call, call_key) or call
    call = replace(call, legs=tuple(_left(leg, ended_by) for leg in call.legs))
    result = result or _result(call, main)
    call = over(call, at, "abandoned" if result == "abandoned" else "lost")
    yield Put(replace(call, phase="ended", ended_at=at, result=result, ended_by=ended_by))
    yield CallEnded(
        at=at, call=call_key, cause=main.cause if main is not None else 0,
        status=main.dial_status if main is not None else "",
    )
    yield Drop(Call, call_key)


def _left(leg: Leg, ended_by: LeftBy) -> Leg:
    return leg if leg.left_by or not leg.answered_at else replace(leg, left_by=ended_by)


def _end_leg(world: View, call: Call, index: int, at: datetime, ended_by: LeftBy) -> Said:
    leg = call.legs[index]
    if leg.left_at is not None:
        return
    if leg.answered_at is not None:
        yield from settle(world, call.key, index, at, ended_by)
    elif is_own(call, leg):
        phone = world.get(Channel, channel_key(call.pbx, leg.channel))
        over = min(at, phone.gone_at or at) if phone is not None else at
        yield from give_up(world, call.key, index, over, _own_result(world, call, phone))
    else:
        phone = channel(world, call.pbx, leg.channel)
        result = ringing_result(call, leg, phone, ended_by != "operator")
        yield from give_up(world, call.key, index, at, result)


def is_own(call: Call, leg: Leg) -> bool:
    """Whether it is the leg of the operator who called outside: he had lifted before the call was there."""
    return call.direction == "outbound" and leg.lifted_at is not None and leg.lifted_at <= call.started_at


def _own_result(world: View, call: Call, phone: Channel | None) -> LegResult:
    """How the leg of an operator ended who called and did not reach the patient."""
    main = world.get(Channel, call.channel_key)
    if phone is None or phone.asked_to_hang_up or (main is not None and main.dial_status == "CANCEL"):
        return "cancelled"
    told = main is not None and (main.dial_status or main.cause or main.asked_to_hang_up)
    if phone.gone_at is not None and not told:
        return "cancelled"
    return "busy" if _result(call, main) == "busy" else "no_answer"


def _ended_by(world: View, call: Call, main: Channel | None, at: datetime) -> LeftBy:
    """Who hung up first."""
    met = [leg for leg in call.legs if leg.left_at and leg.answered_at]
    last = max(met, key=lambda leg: leg.left_at or at, default=None)
    if last is not None and last.left_by == "operator" and last.left_at and at - last.left_at <= AT_ONCE:
        return "operator"
    if main is not None and main.asked_to_hang_up:
        return "caller"
    for leg in call.legs:
        phone = world.get(Channel, channel_key(call.pbx, leg.channel)) if leg.left_at is None else None
        if phone is not None and phone.asked_to_hang_up and (leg.answered_at or call.direction == "outbound"):
            return "operator"
    return "pbx"


def _result(call: Call, main: Channel | None) -> CallResult:
    if any(leg.answered_at for leg in call.legs):
        return "answered"
    if call.voicemail:
        return "voicemail"
    if call.self_served:
        return "self_service"
    if call.direction == "outbound":
        return _outbound(call, main)
    if call.direction == "internal":
        return "busy" if any(leg.result in ("busy", "refused") for leg in call.legs) else "unanswered"
    if call.out_of_hours:
        return "out_of_hours"
    if call.exit_status:
        return "abandoned" if call.exit_status == ABANDONED else "unanswered"
    asked = main is None or main.asked_to_hang_up
    return "abandoned" if asked or call.phase in ("queued", "ringing") else "unanswered"


def _outbound(call: Call, main: Channel | None) -> CallResult:
    status, cause = (main.dial_status, main.cause) if main is not None else ("", 0)
    if status == "CANCEL":  # we gave up; the cause is then only SIP's 487
        return "unanswered"
    if cause == 17 or status == "BUSY":
        return "busy"
    return "failed" if status in ("CONGESTION", "CHANUNAVAIL") or cause in FAILURES else "unanswered"
