"""Who it is: a request is said to be of a contact or of a number, and a contact is given a name.

A hidden number or a form brings a request nobody belongs to. Whoever has it in hand says whose it is; what follows
from a number (the contact, what he is called, how often he called) is found by `FindContact`, as for a call. A person
may call from several numbers, and write by several messengers: a request of one that is said to be of a contact makes
that point his, until that is taken back. Linking to a patient of the MIS is another thing.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.effects import AnswerCommand, FindContact
from engine.events import LinkAsked, NameAsked, UnlinkAsked
from engine.requests.opening import changed, forget_contact, line
from engine.requests.persons.points import goes_over
from engine.requests.persons.same import contact_of
from engine.room import Said
from engine.world import Call, Contact, ContactName, ContactPoint, Drop, Put, Request, View
from engine.world.reading import identity_of
from okno import phones
from okno.ids import uuid7_of

# Those who may touch a request that is not their own.
SUPERVISING = frozenset({"supervisor", "administrator"})
LONGEST_NAME = 120


def on_link(world: View, event: LinkAsked) -> Said:
    """Say whose a request is. The contact comes with his number (`phone`); a contact without one is not known.

    A request that has a number of its own keeps it when it is said to be of a contact: it is one of his from now on.
    """
    request = world.get(Request, event.request)
    if request is None:
        yield _no(event, "not_found")
        return
    why, by = _why_not(event, request)
    if not why and not identity_of(event.phone) and phones.parse(event.phone) is None:
        why = "bad_contact"
    if not why and identity_of(request.phone) and event.contact is None:
        event = replace(event, contact=contact_of(world, event.phone))
        why = "" if event.contact is not None else "bad_contact"
    if why:
        yield _no(event, why, by)
        return
    yield from _linked(world, event, request)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _linked(world: View, event: LinkAsked, request: Request) -> Said:
    known = next(iter(world.by(Contact, "phone", event.phone)), None)
    contact = event.contact or (known.key if known else None)
    further = event.contact is not None and request.phone not in ("", event.phone)
    phone = request.phone if further else event.phone
    if request.phone == phone and request.contact == contact and contact is not None:
        return
    mine = changed(request, event.at, phone=phone, contact=contact)
    yield Put(mine)
    for call in _nameless(world, request):
        yield Put(replace(call, contact=contact))
    what = ("linked_chat" if identity_of(phone) else "linked_number") if further else "linked"
    yield line(mine, event.at, what, event.actor, operator=event.operator)
    if further and contact is not None:  # whose it was before, he has it no more
        yield from goes_over(world, _word(event, contact, phone), event.phone)
    if request.phone != phone:
        yield from forget_contact(world, request.phone, request.contact)
    yield FindContact(phone=phone)


def on_unlink(world: View, event: UnlinkAsked) -> Said:
    """Whose a request's point was before, his it is again; `contact` comes with the point he is known by."""
    request = world.get(Request, event.request)
    if request is None:
        yield _no(event, "not_found")
        return
    why, by = _why_not(event, request)
    if not why and (event.contact is None or event.contact == request.contact):
        why = "not_linked"
    if why or event.contact is None:
        yield _no(event, why, by)
        return
    mine = changed(request, event.at, contact=event.contact)
    yield Put(mine)
    yield line(mine, event.at, "unlinked", event.actor, operator=event.operator)
    yield from goes_over(world, _word(event, event.contact, request.phone), event.phone or request.phone)
    yield FindContact(phone=request.phone)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _word(event: LinkAsked | UnlinkAsked, contact: str, point: str) -> ContactPoint:
    """What a person says of a point."""
    key = str(uuid7_of(event.at, "point", event.command))
    return ContactPoint(key=key, contact=contact, phone=point, actor=event.actor, at=event.at)


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


def _no(event: LinkAsked | NameAsked | UnlinkAsked, why: str, by: str = "") -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=False, why=why, by=by, request=event.request)


def _why_not(event: LinkAsked | NameAsked | UnlinkAsked, request: Request) -> tuple[str, str]:
    """Why this person may not say it of this request, and whose it is."""
    if event.role not in SUPERVISING and (request.owner is None or request.owner != event.operator):
        return "not_yours", request.owner or ""
    if event.version is not None and event.version != request.version:
        return "stale", ""
    return "", ""
