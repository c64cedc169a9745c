"""The one way through: every change of who has a request, and its offer with it (R3).

Router, screens, REST, timers and calls all end here. After each of these, a request that is not a call has one live
offer when somebody has it or is asked, and none otherwise. A request that is offered or comes back keeps its place
and its version: nobody's command goes stale by what concerns the asked one alone.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.events import OfferAccepted, RequestClosed, RequestTaken, RoutingDue
from engine.requests.chats import closing
from engine.requests.offers import ledger
from engine.requests.opening import (
    ENGINE,
    changed,
    drop_timer,
    forget_contact,
    freed,
    line,
    postponed_timer,
)
from engine.requests.patients import prefetching
from engine.room import Said
from engine.world import Call, Drop, Operator, Put, Request, Timer, View
from engine.world.offers import OfferState
from engine.world.reading import wrap_up_after_s, wrap_up_timer

# For so long who refused an offer or let it pass is not asked again, unless there is nobody else (R10).
EXCLUDED_FOR = timedelta(seconds=60)
# The end of an offer that nobody's wish was against: it is as if it had not been made.
TAKEN_BACK: OfferState = "rescinded"


def ask(world: View, request: Request, operator: Operator, at: datetime, seconds: int, *, sticky: bool) -> Said:
    """The router offers a waiting request to an operator."""
    yield from ledger.ask(world, request, operator, at, seconds, sticky=sticky)
    yield Put(replace(request, status="offered", since=at))
    yield line(request, at, "offered", operator=operator.key, queue=request.queue)
    yield from prefetching.know(world, request)


def accept(world: View, request: Request, at: datetime, actor: str) -> Said:
    """Who is asked says yes."""
    offer = ledger.live_offer(world, request)
    if offer is None:
        raise ValueError("nobody is asked")
    yield from ledger.accept(world, offer, request, at)
    taken = _owned(request, offer.operator, at)
    yield Put(taken)
    yield line(taken, at, "accepted", actor, operator=offer.operator)
    yield RequestTaken(at=at, request=taken.key, operator=offer.operator)
    yield OfferAccepted(at=at, offer=offer.key, operator=offer.operator)


def give(
    world: View, request: Request, operator: Operator, at: datetime, what: str, *, actor: str, by: str | None,
    queue: str | None = None, note: str = "",
) -> Said:
    """Somebody has it from now on, asked or not; whoever had it has it no more.

    `what` is the line of history, `by` the operator who acts, if one does.
    """
    yield from _let_go(world, request, at, by or "")
    given = _owned(request, operator.key, at)
    yield Put(given)
    if request.kind != "call":
        yield from ledger.hold(world, given, operator, at)
    yield line(given, at, what, actor, operator=operator.key, queue=queue, note=note)
    yield from prefetching.know(world, given)
    yield RequestTaken(at=at, request=given.key, operator=operator.key)
    yield RoutingDue(at=at)


def requeue(
    world: View, request: Request, at: datetime, state: OfferState, what: str, *, actor: str = ENGINE
) -> Said:
    """Back to its place in the queue; `state` is how the offer ends, `what` the line of history.

    A refusal and a silence count as attempts, and exclude whom they are of for a while.
    """
    offer = ledger.live_offer(world, request)
    if offer is not None:
        yield from ledger.end(world, offer, at, state)
    yield from freed(world, request, at)
    asked = offer.operator if offer is not None else request.owner
    back = replace(
        request, status="queued", owner=None, since=at, queued_at=request.queued_at or at,
        version=request.version + (request.owner is not None),
    )  # fmt: skip
    if state in ("rejected", "timeout") and asked:
        back = replace(
            back, attempts=back.attempts + 1, excluded=asked, excluded_until=at + EXCLUDED_FOR,
            preferred="" if back.preferred == asked else back.preferred,
        )  # fmt: skip
    yield Put(back)
    yield line(back, at, what, actor, operator=asked, queue=back.queue)
    yield RoutingDue(at=at)


def queue_up(world: View, request: Request, at: datetime, *, by: str | None, **fields: Any) -> Said:
    """Put a request into a queue (`fields` say which and how): a person sends it there, or its time has come.

    Who gives his own away is not asked for it again for a while.
    """
    yield from _let_go(world, request, at, by=by or "")
    given_away = by is not None and request.owner == by
    waiting = changed(
        request, at, status="queued", owner=None, postponed_until=None, excluded=by if given_away else "",
        excluded_until=at + EXCLUDED_FOR if given_away else None, **fields,
    )
    yield Put(replace(waiting, queued_at=waiting.queued_at or at))
    yield RoutingDue(at=at)


def put_aside(world: View, request: Request, at: datetime, until: datetime, *, by: str | None) -> Said:
    """Nobody has it until its time; who wrote with him is asked first when he writes again."""
    yield from _let_go(world, request, at, by=by or "")
    knows = (request.conversation and request.owner) or request.preferred
    yield Put(changed(request, at, status="postponed", owner=None, postponed_until=until, preferred=knows))
    yield Put(Timer(key=postponed_timer(request.key), due=until))
    yield from prefetching.forget(world, request)
    yield RoutingDue(at=at)


def wrap_up(world: View, request: Request, at: datetime, outcome: str, call: Call | None = None) -> Said:
    """The talk for it is over: its owner finishes it, and after his time it closes by itself with this outcome."""
    seconds = wrap_up_after_s(world, request, call)
    if not seconds:
        yield from close(world, request, at, outcome, by=request.owner or "")
        return
    offer = ledger.live_offer(world, request)
    if offer is not None:
        yield Put(replace(offer, state="wrapping"))
    wrapping = changed(request, at, status="wrap_up", outcome=outcome)
    yield Put(wrapping)
    yield Put(Timer(key=wrap_up_timer(request.key), due=at + timedelta(seconds=seconds)))
    yield line(wrapping, at, "wrap_up", operator=wrapping.owner)


def close(
    world: View, request: Request, at: datetime, outcome: str, *, actor: str = ENGINE, note: str = "", by: str = ""
) -> Said:
    """Done. It leaves the open world, and with it the contact nobody open belongs to; who was asked is told (R17).

    `by` is the operator who closes it, if one does: his offer is completed, another's canceled.
    """
    offer = ledger.live_offer(world, request)
    if offer is not None:
        done: OfferState = "completed" if offer.operator == by or offer.state == "wrapping" else "canceled"
        yield from ledger.end(world, offer, at, done)
        yield RoutingDue(at=at)
    yield from freed(world, request, at)
    yield from drop_timer(world, postponed_timer(request.key))
    closed = changed(
        request, at, status="done", outcome=outcome or request.outcome, closed_at=at, postponed_until=None,
    )
    yield Put(closed)
    yield line(closed, at, "done", actor, note=note, operator=closed.owner)
    yield from prefetching.report(closed, at)
    yield from _gone(world, closed, at)


def withdraw(world: View, request: Request, at: datetime) -> Said:
    """Nobody need do it any more, and nobody has it: an offer is taken back. The line of history is the caller's."""
    yield from _let_go(world, request, at, by="")
    withdrawn = changed(request, at, status="cancelled", closed_at=at, postponed_until=None)
    yield Put(withdrawn)
    yield RoutingDue(at=at)
    yield from _gone(world, withdrawn, at)


def _gone(world: View, request: Request, at: datetime) -> Said:
    yield from prefetching.forget(world, request)
    yield from closing.let_go(world, request)
    yield RequestClosed(at=at, request=request.key)
    yield Drop(Request, request.key)
    yield from forget_contact(world, request.phone, request.contact)


def _owned(request: Request, operator: str, at: datetime) -> Request:
    """Whoever has it answers him now, by telephone; in writing, when he has written."""
    first = request.first_response_at or (at if request.conversation is None else None)
    return changed(
        request, at, status="in_progress", owner=operator, postponed_until=None, excluded="", excluded_until=None,
        first_response_at=first,
    )


def _let_go(world: View, request: Request, at: datetime, by: str) -> Said:
    """End what holds a request: its offer, its wrap-up, its time. `by`: the operator who lets go of his own."""
    offer = ledger.live_offer(world, request)
    if offer is not None:
        mine = offer.operator == by and offer.state != "pending"
        yield from ledger.end(world, offer, at, "completed" if mine else TAKEN_BACK)
    yield from freed(world, request, at)
    yield from drop_timer(world, postponed_timer(request.key))
