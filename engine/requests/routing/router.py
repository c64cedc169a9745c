"""Wakes by events and by the sweep, offers what waits to whoever can take it (R9).

Theory of operation. Cheap when nothing waits: one look at an index. Else those on duty are read once, and what is found
out about them (whom a request of this queue, level and acquaintance is for; who can take a kind of work now; for which
requests there is nobody) is kept until the run ends or the operator is asked: a run only ever takes room away. A run
makes a few offers and goes on in the next round of the loop: what a turn has changed is looked through for each
question, and must stay short. When a crowd waits, a run takes milliseconds and every ring or talk would cause one: then
what comes within a quarter of a second after a run waits for the next, which a timer begins.
"""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

from engine.effects import Effect
from engine.events import Event, QuietWanted, RoutingDue, Swept
from engine.requests.offers.capacity import load, on_the_phone
from engine.requests.offers.leaving import on_duty
from engine.requests.offers.ledger import PHONE_WORK, live_offer
from engine.requests.routing.eligible import can, held, may, not_left_out, preference, relaxed
from engine.requests.routing.sweeping import mend
from engine.requests.routing.turns import Turns
from engine.requests.transitions import ask
from engine.room import Said
from engine.world import Change, Member, Offer, Operator, Put, Queue, Request, Rules, Timer, View
from engine.world.reading import is_live

# So many offers at most are made in one run.
AT_ONCE = 25
# From so many waiting on, runs are no oftener than this; `REST` is the timer of the next.
CROWD, PAUSE, REST = 200, timedelta(milliseconds=250), "routing"
_NEVER = datetime.max.replace(tzinfo=UTC)


def on_due(world: View, event: RoutingDue) -> Said:
    """Something changed by which a request may find an operator."""
    rest = world.get(Timer, REST)
    if rest is not None and timedelta(0) < rest.due - event.at <= PAUSE:
        return
    made = yield from route(world, event.at)
    if made < AT_ONCE and len(world.by(Request, "routed", "yes")) > CROWD:
        yield Put(Timer(key=REST, due=event.at + PAUSE))


def on_swept(world: View, event: Swept) -> Said:
    """Whatever no event told of: first what does not fit together is put right, then everything is offered."""
    yield from mend(world, event.at)
    yield from route(world, event.at)


def route(world: View, at: datetime) -> Generator[Change | Effect | Event, None, int]:
    """Offer what waits, the most urgent first, until nobody can take more; return how many offers that made."""
    waiting = world.by(Request, "routed", "yes")
    if not waiting:
        return 0
    hands, turns, made = _Hands(world, at), Turns(world, at), 0
    for request in sorted(waiting, key=urgency) if hands.free else ():
        if not hands.free:
            break
        best = hands.best(request)
        if best is None or not turns.come(request) or held(world, request) or _rather_rings(request, best, turns, at):
            continue
        yield from _offer(world, request, best, at, turns)
        hands.asked(best)
        made += 1
        if made == AT_ONCE:
            yield RoutingDue(at=at)
            break
    return made


def keep(world: View, operator: Operator, at: datetime, closing: str) -> Said:
    """Ask who finishes something (`closing`) just now for a promise whose turn has come, before a queue rings him.

    While callers wait, one who came later would be his a moment after his pause ends.
    """
    turns = Turns(world, at, freeing=operator.key, closing=closing)
    if not on_duty(operator) or not turns.contested(operator):
        return
    if any(offer.request != closing for offer in world.by(Offer, "operator", operator.key)):
        return
    for request in sorted(world.by(Request, "routed", "yes"), key=urgency):
        meant = request.kind in PHONE_WORK and may(world, request, operator, at) and _may_be_paused(world, operator)
        if not meant or _rather_rings(request, operator, turns, at):
            continue
        if turns.come(request) and not held(world, request):
            yield from _offer(world, request, operator, at, turns)
            return


def _rather_rings(request: Request, operator: Operator, turns: Turns, at: datetime) -> bool:
    """Whether he, who has just refused it or let it pass, is rather rung by those who wait than asked again."""
    left_out = request.excluded == operator.key and request.excluded_until is not None and at < request.excluded_until
    return left_out and request.kind in PHONE_WORK and turns.contested(operator)


def _may_be_paused(world: View, operator: Operator) -> bool:
    free = operator.voice in ("idle", "wrap_up") and is_live(world, operator.pbx)
    return free and any(one.pbx == operator.pbx for one in world.by(Member, "interface", operator.interface))


def _offer(world: View, request: Request, operator: Operator, at: datetime, turns: Turns) -> Said:
    """Ask him; where callers wait who came later, his phone is to be quiet while he is asked."""
    seconds, sticky = _step(world, request, operator)
    yield from ask(world, request, operator, at, seconds, sticky=sticky)
    if request.kind not in PHONE_WORK:
        return
    turns.asked(operator)
    offer = live_offer(world, request)
    if offer is not None and turns.contested(operator):
        yield QuietWanted(at=at, offer=offer.key, operator=operator.key)


class _Hands:
    """Those on duty and what was found out about them; the answers are `eligible`'s."""

    def __init__(self, world: View, at: datetime) -> None:
        self._world, self._at = world, at
        self._duty = [one for one in world.all(Operator) if on_duty(one)]
        self._meant: dict[tuple[str, int, str], list[Operator]] = {}
        self._can: dict[tuple[str, str], bool] = {}
        self._nobody: set[tuple[str, int, str, str, str]] = set()
        self.free = {one.key for one in self._duty if not on_the_phone(one) and load(world, one) < one.capacity}

    def best(self, request: Request) -> Operator | None:
        """Whom to ask for it, if anybody."""
        group = self._group(request)
        if group in self._nobody:
            return None
        meant = self._for(request, group[:3])
        able = [one for one in not_left_out(request, meant, self._at) if self._able(request, one)]
        if not able:
            self._nobody.add(group)
            return None
        return min(able, key=lambda one: preference(self._world, request, one))

    def asked(self, operator: Operator) -> None:
        """He was asked, and may have no more room."""
        for key in [key for key in self._can if key[0] == operator.key]:
            del self._can[key]
        if load(self._world, operator) >= operator.capacity:
            self.free.discard(operator.key)

    def _group(self, request: Request) -> tuple[str, int, str, str, str]:
        """What it shares with others for whom the same people may and can be asked: the first three say who may."""
        queue = self._world.get(Queue, request.queue)
        less = relaxed(queue, request, self._at) if queue is not None else 0
        until = request.excluded_until
        left_out = request.excluded if until is not None and self._at < until else ""
        return request.queue, less, request.preferred, request.kind, left_out

    def _for(self, request: Request, key: tuple[str, int, str]) -> list[Operator]:
        """Whom it is meant for; the same for all of its queue, waiting and acquaintance."""
        if key not in self._meant:
            self._meant[key] = [one for one in self._duty if may(self._world, request, one, self._at)]
        return self._meant[key]

    def _able(self, request: Request, operator: Operator) -> bool:
        """Whether he can take this kind of work now."""
        if operator.key not in self.free:
            return False
        key = (operator.key, request.kind)
        if key not in self._can:
            self._can[key] = can(self._world, request, operator)
        return self._can[key]


def urgency(request: Request) -> tuple[int, datetime, datetime, str]:
    """The place of a request: priority, then its promise, then its age."""
    return -request.priority, request.due_at or _NEVER, request.queued_at or request.created_at, request.key


def _step(world: View, request: Request, operator: Operator) -> tuple[int, bool]:
    """For how many seconds he is asked, and whether because he knows the person: that step has its own time."""
    queue = world.get(Queue, request.queue)
    sticky_s = queue.sticky_s if queue is not None else 0
    if operator.key == request.preferred and sticky_s:
        return sticky_s, True
    return (world.get(Rules, "rules") or Rules()).work_of(request.kind).offer_s, False
