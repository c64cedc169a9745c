"""What the PBX's events show of the orders under way: they are done when it is so, and the window closes by it."""

from dataclasses import replace

from engine.calls.naming import channel_key
from engine.calls.orders.giving import consulting, done, end_consultation, failed, history, tell, timer
from engine.calls.orders.outcomes import CALLING
from engine.events import (
    AttendedTransferred,
    BlindTransferred,
    BridgeEntered,
    ChannelCreated,
    ChannelHungUp,
    PbxStarted,
    SnapshotTaken,
)
from engine.room import Said
from engine.world import Call, Channel, Consultation, Drop, PhoneOrder, Put, Timer, View
from engine.world.work import Consult

JOINED, NOT_DONE = "Threeway", "Fail"


def on_created(world: View, event: ChannelCreated) -> Said:
    """The channel an order was to make is there: his phone rings."""
    for order in world.by(PhoneOrder, "phone", channel_key(event.pbx, event.uniqueid)):
        yield from _rings(world, order)


def _rings(world: View, order: PhoneOrder) -> Said:
    if order.what not in CALLING or order.answered:
        return
    yield from tell(world, order, ok=True)
    if world.get(Timer, timer(order.key)) is not None:
        yield Drop(Timer, timer(order.key))
    if order.what == "dial":
        yield from history(world, order, "dialled")


def on_entered(world: View, event: BridgeEntered) -> Said:
    """A channel is in a bridge: the operator's, or his patient's."""
    key = channel_key(event.pbx, event.uniqueid)
    for asked in world.by(Consultation, "other", channel_key(event.pbx, event.swap)) if event.swap else []:
        yield Put(replace(asked, other=key))
    for order in world.by(PhoneOrder, "main", key):
        if order.what in ("pass", "complete"):
            yield from _passed(world, order)
    consultation = world.get(Consultation, key)
    if consultation is None:
        return
    main = world.get(Channel, consultation.main)
    back = main is not None and main.bridge == event.bridge
    orders = world.by(PhoneOrder, "phone", key)
    for order in orders:
        yield from _moved(world, order, consultation, back=back, bridge=event.bridge)
    call = world.get(Call, consultation.call)
    if not orders and back and call is not None and call.consult != "asking":
        yield from end_consultation(world, consultation)  # whom he asked is gone: Asterisk brought him back


def _moved(world: View, order: PhoneOrder, consultation: Consultation, *, back: bool, bridge: str) -> Said:
    """The operator entered a bridge while an order about his consultation was under way."""
    if order.what == "ask" and not back:
        here = world.by(Channel, "bridge_key", f"{order.pbx}/{bridge}")
        other = next((one.key for one in here if one.key != order.phone), "")
        yield Put(replace(consultation, other=other))
        yield from consulting(world, consultation.call, "away")
        yield from done(world, order)
    elif order.what == "swap":
        state: Consult = "back" if back else "away"
        yield from consulting(world, consultation.call, state)
        yield from done(world, order)
    elif order.what in ("abort", "join") and back:
        yield from end_consultation(world, consultation)
        yield from done(world, order)


def _passed(world: View, order: PhoneOrder) -> Said:
    """The patient is somebody else's."""
    yield from done(world, order)
    yield from history(world, order, "passed")
    consultation = world.get(Consultation, order.phone)
    if consultation is not None:
        yield from end_consultation(world, consultation)


def on_hung_up(world: View, event: ChannelHungUp) -> Said:
    """A channel is gone."""
    yield from _gone(world, channel_key(event.pbx, event.uniqueid))


def _gone(world: View, key: str) -> Said:
    for order in world.by(PhoneOrder, "phone", key):
        if order.what in ("pass", "complete"):
            yield from _passed(world, order)
        elif order.what == "hang_up" or order.answered:
            yield from done(world, order)
        elif order.what != "tones":
            yield from failed(world, order, "phone_silent" if order.what in CALLING else "call_over")
    for order in world.by(PhoneOrder, "main", key):
        yield from failed(world, order, "call_over")
    ended = [*world.by(Consultation, "main", key), *_alone(world, key)]
    consultation = world.get(Consultation, key)
    for one in [*ended, *([consultation] if consultation is not None else [])]:
        yield from end_consultation(world, one)


def _alone(world: View, key: str) -> list[Consultation]:
    """The consultations whose operator is back with his patient, now that whom he asked is gone."""
    found = world.by(Consultation, "other", key)
    return [one for one in found if (call := world.get(Call, one.call)) is not None and call.consult == "back"]


def on_blind(world: View, event: BlindTransferred) -> Said:
    """BlindTransfer: the patient stands in the dialplan, or does not."""
    for order in world.by(PhoneOrder, "phone", channel_key(event.pbx, event.uniqueid)):
        if order.what == "pass" and event.done:
            yield from tell(world, order, ok=True)
        elif order.what == "pass":
            yield from failed(world, order, "pbx_refused")


def on_attended(world: View, event: AttendedTransferred) -> Said:
    """AttendedTransfer: told about the operator's channel, in whichever place."""
    for uniqueid in dict.fromkeys((event.first, event.second)):
        key = channel_key(event.pbx, uniqueid)
        for order in world.by(PhoneOrder, "phone", key) if uniqueid else []:
            if order.what in ("complete", "join") and event.kind == NOT_DONE:
                yield from failed(world, order, "pbx_refused")
            elif order.what == "complete" and event.kind != JOINED:
                yield from _passed(world, order)
        consultation = world.get(Consultation, key) if uniqueid else None
        if consultation is not None and event.kind != NOT_DONE:
            yield from end_consultation(world, consultation)


def on_taken(world: View, event: SnapshotTaken | PbxStarted) -> Said:
    """After a gap: what is there is there, what is gone has ended; of the rest nobody knows."""
    for order in sorted(world.all(PhoneOrder), key=lambda order: order.key):
        phone = world.get(Channel, order.phone)
        if order.pbx == event.pbx and phone is not None and phone.gone_at is None:
            yield from _rings(world, order)
        elif order.pbx == event.pbx and (order.what not in CALLING or order.answered):
            yield from _gone(world, order.phone)
    for consultation in sorted(world.all(Consultation), key=lambda one: one.key):
        phone, main = world.get(Channel, consultation.key), world.get(Channel, consultation.main)
        here = phone is not None and main is not None and not phone.gone_at and not main.gone_at
        call = world.get(Call, consultation.call)
        back = here and phone is not None and main is not None and phone.bridge and phone.bridge == main.bridge
        if consultation.key.startswith(f"{event.pbx}/") and (not here or (back and call and call.consult == "away")):
            yield from end_consultation(world, consultation)


