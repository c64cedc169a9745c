"""What other services tell: `mis` of patients, visits and work; `chat` of conversations and of who writes in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from okno.ids import time_of, uuid7_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsKnown:
    """The answer of `KnowPatients`: how many patients a number may be of; nobody is named, nobody is chosen.

    `flags` of any of them and the `doctor` all agree on are told only when routes ask for such. `opening`: the request
    had just begun when it was asked.
    """

    at: datetime
    request: str
    phone: str
    found: int
    flags: tuple[str, ...] = ()
    doctor: str = ""
    opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTold:
    """Something was done about a visit, for a request; `what` is `mis.feed.VisitWhat`, `key` that of the booking."""

    at: datetime
    key: str
    request: str
    what: str
    actor: str

    @property
    def line(self) -> str:
        """The id of its line of history."""
        return str(uuid7_of(self.at, "visit", self.key, self.what))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTold:
    """A person must act; `reason` is `mis.feed.Reason`. The same `key` twice is one.

    `patient` is whom the MIS means: nobody has confirmed yet that it is he who answers. `phone` may be empty; `note`
    says what about.
    """

    at: datetime
    key: str
    reason: str
    queue: str
    priority: int
    due_at: datetime
    phone: str
    patient: str
    note: str = ""

    @property
    def line(self) -> str:
        """The id of its line of history."""
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEnded:
    """Work told of under this `key` is no longer needed; `why` is `mis.feed.OverWhy`. Twice is once."""

    at: datetime
    key: str
    why: str

    @property
    def line(self) -> str:
        """The id of its line of history."""
        return str(uuid7_of(time_of(UUID(self.key)), "over", self.key))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationWrote:
    """A person wrote in a conversation, and a person must answer; `chat.feed.ConversationWaits` says what stands here.

    `key` is the id of the request that this makes when the conversation has none open. A line with that id is written
    for a conversation's first word to a request; later words change no history. `preferred` answered him last.
    """

    at: datetime
    key: str
    conversation: str
    identity: str
    kind: Literal["chat", "form", "email"]
    channel: str
    account: str
    queue: str
    seq: int
    said_at: datetime
    unheard: int = 1
    priority: int = 0
    emergency: bool = False
    window_until: datetime | None = None
    name: str = ""
    phone: str = ""
    topic: str = ""
    preferred: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationReplied:
    """A person of the clinic answered up to `seq`."""

    at: datetime
    key: str
    conversation: str
    seq: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationClosed:
    """The conversation ended at `chat`: by the patient, by silence, as spam, or because the engine said so."""

    at: datetime
    key: str
    conversation: str
    seq: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSaid:
    """A person of a messenger says which number is his; `verified`: the channel vouches for it.

    `settled`: a person of the clinic has said whose messenger it is, and nothing is joined by itself any more.
    """

    at: datetime
    key: str
    identity: str
    conversation: str
    phone: str
    name: str
    source: str
    verified: bool
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationScored:
    """He said how it was, 1 to 5; `operator` had the request, in `queue`."""

    at: datetime
    key: str
    conversation: str
    request: str
    score: int
    operator: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WroteInstead:
    """Whom nobody reached by telephone was written to by this channel. `key`: the line of history it leaves."""

    at: datetime
    key: str
    request: str
    channel: str
