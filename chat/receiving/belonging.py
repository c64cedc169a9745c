"""Whose conversation a message belongs to: mostly his who wrote it, at times another's, by the channel's own proof."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from chat.conversations.identities import Identity
from chat.receiving.turn import Kept, Turn
from chat.wire import Envelope

_NAMED = """
SELECT c.identity FROM conversation c WHERE c.open AND c.account = $2
AND (c.id = $1 OR c.id = (SELECT conversation FROM message WHERE id = $1)) LIMIT 1"""


async def belonging(kept: Kept, turn: Turn, envelope: Envelope, writer: Identity) -> tuple[Identity, Envelope]:
    """Return whose open conversation this goes to, and the envelope as it is written there.

    Somebody who answers a mail that we wrote to another person (a relative, his second address) writes into that
    conversation, under his own name; he is not answered there: answers go to whom the conversation is with.
    """
    for named in envelope.threads:
        id = await turn.connection.fetchval(_NAMED, UUID(named), turn.account.key)
        if id is None:
            continue
        if id == writer.id:
            return writer, envelope
        owner = await kept.identities.get(turn.connection, id, hold=True)
        if owner is not None and not owner.blocked:
            return owner, _signed(envelope, owner)
    return writer, envelope


def _signed(envelope: Envelope, owner: Identity) -> Envelope:
    who = envelope.peer
    if who is None:
        return envelope
    name = f"{who.name} <{who.ext_user}>" if who.name else who.ext_user
    subject = f"{name}: {envelope.subject}" if envelope.subject else name
    # Neither is who wrote taken for whom he answers, nor is his own address answered from now on.
    return replace(envelope, subject=subject, peer=owner.peer, extra={}, silent=True)
