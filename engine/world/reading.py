"""Questions about the world that more than one room asks; the answer is derived, never stored."""

from collections.abc import Mapping
from datetime import datetime

from engine.world.entities import Contact, Line, Pbx, Queue, Timer
from engine.world.people import Conversation
from engine.world.rules import Rules
from engine.world.state import View
from engine.world.work import Call, Callback, Leg, Request

WRAP_UP = "wrap_up:"
# How the identity of a messenger is written wherever a contact's points are kept: it is never shown, nor dialled.
CHAT = "chat:"
# An operator who hangs up so soon may have met an answering machine: he is asked, and has so long to say it.
SUSPECT_S, SAY_S = 20.0, 15


def point_of(identity: str) -> str:
    """The point of a contact that an identity of `chat` is."""
    return f"{CHAT}{identity}"


def identity_of(point: str) -> str:
    """The identity of `chat` that a contact's point is; empty for a number."""
    return point.removeprefix(CHAT) if point.startswith(CHAT) else ""


def number_of(point: str) -> str:
    """The number a contact's point is; empty for an identity of a messenger."""
    return "" if point.startswith(CHAT) else point


def number_known(world: View, request: Request) -> str:
    """Its person's number: the request's own, else the first of his contact; empty when nobody knows one."""
    if number_of(request.phone):
        return request.phone
    contact = world.get(Contact, request.contact)
    points = (contact.phone, *contact.phones) if contact is not None else ()
    return min((point for point in points if number_of(point)), default="")


def number_to_call(world: View, request: Request) -> str:
    """By which number its person is called; who wrote may have said one that nobody vouches for."""
    wrote = world.get(Conversation, request.conversation)
    return number_known(world, request) or (wrote.phone if wrote is not None else "")


def last_talk(call: Call) -> Leg | None:
    """The leg that talked last, by when it met the patient."""
    talks = [leg for leg in call.legs if leg.answered_at is not None]
    return max(talks, key=lambda leg: leg.answered_at or leg.rang_at, default=None)


def working_queue(world: View, name: str) -> Queue | None:
    """The queue of this name; None when there is none, or the directory names it no more."""
    known = world.get(Queue, name)
    return known if known is not None and known.active else None


def first_queue(world: View) -> Queue | None:
    """The queue of the first line there is, else any that is active: somebody has to do it."""
    lines = (line.queue for line in sorted(world.all(Line), key=lambda one: one.key))
    every = sorted(queue.key for queue in world.all(Queue))
    return next((queue for name in (*lines, *every) if (queue := working_queue(world, name)) is not None), None)


def wrap_up_s(world: View, request: Request) -> int:
    """Seconds its owner gets to finish a request after the talk; 0 when it is done at once."""
    queue, rules = world.get(Queue, request.queue), world.get(Rules, "rules") or Rules()
    seconds = rules.work_of(request.kind).wrap_up_s
    if seconds is None:
        seconds = queue.wrap_up_s if queue is not None else 0
    return seconds if request.owner else 0


def machine_suspected(call: Call) -> bool:
    """Whether an operator hung up so soon on whom he had called that a machine may have answered."""
    soon = call.result == "answered" and call.talk_s < SUSPECT_S
    return soon and call.direction == "outbound" and call.ended_by == "operator"


def wrap_up_after_s(world: View, request: Request, call: Call | None) -> int:
    """Seconds its owner gets after this call: as ever, but time enough to say whether it was a machine he met."""
    seconds = wrap_up_s(world, request)
    asked = call is not None and machine_suspected(call) and world.get(Callback, request.key) is not None
    return max(seconds, SAY_S) if asked and request.owner else seconds


def wrap_up_timer(request: str) -> str:
    """The timer that ends a wrap-up."""
    return f"{WRAP_UP}{request}"


def wrap_up_until(world: View, request: Request) -> datetime | None:
    """When its wrap-up ends by itself; None while there is none."""
    timer = world.get(Timer, wrap_up_timer(request.key)) if request.status == "wrap_up" else None
    return timer.due if timer is not None else None


def wraps_up(world: View, call: Call) -> Request | None:
    """The request whose owner finishes it, now that the talk is over; None when nothing is left to finish."""
    request = world.get(Request, call.request)
    talked = call.result == "answered" or (call.ended_at is None and last_talk(call) is not None)
    waits = talked and request is not None and request.status == "in_progress"
    return request if waits and request is not None and wrap_up_after_s(world, request, call) else None


def is_live(world: View, pbx: str) -> bool:
    """Whether a PBX may be commanded: its link is up and its state is known."""
    known = world.get(Pbx, pbx)
    return known is not None and known.link == "live"


def numbers_of(world: View, phone: str, contact: str | None = None) -> frozenset[str]:
    """All the numbers of whoever has this one, as far as anybody said whose they are; none for no number."""
    known = [*(world.by(Contact, "phone", phone) if phone else ()), world.get(Contact, contact)]
    found = {phone, *(number for one in known if one is not None for number in (one.phone, *one.phones))}
    return frozenset(found - {""})


def on_the_line(world: View, request: Request) -> bool:
    """Whether the person a request is about is in a call with us just now, by any of his numbers (R15)."""
    if request.contact and world.by(Call, "contact", request.contact):
        return True
    return any(world.by(Call, "phone", number) for number in numbers_of(world, request.phone, request.contact))


def dialled_now(world: View, numbers: frozenset[str], but: str = "") -> bool:
    """Whether somebody is being dialled at one of these numbers for a callback (of another request than `but`)."""
    for one in world.by(Callback, "state", "dialling"):
        request = world.get(Request, one.key)
        if request is not None and one.key != but and request.phone in numbers:
            return True
    return False


# A level of skill less than the best is one step back; who lacks a skill stands behind all who have it.
BEST, LACKING = 5, 20


def penalty_in(own: int, skills: Mapping[str, int], wanted: Mapping[str, int]) -> int:
    """How far back an operator stands in a queue: app_queue rings lower penalties first, the others as a last resort.

    Args:
        own: his penalty of the directory.
        skills: his levels, 1 to 5.
        wanted: the skills the queue asks for.
    """
    steps = sum(BEST - skills[name] for name in wanted if name in skills)
    return own + steps + (0 if wanted.keys() <= skills.keys() else LACKING)
