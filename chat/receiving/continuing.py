"""«Continue in MAX»: whoever comes by the link of a conversation goes on with it here, and both say so.

The link is signed, and is good for two days; still it can be handed on. So nobody is joined by it: the number he left
on the site is told as a word of his, and an operator sees where it comes from.
"""

from __future__ import annotations

from dataclasses import replace

from chat.conversations.identities import Identity
from chat.conversations.threads import Thread
from chat.conversations.writing import New
from chat.receiving.turn import Kept, Turn
from chat.widget import links
from chat.wire import Envelope

_BY_LINK = ("deep_link", "start", "allowed")


async def continued(kept: Kept, turn: Turn, envelope: Envelope, thread: Thread, identity: Identity) -> None:
    """Note which conversation goes on here, when he came by its link: once."""
    if envelope.entry.get("source") not in _BY_LINK:
        return
    earlier = links.read(kept.own, envelope.entry.get("payload", ""), turn.received_at)
    if earlier is None or thread.marks.get("continues") == str(earlier):
        return
    before = await kept.threads.get(turn.connection, earlier)
    if before is None or before.identity == identity.id:
        return
    await kept.threads.mark(turn.connection, thread.id, continues=str(earlier))
    for one, what in ((thread, "continued"), (before, "went_on")):
        await kept.writing.write(
            turn.connection, one.id, one.account, New(side="system", at=turn.received_at, what=what)
        )
    visitor = await kept.identities.get(turn.connection, before.identity)
    if visitor is not None and visitor.peer.phone and not identity.peer.phone:
        said = replace(identity, peer=replace(identity.peer, phone=visitor.peer.phone, verified=False))
        await kept.telling.claimed(turn.connection, thread, said, "page")
