"""Who it is: a request is said to be of a contact or of a number, and a contact is given a name.

A hidden number or a form brings a request nobody belongs to. Whoever has it in hand says whose it is; what follows
from a number (the contact, what he is called, how often he called) is found by `FindContact`, as for a call. Linking
to a patient of the MIS is another thing, and merging two contacts into one yet another.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.effects import AnswerCommand, FindContact
from engine.events import LinkAsked, NameAsked
from engine.requests.opening import changed, forget_contact, line
from engine.room import Said
from engine.world import Call, Contact, ContactName, Drop, Put, Request, View
from okno import phones

# Those who may touch a request that is not their own.
SUPERVISING = frozenset({"supervisor", "administrator"})
LONGEST_NAME = 120


def on_link(world: View, event: LinkAsked) -> Said:
    """Say whose a request is. The contact comes with his number (`phone`); a contact without one is not known."""
    request = world.get(Request, event.request)
    if request is None:
        yield _no(event, "not_found")
        return
    why, by = _why_not(event, request)
    if not why and phones.parse(event.phone) is None:
        why = "bad_contact"
    if why:
        yield _no(event, why, by)
        return
    yield from _linked(world, event, request)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _linked(world: View, event: LinkAsked, request: Request) -> Said:
    known = next(iter(world.by(Contact, "phone", event.phone)), None)
    contact = event.contact or (known.key if known else None)
    if request.phone == event.phone and request.contact == contact and contact is not None:
        return
    mine = changed(request, event.at, phone=event.phone, contact=contact)
    yield Put(mine)
    for call in _nameless(world, request):
        yield Put(replace(call, contact=contact))
    yield line(mine, event.at, "linked", event.actor, operator=event.operator)
    if request.phone != event.phone:
        yield from forget_contact(world, request.phone)
    yield FindContact(phone=event.phone)


def _nameless(world: View, request: Request) -> Iterator[Call]:
    """The live calls of a request whose number nobody knows: whose the request is, theirs they are."""
    for key in request.calls:
        call = world.get(Call, key)
        if call is not None and not call.phone:
            yield call


def on_name(world: View, event: NameAsked) -> Said:
    """Say what the contact of a request is called; an empty name takes the old one back."""
    request = world.get(Request, event.request)
    if request is None:
        yield _no(event, "not_found")
        return
    why, by = _why_not(event, request)
    name = " ".join(event.name.split())
    if not why and request.contact is None:
        why = "no_contact"
    if not why and (len(name) > LONGEST_NAME or (name and not any(sign.isalpha() for sign in name))):
        why = "bad_name"
    if why or request.contact is None:
        yield _no(event, why, by)
        return
    named = changed(request, event.at)
    yield Put(named)
    known = world.get(Contact, request.contact)
    if known is not None:
        yield Put(replace(known, name=name))
    yield Put(ContactName(key=request.contact, name=name, actor=event.actor, at=event.at))
    yield Drop(ContactName, request.contact)
    yield line(named, event.at, "named" if name else "unnamed", event.actor, operator=event.operator, note=name)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _no(event: LinkAsked | NameAsked, why: str, by: str = "") -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=False, why=why, by=by, request=event.request)


def _why_not(event: LinkAsked | NameAsked, request: Request) -> tuple[str, str]:
    """Why this person may not say it of this request, and whose it is."""
    if event.role not in SUPERVISING and (request.owner is None or request.owner != event.operator):
        return "not_yours", request.owner or ""
    if event.version is not None and event.version != request.version:
        return "stale", ""
    return "", ""
