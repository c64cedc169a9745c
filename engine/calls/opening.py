"""How a call begins: who a channel is, and the call it opens.

A channel's name tells who it is: a phone of the settings is an operator, a trunk is the outside, a name that is
neither but stands in an inbound context is the outside too. A channel Asterisk made by dialling begins in state
Down (0); one that came to us begins in Ring (4).
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from engine.calls.hearing import hearing_through, other_half
from engine.calls.naming import (
    call_id,
    channel,
    channel_key,
    endpoint_of,
    interface_of,
    is_local,
    is_nobody,
    line_of,
    number_of,
)
from engine.events import CallArrived
from engine.room import Said
from engine.world import Call, Channel, Leg, Operator, Pbx, PhoneOrder, Put, Request, View
from engine.world.work import Direction

Role = Literal["outside", "operator", "other"]
DOWN, RINGING, UP = 0, 5, 6
# Asterisk's own extension for "no number": where a call stands once the dialplan has sent it on.
START = "s"
# A Local member that dials a Local extension that dials …: longer chains are a loop in the dialplan.
DEPTH = 8


def operator_of(world: View, pbx: str, interface: str) -> Operator | None:
    """The operator whose phone this interface is: the one he uses today, or the other one."""
    for field in ("interface", "desk_interface", "web_interface"):
        for operator in world.by(Operator, field, interface):
            if operator.pbx == pbx and operator.active:
                return operator
    return None


def operator_by_phone(world: View, pbx: str, name: str) -> Operator | None:
    """The operator on whose phone a channel of this name is."""
    return operator_of(world, pbx, interface_of(name))


def role_of(world: View, pbx: str, name: str, context: str) -> Role:
    """Who speaks on a channel of this name that started in this context."""
    if is_nobody(name):
        return "other"
    if operator_of(world, pbx, interface_of(name)) is not None:
        return "operator"
    known = world.get(Pbx, pbx)
    if known is None:
        return "other"
    if endpoint_of(name) in known.trunks or interface_of(name) in known.trunks or context in known.inbound_contexts:
        return "outside"
    return "other"


def call_of(world: View, member: Channel | None) -> Call | None:
    """The open call a channel takes part in, by itself or, half of a Local pair, by whom it works for."""
    if member is None:
        return None
    if member.call is not None:
        return world.get(Call, member.call)
    if is_local(member.name):
        return _call_through(world, member)
    return _call_of_family(world, member) if member.role == "other" else None


def _call_through(world: View, half: Channel) -> Call | None:
    """For whom a Local pair works: the outside party it leads to, who dialled it, else its family."""
    heard = [call for one in hearing_through(world, half) if (call := main_of(world, one)) is not None]
    external = [call for call in heard if call.direction != "internal"]
    if external or heard:
        return (external or heard)[0]
    root = root_of(world, half)
    if root is not None and not is_local(root.name):
        return call_of(world, root)
    return _call_of_family(world, half)


def _call_of_family(world: View, member: Channel) -> Call | None:
    root = channel(world, member.pbx, member.linkedid)
    if root is not None and root.call is not None:
        return world.get(Call, root.call)
    return None


def root_of(world: View, member: Channel) -> Channel | None:
    """Who dials, when a channel dials: itself, or whoever dialled the Local pair it is half of."""
    one: Channel | None = member
    for _ in range(DEPTH):
        if one is None or not is_local(one.name):
            return one
        other = other_half(world, one)
        dialler = one.dialled_by or (other.dialled_by if other is not None else "")
        if not dialler:
            return one
        one = channel(world, member.pbx, dialler)
    return None


def for_outside(world: View, dialler: Channel | None) -> bool:
    """Whether what this channel dials is dialled for an outside party who is here already."""
    if dialler is None:
        return False
    root = root_of(world, dialler)
    if root is not None and not is_local(root.name):
        return root.role != "operator" and main_of(world, root) is not None
    if any(main_of(world, one) is not None for one in hearing_through(world, dialler) if one.role != "operator"):
        return True
    # Its own dialling may be told later than what it dials; while an operator talks, it is he who asks.
    call = _call_of_family(world, dialler)
    return call is not None and not any(leg.answered_at and leg.left_at is None for leg in call.legs)


def consulted_for(world: View, phone: Channel) -> Call | None:
    """The call for which an operator calls a colleague: the one in which he talks by another channel of his phone.

    Of several a patient's, of those the one whose patient he met last.
    """
    found: list[tuple[bool, datetime, Call]] = []
    for other in _phones_of(world, phone):
        call = world.get(Call, other.call) if other.key != phone.key else None
        for leg in call.legs if call is not None else ():
            if call is not None and leg.channel == other.uniqueid and leg.answered_at and leg.left_at is None:
                found.append((call.direction != "internal", leg.answered_at, call))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _phones_of(world: View, phone: Channel) -> list[Channel]:
    """The living channels of the phones of whoever speaks on this one: he may ask by one and talk by the other."""
    operator = operator_by_phone(world, phone.pbx, phone.name) if phone.phone_key else None
    if operator is None:
        return world.by(Channel, "phone_key", phone.phone_key) if phone.phone_key else []
    names = (operator.desk_interface, operator.web_interface)
    return [one for name in names for one in world.by(Channel, "phone_key", f"{phone.pbx}/{name}")]


def main_of(world: View, member: Channel) -> Call | None:
    """The open call whose outside party this channel is."""
    call = world.get(Call, member.call)
    return call if call is not None and call.channel == member.uniqueid else None


def open_inbound(world: View, caller: Channel, at: datetime) -> Said:
    """The patient's INVITE came."""
    line = line_of(world, caller.exten)
    phone = number_of(caller.number, world.get(Pbx, caller.pbx), line.area_code if line else "")
    call = replace(
        _bare(caller, "inbound", at), phone=phone, anonymous=not phone,
        dialled=line.key if line else "" if caller.exten == START else caller.exten, source=line.key if line else "",
    )
    yield from _open(call, caller, at)


def open_outbound(world: View, callee: Channel, dialler: Channel | None, dialled: str, at: datetime) -> Said:
    """An operator's call went out; the outside party is the trunk's channel, his phone is the only leg."""
    phone, wanted = _reached(world, callee, dialler, dialled)
    own = dialler
    call = replace(_bare(callee, "outbound", at), phone=phone, dialled=wanted, request=_asked_for(world, own))
    if own is not None and own.role == "operator" and call_of(world, own) is None:
        began = own.up_at if own.dialled_by and own.up_at else own.created_at
        call = replace(call, legs=(own_leg(world, own, own.created_at, min(began, at)),))
        yield Put(replace(own, call=call.key))
    elif own is not None and is_local(own.name):
        consulting = _consulting(world, own)
        if consulting is not None:
            call = replace(call, legs=(own_leg(world, consulting, at, at),))
    yield from _open(call, callee, at)


def _asked_for(world: View, own: Channel | None) -> str | None:
    """The open request from which this phone was made to call, if it was."""
    for order in world.by(PhoneOrder, "phone", own.key) if own is not None else ():
        if order.what == "dial" and world.get(Request, order.request) is not None:
            return order.request
    return None


def own_leg(world: View, own: Channel, rang_at: datetime, lifted_at: datetime) -> Leg:
    """The leg of the operator who calls."""
    operator = operator_of(world, own.pbx, interface_of(own.name))
    return Leg(operator=operator.key if operator else "", channel=own.uniqueid, rang_at=rang_at, lifted_at=lifted_at)


def _consulting(world: View, half: Channel) -> Channel | None:
    """Whose consultation a Local pair that nobody dialled is: of the operator who talks in its call."""
    call = call_of(world, half)
    for leg in reversed(call.legs if call is not None else ()):
        phone = channel(world, half.pbx, leg.channel)
        if leg.answered_at is not None and phone is not None and phone.role == "operator":
            return phone
    return None


def _reached(world: View, callee: Channel, dialler: Channel | None, dial_string: str) -> tuple[str, str]:
    """The patient's number, and as what it was dialled: by the phone, as Asterisk's own guess, in Dial's string."""
    address = dial_string.partition("@")[0].rpartition("/")[2]
    sent = "".join(letter for letter in address if letter in "+0123456789")
    wanted = [one for one in (dialler.exten if dialler is not None else "", callee.number, sent) if one]
    numbers = [number_of(one, world.get(Pbx, callee.pbx)) for one in wanted]
    phone = next((one for one in numbers if one.startswith("+")), numbers[0] if numbers else "")
    return phone, wanted[0] if wanted else ""


def open_internal(world: View, caller: Channel, at: datetime) -> Said:
    """A colleague calls a colleague or a queue: the calling phone stands where an outside party would."""
    operator = operator_of(world, caller.pbx, interface_of(caller.name))
    phone = operator.extension if operator is not None else caller.number
    call = replace(_bare(caller, "internal", at), phone=phone, dialled=caller.exten)
    yield from _open(call, caller, at)


def open_by_role(world: View, caller: Channel, at: datetime) -> Said:
    """Somebody already meets a queue or a phone and has no call yet: open the one his role makes.

    A consultation makes none: it belongs to the call of the patient for whom it is (docs/decisions/0018).
    """
    if caller.role == "outside":
        yield from open_inbound(world, caller, at)
        return
    call = consulted_for(world, caller)
    if call is not None:
        yield Put(replace(caller, call=call.key))
    elif not is_nobody(caller.name):
        yield from open_internal(world, caller, at)


def _bare(main: Channel, direction: Direction, at: datetime) -> Call:
    return Call(
        key=call_id(main.pbx, main.uniqueid), pbx=main.pbx, direction=direction,
        channel=main.uniqueid, aliases=tuple(dict.fromkeys((main.uniqueid, main.linkedid))),
        caller_name=main.caller_name, started_at=at,
    )


def _open(call: Call, main: Channel, at: datetime) -> Said:
    yield Put(call)
    yield Put(replace(main, call=call.key))
    yield CallArrived(at=at, call=call.key)


def seen(pbx: str, uniqueid: str, *, linkedid: str, name: str, state: int, at: datetime) -> Channel:
    """A channel we know only by what another one's event says of it."""
    return Channel(
        key=channel_key(pbx, uniqueid), pbx=pbx, uniqueid=uniqueid, linkedid=linkedid, name=name, state=state,
        created_at=at,
    )
