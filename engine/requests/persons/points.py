"""A point (a number, an identity of a messenger) belongs to another contact from now on; all words are kept.

The newest word about a point holds; taking it back is a word of its own, for whom it was before.
"""

from dataclasses import replace
from datetime import datetime

from engine.room import Said
from engine.world import Call, Contact, ContactPoint, Drop, Put, Request, View


def goes_over(world: View, word: ContactPoint, first: str) -> Said:
    """A point is this contact's from now on, and whatever is open of it is his; nobody else's.

    Args:
        world: as it is.
        word: whose it is, and who says so.
        first: the point the contact was known by before.
    """
    contact, point = word.contact, word.phone
    yield Put(word)
    yield Drop(ContactPoint, word.key)
    known = world.get(Contact, contact) or Contact(key=contact, phone=first)
    if point != known.phone:
        yield Put(replace(known, phones=tuple(sorted({*known.phones, point}))))
    else:
        yield Put(known)
    others = {one.key for one in world.by(Contact, "phone", point)}
    others |= {one.key for one in world.all(Contact) if point in one.phones}
    for request in world.by(Request, "phone", point):
        if request.contact != contact:
            others |= {request.contact or ""}
            yield Put(replace(request, contact=contact))
    for call in world.by(Call, "phone", point):
        if call.contact != contact:
            yield Put(replace(call, contact=contact))
    for key in sorted(others - {contact}):
        yield from _without(world, key, point, word.at)


def _without(world: View, key: str, point: str, at: datetime) -> Said:
    """A contact has this point no more; one of whom nothing is open is forgotten."""
    other = world.get(Contact, key)
    if other is None:
        return
    if not world.by(Request, "contact", key) and not world.by(Call, "contact", key):
        yield Drop(Contact, key)
        return
    left = [one for one in (other.phone, *other.phones) if one and one != point]
    yield Put(replace(other, phone=left[0] if left else "", phones=tuple(left[1:])))
