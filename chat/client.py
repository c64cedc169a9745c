"""The gate of `chat`: the only thing other services may import of it, beside `chat.feed`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict

from chat.feed import ChannelState
from okno.errors import OknoError
from okno.service import ServiceClient, ServiceRefused

_SILENCE_S = 3.0
_BACKOFF_S = (0.1, 0.3, 1.0, 2.0)


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Channel(_Row):
    """One channel that is switched on, and how it is."""

    name: str
    state: ChannelState


class AccountRow(_Row):
    """An account and its lamp; `why` is a word below `chat.lamp.`, `heard_at` when something came last."""

    key: str
    channel: str
    title: dict[str, str]
    colour: Literal["green", "amber", "red"]
    why: str
    since: datetime
    heard_at: datetime | None
    waiting: int
    undelivered: int


class Status(_Row):
    """All channels that are switched on; an empty list when there are none."""

    channels: list[Channel]
    accounts: list[AccountRow] = []


class AttachmentRow(_Row):
    """What came or goes with a message; `words` stand for what has no content (a place, a contact, a sticker)."""

    id: str
    kind: str
    name: str
    mime: str
    size: int | None
    state: Literal["pending", "ready", "expired", "refused", "too_big", "words"]
    words: str = ""


class MessageRow(_Row):
    """A message as a person sees it; `place` is how messages stand one after another, `seq` how they are asked for.

    `side`: in (his), out (ours), note (among us), system (a key below `chat.said.`). `sent_at` is set when it came
    late. Of a deleted one the text is empty, but for supervisors. `changed` is the number of its last change, from the
    same counter as `seq`: who has all up to a number asks for what is `since` it.
    """

    id: str
    seq: int
    changed: int = 0
    place: list[str]
    side: Literal["in", "out", "note", "system"]
    what: str
    author: str
    at: datetime
    sent_at: datetime | None = None
    text: str
    html: str = ""
    subject: str = ""
    reply_to: str | None = None
    album: str = ""
    version: int = 1
    edited: bool = False
    deleted: bool = False
    state: str = ""
    error: str = ""
    attachments: list[AttachmentRow] = []


class ConversationView(_Row):
    """A conversation as its operator opens it: who, where, what the channel can do, the newest messages.

    `abilities` are the fields of `chat.wire.Abilities`. `heard_seq` is up to where he has read, `more` whether there
    are older messages. `lamp` is the account's.
    """

    id: str
    identity: str
    channel: str
    account: str
    title: dict[str, str]
    kind: str
    open: bool
    opened_at: datetime
    closed_at: datetime | None
    name: str
    username: str
    subject: str
    phone: str = ""
    verified: bool = False
    entry: dict[str, str] = {}
    request: str | None
    owner: str
    last_seq: int
    said_seq: int
    heard_seq: int
    seen_seq: int
    window_until: datetime | None
    emergency: bool
    blocked: bool
    unreachable: str
    score: int | None
    abilities: dict[str, Any]
    lamp: str
    earlier: list[str] = []
    messages: list[MessageRow]
    more: bool


class ChatClient:
    """Asks `chat`. Make it in a service's composition root; close it with `close`.

    Whoever asks is named in `who`: {actor, role, operator, purpose, request}; the display of a conversation is audited
    before it is answered. All methods raise ServiceDown (whether it was done is not known: ask again with the same id)
    and ServiceRefused (its `problem["why"]` is an i18n key: `not_yours`, `closed`, `window`, `too_long`, `blocked`, …).

    Args:
        base_url: "http://127.0.0.1:8082".
        secret: the service credential.
    """

    def __init__(self, base_url: str, secret: str) -> None:
        self._wire = ServiceClient(base_url, secret)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def status(self) -> Status:
        """Return the channels and accounts that are switched on."""
        return Status.model_validate(await self._wire.get("/status"))

    async def open(self, conversation: str, who: Mapping[str, Any]) -> ConversationView:
        """Return a conversation with its newest messages; audited."""
        answer = await self._wire.post(f"/v1/conversations/{conversation}/open", {"who": dict(who)})
        return ConversationView.model_validate(answer)

    async def messages(
        self, conversation: str, who: Mapping[str, Any], *, since: int | None = None, before: int | None = None
    ) -> list[MessageRow]:
        """Return messages by number: all changed or new after `since`, or a page of those before `before`; audited."""
        body = {"who": dict(who), "since": since, "before": before}
        answer = await self._wire.post(f"/v1/conversations/{conversation}/messages", body)
        return [MessageRow.model_validate(row) for row in answer["items"]]

    async def of(self, identities: Sequence[str], who: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the conversations of identities, the newest first: {id, channel, account, kind, opened_at, closed_at,
        open, request, messages, said_at}; no text."""
        answer = await self._wire.post("/v1/conversations/of", {"identities": list(identities), "who": dict(who)})
        return list(answer["items"])

    async def send(self, conversation: str, who: Mapping[str, Any], message: Mapping[str, Any]) -> MessageRow:
        """Send a message: {id, text, reply_to, attachments, template, version}; the same id is the same message.

        `version` is that of the request as the sender saw it: only its owner writes.
        """
        body = {"who": dict(who), **message}
        return MessageRow.model_validate(await self._wire.post(f"/v1/conversations/{conversation}/send", body))

    async def note(self, conversation: str, who: Mapping[str, Any], message: Mapping[str, Any]) -> MessageRow:
        """Write a note among us: {id, text}."""
        body = {"who": dict(who), **message}
        return MessageRow.model_validate(await self._wire.post(f"/v1/conversations/{conversation}/note", body))

    async def change(self, message: str, what: str, who: Mapping[str, Any], body: Mapping[str, Any]) -> MessageRow:
        """Do something with a message of ours: `edit` {text, version}, `delete` and `retry` {version}."""
        answer = await self._wire.post(f"/v1/messages/{message}/{what}", {"who": dict(who), **body})
        return MessageRow.model_validate(answer)

    async def tell(self, conversation: str, what: str, who: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Tell something of a conversation: `typing` {on}, `seen` {seq}, `block` {reason}, `unblock` {}."""
        await self._wire.post(f"/v1/conversations/{conversation}/{what}", {"who": dict(who), **body})

    async def start(self, who: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a conversation ourselves: {id, account, identity or phone or mail, text, request}.

        Returns {conversation, message}.
        """
        return dict(await self._wire.post("/v1/conversations", {"who": dict(who), **wanted}))

    async def upload(self, content: bytes, name: str, mime: str, who: Mapping[str, Any]) -> AttachmentRow:
        """Keep a file that is to go with a message; forgotten after a day when it does not."""
        headers = {
            "Content-Type": mime or "application/octet-stream",
            "Okno-Name": json.dumps(name), "Okno-Who": json.dumps(dict(who)),
        }  # fmt: skip
        return AttachmentRow.model_validate(await self._wire.send("/v1/attachments", content, headers=headers))

    async def attachment(self, id: str, who: Mapping[str, Any]) -> tuple[AttachmentRow, bytes]:
        """Return an attachment and its whole content; audited."""
        row = await self._wire.post(f"/v1/attachments/{id}", {"who": dict(who)})
        content = await self._wire.fetch(f"/v1/attachments/{id}/content", headers={"Okno-Who": json.dumps(dict(who))})
        return AttachmentRow.model_validate(row), content

    async def places(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Tell how long people wait: [{conversation, position, eta_s}]; shown in the widget."""
        await self._wire.post("/v1/places", {"items": [dict(one) for one in places]})

    async def live(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what happens, for ever, reconnecting as needed; nothing of a person stands in it.

        {what: "message"|"changed"|"state"|"conversation", conversation, seq, message?} (`only` "read": nothing is new
        in the conversation but who has read how far) · {what: "typing", conversation, on} · {what: "account",
        account, colour, why} · {what: "begun"} at each (re)connection: whoever shows a conversation asks again for what
        is after the number he has. `seq` is the number of the change.
        """
        failures = 0
        while True:
            with suppress(OknoError):
                async with self._wire.websocket("/live") as socket:
                    yield {"what": "begun"}
                    failures = 0
                    async for said in _said(socket):
                        yield said
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1


async def _said(socket: aiohttp.ClientWebSocketResponse) -> AsyncGenerator[dict[str, Any], None]:
    """Yield until the line ends or is silent; it beats each second."""
    while True:
        try:
            received = await socket.receive(timeout=_SILENCE_S)
        except TimeoutError:
            return
        if received.type is not aiohttp.WSMsgType.TEXT:
            return
        said = json.loads(received.data)
        if said.get("what") != "beat":
            yield said


__all__ = [
    "AccountRow", "AttachmentRow", "Channel", "ChatClient", "ConversationView", "MessageRow", "ServiceRefused",
    "Status",
]
