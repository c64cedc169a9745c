"""How a try begins: by a person's order or by ours, once his phone is quiet; and why it is called off at once."""

from dataclasses import replace
from datetime import datetime

from engine.callbacks.planning import suits
from engine.callbacks.reading import terms_of, under_way
from engine.effects import OrderCall
from engine.events import CallArrived, ChannelCreated, DialAsked, PhoneQuiet
from engine.room import Said
from engine.world import (
    Call,
    Callback,
    Channel,
    Offer,
    PhoneOrder,
    Put,
    Queue,
    Request,
    Try,
    View,
)
from engine.world.reading import dialled_now, numbers_of, on_the_line
from okno.ids import uuid7_of

# Who orders what nobody pressed.
ENGINE, AUTO = "engine", "auto"


def on_quiet(world: View, event: PhoneQuiet) -> Said:
    """His phones are quiet for what he accepted: where the queue says so we dial, once for each offer.

    Never where nobody knows what came of the last try, and not what he took himself: that he reads first.
    """
    offer = world.get(Offer, event.offer)
    request = world.get(Request, offer.request) if offer is not None else None
    callback = world.get(Callback, request.key) if request is not None else None
    if not event.quiet or offer is None or request is None or callback is None or offer.by_hand:
        return
    queue = world.get(Queue, request.queue)
    if offer.state != "accepted" or not offer.confirmed or queue is None or queue.callbacks.dial != AUTO:
        return
    command = str(uuid7_of(offer.at, AUTO, offer.key))
    if callback.state != "waiting" or not _may(world, request, callback, event.at):
        return
    if not any(one.command == command for one in callback.tries):
        yield DialAsked(
            at=event.at, command=command, actor=ENGINE, role=ENGINE, operator=offer.operator, to=request.phone,
            request=request.key,
        )


def _may(world: View, request: Request, callback: Callback, at: datetime) -> bool:
    """Whether no person need look at it before he is dialled."""
    if callback.tries and callback.tries[-1].outcome == "unknown":
        return False
    numbers = numbers_of(world, request.phone, request.contact)
    if on_the_line(world, request) or dialled_now(world, numbers, request.key):
        return False
    return suits(at, terms_of(world, request))


def on_dial(world: View, event: DialAsked) -> Said:
    """An order was taken: the try is written down with it, before anything rings (P2)."""
    order, callback = world.get(PhoneOrder, event.command), world.get(Callback, event.request)
    if order is None or callback is None or order.what != "dial" or order.request != callback.key:
        return
    if any(one.command == event.command for one in callback.tries):
        return
    begun = Try(at=event.at, operator=order.operator, command=event.command, channel=order.phone)
    yield Put(replace(callback, state="dialling", tries=(*callback.tries, begun)))


def on_arrived(world: View, event: CallArrived) -> Said:
    """Our call to him has begun; or he rings us himself, and a phone that has not dialled him yet does not."""
    call = world.get(Call, event.call)
    if call is None or call.direction == "internal":
        return
    if call.direction == "outbound":
        callback = world.get(Callback, call.request)
        if callback is not None:
            yield Put(_begun(callback, call, event.at))
        return
    for callback in world.by(Callback, "state", "dialling"):
        request = world.get(Request, callback.key)
        if request is not None and call.phone in numbers_of(world, request.phone, request.contact):
            yield from _call_off(world, callback, event.at)


def on_created(world: View, event: ChannelCreated) -> Said:
    """The operator's phone begins to ring; he whom it would dial may have rung us in the moment before."""
    for callback in world.by(Callback, "state", "dialling"):
        last, request = under_way(callback), world.get(Request, callback.key)
        mine = last is not None and last.channel == f"{event.pbx}/{event.uniqueid}"
        if mine and request is not None and on_the_line(world, request):
            yield from _call_off(world, callback, event.at)


def _begun(callback: Callback, call: Call, at: datetime) -> Callback:
    """The promise with this call as its try; who dialled by the keys of his phone gave us no order."""
    last = under_way(callback)
    if last is not None and last.call in (None, call.key):
        return replace(callback, state="dialling", tries=(*callback.tries[:-1], replace(last, call=call.key)))
    if any(one.call == call.key for one in callback.tries):
        return callback
    operator = call.legs[0].operator if call.legs else ""
    return replace(callback, state="dialling", tries=(*callback.tries, Try(at=at, operator=operator, call=call.key)))


def _call_off(world: View, callback: Callback, at: datetime) -> Said:
    """The operator's phone has not dialled him yet: it is to do so no more. The try ends when that phone is gone."""
    last = under_way(callback)
    phone = world.get(Channel, last.channel) if last is not None and last.call is None else None
    if last is not None and phone is not None and phone.gone_at is None:
        yield OrderCall(
            command=str(uuid7_of(at, "called_off", last.command)), pbx=phone.pbx, action="hang_up", channel=phone.name,
        )  # fmt: skip
