"""Questions about the world that more than one room asks; the answer is derived, never stored."""

from collections.abc import Mapping
from datetime import datetime

from engine.world.entities import Pbx, Queue, Timer
from engine.world.rules import Rules
from engine.world.state import View
from engine.world.work import Call, Leg, Request

WRAP_UP = "wrap_up:"


def last_talk(call: Call) -> Leg | None:
    """The leg that talked last, by when it met the patient."""
    talks = [leg for leg in call.legs if leg.answered_at is not None]
    return max(talks, key=lambda leg: leg.answered_at or leg.rang_at, default=None)


def wrap_up_s(world: View, request: Request) -> int:
    """Seconds its owner gets to finish a request after the talk; 0 when it is done at once."""
    queue, rules = world.get(Queue, request.queue), world.get(Rules, "rules") or Rules()
    seconds = rules.work_of(request.kind).wrap_up_s
    if seconds is None:
        seconds = queue.wrap_up_s if queue is not None else 0
    return seconds if request.owner else 0


def wrap_up_timer(request: str) -> str:
    """The timer that ends a wrap-up."""
    return f"{WRAP_UP}{request}"


def wrap_up_until(world: View, request: Request) -> datetime | None:
    """When its wrap-up ends by itself; None while there is none."""
    timer = world.get(Timer, wrap_up_timer(request.key)) if request.status == "wrap_up" else None
    return timer.due if timer is not None else None


def wraps_up(world: View, call: Call) -> Request | None:
    """The request whose owner finishes it, now that this call has ended; None when nothing is left to finish."""
    request = world.get(Request, call.request)
    waits = call.result == "answered" and request is not None and request.status == "in_progress"
    return request if waits and request is not None and wrap_up_s(world, request) else None


def is_live(world: View, pbx: str) -> bool:
    """Whether a PBX may be commanded: its link is up and its state is known."""
    known = world.get(Pbx, pbx)
    return known is not None and known.link == "live"


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
