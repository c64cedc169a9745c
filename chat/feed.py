"""What `chat` publishes on the bus. Neither text of messages nor clear personal data stands here."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

STREAM = "chat.channels"
CALLBACKS = "chat.callbacks"
# Written by the engine's outbox, taken by `chat`: what came of a promise to call.
ENDS = "engine.callbacks"
# Where the sealed blob of `CallbackAskedFor` stands, for the seal's associated data; the row is the event's `key`.
FORM_PLACE = {"table": "chat_forms", "column": "who"}

CONVERSATIONS = "chat.conversations"
# Written by the engine's outbox, taken by `chat`: who has a conversation, and what is answered by itself.
STANDINGS = "engine.conversations"
RULES = "engine.chat_rules"
# Where the sealed blobs of `ConversationWaits` and `PhoneClaimed` stand; the row is the event's `key`.
WHO_PLACE = {"table": "chat_conversations", "column": "who"}

ChannelState = Literal["ready", "down", "removed"]
ConversationKind = Literal["chat", "form", "email"]
OverWhy = Literal["patient", "idle", "spam", "closed"]


class ChannelChanged(BaseModel):
    """A channel came, went or changed its state; kind "ChannelChanged" on the stream `chat.channels`."""

    model_config = ConfigDict(frozen=True)

    channel: str
    state: ChannelState


class CallbackAskedFor(BaseModel):
    """Somebody asked in a form to be called back; kind "CallbackAskedFor" on the stream `chat.callbacks`.

    `first` is the key of the posting this one repeats, or its own: repetitions are of one wish. `queue` empty: the
    engine's first. `wanted_at` None: as soon as may be. `who` is base64 of JSON {phone (E.164), name, topic} sealed
    for the bus at FORM_PLACE, row = key.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    first: UUID
    site: str
    queue: str
    wanted_at: datetime | None = None
    at: datetime
    who: str
    origin: Literal["form", "messenger"] = "form"


class CallbackOver(BaseModel):
    """What came of the promise with this key; kind "CallbackOver" on the stream `engine.callbacks`, once."""

    model_config = ConfigDict(frozen=True)

    key: UUID
    state: Literal["reached", "not_reached", "withdrawn"]


class ConversationWaits(BaseModel):
    """A person wrote something that wants a person's answer; kind "ConversationWaits" on `chat.conversations`.

    `identity` is who wrote, as `chat` knows him; `seq` that of his last message; `at` when it came. `first` the first
    of this conversation that is told. `queue` empty: the engine's first. `priority` is what keywords add, `emergency`
    whether they were an emergency's. `window_until`: until when he may be answered; None: always. `unheard` counts
    what he wrote since somebody answered, up to a hundred. `who` is base64 of JSON {name, phone (E.164 or empty),
    topic} sealed for the bus at WHO_PLACE, row = key. Told again with each message: only the newest matters.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    conversation: UUID
    identity: UUID
    kind: ConversationKind
    channel: str
    account: str
    queue: str
    seq: int
    at: datetime
    first: bool = False
    unheard: int = 1
    priority: int = 0
    emergency: bool = False
    window_until: datetime | None = None
    who: str


class ConversationAnswered(BaseModel):
    """A person of the clinic answered up to `seq`; kind "ConversationAnswered" on `chat.conversations`."""

    model_config = ConfigDict(frozen=True)

    key: UUID
    conversation: UUID
    seq: int
    at: datetime
    operator: str


class ConversationOver(BaseModel):
    """A conversation is closed here; kind "ConversationOver" on `chat.conversations`."""

    model_config = ConfigDict(frozen=True)

    key: UUID
    conversation: UUID
    seq: int
    at: datetime
    why: OverWhy


class PhoneClaimed(BaseModel):
    """A person said which number is his; kind "PhoneClaimed" on `chat.conversations`.

    `verified`: the channel vouches for it (channels.md, identity); then its contacts are joined, else it is suggested.
    `who` is base64 of JSON {phone (E.164), name} sealed for the bus at WHO_PLACE, row = key.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    identity: UUID
    conversation: UUID
    source: str
    verified: bool
    at: datetime
    who: str


class ConversationRated(BaseModel):
    """He said how it was, 1 to 5; kind "ConversationRated" on `chat.conversations`."""

    model_config = ConfigDict(frozen=True)

    key: UUID
    conversation: UUID
    request: UUID
    score: int
    at: datetime


class ConversationStands(BaseModel):
    """How the request of a conversation stands; kind "ConversationStands" on `engine.conversations`.

    Told by the engine at each change of status, owner or queue; `version` grows: an older word is passed over. `over`:
    the request is closed; the conversation ends unless he wrote something after `seq`. `number` is for people.
    `operator` is the owner's name as patients may see it, by language.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    conversation: UUID
    request: UUID
    number: str
    version: int
    status: str
    owner: str = ""
    operator: dict[Literal["ru", "en"], str] = {}
    queue: str = ""
    seq: int = 0
    over: bool = False
    outcome: str = ""


class ChatRulesTold(BaseModel):
    """What is answered by itself; kind "ChatRulesTold" on `engine.chat_rules`, at the engine's start and each change.

    `document` has `queues` (name, title, hours), `hours`, `holidays`, `chats` of the directory, as it writes them;
    `zone` is the clinic's.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    zone: str
    language: Literal["ru", "en"]
    clinic: str
    document: dict[str, Any]
