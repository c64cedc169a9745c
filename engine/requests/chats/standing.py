"""What `chat` must know of a request of a conversation: told whenever its status, its owner or its queue changes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.effects import TellStanding
from engine.world import Change, Conversation, Operator, Put, Request, View

OVER = frozenset({"done", "cancelled"})


def standings(before: View, after: View, changes: Sequence[Change], at: datetime) -> Iterator[TellStanding]:
    """Return what is to be told after an event.

    Args:
        before: the world as it was.
        after: as it is.
        changes: what the event led to, each entity once.
        at: of the event.
    """
    seen = {
        one.entity.key: one.entity.seq
        for one in changes if isinstance(one, Put) and isinstance(one.entity, Conversation)
    }  # fmt: skip
    for change in changes:
        if not isinstance(change, Put) or not isinstance(change.entity, Request):
            continue
        request, was = change.entity, before.get(Request, change.entity.key)
        if request.conversation is None or (was is not None and _told(was) == _told(request)):
            continue
        owner, known = after.get(Operator, request.owner), after.get(Conversation, request.conversation)
        yield TellStanding(
            at=at, request=request.key, conversation=request.conversation,
            number=f"{request.year}-{request.number:06d}", version=request.version, status=request.status,
            owner=request.owner or "", title_ru=owner.title_ru if owner else "",
            title_en=owner.title_en if owner else "", queue=request.queue,
            seq=known.seq if known is not None else seen.get(request.conversation, 0),
            over=request.status in OVER, outcome=request.outcome,
        )  # fmt: skip


def _told(request: Request) -> tuple[str, str | None, str]:
    return request.status, request.owner, request.queue
