"""What goes through a channel, in words of no channel: what came, what is sent, what became of it. Plain data.

An external id (`ext_…`, `provider_id`) is the channel's own; a person's is never written anywhere unsealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Came = Literal[
    "message.in", "message.edit", "message.delete", "message.echo", "button", "start", "blocked", "unblocked", "status",
    "typing", "read", "rate", "end", "callback", "profile", "unsupported",
]
FileKind = Literal["image", "video", "audio", "voice", "file", "contact", "location", "sticker", "link"]
# The order of ranks: a later word never takes an earlier one back (`unknown` and `failed` stand apart).
Sent = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown"]
RANK: dict[Sent, int] = {"queued": 0, "sending": 1, "unknown": 2, "sent": 3, "delivered": 4, "read": 5, "failed": 6}
ClaimSource = Literal["messenger", "form", "page", "mail", "code", "operator"]


def mark_of(id: str) -> int:
    """Return the number (1 to 2³¹-1) by which a channel knows a message of ours that knows no UUIDs (VK: random_id).

    Args:
        id: our message's id.
    """
    return int.from_bytes(UUID(id).bytes[-4:], "big") % 0x7FFFFFFF + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who wrote. `ext_user` is the channel's id of him, and what he is known by; `ext_chat` where he is answered.

    `phone` is a number he gave (E.164 or as written); `verified` when the channel vouches that it is his own.
    """

    ext_user: str
    ext_chat: str = ""
    name: str = ""
    username: str = ""
    lang: str = ""
    phone: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something that came with a message. `ref` is what the channel's `fetch` needs; None: there is nothing to fetch.

    `text` is what stands for it where it cannot be shown: an address, a contact's name, a sticker's emoji.
    """

    kind: FileKind
    name: str = ""
    mime: str = ""
    size: int | None = None
    ref: dict[str, Any] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One thing that came in by a channel, whichever.

    Args:
        account: whose: "max:main".
        kind: what it is; an unknown type is `unsupported`, never dropped; `profile` only tells who `peer` is.
        ext_id: the channel's id of the event, by which a repetition is known.
        peer: who wrote; None for a word about a message of ours (`status`, `read`) that names nobody.
        at: the channel's own time of it (aware); None when it says none.
        text: what he wrote; never HTML.
        html: a mail's own markup, cleaned (nh3), when it has any.
        subject: a mail's or a form's.
        message: the channel's id of the message: of this one, or of the one that is edited, deleted, read, told of.
        order: the channel's own order within the conversation (message_id, conversation_message_id, body.seq).
        reply_to: the channel's id of the message it answers.
        group: what parts of an album have in common.
        files: what came with it.
        entry: how he came: {"source": "deep_link", "payload": …}, a page's address, a button's data.
        state: for `status`: what became of our message.
        error: for `status` and `unsupported`: a code of the channel's.
        score: for `rate`, 1 to 5.
        threads: conversations or messages of ours (UUIDs) it belongs to by the channel's own proof, the surest first,
            whoever wrote it: the signed address a mail was sent to, the mail of ours that it answers.
        silent: nobody is to be greeted, and nothing answered by itself (a mail of a machine, an echo).
        extra: what a channel needs again when it answers: a mail's References, a widget's visitor. Of a word about a
            message of ours: {"ours": our id} or {"mark": `mark_of` it}, when the channel gives that back.
    """

    account: str
    kind: Came
    ext_id: str
    peer: Peer | None = None
    at: datetime | None = None
    text: str = ""
    html: str = ""
    subject: str = ""
    message: str = ""
    order: int | None = None
    reply_to: str = ""
    group: str = ""
    files: tuple[File, ...] = ()
    entry: dict[str, str] = field(default_factory=dict)
    state: Sent | None = None
    error: str = ""
    score: int | None = None
    threads: tuple[str, ...] = ()
    silent: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message of ours on its way.

    Args:
        id: our id (a UUID's text), minted where the operator clicked: the same id is the same message.
        conversation: ours; for a token in an answer's address.
        peer: who gets it.
        text: at most the channel's `most_text`.
        reply_to: the channel's id of the message it answers.
        files: what goes with it.
        template: a template's name and its values, where a channel asks for one outside its window.
        attempt: 1 for the first.
        last_in: the channel's id of his last message.
        number: of its request, as people say it; empty when there is none yet.
        auto: the rules wrote it, no person did.
        extra: of the envelope it answers: subject, References, the widget's visitor; {"known": [...]}, the channel's
            ids of our last messages, for `look`: none of them is this one.
    """

    id: str
    conversation: str
    peer: Peer
    text: str = ""
    reply_to: str = ""
    files: tuple[SentFile, ...] = ()
    template: dict[str, Any] | None = None
    attempt: int = 1
    last_in: str = ""
    number: str = ""
    auto: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file of ours: its whole content, at most as large as the channel's `most_file` says."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A channel took our message: `provider_id` is its id there, `state` what that already says."""

    provider_id: str
    state: Sent = "sent"
    order: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Undelivered(Exception):
    """Our message did not go. Its words name codes of the channel only.

    Args:
        code: a word for people's eyes below `chat.error.`: `rate`, `blocked`, `unreachable`, `too_long`, `window`, …
        retry_after_s: try again after so long; None: never by itself.
        counts: whether it was an attempt (a 429 is none).
        unreachable: he cannot be written to by this channel any more, until he writes.
        account: the account itself is ill (a revoked token): its lamp goes out, the message waits.
    """

    def __init__(
        self, code: str, *, retry_after_s: float | None = None, counts: bool = True, unreachable: bool = False,
        account: bool = False,
    ) -> None:
        super().__init__(code)
        self.code, self.retry_after_s, self.counts = code, retry_after_s, counts
        self.unreachable, self.account = unreachable, account


class Unknown(Exception):
    """Our message was written to the wire and nobody answered: it may have gone (P2). Its words name codes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a channel can do; the operator's composer shows no more.

    Args:
        most_text: signs of one message.
        most_file: bytes of one file; 0: none can be sent.
        files_at_once: files of one message.
        reply, edit, delete: whether a message can answer another, be changed, be taken back.
        typing, read: whether he can be shown that we type, that we have read.
        receipts: how far the channel tells what became of a message.
        window_s: after his last message one may write for so long; None: always.
        templates: whether templates may be sent outside the window.
        per_second, per_peer_s: messages a second of an account; seconds between two to one person.
        resend: what to do about `unknown`: the channel knows our id (`safe`), can be asked (`look`), or a person
            decides (`ask`).
        first: whether one may write to somebody who has not written.
        alive: whether he sees answers at once (a messenger), or may be away (a mail).
        kind: what its conversations are for the queue.
        segments: whether texts are carried in short messages (SMS), of which the composer says how many.
    """

    most_text: int = 4000
    most_file: int = 0
    files_at_once: int = 1
    reply: bool = False
    edit: bool = False
    delete: bool = False
    typing: bool = False
    read: bool = False
    receipts: Literal["none", "sent", "delivered", "read"] = "sent"
    window_s: int | None = None
    templates: bool = False
    per_second: float = 20.0
    per_peer_s: float = 0.5
    resend: Literal["safe", "look", "ask"] = "ask"
    first: bool = False
    alive: bool = True
    kind: Literal["chat", "form", "email"] = "chat"
    segments: bool = False
