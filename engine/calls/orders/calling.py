"""Click to call, and listening: the operator's own phone rings first; when it has lifted, the dialplan goes on."""

from dataclasses import replace

from engine.calls.naming import channel_key
from engine.calls.orders.giving import give, originated, refuse
from engine.calls.orders.whose import part_of, phones_in_use
from engine.effects import OrderCall
from engine.events import DialAsked, PhoneAsked, SpyAsked
from engine.room import Said
from engine.world import LIVE_OFFERS, Call, Offer, Operator, Pbx, PhoneOrder, Request, View
from engine.world.reading import dialled_now, is_live, number_to_call, numbers_of
from okno import phones

OUTSIDE, COLLEAGUE, SPYING = "okno-call", "okno-originate", "okno-spy"
RING_S = 30
# A phone that may answers by itself: its person has just clicked. Desk phones know this header, the page's phone too.
ANSWERS = ("PJSIP_HEADER(add,Call-Info)", "<sip:okno.invalid>;answer-after=0")
# Nobody dials for these before the queues are known to leave his phone alone (R11).
QUIET = frozenset({"missed_call", "callback", "voicemail"})


def on_dial(world: View, event: DialAsked) -> Said:
    """Call a patient or a colleague."""
    operator = world.get(Operator, event.operator)
    request = world.get(Request, event.request)
    if not event.to and request is not None:
        event = replace(event, to=number_to_call(world, request))
    why = _why_not_call(world, operator) or _why_not_for(world, event) or _why_not_there(world, event, operator)
    why = why or _why_not_now(world, event)
    if operator is None or why:
        yield refuse(event, why)
        return
    inside = phones.is_internal(event.to)
    digits = event.to if inside else event.to.removeprefix("+")
    order, first = _order(event, "dial", operator, request=event.request)
    order = replace(order, number="" if inside else event.to)
    yield from give(event, order, OrderCall(
        command=event.command, pbx=operator.pbx, action="originate", channel=operator.interface, channel_id=first,
        context=COLLEAGUE if inside else OUTSIDE, exten=digits, timeout_s=RING_S,
        # His phone shows whom it calls. Its own number stays its own: by it the journal knows who called.
        variables=(ANSWERS, ("CONNECTEDLINE(num,i)", digits)),
    ))  # fmt: skip


def on_spy(world: View, event: SpyAsked) -> Said:
    """Hear an operator's talk. It makes no call: the supervisor's phone is in no bridge."""
    own, target = world.get(Operator, event.operator), world.get(Operator, event.target)
    why = _why_not_hear(world, own, target)
    part = None
    if not why and target is not None:
        calls = [call for call in world.all(Call) if call.pbx == target.pbx and not call.ended_at]
        parts = [part_of(world, call, target.key) for call in sorted(calls, key=lambda call: call.key)]
        part = next((one for one in parts if one is not None and one.talks), None)
    if own is None or target is None or why or part is None:
        yield refuse(event, why or "not_talking")
        return
    order, first = _order(event, "spy", own, call=part.call.key, target=target.key, how=event.how)
    yield from give(event, order, OrderCall(
        command=event.command, pbx=own.pbx, action="originate", channel=own.interface, channel_id=first,
        context=SPYING, exten=event.how, timeout_s=RING_S,
        variables=(ANSWERS, ("CONNECTEDLINE(num,i)", target.extension), ("OKNO_SPY", part.phone.name)),
    ))  # fmt: skip


def _order(
    event: PhoneAsked, what: str, operator: Operator, *, call: str | None = None, request: str | None = None,
    target: str = "", how: str = "",
) -> tuple[PhoneOrder, str]:
    """The order, and the id its channel is given."""
    first = originated(event)
    return PhoneOrder(
        key=event.command, pbx=operator.pbx, what="spy" if what == "spy" else "dial", operator=operator.key,
        actor=event.actor, at=event.at, phone=channel_key(operator.pbx, first), call=call, request=request,
        target=target, how=how,
    ), first  # fmt: skip


def _why_not_call(world: View, operator: Operator | None) -> str:
    """Why no call can be made from his phone now."""
    if operator is None or not operator.active:
        return "no_operator"
    if not is_live(world, operator.pbx):
        return "pbx_not_live"
    busy = bool(phones_in_use(world, operator) or world.by(PhoneOrder, "operator", operator.key))
    return "call_live" if busy else ""


def _why_not_for(world: View, event: DialAsked) -> str:
    """Why this call may not be made for this request."""
    if event.request is None:
        return ""
    request = world.get(Request, event.request)
    if request is None:
        return "not_found"
    if request.owner != event.operator:
        return "not_yours"
    if request.kind in QUIET:
        offers = [one for one in world.by(Offer, "request", request.key) if one.operator == event.operator]
        if not any(one.confirmed and one.state in LIVE_OFFERS[1:] for one in offers):
            return "not_confirmed"
    return ""


def _why_not_now(world: View, event: DialAsked) -> str:
    """Why this person may not be dialled just now: once at a time, and not while he is on the line for a callback."""
    if phones.is_internal(event.to):
        return ""
    request = world.get(Request, event.request)
    numbers = numbers_of(world, event.to, request.contact if request is not None else None)
    live = [call for number in numbers for call in world.by(Call, "phone", number)]
    if any(call.direction == "outbound" and call.answered_at is None for call in live):
        return "number_live"
    if request is not None and request.kind in QUIET and live:
        return "number_live"
    ordered = any(order.number in numbers and order.call is None for order in world.all(PhoneOrder))
    return "number_live" if ordered or dialled_now(world, numbers) else ""


def _why_not_there(world: View, event: DialAsked, operator: Operator | None) -> str:
    """Why nobody can be reached by this number."""
    pbx = world.get(Pbx, operator.pbx) if operator is not None else None
    if operator is None or pbx is None:
        return "bad_number"
    if not phones.is_internal(event.to):
        return "" if pbx.trunks and is_outside(event.to) else "bad_number"
    return "" if colleague(world, operator.pbx, event.to, but=operator.key) else "bad_number"


def _why_not_hear(world: View, own: Operator | None, target: Operator | None) -> str:
    if own is None or not own.active:
        return "no_phone"
    if target is None:
        return "not_found"
    if own.key == target.key:
        return "self"
    if own.pbx != target.pbx:
        return "other_pbx"
    return _why_not_call(world, own)


def is_outside(number: str) -> bool:
    """Whether it is a number in E.164 that the doors of the dialplan take: a plus and seven digits or more."""
    digits = number.removeprefix("+")
    return number.startswith("+") and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15


def colleague(world: View, pbx: str, extension: str, *, but: str) -> Operator | None:
    """The other operator with this extension on this PBX."""
    for one in world.by(Operator, "extension", extension):
        if one.pbx == pbx and one.active and one.key != but:
            return one
    return None


