"""What a person does elsewhere settles his place in a list: he was talked with, he wrote; or his work was closed."""

from dataclasses import replace
from datetime import datetime

from engine.callbacks.lists.asking import note_refusal_of
from engine.callbacks.lists.ringing import ENGINE, NO_LISTS
from engine.callbacks.lists.states import give_back, settle
from engine.events import CallEnded, ContactFound, RequestClosed, RequestOpened
from engine.room import Said
from engine.world import Call, CallList, Contact, Request, Target, View

# He wrote, or asked to be called: somebody will see to it, and to what the list is about.
WROTE = frozenset({"chat", "email", "form", "voicemail"})
# As the plan of attempts ends (engine/requests/promising.py).
IN_VAIN = frozenset({"not_reached", "wrong_number"})
TALKED = frozenset({"answered", "self_service"})


def on_ended(world: View, event: CallEnded) -> Said:
    """He was talked with, whoever called whom: no list need call him."""
    call = world.get(Call, event.call)
    if call is None or call.direction == "internal" or call.result not in TALKED:
        return
    for target in _waiting(world, call.phone, call.contact):
        yield from _replied(world, target, event.at, "called" if call.direction == "inbound" else "talked")


def on_opened(world: View, event: RequestOpened) -> Said:
    """He wrote, in any channel."""
    request = world.get(Request, event.request)
    if request is None or request.kind not in WROTE:
        return
    for target in _waiting(world, request.phone, request.contact):
        yield from _replied(world, target, event.at, request.kind)


def on_contact(world: View, event: ContactFound) -> Said:
    """Of who wrote in a messenger it is known by now which numbers he has."""
    for request in world.by(Request, "contact", event.contact):
        if request.conversation is not None:
            for target in _waiting(world, event.phone, event.contact):
                yield from _replied(world, target, event.at, request.kind)


def on_closed(world: View, event: RequestClosed) -> Said:
    """What operators had to do with him is done, given up, or not wanted any more."""
    request = world.get(Request, event.request)
    for target in world.by(Target, "request", event.request):
        if request is None or target.state not in ("waiting", "asked"):
            continue
        if request.status == "cancelled":
            yield from settle(world, target, "withdrawn", event.at, request.outcome)
        elif request.outcome == NO_LISTS:
            yield from note_refusal_of(world, target.phone, request.owner or ENGINE, event.at)
            yield from settle(world, target, "refused", event.at, request.outcome)
        elif request.outcome in IN_VAIN:
            yield from settle(world, target, "not_reached", event.at, request.outcome)
        elif request.outcome == "reached_by_call" and target.state == "waiting":
            yield from settle(world, target, "replied", event.at, "called")
        else:
            yield from settle(world, target, "reached", event.at, request.outcome)


def _replied(world: View, target: Target, at: datetime, how: str) -> Said:
    """The MIS's own work is not settled by any talk: it comes back to its queue, and people see to it."""
    made = world.get(CallList, target.list)
    replied = replace(target, outcome=how)
    if made is not None and made.source == "mis":
        yield from give_back(world, replied, at)
    yield from settle(world, replied, "replied", at, how)


def _waiting(world: View, phone: str, contact: str | None) -> list[Target]:
    """Those who wait in lists under any of a person's numbers."""
    known = world.get(Contact, contact)
    phones = {phone, *((known.phone, *known.phones) if known is not None else ())} - {""}
    return [one for number in sorted(phones) for one in world.by(Target, "phone", number) if one.state == "waiting"]
