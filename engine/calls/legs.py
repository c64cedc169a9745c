"""One operator's part in a call: his phone rings, he lifts, he meets the outside party, he leaves.

An answer is the shared bridge, not DialEnd: a patient may hang up during `memberdelay` (ami.md 4.14.13). A colleague
who is only consulted has a leg that was answered and no talk.
"""

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime

from engine.calls.moves.visits import answered, open_visit
from engine.calls.naming import channel, interface_of
from engine.calls.opening import operator_of
from engine.events import CallAnswered, LegEnded, LegRang
from engine.room import Said
from engine.world import Call, Channel, Leg, Put, View
from engine.world.work import CallPhase, LeftBy, LegResult

# Q.850 causes of a phone that rang in vain.
BUSY, REFUSED, REDIRECTED, ELSEWHERE = 17, 21, 23, 26
# Besides the words of DialEnd: hung up during the announcement; lifted at another phone; sent elsewhere by the phone.
DUMPED, PICKED_UP, FORWARDED = "DUMPED", "PICKEDUP", "FORWARDED"


def with_leg(call: Call, index: int, leg: Leg) -> Call:
    """The call with this leg in that place."""
    return replace(call, legs=(*call.legs[:index], leg, *call.legs[index + 1 :]))


def leg_of(call: Call, member: Channel) -> int | None:
    """The place of a channel's last leg in the call, if it has one there."""
    return next((n for n in range(len(call.legs) - 1, -1, -1) if call.legs[n].channel == member.uniqueid), None)


def is_talk(leg: Leg) -> bool:
    """Whether it is a talk that goes on."""
    return leg.answered_at is not None and leg.left_at is None


def ring(world: View, call: Call, phone: Channel, at: datetime, *, queue: str = "", interface: str = "") -> Said:
    """A phone rings for the call: a new leg, and his screen is to know."""
    leg = yield from add_leg(world, call, phone, at, queue=queue, interface=interface)
    yield LegRang(at=at, call=call.key, leg=len(call.legs), operator=leg.operator)


def add_leg(
    world: View, call: Call, phone: Channel, at: datetime, *, queue: str = "", interface: str = ""
) -> Generator[Put, None, Leg]:
    """A new leg that rings since `at`; the member's interface names who it is when the channel's name does not.

    A phone that works for another open call goes on doing so.
    """
    operator = operator_of(world, phone.pbx, interface_of(phone.name)) or operator_of(world, phone.pbx, interface)
    leg = Leg(operator=operator.key if operator else "", channel=phone.uniqueid, queue=queue, rang_at=at)
    phase: CallPhase = "ringing" if call.phase in ("arrived", "queued") else call.phase
    yield Put(replace(moved_on(call), legs=(*moved_on(call).legs, leg), phase=phase))
    if world.get(Call, phone.call) is None:
        yield Put(replace(phone, call=call.key))
    return leg


def lift(call: Call, index: int, at: datetime) -> Said:
    """The operator lifted; he may still not meet the patient."""
    leg = call.legs[index]
    if leg.lifted_at is None and leg.left_at is None:
        yield Put(with_leg(call, index, replace(leg, lifted_at=at)))


def meet(world: View, call_key: str, phone: Channel, at: datetime) -> Said:
    """An operator's phone shares a bridge with the outside party: they talk."""
    call = world.get(Call, call_key)
    if call is None:
        return
    index = leg_of(call, phone)
    if index is None:
        index = len(call.legs)
        yield from add_leg(world, call, phone, phone.created_at if phone.call is None else at)
        call = world.get(Call, call_key) or call
    leg = call.legs[index]
    if leg.answered_at is not None and leg.left_at is None:
        return
    lifted = leg.lifted_at or at
    back = leg.answered_at is not None
    leg = replace(
        leg, lifted_at=lifted, answered_at=leg.answered_at or at, result="answered", left_at=None, left_by=None,
    )
    call = with_leg(call, index, leg)
    if not back:
        call = _taken_over(call, leg)
    if leg.queue:
        call = answered(replace(call, queue=leg.queue), leg.queue, at, leg.operator)
    yield Put(replace(call, phase="talking", answered_at=call.answered_at or _answered(world, call, lifted, at)))
    yield CallAnswered(at=at, call=call_key, leg=index, operator=leg.operator)


def _taken_over(call: Call, by: Leg) -> Call:
    """Who left while the phone of him who now talks rang already has handed the caller over, whoever hung up."""
    legs = tuple(
        replace(leg, left_by="transfer")
        if leg is not by and leg.answered_at and leg.left_at and by.rang_at <= leg.left_at and leg.left_by != "caller"
        else leg
        for leg in moved_on(call).legs
    )
    return replace(call, legs=legs)


def consulted(call: Call, index: int, at: datetime) -> Said:
    """A colleague lifted and talks with the operator who asks him; the outside party hears neither."""
    leg = call.legs[index]
    if leg.left_at is None and leg.answered_at is None and leg.result == "ringing":
        leg = replace(leg, result="answered", lifted_at=leg.lifted_at or at)
        yield Put(answered(with_leg(call, index, leg), leg.queue, at, leg.operator) if leg.queue else
                  with_leg(call, index, leg))


def _answered(world: View, call: Call, lifted: datetime, at: datetime) -> datetime:
    """When the first operator lifted; of an outbound call, when the patient did."""
    if call.direction != "outbound":
        return lifted
    main = channel(world, call.pbx, call.channel)
    return main.up_at if main is not None and main.up_at is not None else at


def settle(world: View, call_key: str, index: int, at: datetime, left_by: LeftBy | None) -> Said:
    """A leg's talk is over. A later return of the same phone takes the end back."""
    call = world.get(Call, call_key)
    if call is None:
        return
    leg = call.legs[index]
    if leg.left_at is not None or leg.answered_at is None:
        return
    talk = max(0.0, (at - leg.answered_at).total_seconds())
    call = with_leg(call, index, replace(leg, left_at=at, left_by=left_by, talk_s=talk))
    yield Put(replace(call, phase=phase_after(call)))
    yield LegEnded(at=at, call=call_key, leg=index, operator=leg.operator)


def give_up(world: View, call_key: str, index: int, at: datetime, result: LegResult) -> Said:
    """A leg's ringing is over and nobody met the patient by it."""
    call = world.get(Call, call_key)
    if call is None or call.legs[index].left_at is not None:
        return
    leg = replace(call.legs[index], left_at=at, result=result)
    call = with_leg(call, index, leg)
    yield Put(replace(call, phase=phase_after(call)))
    yield LegEnded(at=at, call=call_key, leg=index, operator=leg.operator)


def forget(call: Call, index: int) -> Said:
    """A leg that turns out to be another call's goes from this one: he was consulted for that one."""
    yield Put(replace(call, legs=(*call.legs[:index], *call.legs[index + 1 :])))


def ringing_result(call: Call, leg: Leg, phone: Channel | None, caller_gone: bool) -> LegResult:
    """How a ringing that came to nothing ended. The cause tells more than DialEnd (ami.md 4.14.1)."""
    status, cause = (phone.dial_status, phone.cause) if phone is not None else ("", 0)
    if leg.result != "ringing":
        return leg.result
    if cause in (REDIRECTED, ELSEWHERE) or status in (PICKED_UP, FORWARDED):
        return "answered_elsewhere"
    if cause == BUSY or status == "BUSY":
        return "busy"
    if status == DUMPED:
        return "refused"
    if leg.lifted_at is not None and call.direction != "outbound":
        return "cancelled" if caller_gone else "refused"
    if cause == REFUSED:
        return "refused"
    if caller_gone and status in ("", "CANCEL", "ANSWER"):
        return "cancelled"
    if status == "CANCEL":
        # Who answered before this phone rang is not who took the call from it: then its caller, who consulted, gave up.
        taken = any(other.answered_at and other.answered_at >= leg.rang_at for other in call.legs if other is not leg)
        return "answered_elsewhere" if taken else "cancelled"
    return "no_answer"


def phase_after(call: Call) -> CallPhase:
    """The phase of a call that goes on after one of its legs ended."""
    live = [leg for leg in call.legs if leg.left_at is None]
    if any(leg.answered_at for leg in live):
        return "held" if call.phase == "held" else "talking"
    if live:
        return "ringing"
    return "queued" if open_visit(call) is not None and not call.exit_status else "arrived"


def moved_on(call: Call) -> Call:
    """A talk that ended for no stated reason, and the caller goes on: he was passed on."""
    ended = [leg for leg in call.legs if leg.left_at and leg.answered_at and leg.left_by is None]
    if not ended:
        return call
    return replace(call, legs=tuple(replace(leg, left_by="transfer") if leg in ended else leg for leg in call.legs))
