"""What was written in a conversation, for the clinic's own programs: by request, a page at a time, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from chat.client import ChatClient, MessageRow
from okno.service import ServiceDown, ServiceRefused
from web.chats.whose import asking
from web.rest.endpoint import Visit, endpoint
from web.rest.models import Answered
from web.rest.problems import Problem


class MessagesQuery(BaseModel):
    """Which page: those before a number; none: the newest."""

    model_config = ConfigDict(extra="forbid")

    before: Annotated[int, Field(ge=1)] | None = None


class MessageFile(Answered):
    """What came or went with a message; its content is not given here."""

    name: str
    mime: str
    size: int | None = None
    state: str


class Message(Answered):
    """A message. `side`: in (the patient's), out (ours), note (among us), system; `seq` is what `before` counts by."""

    id: str
    seq: int
    side: Literal["in", "out", "note", "system"]
    author: str = Field(description="the operator; empty for the patient and for what is answered by itself")
    at: datetime
    text: str
    deleted: bool = False
    state: str = ""
    attachments: list[MessageFile] = Field(default_factory=list)


class MessageList(Answered):
    """A page of messages, the newest first."""

    items: list[Message]


class Conversations:
    """Asks `chat`; the display is in its audit before it answers.

    Args:
        chat: its client.
    """

    def __init__(self, chat: ChatClient) -> None:
        self._chat = chat

    @endpoint("GET", "/requests/{id}/messages", "chats.read", answers=MessageList, query=MessagesQuery)
    async def request_messages(self, visit: Visit) -> MessageList:
        """List the messages of a request's conversation; an operator's token reads those of his own requests."""
        found = await visit.engine.request(visit.path["id"])
        row = found.get("request") or found
        conversation = (row.get("conversation") or {}).get("id")
        if not conversation:
            raise Problem(404, "the request has no conversation", "error.http_404")
        if visit.who.role != "supervisor" and (not visit.who.operator or row.get("owner") != visit.who.operator):
            raise Problem(403, "not allowed", "error.http_403")
        return MessageList(items=[_message(one) for one in await self._page(visit, conversation)])

    async def _page(self, visit: Visit, conversation: str) -> list[MessageRow]:
        who = asking(visit.who, visit.engine.purpose, visit.path["id"])
        try:
            if visit.query.before is None:
                rows = (await self._chat.open(conversation, who)).messages
            else:
                rows = await self._chat.messages(conversation, who, before=visit.query.before)
        except ServiceRefused:
            raise Problem(404, "there is no such conversation", "error.http_404") from None
        except ServiceDown:
            raise Problem(503, "the chat service is away", "error.chat_away") from None
        return sorted(rows, key=lambda one: -one.seq)


def _message(one: MessageRow) -> Message:
    return Message.model_validate(one.model_dump())
