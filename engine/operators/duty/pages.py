"""Whether an operator's page is open. A lost page stops digital offers only; calls go on ringing (routing.md R8).

The gateways tell every 15 s who has a page open, and at once who opened his first or lost his last one there. Nobody
is lost before the grace is over: a page is loaded anew, a gateway dies, a network drops for half a minute.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.events import OfferAccepted, OfferMissed, OperatorFreed, PageLost, PagesSeen, Swept
from engine.operators import quiet
from engine.operators.freeing import put
from engine.operators.pausing import ACW, RONA, with_pauses
from engine.room import Said
from engine.world import Drop, Operator, Page, Put, Request, View

GRACE = timedelta(seconds=60)
# So many offers or rings in a row are let pass by somebody who is not there.
TOO_MANY = 2


def on_seen(world: View, event: PagesSeen) -> Said:
    """Who is here, and who may just have gone: another gateway may still see him."""
    for key in (*event.here, *event.left):
        if world.get(Operator, key) is not None:
            yield Put(Page(key=key, seen_at=event.at))
    for key in event.here:
        operator = world.get(Operator, key)
        if operator is not None and operator.active and operator.page != "here":
            here = replace(operator, page="here", page_since=event.at, rang_out=0)
            yield from with_pauses(world, here, here.pauses - {RONA}, event.at)


def on_swept(world: View, event: Swept) -> Said:
    """Whose page has been gone for the grace; and nothing of ours stays paused for a reason that is over (R14)."""
    for operator in list(world.all(Operator)):
        if operator.page == "here":
            yield from _seen(world, operator, event.at)
        yield from quiet.sweep(world, operator, event.at)
        if (operator.wrap_up or ACW in operator.pauses) and not _finishes(world, operator):
            yield OperatorFreed(at=event.at, operator=operator.key)


def _finishes(world: View, operator: Operator) -> bool:
    """Whether there is something he finishes after a talk."""
    request = world.get(Request, operator.wrap_up)
    return request is not None and request.status == "wrap_up" and request.owner == operator.key


def _seen(world: View, operator: Operator, at: datetime) -> Said:
    page = world.get(Page, operator.key)
    if page is None:
        # The engine began anew: whoever is here says so within the grace.
        yield Put(Page(key=operator.key, seen_at=at))
        return
    if at - page.seen_at < GRACE:
        return
    yield Drop(Page, operator.key)
    # Who logged off and closed his page is not lost.
    off = operator.presence == "offline"
    gone = replace(operator, page="none" if off else "lost", page_since=at)
    yield from put(world, gone, at)
    if not off:
        yield PageLost(at=at, operator=operator.key)
        yield from absent(world, gone, at)


def absent(world: View, operator: Operator, at: datetime) -> Said:
    """Neither his page nor his phone finds him: his phone rings no more until he shows himself."""
    if operator.page == "lost" and operator.rang_out >= TOO_MANY and RONA not in operator.pauses:
        yield from with_pauses(world, operator, operator.pauses | {RONA}, at)


def on_missed(world: View, event: OfferMissed) -> Said:
    """Two offers let pass: nothing more is offered until he says that he is there. His phone goes on ringing."""
    operator = world.get(Operator, event.operator)
    if operator is None:
        return
    operator = replace(operator, missed=operator.missed + 1)
    if operator.missed >= TOO_MANY and operator.presence == "available":
        operator = replace(operator, presence="not_responding", presence_reason="", presence_since=event.at)
    yield from put(world, operator, event.at)


def on_accepted(world: View, event: OfferAccepted) -> Said:
    """He is there; whoever has waited longest for work is asked first, so it is noted when he got some."""
    operator = world.get(Operator, event.operator)
    if operator is not None:
        yield from put(world, replace(operator, missed=0, last_accepted_at=event.at), event.at)
