"""How a request begins and changes; the lines of its history."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.events import OperatorFreed
from engine.room import Said
from engine.world import Append, Call, Contact, Counter, Drop, HistoryEntry, Request, Timer, View
from engine.world.reading import wrap_up_timer
from okno.ids import time_of, uuid7_of

# Who is named in the history when no person did it.
ENGINE = "engine"


def counter_key(year: int) -> str:
    """The counter of a year's requests."""
    return f"requests:{year}"


def postponed_timer(request: str) -> str:
    """The timer that brings a postponed request back."""
    return f"postponed:{request}"


def request_of(call: str) -> str:
    """The id of the request a call makes: same call, same id."""
    return str(uuid7_of(time_of(UUID(call)), "request", call))


def next_number(world: View, at: datetime) -> Counter:
    """The counter after one more request of this year."""
    known = world.get(Counter, counter_key(at.year))
    return Counter(key=counter_key(at.year), value=(known.value if known else 0) + 1)


def line(request: Request, at: datetime, what: str, actor: str = ENGINE, **more: Any) -> Append:
    """A line of a request's history; `what` is its i18n key below `history.`."""
    return Append(HistoryEntry(request=request.key, at=at, actor=actor, what=what, **more))


def changed(request: Request, at: datetime, **fields: Any) -> Request:
    """The request with these fields and the next version; a new status starts now."""
    since = at if fields.get("status", request.status) != request.status else request.since
    return replace(request, since=since, version=request.version + 1, **fields)


def freed(world: View, request: Request, at: datetime) -> Said:
    """If the request was in wrap-up, its owner has his hands free."""
    if request.status != "wrap_up":
        return
    yield from drop_timer(world, wrap_up_timer(request.key))
    if request.owner:
        yield OperatorFreed(at=at, operator=request.owner)


def drop_timer(world: View, key: str) -> Said:
    """Forget a timer, if it is set."""
    if world.get(Timer, key) is not None:
        yield Drop(Timer, key)


def forget_contact(world: View, phone: str, contact: str | None = None) -> Said:
    """Drop the contact of a number (and that of a request) when no open call or request is of him any more."""
    known = world.get(Contact, contact)
    found = {one.key: one for one in (world.by(Contact, "phone", phone) if phone else [])}
    for one in (found | ({known.key: known} if known is not None else {})).values():
        numbers = [number for number in (one.phone, *one.phones) if number]
        if not any(world.by(kind, "phone", number) for kind in (Request, Call) for number in numbers) and not any(
            world.by(kind, "contact", one.key) for kind in (Request, Call)
        ):
            yield Drop(Contact, one.key)
