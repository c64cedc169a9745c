"""Who wrote: made known, his words about himself no longer than people's are."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from chat.conversations.identities import Identity
from chat.receiving.turn import Kept, Turn
from chat.wire import Came, ClaimSource, Envelope, Peer
from okno import logs

log = logs.get(__name__)

_LANGUAGES = {"ru", "en"}
# Whoever does one of these can be written to again.
_HERE: frozenset[Came] = frozenset({"message.in", "button", "unsupported", "start", "unblocked"})


async def person(kept: Kept, turn: Turn, envelope: Envelope) -> Identity | None:
    """Return who an envelope is from, held until the turn ends; None (and a warning) when it names nobody."""
    if envelope.peer is None:
        log.warning("chat_nobody_wrote", extra={"kind": envelope.kind, "account": envelope.account})
        return None
    known = await kept.identities.known(
        turn.connection, turn.account.key, _bounded(envelope.peer), turn.received_at
    )
    if known.unreachable and envelope.kind in _HERE:
        await kept.identities.reachable(turn.connection, known.id, "")
        return replace(known, unreachable="")
    return known


def claim(envelope: Envelope) -> ClaimSource:
    """Return where he said his number."""
    source = envelope.extra.get("claim")
    return cast("ClaimSource", source) if source in get_args(ClaimSource) else "messenger"


def _bounded(peer: Peer) -> Peer:
    """Return a person whose words are no longer than people's are; his ids stay as they are."""
    lang = peer.lang[:2].lower()
    return Peer(
        ext_user=peer.ext_user, ext_chat=peer.ext_chat, name=" ".join(peer.name.split())[:200],
        username=peer.username[:200], lang=lang if lang in _LANGUAGES else "", phone=peer.phone[:40],
        verified=peer.verified,
    )  # fmt: skip
