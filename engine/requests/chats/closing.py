"""A request of a conversation is over: what is left of the conversation in the open world."""

from dataclasses import replace

from engine.room import Said
from engine.world import Conversation, Drop, Put, Request, View


def let_go(world: View, request: Request) -> Said:
    """Its conversation has no request any more; one that is over itself leaves with it."""
    known = world.get(Conversation, request.conversation)
    if known is None or known.request != request.key:
        return
    yield Put(replace(known, request=None, waits_since=None, unheard=0))
    if known.over:
        yield Drop(Conversation, known.key)
