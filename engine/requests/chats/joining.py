"""Whose identity it is: a number he said in a messenger, and what his channel says of it.

A number his channel vouches for joins him with its contact by itself, once: what a person said of him, in this
conversation or years ago, stays so. Any other is only shown, for a person to say whether it is he. Whose contact a
number is only the store knows: until it has said so, and after a restart, it is asked again.
"""

from dataclasses import replace

from engine.effects import FindContact
from engine.events import ContactFound, PhoneSaid, Swept
from engine.requests.opening import ENGINE, changed, line
from engine.requests.patients.prefetching import know
from engine.requests.persons.points import goes_over
from engine.requests.persons.same import contact_of
from engine.room import Said
from engine.world import ContactPoint, Conversation, Put, Request, View
from engine.world.reading import point_of
from okno.ids import uuid7_of


def on_said(world: View, event: PhoneSaid) -> Said:
    """He says which number is his; what was vouched for is not forgotten for what was not."""
    known = world.get(Conversation, event.conversation) or Conversation(
        key=event.conversation, identity=event.identity, kind="chat", channel="", account="", said_at=event.at
    )
    if known.verified and (not event.verified or known.phone == event.phone):
        return
    if not event.verified and (known.phone == event.phone or world.get(Conversation, known.key) is None):
        return
    said = replace(
        known, phone=event.phone, verified=event.verified, joined=event.settled, name=known.name or event.name,
    )  # fmt: skip
    yield Put(said)
    request = world.get(Request, known.request)
    if request is not None:
        yield line(request, event.at, "phone_said", line=event.key)
    if not said.verified or said.joined:
        return
    contact = contact_of(world, said.phone)
    if contact is not None:
        yield from _joined(world, said, contact, event)
    else:
        yield FindContact(phone=said.phone)


def on_contact(world: View, event: ContactFound) -> Said:
    """The store says whose number it is that a channel vouches for."""
    for one in world.by(Conversation, "phone", event.phone) if event.phone else ():
        if one.unjoined:
            yield from _joined(world, one, event.contact, event)


def on_swept(world: View, event: Swept) -> Said:
    """Of whom the store has said nothing yet: the question, or its answer, was lost."""
    for one in world.by(Conversation, "unjoined", "yes"):
        yield FindContact(phone=one.phone)


def _joined(world: View, said: Conversation, contact: str, event: PhoneSaid | ContactFound) -> Said:
    """His identity is a point of this contact from now on; whatever is open of it is his."""
    yield Put(replace(said, joined=True))
    point = point_of(said.identity)
    if isinstance(event, ContactFound) and point in event.phones:
        return
    request = world.get(Request, said.request)
    if request is not None and request.contact != contact:
        request = changed(request, event.at, contact=contact)
        yield Put(request)
        yield line(request, event.at, "joined_by_phone", operator=request.owner)
    key = str(uuid7_of(event.at, "vouched", said.key, contact))
    word = ContactPoint(key=key, contact=contact, phone=point, actor=ENGINE, at=event.at)
    yield from goes_over(world, word, said.phone)
    if request is not None:
        yield FindContact(phone=point)
        yield from know(world, request)
