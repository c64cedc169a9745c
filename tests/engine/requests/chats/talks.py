"""Conversations as `chat` tells of them, for plays. Times are seconds since the clinic's `T`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from engine import events as ev
from engine.world import Conversation, Operator, Put, Request, World
from tests.engine.clinic import at, clinic

WHO = "01a1fc83-0000-7000-8000-0000000000a1"
TALK = "01a1fc83-0000-7000-8000-0000000000c1"
POINT = f"chat:{WHO}"


def key(serial: int) -> str:
    """The key of an event: of the first word, the id of the request it makes."""
    return str(UUID(int=0x01A1FC83_0000_7000_8000_000000000E00 + serial))


def wrote(seq: int, second: float, **fields: Any) -> ev.ConversationWrote:
    """His message number `seq`."""
    given = {
        "at": at(second), "key": key(seq), "conversation": TALK, "identity": WHO, "kind": "chat", "channel": "widget",
        "account": "widget:site", "queue": "front", "seq": seq, "said_at": at(second),
    }  # fmt: skip
    return ev.ConversationWrote(**(given | fields))


def replied(seq: int, second: float, operator: str = "orlova", conversation: str = TALK) -> ev.ConversationReplied:
    """The clinic's answer, up to his message `seq`."""
    return ev.ConversationReplied(
        at=at(second), key=key(500 + seq), conversation=conversation, seq=seq, operator=operator
    )


def closed(second: float, why: str = "idle", conversation: str = TALK) -> ev.ConversationClosed:
    """It ended at `chat`."""
    return ev.ConversationClosed(at=at(second), key=key(900), conversation=conversation, seq=9, why=why)


def said(second: float, phone: str, *, verified: bool, conversation: str = TALK, **fields: Any) -> ev.PhoneSaid:
    """He says which number is his."""
    given = {"identity": WHO, "name": "", "source": "max", "key": key(700)} | fields
    return ev.PhoneSaid(at=at(second), conversation=conversation, phone=phone, verified=verified, **given)


def sitting(*, of: World | None = None, **pages: str) -> World:
    """The clinic with these operators on duty before their pages: name="available"."""
    world = of or clinic()
    for name, presence in pages.items():
        operator = world.get(Operator, name)
        assert operator is not None
        world.apply([Put(replace(operator, presence=presence, page="here", voice="idle"))])  # type: ignore[arg-type]
    return world


def request_of(world: World, serial: int = 1) -> Request:
    """The request that event `serial` made."""
    found = world.get(Request, key(serial))
    assert found is not None
    return found


def talk_of(world: World, conversation: str = TALK) -> Conversation:
    """The conversation."""
    found = world.get(Conversation, conversation)
    assert found is not None
    return found
