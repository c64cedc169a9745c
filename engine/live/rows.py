"""Entities as the rows of `engine.feed`: plain JSON, pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from engine.callbacks.planning import planned
from engine.queues import stats
from engine.requests.offers.capacity import load
from engine.requests.persons.joins import joined_calls
from engine.world import (
    Alert,
    Call,
    Callback,
    Conversation,
    HistoryEntry,
    Leg,
    Line,
    Offer,
    Operator,
    Pbx,
    Queue,
    Request,
    Rules,
    View,
    Visit,
)
from engine.world.reading import number_known, wrap_up_until
from engine.world.rules import CALLBACKS

Row = dict[str, Any]

# A phone whose device says so cannot ring; before the PBX has told us anything we do not claim that it can.
_UNREACHABLE = frozenset({"UNKNOWN", "INVALID", "UNAVAILABLE"})


def wire(moment: datetime | None) -> str | None:
    """Return a moment in RFC 3339, to the millisecond."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def call_row(world: View, call: Call) -> Row:
    """Return a call's row; the live one and the one of history are the same."""
    current = next((leg for leg in reversed(call.legs) if leg.answered_at and not leg.left_at), None)
    return {
        "id": call.key, "pbx": call.pbx, "direction": call.direction, "phone": call.phone, "anonymous": call.anonymous,
        "caller_name": call.caller_name, "dialled": call.dialled, "source": _source(world, call.source),
        "queue": call.queue, "phase": call.phase, "started_at": wire(call.started_at),
        "queued_at": wire(call.queued_at),
        "answered_at": wire(call.answered_at), "ended_at": wire(call.ended_at), "ended_by": call.ended_by,
        "result": call.result, "wait_s": round(call.wait_s, 3), "talk_s": round(call.talk_s, 3),
        "legs": [_leg(leg) for leg in call.legs], "visits": [_visit(one) for one in call.visits],
        "others": list(call.others), "operator": current.operator if current else None,
        "request": call.request, "consult": call.consult,
        "ringing": [leg.operator for leg in call.legs if leg.result == "ringing" and not leg.left_at],
    }  # fmt: skip


def request_row(world: View, request: Request, talk: Conversation | None = None) -> Row:
    """Return a request's row; `talk` is its conversation when that has left the open world."""
    return {
        "id": request.key, "number": f"{request.year}-{request.number:06d}", "kind": request.kind,
        "status": request.status, "queue": request.queue, "priority": request.priority, "due_at": wire(request.due_at),
        "owner": request.owner, "contact": request.contact, "phone": number_known(world, request),
        "patient": request.patient or None, "meant": request.meant or None, "preferred": request.preferred,
        "source": _source(world, request.source), "calls": list(request.calls), "outcome": request.outcome,
        "created_at": wire(request.created_at), "since": wire(request.since), "queued_at": wire(request.queued_at),
        "first_response_at": wire(request.first_response_at), "closed_at": wire(request.closed_at),
        "postponed_until": wire(request.postponed_until), "wrap_up_until": wire(wrap_up_until(world, request)),
        "version": request.version, "attempts": request.attempts, "missed": request.missed,
        "message": bool(request.recording),
        "joined": joined_calls(request), "callback": _promise(world, request),
        "conversation": _conversation(world.get(Conversation, request.conversation) or talk),
    }  # fmt: skip


def _promise(world: View, request: Request) -> Row | None:
    """The promise to call its person: when the next try is, which of how many, and what each came to."""
    callback = world.get(Callback, request.key)
    if callback is None:
        return None
    queue = world.get(Queue, request.queue)
    return {
        "state": callback.state, "origin": callback.origin, "wanted_at": wire(callback.wanted_at),
        "next_at": wire(callback.next_at), "attempt": callback.attempt,
        "of": planned(queue.callbacks if queue is not None else CALLBACKS),
        "tries": [
            {
                "at": wire(one.at), "operator": one.operator, "outcome": one.outcome, "call": one.call,
                "ended_at": wire(one.ended_at),
            }
            for one in callback.tries
        ],
    }  # fmt: skip


def _conversation(known: Conversation | None) -> Row | None:
    """The conversation a request is about, and how long an answer is waited for; nothing of who writes."""
    if known is None:
        return None
    return {
        "id": known.key, "channel": known.channel, "account": known.account, "seq": known.seq,
        "unheard": known.unheard, "waits_since": wire(known.waits_since), "replied_at": wire(known.replied_at),
        "window_until": wire(known.window_until), "emergency": known.emergency, "over": known.over,
    }  # fmt: skip


def operator_row(world: View, operator: Operator) -> Row:
    """Return an operator's row."""
    pbx = world.get(Pbx, operator.pbx)
    return {
        "id": operator.key, "title": {"ru": operator.title_ru, "en": operator.title_en},
        "extension": operator.extension, "queues": list(operator.queues), "presence": operator.presence,
        "presence_reason": operator.presence_reason,
        "presence_since": wire(operator.presence_since), "voice": operator.voice,
        "voice_since": wire(operator.voice_since),
        "reachable": operator.device not in _UNREACHABLE and pbx is not None and pbx.link == "live",
        "paused": bool(operator.pauses), "pauses": sorted(operator.pauses), "call": operator.call,
        "wrap_up": operator.wrap_up, "handled_today": operator.handled_today,
        "talk_today_s": round(operator.talk_today_s, 3), "phone": operator.phone, "web_phone": operator.web_phone,
        "page": operator.page, "skills": dict(operator.skills), "moved": operator.moved, "capacity": operator.capacity,
        "home_queues": list(operator.home_queues), "home_skills": dict(operator.home_skills),
        "steered_by": operator.steered_by,
        "load": load(world, operator),
    }  # fmt: skip


def queue_row(world: View, queue: Queue) -> Row:
    """Return a queue's row with every figure of `engine.queues.stats`, and its place in the directory's order."""
    figures = {
        name: wire(value) if isinstance(value, datetime) else value
        for name, value in stats.figures(world, queue).items()
    }
    return {
        "id": queue.key, "title": {"ru": queue.title_ru, "en": queue.title_en}, "wrap_up_s": queue.wrap_up_s,
        "place": _place(world, queue), **figures,
    }  # fmt: skip


def pbx_row(world: View, pbx: Pbx) -> Row:
    """Return a PBX's row."""
    return {
        "id": pbx.key, "link": pbx.link, "reason": pbx.link_reason, "since": wire(pbx.since),
        "directory": pbx.directory, "directory_reason": pbx.directory_reason,
    }  # fmt: skip


def offer_row(world: View, offer: Offer) -> Row:
    """Return an offer's row."""
    return {
        "id": offer.key, "request": offer.request, "operator": offer.operator, "state": offer.state,
        "weight": offer.weight, "at": wire(offer.at), "expires_at": wire(offer.expires_at),
        "accepted_at": wire(offer.accepted_at), "sticky": offer.sticky, "by_hand": offer.by_hand,
        "confirmed": offer.confirmed,
    }  # fmt: skip


def alert_row(world: View, alert: Alert) -> Row:
    """Return an alert's row; one that is only about to be raised is on no screen."""
    rules = world.get(Rules, "rules") or Rules()
    rule = next((one for one in rules.alerts if one.name == alert.rule), None)
    return {
        "id": alert.key, "rule": alert.rule, "queue": alert.queue, "value": alert.value, "since": wire(alert.since),
        "raised_at": wire(alert.raised_at), "figure": rule.figure if rule else "",
        "title": {"ru": rule.title_ru, "en": rule.title_en} if rule else {"ru": alert.rule, "en": alert.rule},
        "limit": (rule.above if rule.above is not None else rule.below) if rule else None,
    }  # fmt: skip


def line_row(world: View, line: Line) -> Row:
    """Return the row of a number patients dial."""
    return {"id": line.key, "queue": line.queue, "source": {"ru": line.source_ru, "en": line.source_en}}


def rules_row(world: View, rules: Rules) -> Row:
    """Return what the directory calls things, in the directory's order, and what kinds of work weigh."""
    words: dict[str, list[Row]] = {"queues": [], "pause_reasons": [], "outcomes": [], "skills": []}
    for section, name, ru, en in rules.titles:
        words[section].append({"id": name, "title": {"ru": ru, "en": en}})
    work = {rule.kind: {"weight": rule.weight, "offer_s": rule.offer_s} for rule in rules.work}
    return {"id": rules.key, "version": rules.version, "work": work, **words}


def history_row(entry: HistoryEntry) -> Row:
    """Return a line of history."""
    return {
        "at": wire(entry.at), "actor": entry.actor, "what": entry.what, "call": entry.call, "operator": entry.operator,
        "queue": entry.queue, "note": entry.note,
    }  # fmt: skip


def _place(world: View, queue: Queue) -> int:
    """How many queues the directory names before this one; one it does not name stands behind all it does."""
    titles = (world.get(Rules, "rules") or Rules()).titles
    named = (name for section, name, _, _ in titles if section == "queues")
    place = -1
    for place, name in enumerate(named):
        if name == queue.key:
            return place
    return place + 1


def history_rows(request: Request, entries: Iterable[HistoryEntry]) -> list[Row]:
    """Return a request's history. What the MIS wants done tells of a visit: not before the person is confirmed (P6)."""
    rows = [history_row(entry) for entry in entries]
    if not request.patient:
        for row in rows:
            if row["what"].startswith("work_"):
                row["note"] = ""
    return rows


def _leg(leg: Leg) -> Row:
    return {
        "operator": leg.operator, "queue": leg.queue, "rang_at": wire(leg.rang_at),
        "answered_at": wire(leg.answered_at), "left_at": wire(leg.left_at), "result": leg.result,
        "left_by": leg.left_by, "talk_s": round(leg.talk_s, 3),
    }  # fmt: skip


def _visit(visit: Visit) -> Row:
    return {
        "queue": visit.queue, "joined_at": wire(visit.joined_at), "left_at": wire(visit.left_at), "exit": visit.exit,
        "operator": visit.operator,
    }  # fmt: skip


def _source(world: View, key: str) -> dict[str, str]:
    # The dialplan names a line by its digits: a plus sign would need quoting in half of Asterisk's files.
    line = (world.get(Line, key) or world.get(Line, f"+{key}")) if key else None
    return {"ru": line.source_ru, "en": line.source_en} if line else {"ru": key, "en": key}
