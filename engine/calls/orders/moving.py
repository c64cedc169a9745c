"""Orders about a talk: end one's part in it, send tones, pass the patient on."""

from engine.calls.orders.asking import ASK
from engine.calls.orders.calling import colleague, is_outside
from engine.calls.orders.giving import consulting, give, keys, refuse, window
from engine.calls.orders.whose import Part, own_part
from engine.effects import OrderCall
from engine.events import HangUpAsked, PassAsked, TonesAsked
from engine.room import Said
from engine.world import Consultation, Pbx, PhoneOrder, Put, Queue, View
from okno import phones

PASS = "okno-pass"
# How a queue is reached in its own context: as digits, which is all that Atxfer can press.
ENTRY = "1"
# Atxfer reads digits until it; without it Asterisk waits 3 s for more.
COMPLETE = "#"


def on_hang_up(world: View, event: HangUpAsked) -> Said:
    """End one's own part (a supervisor: the part of whoever talks). Asked twice, it is done once and answered twice."""
    part = own_part(world, event, event.call, supervised=True)
    if isinstance(part, str):
        yield refuse(event, part)
    elif window(world, *keys(part.call, part.phone)):
        yield refuse(event, "transferring")
    else:
        begun = _hangs_up(world, part)
        effect = OrderCall(command=event.command, pbx=part.call.pbx, action="hang_up", channel=part.phone.name)
        order = PhoneOrder(
            key=event.command, pbx=part.call.pbx, what="hang_up", operator=event.operator or "", actor=event.actor,
            at=event.at, phone=part.phone.key, call=part.call.key,
        )  # fmt: skip
        yield from give(event, order, None if begun else effect)


def on_tones(world: View, event: TonesAsked) -> Said:
    """Tones to the other side; while somebody else is consulted they would reach nobody who asked for them."""
    part = own_part(world, event, event.call)
    why = _why_not_talking(world, part)
    if isinstance(part, str) or why or part.main is None:
        yield refuse(event, why or "not_talking")
        return
    order = PhoneOrder(
        key=event.command, pbx=part.call.pbx, what="tones", operator=event.operator or "", actor=event.actor,
        at=event.at, phone=part.phone.key, call=part.call.key,
    )  # fmt: skip
    yield from give(event, order, OrderCall(
        command=event.command, pbx=part.call.pbx, action="tones", channel=part.main.name, digits=event.digits,
    ))  # fmt: skip


def on_pass(world: View, event: PassAsked) -> Said:
    """Pass the patient on: at once (`blind`), or to somebody who is asked first (`attended`)."""
    part = own_part(world, event, event.call, supervised=event.how == "blind")
    why = _why_not_talking(world, part)
    if isinstance(part, str) or why or part.main is None:
        yield refuse(event, why or "not_talking")
        return
    where = _where(world, event, part)
    if where is None:
        yield refuse(event, "bad_target")
        return
    context, exten = where
    blind = event.how == "blind"
    order = PhoneOrder(
        key=event.command, pbx=part.call.pbx, what="pass" if blind else "ask", operator=event.operator or "",
        actor=event.actor, at=event.at, phone=part.phone.key, main=part.main.key, call=part.call.key,
    )  # fmt: skip
    yield from give(event, order, OrderCall(
        command=event.command, pbx=part.call.pbx, action="blind_transfer" if blind else "attended_transfer",
        channel=part.phone.name, context=context, exten=exten if blind else exten + COMPLETE,
    ))  # fmt: skip
    if not blind:
        yield Put(Consultation(key=part.phone.key, call=part.call.key, main=part.main.key))
        yield from consulting(world, part.call.key, "asking")


def _why_not_talking(world: View, part: Part | str) -> str:
    """Why nothing can be ordered about this talk now."""
    if isinstance(part, str):
        return part
    if not part.talks or part.main is None or part.call.direction == "internal":
        return "not_talking"
    if window(world, *keys(part.call, part.phone)):
        return "transferring"
    if _hangs_up(world, part):
        return "call_over"
    return "consulting" if world.get(Consultation, part.phone.key) is not None else ""


def _hangs_up(world: View, part: Part) -> bool:
    """Whether somebody has ordered already that it ends."""
    return any(order.what == "hang_up" for order in world.by(PhoneOrder, "phone", part.phone.key))


def _where(world: View, event: PassAsked, part: Part) -> tuple[str, str] | None:
    """The context and the digits of the one place named; None when it is none, two, or himself."""
    if bool(event.to) == bool(event.to_queue):
        return None
    if event.to_queue:
        queue = world.get(Queue, event.to_queue)
        return (f"{PASS}-{queue.key}", ENTRY) if queue is not None and queue.active else None
    context = PASS if event.how == "blind" else ASK
    if phones.is_internal(event.to):
        found = colleague(world, part.call.pbx, event.to, but=_operator_of(part))
        return (context, event.to) if found is not None else None
    pbx = world.get(Pbx, part.call.pbx)
    reachable = pbx is not None and bool(pbx.trunks) and is_outside(event.to)
    return (context, event.to.removeprefix("+")) if reachable else None


def _operator_of(part: Part) -> str:
    """Whose part it is."""
    return next((leg.operator for leg in part.call.legs if leg.channel == part.phone.uniqueid), "")
