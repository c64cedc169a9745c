"""How a call begins: who a channel is, and the call it opens.

A channel's name tells who it is: a phone of the settings is an operator, a trunk is the outside, a name that is
neither but stands in an inbound context is the outside too. A channel Asterisk made by dialling begins in state
Down (0); one that came to us begins in Ring (4).
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from engine.calls.naming import call_id, channel, channel_key, endpoint_of, interface_of, is_local, line_of, number_of
from engine.events import CallArrived
from engine.room import Said
from engine.world import Call, Channel, Leg, Operator, Pbx, Put, View
from engine.world.work import Direction

Role = Literal["outside", "operator", "other"]
DOWN, RINGING, UP = 0, 5, 6


def operator_of(world: View, pbx: str, interface: str) -> Operator | None:
    """The operator whose phone this interface is."""
    for operator in world.by(Operator, "interface", interface):
        if operator.pbx == pbx and operator.active:
            return operator
    return None


def role_of(world: View, pbx: str, name: str, context: str) -> Role:
    """Who speaks on a channel of this name that started in this context."""
    if is_local(name):
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
    """The open call a channel takes part in, by itself or, half of a Local pair, by its family."""
    if member is None:
        return None
    if member.call is not None:
        return world.get(Call, member.call)
    if member.role == "other":
        root = channel(world, member.pbx, member.linkedid)
        return world.get(Call, root.call) if root is not None and root.call is not None else None
    return None


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
        dialled=line.key if line else caller.exten, source=line.key if line else "",
    )
    yield from _open(call, caller, at)


def open_outbound(world: View, callee: Channel, dialler: Channel | None, dialled: str, at: datetime) -> Said:
    """An operator's call went out; the outside party is the trunk's channel, his phone is the only leg."""
    phone, wanted = _reached(world, callee, dialler, dialled)
    call = replace(_bare(callee, "outbound", at), phone=phone, dialled=wanted)
    own = dialler
    if own is not None and own.role == "operator" and call_of(world, own) is None:
        operator = operator_of(world, own.pbx, interface_of(own.name))
        leg = Leg(
            operator=operator.key if operator else "", channel=own.uniqueid,
            rang_at=own.created_at, lifted_at=own.created_at,
        )
        call = replace(call, legs=(leg,))
        yield Put(replace(own, call=call.key, leg=0))
    yield from _open(call, callee, at)


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
    """Somebody already meets a queue or a phone and has no call yet: open the one his role makes."""
    if caller.role == "outside":
        yield from open_inbound(world, caller, at)
    elif not is_local(caller.name):
        yield from open_internal(world, caller, at)


def _bare(main: Channel, direction: Direction, at: datetime) -> Call:
    return Call(
        key=call_id(main.pbx, main.uniqueid, main.created_at), pbx=main.pbx, direction=direction,
        channel=main.uniqueid, aliases=tuple(dict.fromkeys((main.uniqueid, main.linkedid))),
        caller_name=main.caller_name, started_at=at,
    )


def _open(call: Call, main: Channel, at: datetime) -> Said:
    yield Put(call)
    yield Put(replace(main, call=call.key, leg=None))
    yield CallArrived(at=at, call=call.key)


def seen(pbx: str, uniqueid: str, *, linkedid: str, name: str, state: int, at: datetime) -> Channel:
    """A channel we know only by what another one's event says of it."""
    return Channel(
        key=channel_key(pbx, uniqueid), pbx=pbx, uniqueid=uniqueid, linkedid=linkedid, name=name, state=state,
        created_at=at,
    )
