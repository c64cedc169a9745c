"""What a patient writes: the first word makes a request, or wakes the one that was put aside; later ones change it.

One open request for each conversation. `chat` tells of a conversation's last message as often as it pleases: an older
word, or the same again, changes nothing but a name nobody knew. A message makes no new version of the request: nobody's
command goes stale by it, and a conversation that was closed while he wrote is told anew, and makes another request. Its
time to be answered runs from the first message nobody has answered; once answered, nothing is due.
"""

from dataclasses import replace
from datetime import datetime

from engine.effects import FindContact
from engine.events import (
    ConversationClosed,
    ConversationReplied,
    ConversationWrote,
    RequestOpened,
    RoutingDue,
    WroteInstead,
)
from engine.requests.deadlines import due_of
from engine.requests.opening import ENGINE, line, next_number
from engine.requests.patients.prefetching import know
from engine.requests.persons.blocking import BLOCKED
from engine.requests.transitions import close, queue_up, withdraw
from engine.room import Said
from engine.world import Append, Conversation, Drop, HistoryEntry, Operator, Put, Queue, Request, View
from engine.world.reading import first_queue, point_of, working_queue

# How the request of a conversation ends in which everything was answered, and nobody wrote any more; that he ended.
SILENT, ENDED = "silent", "ended_by_patient"
# Where somebody sits and waits for the answer. In a messenger he is told when it comes, and it may take longer.
_AT_ONCE = frozenset({"widget"})
_LATER = 5


def on_wrote(world: View, event: ConversationWrote) -> Said:
    """He wrote, and a person must answer."""
    known = world.get(Conversation, event.conversation)
    if known is not None and event.seq <= known.seq:
        if event.name and not known.name:
            yield Put(replace(known, name=event.name))
        return
    heard = _heard(known, event)
    request = world.get(Request, heard.request)
    if request is None:
        yield from _opened(world, event, heard)
        return
    yield Put(heard)
    urgent = max(request.priority, _priority(world, request.queue, event))
    due = request.due_at if known is not None and known.unheard else due_by(world, request, heard, event.said_at)
    if heard.emergency and known is not None and not known.emergency:
        yield line(request, event.at, "emergency", queue=request.queue)
    if request.status == "postponed":
        yield from queue_up(world, request, event.at, by=None, due_at=due, priority=urgent)
        yield line(request, event.at, "wrote_again", queue=request.queue, line=event.key)
        return
    if (urgent, due) != (request.priority, request.due_at):
        yield Put(replace(request, priority=urgent, due_at=due))
        yield RoutingDue(at=event.at)


def _heard(known: Conversation | None, event: ConversationWrote) -> Conversation:
    """The conversation with its newest message; what an earlier one told holds on."""
    fresh = known or Conversation(
        key=event.conversation, identity=event.identity, kind=event.kind, channel=event.channel,
        account=event.account, said_at=event.said_at,
    )  # fmt: skip
    return replace(
        fresh, identity=event.identity, kind=event.kind, channel=event.channel, account=event.account, seq=event.seq,
        said_at=event.said_at, waits_since=fresh.waits_since or event.said_at, unheard=max(1, event.unheard),
        emergency=fresh.emergency or event.emergency, window_until=event.window_until, name=event.name or fresh.name,
        phone=fresh.phone or event.phone, over=False,
    )  # fmt: skip


def _opened(world: View, event: ConversationWrote, heard: Conversation) -> Said:
    """The first word nobody has a request of: the request it makes has the event's own id."""
    number, queue = next_number(world, event.at), working_queue(world, event.queue) or first_queue(world)
    place = queue.key if queue is not None else ""
    preferred = world.get(Operator, event.preferred)
    request = Request(
        key=event.key, year=event.at.year, number=number.value, kind=event.kind, status="queued", queue=place,
        priority=_priority(world, place, event), phone=point_of(event.identity), source=event.account,
        conversation=event.conversation, created_at=event.at, queued_at=event.at, since=event.at,
        preferred=preferred.key if preferred is not None and preferred.active else "",
    )  # fmt: skip
    request = replace(request, due_at=due_by(world, request, heard, event.said_at))
    yield Put(number)
    yield Put(replace(heard, request=request.key))
    yield Put(request)
    yield line(request, event.at, "wrote", queue=place, note=event.topic, line=event.key)
    if heard.emergency:
        yield line(request, event.at, "emergency", queue=place)
    yield RequestOpened(at=event.at, request=request.key)
    yield FindContact(phone=request.phone)
    yield from know(world, request, opening=True)
    yield RoutingDue(at=event.at)


def due_by(world: View, request: Request, heard: Conversation, since: datetime) -> datetime | None:
    """By when he must be answered who has waited since then; None when nothing was promised."""
    waits = request.kind == "chat" and heard.channel not in _AT_ONCE
    return due_of(world, request.queue, request.kind, since, times=_LATER if waits else 1)


def _priority(world: View, queue: str, event: ConversationWrote) -> int:
    """How urgent it is: its queue, and what his own words add."""
    known = world.get(Queue, queue)
    return (known.priority if known is not None else 0) + event.priority


def on_replied(world: View, event: ConversationReplied) -> Said:
    """A person of the clinic answered: nobody waits, unless he wrote again since."""
    known = world.get(Conversation, event.conversation)
    if known is None or event.seq <= known.replied_seq:
        return
    settled = event.seq >= known.seq
    yield Put(replace(
        known, replied_seq=event.seq, replied_at=event.at, unheard=0 if settled else known.unheard,
        waits_since=None if settled else known.waits_since,
    ))  # fmt: skip
    request = world.get(Request, known.request)
    if request is None:
        return
    first = request.first_response_at is None
    answered = replace(
        request, first_response_at=request.first_response_at or event.at, due_at=None if settled else request.due_at
    )
    if answered != request:
        yield Put(answered)
    if first:
        yield line(answered, event.at, "replied", operator=event.operator or None, line=event.key)


def on_closed(world: View, event: ConversationClosed) -> Said:
    """It ended at `chat`. Who still waits for an answer keeps his request while there is a way to give him one."""
    known = world.get(Conversation, event.conversation)
    if known is None:
        return
    over, request = replace(known, over=True), world.get(Request, known.request)
    yield Put(over)
    if request is None:
        yield Drop(Conversation, known.key)
        return
    yield line(request, event.at, f"chat_{event.why}", operator=request.owner, line=event.key)
    if event.why == "spam":
        yield from close(world, request, event.at, BLOCKED, by=request.owner or "")
    elif not known.unheard:
        outcome = request.outcome or (ENDED if event.why == "patient" else SILENT)
        yield from close(world, request, event.at, outcome, by=request.owner or "")
    elif event.why == "patient" and request.owner is None and not known.phone:
        yield from withdraw(world, request, event.at)


def on_wrote_instead(world: View, event: WroteInstead) -> Said:
    """Nobody reached him by telephone, and he was written to: his request, which is over, says so."""
    yield Append(HistoryEntry(
        request=event.request, at=event.at, actor=ENGINE, what="wrote_instead", note=event.channel, line=event.key
    ))  # fmt: skip
