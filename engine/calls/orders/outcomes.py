"""What came of an order by the word of who carried it out, or by nobody's word in time."""

from dataclasses import replace

from engine.calls.naming import channel_key
from engine.calls.orders.giving import (
    LATER,
    TIMER,
    done,
    end_consultation,
    failed,
    history,
    tell,
    timer,
)
from engine.events import OrderEnded, OriginateEnded, TimerFired
from engine.room import Said
from engine.world import Call, Channel, Consultation, PhoneOrder, Put, Timer, View

CALLING = frozenset({"dial", "spy"})
# What is written into the request's history.
HEARD = {"listen": "listened", "whisper": "whispered", "barge": "barged"}


def on_ended(world: View, event: OrderEnded) -> Said:
    """The PBX took the order, refused it, or nobody knows. That it was taken is not yet that it was done."""
    order = world.get(PhoneOrder, event.command)
    if order is None:
        return
    if event.ok is False:
        yield from _not_moved(world, order)
        yield from failed(world, order, event.why or "pbx_refused")
    elif order.what == "tones" and event.ok:
        yield from done(world, order)
    elif order.what == "tones":
        yield from failed(world, order, "unknown")
    elif order.what == "pass" and event.ok:
        yield from tell(world, order, ok=True)


def on_originated(world: View, event: OriginateEnded) -> Said:
    """The phone that was to ring first lifted, or did not."""
    for order in world.by(PhoneOrder, "phone", channel_key(event.pbx, event.uniqueid)):
        if not event.done:
            yield from failed(world, order, "phone_silent")
            continue
        yield from tell(world, order, ok=True)
        if order.what == "spy" and order.how in HEARD:
            yield from _heard(world, order)


def _heard(world: View, order: PhoneOrder) -> Said:
    """The request's history says who listened; the operator was told when it was asked (engine/queues/notices)."""
    yield from history(world, order, HEARD[order.how])
    yield Put(replace(world.get(PhoneOrder, order.key) or order, how=""))


def on_timer(world: View, event: TimerFired) -> Said:
    """Time is up: nobody knows (P2), and whatever window there was is closed."""
    if not event.key.startswith(TIMER):
        return
    order = world.get(PhoneOrder, event.key.removeprefix(TIMER))
    if order is None:
        return
    phone = world.get(Channel, order.phone)
    lives = phone is not None and phone.gone_at is None
    if order.what not in CALLING or (order.answered and not lives):
        yield from _not_moved(world, order)
        yield from failed(world, order, "unknown")
        return
    yield from tell(world, order, ok=lives, why="" if lives else "unknown")
    if not lives:  # after a gap it may still show up: its call belongs to the request all the same
        yield Put(Timer(key=timer(order.key), due=event.at + LATER))


def _not_moved(world: View, order: PhoneOrder) -> Said:
    """A consultation that never began."""
    consultation = world.get(Consultation, order.phone) if order.what == "ask" else None
    call = world.get(Call, order.call)
    if consultation is not None and call is not None and call.consult == "asking":
        yield from end_consultation(world, consultation)


