"""What is of the same person: by any of his numbers, or by the contact they belong to.

A contact may come to be known late or never: then what has the same number is of the same person, and nothing else is.
Who hides his number is nobody's same.
"""

from engine.world import Call, Contact, Request, View


def numbers_of(world: View, phone: str, contact: str | None) -> list[str]:
    """Return the numbers by which a person is known: `phone`, and those of his contact."""
    known = world.get(Contact, contact)
    numbers = {phone, known.phone, *known.phones} if known is not None else {phone}
    return sorted(numbers - {""})


def contact_of(world: View, phone: str) -> str | None:
    """Return the contact a number is known to belong to, from what is open; None when the store must be asked."""
    known = world.by(Contact, "phone", phone) if phone else []
    if known:
        return known[0].key
    return next((one.contact for one in world.by(Request, "phone", phone) if one.contact), None) if phone else None


def requests_of(world: View, phone: str, contact: str | None) -> list[Request]:
    """Return the open requests of a person, the oldest first."""
    found = {one.key: one for number in numbers_of(world, phone, contact) for one in world.by(Request, "phone", number)}
    if contact is not None:
        found |= {one.key: one for one in world.by(Request, "contact", contact)}
    return sorted(found.values(), key=lambda one: (one.created_at, one.key))


def in_talk(world: View, request: Request) -> bool:
    """Whether an operator and the person talk by one of the request's own calls."""
    calls = (world.get(Call, key) for key in request.calls)
    return any(call is not None and call.ended_at is None and call.answered_at is not None for call in calls)
