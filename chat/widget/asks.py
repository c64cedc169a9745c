"""What a visitor's browser says, read once at the edge, and how it is kept until it is read as an event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from chat.channels import RawEvent
from chat.forms.posting import Line
from chat.widget import rules
from chat.widget.uploads import Upload
from chat.widget.visitors import Visitor
from chat.wire import Envelope, File, Peer

MOST_TEXT = 4000


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


def _text(value: object) -> object:
    """What was typed, without control characters; lines stay."""
    if not isinstance(value, str):
        return value
    # Half of a pair of UTF-16, which JSON can hold and no UTF-8, is marked.
    plain = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")
    return "".join(sign for sign in plain if sign in "\n\t" or (ord(sign) >= 32 and ord(sign) != 127)).strip()


Words = Annotated[str, BeforeValidator(_text)]
Utm = Annotated[
    dict[Annotated[Line, Field(max_length=40)], Annotated[Line, Field(max_length=200)]], Field(max_length=10)
]


class Vouched(_Said):
    """Who is signed in at the site, signed by its server; `ts` is seconds since 1970."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[Line, Field(max_length=100)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""
    ts: int
    hmac: Annotated[str, Field(max_length=128)]


class Opened(_Said):
    """A frame was opened on a page of a site."""

    site_key: Annotated[str, Field(max_length=40)]
    visitor_token: Annotated[str | None, Field(max_length=64)] = None
    page_url: Annotated[Line, Field(max_length=1000)] = ""
    referrer: Annotated[Line, Field(max_length=1000)] = ""
    utm: Utm = Field(default_factory=dict)
    identity: Vouched | None = None
    lang: Literal["ru", "en"] = "ru"


class Started(Opened):
    """A visitor gives his consent and says who he is. `hp` is a field no person sees."""

    name: Annotated[Line, Field(max_length=100)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""
    topic: Annotated[Words, Field(max_length=1000)] = ""
    consent: bool = False
    hp: Annotated[str, Field(max_length=1000)] = ""


class Hello(_Said):
    """A browser came (back) and has all up to a number of a conversation."""

    visitor_token: Annotated[str, Field(max_length=64)]
    conversation: UUID | None = None
    since_seq: Annotated[int, Field(ge=0, le=2**62)] = 0
    lang: Literal["ru", "en"] | None = None


class Message(_Said):
    """A message; the same `client_msg_id` is the same message. `age_ms` is how long ago it was written."""

    client_msg_id: UUID
    text: Annotated[Words, Field(max_length=MOST_TEXT)] = ""
    reply_to: Annotated[str | None, Field(max_length=64)] = None
    upload_ids: Annotated[list[UUID], Field(max_length=10)] = Field(default_factory=list)
    age_ms: Annotated[int, Field(ge=0, le=30 * 86_400_000)] = 0


class Typing(_Said):
    """He types, or no longer."""

    on: bool


class Read(_Said):
    """He has read up to a number."""

    up_to_seq: Annotated[int, Field(ge=0, le=2**62)]


class Rate(_Said):
    """How it was."""

    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[Words, Field(max_length=1000)] = ""


class Callback(_Said):
    """He would rather be called."""

    phone: Annotated[Line, Field(min_length=3, max_length=40)]
    when: Literal["asap"] | AwareDatetime = "asap"
    topic: Annotated[Words, Field(max_length=1000)] = ""


def consented(words: str, version: str, now: datetime, address: str, agent: str) -> dict[str, str]:
    """Return what is kept of a consent: to which words, when, from where."""
    return {
        "version": version, "text_sha256": hashlib.sha256(words.encode()).hexdigest(), "at": now.isoformat(),
        "address": address, "agent": agent[:300],
    }  # fmt: skip


def message(visitor: Visitor, said: Message, uploads: Sequence[Upload]) -> RawEvent:
    """Return a message as an event."""
    files = [
        {"id": str(one.id), "name": one.name, "mime": one.mime, "size": one.size, "kind": one.kind} for one in uploads
    ]
    return _event(visitor, "msg", str(said.client_msg_id), {
        "text": said.text, "reply_to": said.reply_to or "", "age_ms": said.age_ms, "files": files,
    })  # fmt: skip


def read_up_to(visitor: Visitor, message_id: str) -> RawEvent:
    """Return as an event that he has read up to a message of ours."""
    return _event(visitor, "read", message_id, {})


def rated(visitor: Visitor, conversation: UUID, said: Rate) -> RawEvent:
    """Return a score as an event: one for each conversation."""
    return _event(visitor, "rate", str(conversation), {"score": said.score, "text": said.comment})


def ended(visitor: Visitor, conversation: UUID) -> RawEvent:
    """Return as an event that he ends a conversation."""
    return _event(visitor, "end", str(conversation), {})


def _event(visitor: Visitor, what: str, id: str, more: Mapping[str, Any]) -> RawEvent:
    person = visitor.person
    body = {
        "what": what, "id": id, "peer": visitor.peer, "name": person.name, "phone": person.phone,
        "claim": person.claim, "entry": person.entry, "consent": person.consent, **more,
    }  # fmt: skip
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return RawEvent(ext_id=f"{what}:{visitor.peer}:{id}", peer=visitor.peer, body=raw)


def envelope(account: str, body: bytes, received_at: datetime) -> Envelope:
    """Read what was kept. Raises ValueError."""
    try:
        said = json.loads(body)
        return _envelope(account, said, received_at)
    except (KeyError, TypeError):
        raise ValueError("not what the widget keeps") from None


def _envelope(account: str, said: dict[str, Any], received_at: datetime) -> Envelope:
    peer = Peer(ext_user=said["peer"], ext_chat=said["peer"], name=said["name"], phone=said["phone"])
    extra = {"claim": said["claim"]} | ({"consent": said["consent"]} if said["consent"] else {})
    bare = Envelope(
        account=account, kind="unsupported", ext_id=f"{said['what']}:{said['peer']}:{said['id']}", peer=peer,
        extra=extra, silent=True,
    )  # fmt: skip
    match said["what"]:
        case "msg":
            late = said["age_ms"] > rules.LATE_S * 1000
            return replace(
                bare, kind="message.in", message=said["id"], text=said["text"], reply_to=said["reply_to"],
                at=received_at - timedelta(milliseconds=said["age_ms"]) if late else None, entry=said["entry"],
                files=tuple(_file(one) for one in said["files"]), silent=False,
            )  # fmt: skip
        case "read":
            return replace(bare, kind="read", message=said["id"])
        case "rate":
            return replace(bare, kind="rate", score=said["score"], text=said["text"])
        case "end":
            return replace(bare, kind="end")
    return replace(bare, error="what")


def _file(one: dict[str, Any]) -> File:
    return File(kind=one["kind"], name=one["name"], mime=one["mime"], size=one["size"], ref={"upload": one["id"]})
