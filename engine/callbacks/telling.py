"""What the line cannot tell and a person can: a machine answered, the number is another's, he was reached."""

from dataclasses import replace
from typing import cast

from engine.callbacks.ending import after, give_up
from engine.effects import AnswerCommand
from engine.events import TriedAsked, TryEnded
from engine.room import Said
from engine.world import SPENT, Append, Callback, HistoryEntry, Put, Request, Try, View
from engine.world.work import TryOutcome

OUTCOMES = frozenset({"machine", "wrong_number", "reached", "no_answer", "busy"})
SUPERVISING = frozenset({"supervisor", "administrator"})


def on_tried(world: View, event: TriedAsked) -> Said:
    """Say how the last try ended; without one, this is it (he dialled by some other way)."""
    request, callback = world.get(Request, event.request), world.get(Callback, event.request)
    why, by = _why_not(event, request, callback)
    if why or request is None or callback is None:
        yield AnswerCommand(command=event.command, ok=False, why=why, by=by, request=event.request)
        return
    outcome = cast("TryOutcome", event.outcome)
    known = callback.tries[-1] if callback.tries else None
    was = known if known is not None and request.owner is not None and known.operator == request.owner else None
    told = Try(at=event.at, operator=event.operator or "", ended_at=event.at) if was is None else was
    told = replace(told, outcome=outcome, ended_at=told.ended_at or event.at)
    before = callback.tries if was is None else callback.tries[:-1]
    counted = was is not None and was.outcome in SPENT
    spent = outcome in SPENT
    callback = replace(
        callback, tries=(*before, told), state="waiting", attempt=max(0, callback.attempt + spent - counted),
    )  # fmt: skip
    yield Append(HistoryEntry(
        request=request.key, at=event.at, actor=event.actor, what=f"try_{outcome}", call=told.call,
        operator=event.operator,
    ))  # fmt: skip
    if outcome == "reached":
        yield from _reached(callback, event)
    elif outcome == "wrong_number":
        yield from give_up(callback, outcome, event.at)
    else:
        yield from after(world, callback, request, outcome, event.at)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _reached(callback: Callback, event: TriedAsked) -> Said:
    yield Put(replace(callback, state="reached"))
    yield TryEnded(at=event.at, request=callback.key, outcome="reached")


def _why_not(event: TriedAsked, request: Request | None, callback: Callback | None) -> tuple[str, str]:
    if request is None or callback is None:
        return "not_found", ""
    if event.role not in SUPERVISING and (request.owner is None or request.owner != event.operator):
        return "not_yours", request.owner or ""
    if event.version is not None and event.version != request.version:
        return "stale", ""
    if event.outcome not in OUTCOMES:
        return "bad_outcome", ""
    last = callback.tries[-1] if callback.tries else None
    return ("call_live", "") if last is not None and last.outcome == "dialling" else ("", "")
