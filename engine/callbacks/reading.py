"""What a promise's request and queue say of it."""

from engine.callbacks.planning import Terms, terms
from engine.world import Callback, Queue, Request, Rules, Try, View
from engine.world.work import Origin

# Somebody has to be called for these.
KINDS = frozenset({"missed_call", "callback", "voicemail"})


def terms_of(world: View, request: Request) -> Terms:
    """What bounds the calls to the person of a request."""
    queue = world.get(Queue, request.queue) or Queue(key="", title_ru="", title_en="")
    clinic = (world.get(Rules, "rules") or Rules()).timezone
    return terms(queue.callbacks, queue.week, queue.holidays, clinic, request.phone)


def origin_of(request: Request) -> Origin:
    """Where a promise came from that nobody made a word of."""
    if request.kind in ("missed_call", "voicemail"):
        return "missed_call"
    source = request.source.partition(":")[0]
    return "mis" if source == "mis" else "list" if source == "list" else "operator"


def under_way(callback: Callback) -> Try | None:
    """The try that has not ended yet."""
    last = callback.tries[-1] if callback.tries else None
    return last if last is not None and last.outcome == "dialling" else None
