"""Which patient of the MIS a request is about: always an operator's word, by two identifiers (P6).

The kinds of identifiers he went by are in the history, the answers nowhere. `mis` has audited it before it comes here.
"""

from engine.effects import AnswerCommand
from engine.events import DisownAsked, IdentifyAsked
from engine.requests.linking import SUPERVISING
from engine.requests.opening import changed, line
from engine.room import Said
from engine.world import Put, Request, View

TWO = 2


def on_identify(world: View, event: IdentifyAsked) -> Said:
    """Say who it is about; another one than before takes his place."""
    request = world.get(Request, event.request)
    why, by = _why_not(event, request)
    kinds = sorted(set(event.verified))
    if not why and (not event.patient or len(kinds) < TWO):
        why = "two_identifiers"
    if why or request is None:
        yield _no(event, why, by)
        return
    if request.patient != event.patient:
        known = changed(request, event.at, patient=event.patient)
        yield Put(known)
        yield line(known, event.at, "identified", event.actor, operator=event.operator, note=" ".join(kinds))
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def on_disown(world: View, event: DisownAsked) -> Said:
    """«Not this patient»: the request is about nobody we know."""
    request = world.get(Request, event.request)
    why, by = _why_not(event, request)
    if not why and request is not None and not request.patient:
        why = "no_patient"
    if why or request is None:
        yield _no(event, why, by)
        return
    nobody = changed(request, event.at, patient="")
    yield Put(nobody)
    yield line(nobody, event.at, "disowned", event.actor, operator=event.operator)
    yield AnswerCommand(command=event.command, ok=True, request=request.key)


def _no(event: IdentifyAsked | DisownAsked, why: str, by: str) -> AnswerCommand:
    return AnswerCommand(command=event.command, ok=False, why=why, by=by, request=event.request)


def _why_not(event: IdentifyAsked | DisownAsked, request: Request | None) -> tuple[str, str]:
    """Why this person may not say it of this request, and whose it is."""
    if request is None:
        return "not_found", ""
    if event.role not in SUPERVISING and (request.owner is None or request.owner != event.operator):
        return "not_yours", request.owner or ""
    if event.version is not None and event.version != request.version:
        return "stale", ""
    return "", ""
