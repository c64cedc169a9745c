"""Who may be asked for a request, and in which order; all of it derived from the world and the time."""

from collections.abc import Iterable
from datetime import datetime

from engine.requests.offers.capacity import fits, interrupts, load
from engine.requests.offers.leaving import on_duty
from engine.requests.offers.ledger import PHONE_WORK, weight_of
from engine.world import Member, Operator, Queue, Request, View
from engine.world.reading import is_live, on_the_line


def held(world: View, request: Request) -> bool:
    """Whether the person himself is on the line: then nobody is asked to call him, or to write to him (R15)."""
    return on_the_line(world, request)


def may(world: View, request: Request, operator: Operator, at: datetime) -> bool:
    """Whether he belongs to those this request is for: on duty, of its queue, skilled enough by now."""
    if not on_duty(operator):
        return False
    queue = world.get(Queue, request.queue)
    if queue is None or not queue.active:
        return True  # nobody's queue any more: whoever is there
    if request.queue not in operator.queues:
        return False
    return operator.key == request.preferred or skilled(queue, request, operator, at)


def skilled(queue: Queue, request: Request, operator: Operator, at: datetime) -> bool:
    """Whether he has what the queue wants; it wants one level less each `skill_relax_s` of waiting."""
    less, levels = relaxed(queue, request, at), dict(operator.skills)
    return all(levels.get(name, 0) >= level - less for name, level in queue.skills)


def relaxed(queue: Queue, request: Request, at: datetime) -> int:
    """How many levels less the queue wants by now."""
    waited = (at - (request.queued_at or request.created_at)).total_seconds()
    return int(waited // queue.skill_relax_s) if queue.skills and queue.skill_relax_s and waited > 0 else 0


def can(world: View, request: Request, operator: Operator) -> bool:
    """Whether he can take it now: his phone, the matrix of work and his capacity allow it."""
    if request.kind in PHONE_WORK and not _may_dial(world, operator):
        return False
    return interrupts(world, operator, request) and fits(world, operator, weight_of(world, request))


def _may_dial(world: View, operator: Operator) -> bool:
    """Whether his phone is known to be free (R14) and stands in a queue, so that it can be kept quiet (R11)."""
    free = operator.voice == "idle" and is_live(world, operator.pbx)
    return free and any(one.pbx == operator.pbx for one in world.by(Member, "interface", operator.interface))


def candidates(world: View, request: Request, operators: Iterable[Operator], at: datetime) -> list[Operator]:
    """Whom to ask, the best first; `operators` are those on duty."""
    meant = [one for one in operators if may(world, request, one, at)]
    able = [one for one in not_left_out(request, meant, at) if can(world, request, one)]
    return sorted(able, key=lambda one: preference(world, request, one))


def not_left_out(request: Request, meant: list[Operator], at: datetime) -> list[Operator]:
    """Without who refused or missed it last, for a while, unless he is the only one it is meant for (R10)."""
    left_out = request.excluded if request.excluded_until is not None and at < request.excluded_until else ""
    if not left_out:
        return meant
    return [one for one in meant if one.key != left_out] or meant


def preference(world: View, request: Request, operator: Operator) -> tuple[bool, float, float, str]:
    """Who knows the person first, then who has least for his capacity, then who has waited longest for work."""
    accepted = operator.last_accepted_at
    ratio = load(world, operator) / operator.capacity
    return operator.key != request.preferred, ratio, accepted.timestamp() if accepted else 0.0, operator.key
