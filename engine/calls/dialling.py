"""Whose phone rings for whom: app_queue's and Dial's own words."""

from dataclasses import replace

from engine.calls.ending import end
from engine.calls.legs import DUMPED, leg_of, lift, ring
from engine.calls.moves.visits import open_visit
from engine.calls.naming import channel, channel_key, is_local
from engine.calls.opening import (
    DOWN,
    call_of,
    for_outside,
    main_of,
    open_by_role,
    open_outbound,
    role_of,
    seen,
)
from engine.events import (
    AgentCalled,
    AgentConnected,
    AgentDumped,
    AgentRangNoAnswer,
    DialBegan,
    DialEnded,
)
from engine.room import Said
from engine.world import Call, Channel, Put, View


def on_agent_called(world: View, event: AgentCalled) -> Said:
    """AgentCalled: app_queue rings a member for a caller."""
    yield from _know(world, event, event.dest_name or f"{event.interface}-", "")
    caller, phone = channel(world, event.pbx, event.uniqueid), channel(world, event.pbx, event.dest)
    if caller is None or phone is None:
        return
    if call_of(world, caller) is None:
        yield from open_by_role(world, caller, caller.created_at)
    yield from _ring(world, event, event.queue, event.interface)


def on_dial_began(world: View, event: DialBegan) -> Said:
    """DialBegin: Dial, Queue or an Originate makes a channel ring."""
    yield from _know(world, event, event.dest_name, event.dest_linkedid)
    phone = channel(world, event.pbx, event.dest)
    if phone is None or phone.call is not None:
        return
    caller = channel(world, event.pbx, event.uniqueid)
    if phone.role == "outside" and not for_outside(world, caller):
        yield from _leave_colleagues(world, caller, event)
        yield from open_outbound(world, phone, channel(world, event.pbx, event.uniqueid), event.dial_string, event.at)
        return
    call = call_of(world, caller)
    if caller is None or (phone.role == "other" and call is None):
        return
    if call is None:
        yield from open_by_role(world, caller, event.at)
        call = call_of(world, channel(world, event.pbx, event.uniqueid))
    stay = open_visit(call) if call is not None else None
    yield from _ring(world, event, stay.queue if stay is not None else "", "")


def _leave_colleagues(world: View, caller: Channel | None, event: DialBegan) -> Said:
    """Who called a colleague and now calls outside has left that call."""
    internal = main_of(world, caller) if caller is not None else None
    if caller is not None and internal is not None and internal.direction == "internal":
        yield from end(world, internal.key, event.at)
        yield Put(replace(caller, call=None))


def _know(world: View, event: AgentCalled | DialBegan, name: str, linkedid: str) -> Said:
    """Know the rung channel, even if its Newchannel has not come, and by whom it is rung."""
    key = channel_key(event.pbx, event.dest)
    phone = world.get(Channel, key)
    if phone is None:
        root = channel(world, event.pbx, event.uniqueid)
        linkedid = linkedid or (root.linkedid if root is not None else event.dest)
        phone = seen(event.pbx, event.dest, linkedid=linkedid, name=name, state=DOWN, at=event.at)
        phone = replace(phone, role=role_of(world, event.pbx, name, ""))
        yield Put(replace(phone, dialled_by=event.uniqueid))
    elif phone.gone_at is None and phone.dialled_by != event.uniqueid:
        yield Put(replace(phone, dialled_by=event.uniqueid))


def _ring(world: View, event: AgentCalled | DialBegan | AgentConnected, queue: str, interface: str) -> Said:
    phone = channel(world, event.pbx, event.dest)
    call = call_of(world, channel(world, event.pbx, event.uniqueid))
    if phone is None or call is None or phone.call is not None or is_local(phone.name):
        return
    yield from ring(world, call, phone, event.at, queue=queue, interface=interface)


def on_dial_ended(world: View, event: DialEnded) -> Said:
    """DialEnd: the first one for a channel tells; ANSWER means lifted, not yet met."""
    phone = channel(world, event.pbx, event.dest)
    if phone is None or phone.dial_status:
        return
    yield Put(replace(phone, dial_status=event.status))
    if event.status != "ANSWER":
        return
    if phone.call is None and phone.role == "operator":  # a pickup: he lifts what rang at another's phone
        call = call_of(world, channel(world, event.pbx, event.uniqueid))
        if call is not None:
            yield from ring(world, call, channel(world, event.pbx, event.dest) or phone, event.at, queue=call.queue)
    yield from _lift(world, event)


def on_agent_connected(world: View, event: AgentConnected) -> Said:
    """AgentConnect, credited by the channel that lifted: after a pickup the member named is another."""
    yield from _ring(world, event, event.queue, "")
    yield from _lift(world, event)


def _lift(world: View, event: DialEnded | AgentConnected) -> Said:
    phone = channel(world, event.pbx, event.dest)
    call = world.get(Call, phone.call) if phone is not None else None
    index = leg_of(call, phone) if call is not None and phone is not None else None
    if call is not None and index is not None:
        yield from lift(call, index, event.at)


def on_agent_rang_no_answer(world: View, event: AgentRangNoAnswer) -> Said:
    """AgentRingNoAnswer: not answered, busy or refused; the channel's Hangup tells which."""
    phone = channel(world, event.pbx, event.dest)
    if phone is not None and not phone.dial_status:
        yield Put(replace(phone, dial_status="NOANSWER"))


def on_agent_dumped(world: View, event: AgentDumped) -> Said:
    """AgentDump: lifted, then hung up before meeting the patient, who stays in the queue."""
    phone = channel(world, event.pbx, event.dest)
    if phone is not None:
        yield Put(replace(phone, dial_status=DUMPED))
