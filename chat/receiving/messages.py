"""What he wrote, changed and took back, and what staff wrote to him in the channel's own program."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from chat.conversations import orders
from chat.conversations.identities import Identity
from chat.conversations.threads import Thread
from chat.conversations.writing import New
from chat.receiving.belonging import belonging
from chat.receiving.continuing import continued
from chat.receiving.people import claim, person
from chat.receiving.turn import Kept, Turn
from chat.ruling.answering import Answering
from chat.sending.settling import gone_early, was_gone
from chat.wire import Came, Envelope

# What a message of these kinds is called where it is kept.
_WHAT: dict[Came, str] = {"message.in": "text", "button": "button", "unsupported": "unsupported", "rate": "rated"}


class Messages:
    """Writes what came.

    Args:
        kept: what is kept.
        answering: what is answered by itself.
    """

    def __init__(self, kept: Kept, answering: Answering) -> None:
        self._kept = kept
        self._answering = answering

    async def message(self, turn: Turn, envelope: Envelope) -> None:
        """Take what he wrote."""
        identity = await person(self._kept, turn, envelope)
        if identity is None or await self.is_known(turn, envelope, identity):
            return
        if await self._answering.scored(turn, envelope, identity):
            return
        if identity.blocked:
            await self._set_aside(turn, envelope, identity)
            return
        if envelope.message and await was_gone(turn.connection, self._name(turn, envelope)):
            await self._tombstone(turn, envelope, identity)
            return
        owner, envelope = await belonging(self._kept, turn, envelope, identity)
        if owner != identity and await self.is_known(turn, envelope, owner):
            return
        identity = owner
        before, begun = await self.thread(turn, envelope, identity)
        await continued(self._kept, turn, envelope, before, identity)
        thread = turn.threads[before.id] = await self._said(turn, envelope, before)
        await self.write(turn, envelope, thread, seq=thread.last_seq)
        if identity.peer.phone and (begun or identity.numbered):
            await self._kept.telling.claimed(turn.connection, thread, identity, claim(envelope))
        await self._answering.heard(turn, envelope, thread, identity, begun=begun)
        turn.waits[thread.id] = identity

    async def edited(self, turn: Turn, envelope: Envelope) -> None:
        """Keep what he made of his message; one we never had is a message."""
        identity = await person(self._kept, turn, envelope)
        if identity is None:
            return
        known = await self._kept.writing.known(turn.connection, identity.id, turn.account.key, envelope.message)
        if known is None:
            await self.message(turn, replace(envelope, kind="message.in"))
            return
        blob = await turn.connection.fetchval("SELECT body FROM message WHERE id = $1", known.id)
        now = self._kept.writing.body(known.id, blob) | {"text": envelope.text}
        await self._kept.writing.change(turn.connection, known.id, now, "", turn.received_at)
        thread = await self._kept.threads.open_of(turn.connection, identity.id)
        if thread is None or identity.blocked:
            return
        if await self._answering.words(turn, thread, envelope.text) and thread.told_seq:
            turn.waits[thread.id] = identity

    async def deleted(self, turn: Turn, envelope: Envelope) -> None:
        """Leave a tombstone where he took something back."""
        identity = await person(self._kept, turn, envelope)
        if identity is None:
            return
        known = await self._kept.writing.known(turn.connection, identity.id, turn.account.key, envelope.message)
        if known is not None:
            await self._kept.writing.take_back(turn.connection, known.id, "", turn.received_at)
        elif envelope.message:
            await gone_early(turn.connection, self._name(turn, envelope))

    async def echo(self, turn: Turn, envelope: Envelope) -> None:
        """Something was written to him in the channel itself: by us, or by somebody in the channel's own program."""
        identity = await person(self._kept, turn, envelope)
        if identity is None or await self.is_known(turn, envelope, identity):
            return
        last = await self._kept.threads.last_of(turn.connection, identity.id)
        if last is not None and await self._kept.returning.ours(turn.connection, envelope, last.id):
            return
        thread = last or (await self.thread(turn, envelope, identity))[0]
        await self._kept.writing.write(turn.connection, thread.id, turn.account.key, New(
            side="out", at=turn.received_at, body={"text": envelope.text}, what="echo", ext=envelope.message,
            shown=orders.shown(turn.received_at, envelope.at, envelope.order), files=envelope.files, state="sent",
        ))  # fmt: skip

    async def is_known(self, turn: Turn, envelope: Envelope, identity: Identity) -> bool:
        """Say whether a message is there already."""
        if not envelope.message:
            return False
        known = await self._kept.writing.known(turn.connection, identity.id, turn.account.key, envelope.message)
        return known is not None

    async def thread(self, turn: Turn, envelope: Envelope, identity: Identity) -> tuple[Thread, bool]:
        """Return the open conversation, and whether it begins with this."""
        thread = await self._kept.threads.open_of(turn.connection, identity.id)
        if thread is not None:
            return thread, False
        return await self._kept.threads.begin(
            turn.connection, identity, turn.account.abilities.kind, turn.received_at, entry=envelope.entry,
            subject=envelope.subject,
        ), True  # fmt: skip

    async def write(self, turn: Turn, envelope: Envelope, thread: Thread, *, seq: int | None = None) -> None:
        """Write what came, where it stands; `seq` is its number when that was taken."""
        body: dict[str, Any] = {
            "text": envelope.text, "html": envelope.html, "subject": envelope.subject, "error": envelope.error,
        }  # fmt: skip
        if envelope.kind == "button" or (envelope.entry and envelope.kind == "message.in"):
            body |= {"entry": envelope.entry}
        lately: tuple[orders.Late, ...] = ()
        if envelope.at is not None and turn.received_at - envelope.at > orders.LATE:
            lately = await self._kept.writing.lately(turn.connection, thread.id, turn.received_at)
        await self._kept.writing.write(turn.connection, thread.id, turn.account.key, New(
            side="in", at=turn.received_at, body={name: one for name, one in body.items() if one},
            what=_WHAT[envelope.kind], ext=envelope.message, album=envelope.group[:100], files=envelope.files,
            shown=orders.shown(turn.received_at, envelope.at, envelope.order, lately),
            reply_to=await self._answered(turn, envelope, thread),
        ), seq=seq)  # fmt: skip

    async def _set_aside(self, turn: Turn, envelope: Envelope, identity: Identity) -> None:
        """Keep what one who is blocked writes where he wrote last: nobody is asked for, and nothing answered."""
        thread = await self._kept.threads.last_of(turn.connection, identity.id)
        if thread is None:
            thread, _ = await self.thread(turn, envelope, identity)
            await self._kept.threads.close(turn.connection, thread.id, "spam", turn.received_at)
        await self.write(turn, envelope, thread)

    async def _tombstone(self, turn: Turn, envelope: Envelope, identity: Identity) -> None:
        """Leave a tombstone for what was taken back before it came; nobody is asked for, and no conversation begun."""
        thread = await self._kept.threads.last_of(turn.connection, identity.id)
        if thread is None:
            return
        await self.write(turn, envelope, thread)
        await self.deleted(turn, envelope)

    def _name(self, turn: Turn, envelope: Envelope) -> bytes:
        return self._kept.seals.message(turn.account.key, envelope.message)

    async def _answered(self, turn: Turn, envelope: Envelope, thread: Thread) -> UUID | None:
        if not envelope.reply_to:
            return None
        known = await self._kept.writing.known(turn.connection, thread.identity, turn.account.key, envelope.reply_to)
        return known.id if known is not None else None

    async def _said(self, turn: Turn, envelope: Envelope, thread: Thread) -> Thread:
        """Note that he writes: until when he may be answered, and what the channel needs for that."""
        window = turn.account.abilities.window_s
        until = (envelope.at or turn.received_at) + timedelta(seconds=window) if window is not None else None
        return await self._kept.threads.said(turn.connection, thread, turn.received_at, until, envelope.extra)
