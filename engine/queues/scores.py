"""What callers answer to surveys: kept by question, and told in the history of what they called about."""

from uuid import UUID

from engine.events import ConversationScored, SurveyAnswered
from engine.room import Said
from engine.world import Append, Call, Drop, HistoryEntry, Put, Score, View
from okno.ids import time_of, uuid7_of

ENGINE = "engine"
# The question of who wrote; a flow's have names of their own.
CHAT = "chat"


def on_answered(world: View, event: SurveyAnswered) -> Said:
    """A score; told again it is the same one."""
    call = world.get(Call, event.call)
    key = str(uuid7_of(time_of(UUID(event.call)), event.call, "survey", event.question))
    talks = [leg for leg in call.legs if leg.answered_at is not None] if call is not None else []
    operator = max(talks, key=lambda leg: leg.answered_at or event.at).operator if talks else ""
    yield Put(Score(
        key=key, call=event.call, question=event.question, score=event.score, operator=operator,
        queue=call.queue if call is not None else "", at=event.at,
    ))  # fmt: skip
    yield Drop(Score, key)
    if call is not None and call.request:
        yield Append(HistoryEntry(
            request=call.request, at=event.at, actor=ENGINE, what="rated", call=call.key, operator=operator or None,
            note=f"{event.question}: {event.score}", line=key,
        ))  # fmt: skip


def on_scored(world: View, event: ConversationScored) -> Said:
    """Who wrote says how it was; his request is mostly over by then."""
    yield Put(Score(
        key=event.key, request=event.request, question=CHAT, score=event.score, operator=event.operator,
        queue=event.queue, at=event.at,
    ))  # fmt: skip
    yield Drop(Score, event.key)
    yield Append(HistoryEntry(
        request=event.request, at=event.at, actor=ENGINE, what="rated", operator=event.operator or None,
        note=str(event.score), line=event.key,
    ))  # fmt: skip
