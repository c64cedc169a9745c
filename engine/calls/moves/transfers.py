"""What the PBX says of a move in so many words. Bridges tell who talks; these tell what the end of a talk was."""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.calls.legs import FORWARDED, PICKED_UP, leg_of, lift, ring, with_leg
from engine.calls.naming import channel, channel_key
from engine.calls.opening import call_of, main_of
from engine.events import (
    AttendedTransferred,
    BlindTransferred,
    CallParked,
    PhoneForwarded,
    PickedUp,
    SelfServed,
    SurveyBegan,
    TalkOver,
    VoicemailReached,
)
from engine.room import Said
from engine.world import Call, Channel, Put, View

# A transfer is told within moments of the bridges' changes, before or after them.
MOMENTS = timedelta(seconds=5)
# The transferer stays with both, or with his patient.
STAYS = frozenset({"Threeway", "Fail"})


def on_blind(world: View, event: BlindTransferred) -> Said:
    """BlindTransfer: the operator handed his caller to the dialplan."""
    if event.done:
        yield from _hands_on(world, event.pbx, event.uniqueid, event.at)


def on_attended(world: View, event: AttendedTransferred) -> Said:
    """AttendedTransfer: the operator joined his caller with somebody and is gone."""
    if event.kind not in STAYS:
        for uniqueid in dict.fromkeys((event.first, event.second)):
            yield from _hands_on(world, event.pbx, uniqueid, event.at)


def on_parked(world: View, event: CallParked) -> Said:
    """ParkedCall: the caller waits in a parking place; who put him there handed him on."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = main_of(world, caller) if caller is not None else None
    for leg in call.legs if call is not None else ():
        yield from _hands_on(world, event.pbx, leg.channel, event.at)


def _hands_on(world: View, pbx: str, uniqueid: str, at: datetime) -> Said:
    """The end of this phone's talk, just now or in a moment, is a transfer, whoever hangs up."""
    phone = world.get(Channel, channel_key(pbx, uniqueid))
    call = world.get(Call, phone.call) if phone is not None else None
    for key in (call.key, *call.others) if call is not None else ():
        one = world.get(Call, key)
        index = leg_of(one, phone) if one is not None and phone is not None else None
        if phone is None or one is None or index is None:
            continue
        leg = one.legs[index]
        if leg.answered_at is None or leg.answered_at > at:
            continue  # told late: he met the caller after it
        if leg.left_at is None:
            yield Put(replace(phone, passing=True))
        elif leg.left_by in (None, "operator", "pbx") and at - leg.left_at <= MOMENTS:
            yield Put(with_leg(one, index, replace(leg, left_by="transfer")))


def on_picked_up(world: View, event: PickedUp) -> Said:
    """Pickup: an operator lifts at his phone what rings at a colleague's."""
    picker = channel(world, event.pbx, event.uniqueid)
    target = world.get(Channel, channel_key(event.pbx, event.target))
    call = call_of(world, target)
    index = leg_of(call, target) if call is not None and target is not None else None
    if target is None or call is None or index is None:
        return
    if not target.dial_status:
        yield Put(replace(target, dial_status=PICKED_UP))
    leg = call.legs[index]
    if leg.left_at is not None and leg.answered_at is None:
        yield Put(with_leg(call, index, replace(leg, result="answered_elsewhere")))
    if picker is None or main_of(world, picker) is not None:
        return
    if world.get(Call, picker.call) is None:
        yield from ring(world, world.get(Call, call.key) or call, picker, event.at, queue=leg.queue)
    call = world.get(Call, call.key) or call
    own = leg_of(call, picker)
    if own is not None:
        yield from lift(call, own, event.at)


def on_forwarded(world: View, event: PhoneForwarded) -> Said:
    """A phone answered with 302: it sent the caller elsewhere, and its own ringing is over."""
    phone = channel(world, event.pbx, event.uniqueid)
    if phone is not None and not phone.dial_status:
        yield Put(replace(phone, dial_status=FORWARDED))


def on_voicemail(world: View, event: VoicemailReached) -> Said:
    """The dialplan put the caller through to voicemail."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = call_of(world, caller)
    if call is not None and not call.voicemail:
        yield Put(replace(call, voicemail=True))


def on_self_served(world: View, event: SelfServed) -> Said:
    """The dialplan says that he got what he wanted without anybody."""
    caller = channel(world, event.pbx, event.uniqueid)
    call = call_of(world, caller)
    if call is not None and not call.self_served:
        yield Put(replace(call, self_served=True))


def on_survey(world: View, event: SurveyBegan) -> Said:
    """The dialplan asks him how it was: the talk is over, for whoever talked."""
    call = call_of(world, channel(world, event.pbx, event.uniqueid))
    if call is not None and any(leg.answered_at for leg in call.legs) and all(leg.left_at for leg in call.legs):
        yield TalkOver(at=event.at, call=call.key)
