"""What the world is made of: frozen, replaced whole, each with a `key` unique in its kind.

`DURABLE` kinds are written to the database in the turn that changes them; the others are rebuilt from the PBX.
`INDEX` names the fields by which `View.by` finds entities.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

Direction = Literal["inbound", "outbound", "internal"]
CallPhase = Literal["arrived", "queued", "ringing", "talking", "held", "ended"]
CallResult = Literal[
    "answered", "abandoned", "unanswered", "busy", "failed", "out_of_hours", "voicemail", "self_service",
    "lost_by_pbx", "in_progress",
]
LegResult = Literal["ringing", "answered", "no_answer", "busy", "refused", "answered_elsewhere", "cancelled"]
LeftBy = Literal["caller", "operator", "transfer", "pbx"]
RequestKind = Literal["call", "missed_call", "callback", "chat", "form", "email", "voicemail"]
RequestStatus = Literal["new", "queued", "offered", "in_progress", "wrap_up", "postponed", "done", "cancelled"]
Presence = Literal["offline", "available", "break", "not_responding"]
Voice = Literal["unknown", "idle", "ringing", "incall", "wrap_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One operator's part in a call; one for each ring of a phone. Talk counts from the shared bridge."""

    operator: str
    channel: str
    queue: str = ""
    rang_at: datetime
    lifted_at: datetime | None = None
    answered_at: datetime | None = None
    left_at: datetime | None = None
    result: LegResult = "ringing"
    left_by: LeftBy | None = None
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One outside party's channel from arrival to hang-up. `channel` is its Uniqueid, `aliases` all ids it is known by."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("channel_key", "phone", "request", "queue")

    key: str
    pbx: str
    direction: Direction
    channel: str
    aliases: tuple[str, ...] = ()
    phone: str = ""
    anonymous: bool = False
    caller_name: str = ""
    dialled: str = ""
    source: str = ""
    queue: str = ""
    phase: CallPhase = "arrived"
    started_at: datetime
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: CallResult = "in_progress"
    ended_by: LeftBy | None = None
    legs: tuple[Leg, ...] = ()
    request: str | None = None
    contact: str | None = None
    exit_status: str = ""
    out_of_hours: bool = False

    @property
    def channel_key(self) -> str:
        """The key of the outside party's `Channel`."""
        return f"{self.pbx}/{self.channel}"

    @property
    def wait_s(self) -> float:
        """Seconds from the first queue entry to the first answer, or to the end."""
        until = self.answered_at or self.ended_at
        return max(0.0, (until - self.queued_at).total_seconds()) if self.queued_at and until else 0.0

    @property
    def talk_s(self) -> float:
        """Seconds operators talked, summed over legs (hold included)."""
        return sum(leg.talk_s for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One piece of work for operators. `number` is for people: 1… within `year`."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("owner", "phone", "queue")

    key: str
    year: int
    number: int
    kind: RequestKind
    status: RequestStatus
    queue: str = ""
    priority: int = 0
    due_at: datetime | None = None
    owner: str | None = None
    contact: str | None = None
    patient: str | None = None
    phone: str = ""
    source: str = ""
    calls: tuple[str, ...] = ()
    conversation: str | None = None
    outcome: str = ""
    created_at: datetime
    queued_at: datetime | None = None
    since: datetime
    first_response_at: datetime | None = None
    closed_at: datetime | None = None
    postponed_until: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One line of a request's history. `what` is an i18n key; `note` is a person's text and is sealed at rest."""

    request: str
    at: datetime
    actor: str
    what: str
    call: str | None = None
    operator: str | None = None
    queue: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator, what he says of himself (presence) and what Asterisk says of his phone (voice).

    `pauses` are the owners of his effective pause: `human:<reason>`, `eng:acw`, …; empty means not paused.
    `device` is the last DeviceStateChange word of his phone.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("interface", "extension")

    key: str
    title_ru: str
    title_en: str
    extension: str
    pbx: str
    interface: str
    queues: tuple[str, ...] = ()
    presence: Presence = "offline"
    presence_reason: str = ""
    presence_since: datetime | None = None
    voice: Voice = "unknown"
    voice_since: datetime | None = None
    device: str = "UNKNOWN"
    call: str | None = None
    wrap_up: str | None = None
    pauses: frozenset[str] = frozenset()
    handled_today: int = 0
    talk_today_s: float = 0.0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDay:
    """A queue's figures since midnight; calls only. `in_level` = answered within the service level."""

    day: str = ""
    offered: int = 0
    answered: int = 0
    in_level: int = 0
    abandoned: int = 0
    unanswered: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue and its rules; seconds throughout."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    title_ru: str
    title_en: str
    service_level_s: int = 20
    service_level_target: int = 80
    wrap_up_s: int = 30
    missed_due_s: int = 600
    priority: int = 0
    today: QueueDay = QueueDay()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A phone in an Asterisk queue, as the PBX has it. Key: `pbx/queue/interface`."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("interface", "queue")

    key: str
    pbx: str
    queue: str
    interface: str
    status: int = 0
    paused: bool = False
    reason: str = ""
    penalty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A number patients dial. Key: the number as dialled."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    queue: str
    source_ru: str
    source_en: str
    area_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbx:
    """A PBX, the contexts by which its channels are known, and the state of our link to it."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    trunks: tuple[str, ...] = ()
    inbound_contexts: tuple[str, ...] = ()
    phone_contexts: tuple[str, ...] = ()
    country: str = "RU"
    area_code: str = "343"
    link: str = "down"
    link_reason: str = ""
    since: datetime | None = None
    live_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One Asterisk channel the tracker follows. Key: `pbx/uniqueid`; `leg` is the index in its call's legs.

    `dial_status` is how the dialling of it ended by the first DialEnd. One that is gone stays a while as a tombstone,
    so that late facts about it are known to be late.
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("call", "bridge_key", "pbx", "gone_minute")

    key: str
    pbx: str
    uniqueid: str
    linkedid: str
    name: str
    state: int
    number: str = ""
    caller_name: str = ""
    context: str = ""
    exten: str = ""
    dialled_by: str = ""
    bridge: str = ""
    role: Literal["outside", "operator", "other"] = "other"
    call: str | None = None
    leg: int | None = None
    created_at: datetime
    up_at: datetime | None = None
    asked_to_hang_up: bool = False
    cause: int = 0
    dial_status: str = ""
    gone_at: datetime | None = None

    @property
    def gone_minute(self) -> str:
        """`pbx/minute` of its end, by which tombstones are swept; empty while it lives."""
        return f"{self.pbx}/{int(self.gone_at.timestamp()) // 60}" if self.gone_at else ""

    @property
    def bridge_key(self) -> str:
        """`pbx/bridge` while in a bridge, else empty."""
        return f"{self.pbx}/{self.bridge}" if self.bridge else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person who reached us, as far as the open world needs him."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("phone",)

    key: str
    phone: str
    earlier: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the settings allow in commands; key `rules`. An empty list allows anything."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str = "rules"
    pause_reasons: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something due; fires as `TimerFired` with its key, once. Survives a restart."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A number that only grows, e.g. `requests:2026`."""

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    value: int = 0


Entity = Call | Request | Operator | Queue | Member | Line | Pbx | Channel | Contact | Rules | Timer | Counter
KINDS: tuple[type[Entity], ...] = (
    Call, Request, Operator, Queue, Member, Line, Pbx, Channel, Contact, Rules, Timer, Counter,
)
