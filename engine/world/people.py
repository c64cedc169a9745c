"""What the clinic's own people say of those who reach it, and whom they mean to reach: outbound lists."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

ListMode = Literal["operator", "ivr"]
ListState = Literal["running", "paused", "stopped", "done"]
ListSource = Literal["csv", "mis", "rest"]
TargetState = Literal[
    "waiting", "asked", "dialling", "reached", "heard", "not_reached", "replied", "withdrawn", "refused", "blocked",
    "skipped", "unknown", "not_tried",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactName:
    """What an operator said a contact is called; empty when he took it back. Key: the contact.

    It is written and leaves the open world at once: `Contact.name` is what the open world reads.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    name: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """A further number of a contact, as an operator said; the newest word about a number holds.

    Like a name it is written and leaves the open world at once: `Contact.phones` is what the open world reads.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    contact: str
    phone: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A number that makes no missed calls and no promises; calls from it still ring, unless a flow says otherwise.

    `until` None: for good. `reason` is a person's text, sealed at rest like the number.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("phone",)

    key: str
    phone: str
    reason: str
    actor: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallList:
    """People the clinic means to call: by its operators (`queue`), or by a flow that talks to them (`flow`, `pbx`).

    `opens` and `closes` are minutes of the called person's own day, `days` his days of the week (digits, 1 = Monday).
    Of operators no more are asked than are free, of lines no more than `at_once` are taken; no more than `per_minute`
    are begun. A flow rings `attempts` times, `again_min` minutes apart; operators go by the plan of their queue.
    `paced_at` is up to when the pace is used up, `said_by` who said last what is to become of it.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("state",)

    key: str
    title: str
    source: ListSource
    mode: ListMode
    queue: str = ""
    flow: str = ""
    pbx: str = ""
    shown: str = ""
    opens: int = 9 * 60
    closes: int = 20 * 60
    days: str = "1234567"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    at_once: int = 5
    per_minute: int = 10
    attempts: int = 3
    again_min: int = 60
    state: ListState = "running"
    author: str = ""
    at: datetime
    said_by: str = ""
    said_at: datetime | None = None
    paced_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A person of a list. `place` is his row in what it was made from, `ref` how the clinic's own file calls him.

    `request` is the work operators have with him, `channel` and `call` what became of the last ring of a flow, `answer`
    what he said to it (question=key …). `unknown`: nobody knows whether it rang (P2): nothing dials him by itself.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("standing", "phone", "request", "channel", "command")

    key: str
    list: str
    place: int
    phone: str
    name: str = ""
    note: str = ""
    ref: str = ""
    zone: str = ""
    state: TargetState = "waiting"
    outcome: str = ""
    answer: str = ""
    attempt: int = 0
    next_at: datetime | None = None
    tried_at: datetime | None = None
    ended_at: datetime | None = None
    request: str | None = None
    command: str = ""
    channel: str = ""
    call: str | None = None

    @property
    def standing(self) -> str:
        """`list/state`: whom of a list one looks for."""
        return f"{self.list}/{self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLists:
    """A number that is in no list any more: its person said so. He is called back all the same when he asks for it."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("phone",)

    key: str
    phone: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a caller answered to a question of a survey: the key he pressed; or who wrote, after his `request`.

    `operator` talked or wrote with him last, if any.

    It is written and leaves the open world at once; asked again in the same call, the last answer counts.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    call: str | None = None
    request: str | None = None
    question: str
    score: int
    operator: str
    queue: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What the engine knows of a conversation of `chat`: who wrote last and since when, never a text. Key: chat's id.

    `identity` is who writes, as `chat` knows him; `seq` his last message, `replied_seq` up to where a person answered,
    `unheard` how many of his messages nobody has answered, the first of them `waits_since`. `phone` is a number he
    says is his, `verified` whether his channel vouches for it, `joined` whether that was acted upon, or is not to be,
    for a person has said whose he is: what a person separates stays so.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("identity", "phone", "unjoined")

    key: str
    identity: str
    kind: Literal["chat", "form", "email"]
    channel: str
    account: str
    request: str | None = None
    seq: int = 0
    replied_seq: int = 0
    said_at: datetime
    replied_at: datetime | None = None
    waits_since: datetime | None = None
    unheard: int = 0
    emergency: bool = False
    window_until: datetime | None = None
    name: str = ""
    phone: str = ""
    verified: bool = False
    joined: bool = False
    over: bool = False

    @property
    def unjoined(self) -> str:
        """`yes` while his channel vouches for a number whose contact he has not been joined with."""
        return "yes" if self.verified and not self.joined else ""
