"""What came in, written where it belongs: each kind of envelope has its own way."""

from __future__ import annotations

from collections.abc import Mapping

from chat.receiving.messages import Messages
from chat.receiving.signs import Signs
from chat.receiving.turn import Handler, Kept, Turn
from chat.ruling.answering import Answering
from chat.wire import Came, Envelope
from okno import logs

log = logs.get(__name__)


class Taking:
    """Applies envelopes.

    Args:
        kept: what is kept.
        answering: what is answered by itself.
        others: kinds that somebody else takes: statuses, echoes, callbacks.
    """

    def __init__(self, kept: Kept, answering: Answering, others: Mapping[Came, Handler]) -> None:
        self._kept = kept
        messages = Messages(kept, answering)
        signs = Signs(kept, answering, messages)
        self._ways: dict[Came, Handler] = {
            "message.in": messages.message, "button": messages.message, "unsupported": messages.message,
            "message.edit": messages.edited, "message.delete": messages.deleted, "message.echo": messages.echo,
            "start": signs.started, "blocked": signs.blocked, "unblocked": signs.unblocked, "typing": signs.typing,
            "rate": signs.rated, "end": signs.ended, "status": signs.status, "read": signs.read,
            "profile": signs.named, **others,
        }  # fmt: skip

    async def take(self, turn: Turn, envelope: Envelope) -> None:
        """Do what an envelope asks; one that nobody takes is logged by its kind."""
        way = self._ways.get(envelope.kind)
        if way is None:
            log.warning("chat_nobody_takes", extra={"kind": envelope.kind, "account": envelope.account})
            return
        await way(turn, envelope)

    async def tell(self, turn: Turn) -> None:
        """Tell the engine of all conversations that want a person, once each."""
        for id, identity in turn.waits.items():
            thread = turn.threads.get(id) or await self._kept.threads.get(turn.connection, id)
            if thread is not None and thread.open:
                queue = thread.queue or turn.account.settings.queue
                topic = self._kept.threads.subject_of(thread) or self._kept.threads.entry_of(thread).get("topic", "")
                await self._kept.telling.waits(turn.connection, thread, identity, queue, topic)
        turn.waits.clear()
