"""A consultation that goes on: what becomes of it, by the keys Asterisk's attended transfer listens to.

Asterisk takes them on the asking operator's own channel (features.conf); measured on 22.10.1: abort and swap also while
the colleague's phone still rings, complete then too (he rings on for the patient), join only when he has lifted.
"""

from engine.calls.opening import UP
from engine.calls.orders.giving import give, refuse, window
from engine.calls.orders.whose import Part, own_part
from engine.effects import OrderCall
from engine.events import ConsultAsked
from engine.room import Said
from engine.world import Channel, Consultation, PhoneOrder, View
from engine.world.work import Ordered

ASK = "okno-ask"
KEYS = {"abort": "*1", "complete": "*2", "join": "*3", "swap": "*4"}


def on_consult(world: View, event: ConsultAsked) -> Said:
    """Complete the transfer, give it up, talk with the other one, or join all three."""
    part = own_part(world, event, event.call)
    if isinstance(part, str):
        yield refuse(event, part)
        return
    consultation = world.get(Consultation, part.phone.key)
    why = _why_not(world, event, part, consultation)
    if why or consultation is None:
        yield refuse(event, why)
        return
    order = PhoneOrder(
        key=event.command, pbx=part.call.pbx, what=_WHAT[event.action], operator=event.operator or "",
        actor=event.actor, at=event.at, phone=part.phone.key, main=consultation.main, call=part.call.key,
    )  # fmt: skip
    yield from give(event, order, OrderCall(
        command=event.command, pbx=part.call.pbx, action="tones", channel=part.phone.name,
        digits=KEYS[event.action], received=True,
    ))  # fmt: skip


_WHAT: dict[str, Ordered] = {"abort": "abort", "complete": "complete", "join": "join", "swap": "swap"}


def _why_not(world: View, event: ConsultAsked, part: Part, consultation: Consultation | None) -> str:
    """Why this cannot become of it now."""
    if consultation is None:
        return "not_consulting"
    if window(world, part.phone.key, consultation.main):
        return "transferring"
    other = world.get(Channel, consultation.other)
    if event.action == "join" and (other is None or other.gone_at is not None or other.state != UP):
        return "not_answered"
    return ""
