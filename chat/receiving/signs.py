"""What says no word: he came, he left, he types, he has read, what became of a message of ours."""

from __future__ import annotations

from chat.conversations.live import announce
from chat.conversations.threads import Thread
from chat.conversations.writing import New
from chat.receiving.continuing import continued
from chat.receiving.messages import Messages
from chat.receiving.people import claim, person
from chat.receiving.turn import Kept, Turn
from chat.ruling.answering import Answering
from chat.wire import Envelope


class Signs:
    """Notes it.

    Args:
        kept: what is kept.
        answering: what is answered by itself.
        messages: writes what comes with words after all.
    """

    def __init__(self, kept: Kept, answering: Answering, messages: Messages) -> None:
        self._kept = kept
        self._answering = answering
        self._messages = messages

    async def started(self, turn: Turn, envelope: Envelope) -> None:
        """He came, and has not written yet: he is greeted, and nobody is asked for."""
        identity = await person(self._kept, turn, envelope)
        if identity is None or identity.blocked:
            return
        thread, begun = await self._messages.thread(turn, envelope, identity)
        await self._note(turn, thread, "started")
        await continued(self._kept, turn, envelope, thread, identity)
        if envelope.extra:
            await self._kept.threads.keep_extra(
                turn.connection, thread.id, self._kept.threads.extra_of(thread) | envelope.extra
            )
        if identity.peer.phone and (begun or identity.numbered):
            await self._kept.telling.claimed(turn.connection, thread, identity, claim(envelope))
        await self._answering.heard(turn, envelope, thread, identity, begun=begun)

    async def blocked(self, turn: Turn, envelope: Envelope) -> None:
        """He does not want to be written to."""
        identity = await person(self._kept, turn, envelope)
        if identity is None:
            return
        await self._kept.identities.reachable(turn.connection, identity.id, "blocked")
        thread = await self._kept.threads.open_of(turn.connection, identity.id)
        if thread is not None:
            await self._note(turn, thread, "left")

    async def unblocked(self, turn: Turn, envelope: Envelope) -> None:
        """He may be written to again."""
        identity = await person(self._kept, turn, envelope)
        thread = await self._kept.threads.open_of(turn.connection, identity.id) if identity else None
        if thread is not None:
            await self._note(turn, thread, "came_back")

    async def named(self, turn: Turn, envelope: Envelope) -> None:
        """Who he is was learnt after he wrote: whoever is to answer him is told."""
        identity = await person(self._kept, turn, envelope)
        if identity is None:
            return
        thread = await self._kept.threads.open_of(turn.connection, identity.id)
        if thread is not None and thread.told_seq and thread.said_seq > thread.answered_seq:
            turn.waits[thread.id] = identity

    async def typing(self, turn: Turn, envelope: Envelope) -> None:
        """He types: said, not kept."""
        identity = await person(self._kept, turn, envelope)
        thread = await self._kept.threads.open_of(turn.connection, identity.id) if identity else None
        if thread is not None:
            await announce(turn.connection, "typing", conversation=thread.id, on=True)

    async def rated(self, turn: Turn, envelope: Envelope) -> None:
        """He says how it was; his words with it are kept where he was answered."""
        identity = await person(self._kept, turn, envelope)
        if identity is None or await self._messages.is_known(turn, envelope, identity):
            return
        if envelope.score is not None:
            await self._answering.score(turn, identity, envelope.score)
        last = await self._kept.threads.last_of(turn.connection, identity.id) if envelope.text else None
        if last is not None:
            await self._messages.write(turn, envelope, last)

    async def ended(self, turn: Turn, envelope: Envelope) -> None:
        """He said that it is over."""
        identity = await person(self._kept, turn, envelope)
        thread = await self._kept.threads.open_of(turn.connection, identity.id) if identity else None
        if thread is not None:
            await self._note(turn, thread, "ended")
            closed = await self._kept.threads.close(turn.connection, thread.id, "patient", turn.received_at)
            turn.threads.pop(thread.id, None)
            turn.waits.pop(thread.id, None)
            if closed is not None:
                await self._kept.telling.over(turn.connection, closed, "patient", turn.received_at)
                await self._answering.closed(turn.connection, closed, turn.account)

    async def status(self, turn: Turn, envelope: Envelope) -> None:
        """Something became of a message of ours."""
        await self._kept.returning.status(turn.connection, envelope)

    async def read(self, turn: Turn, envelope: Envelope) -> None:
        """He has read up to some message of ours."""
        identity = await person(self._kept, turn, envelope)
        thread = await self._kept.threads.last_of(turn.connection, identity.id) if identity else None
        if thread is not None:
            await self._kept.returning.read(turn.connection, envelope, thread.id)

    async def _note(self, turn: Turn, thread: Thread, what: str) -> None:
        await self._kept.writing.write(
            turn.connection, thread.id, turn.account.key, New(side="system", at=turn.received_at, what=what)
        )
