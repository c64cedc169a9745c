"""What the world is made of: frozen, replaced whole, each with a `key` unique in its kind.

`DURABLE` kinds are written to the database in the turn that changes them; the others are rebuilt from the PBX.
`INDEX` names the fields by which `View.by` finds entities.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, get_args

from engine.world.moment import QueueNow
from engine.world.notices import Alert, Notice
from engine.world.offers import Offer
from engine.world.people import Blocked, CallList, ContactName, ContactPoint, Conversation, NoLists, Score, Target
from engine.world.rules import CALLBACKS, CallbackRule, Rules
from engine.world.work import Call, Callback, Consultation, PhoneOrder, Request

Skills = tuple[tuple[str, int], ...]
"""Skills and their levels 1…5, ordered by name."""
Presence = Literal["offline", "available", "break", "not_responding"]
Voice = Literal["unknown", "idle", "ringing", "incall", "wrap_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator, what he says of himself (presence) and what Asterisk says of his phone (voice).

    `pauses` are the owners of his effective pause: `human:<reason>`, `eng:acw`, …; empty means not paused.
    `device` is the last DeviceStateChange word of his phone. `interface` is today's phone: the one on the desk
    (`desk`) or the page (`web`, by its own endpoint). `page`: whether a page of his is open; `lost` after the grace.
    `missed` counts offers he let time out in a row, `rang_out` rings nobody answered in a row. `moved`: a supervisor
    gave him other queues or skills than the directory has (`home_*`), until he logs off. `steered_by`: the supervisor
    who last said for him whether he is there, until he says something himself. `said_at`: when that was last said on
    a page, by whomever; what is dialled on a phone is no such word.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("interface", "extension", "desk_interface", "web_interface")

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
    phone: Literal["desk", "web"] = "desk"
    page: Literal["none", "here", "lost"] = "none"
    page_since: datetime | None = None
    missed: int = 0
    rang_out: int = 0
    last_accepted_at: datetime | None = None
    skills: Skills = ()
    moved: bool = False
    capacity: int = 100
    penalty: int = 0
    web_phone: bool = False
    home_queues: tuple[str, ...] = ()
    home_skills: Skills = ()
    steered_by: str = ""
    said_at: datetime | None = None
    active: bool = True

    @property
    def desk_interface(self) -> str:
        """His desk phone, whichever he uses today."""
        return f"PJSIP/{self.extension}"

    @property
    def web_interface(self) -> str:
        """The page as a phone, whichever he uses today."""
        return f"PJSIP/web-{self.extension}"


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
    """A queue and its rules; seconds throughout.

    `week` is when its deadlines run: (weekday 0…6, first minute, last minute + 1) of the clinic's clock, None =
    always; `holidays` are the days unlike others: (ISO date, spans in minutes).
    """

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
    skills: Skills = ()
    skill_relax_s: int = 30
    sticky_s: int = 30
    week: tuple[tuple[int, int, int], ...] | None = None
    holidays: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()
    callbacks: CallbackRule = CALLBACKS
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
    """A PBX, the contexts by which its channels are known, and the state of our link to it.

    `swept` is the last minute (of the epoch) whose gone channels are forgotten; None before the first. `members` as the
    settings have it. `directory` is the version its configuration was last made from, with the reason when that failed.
    """

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
    swept: int | None = None
    members: Literal["always", "logged_in"] = "always"
    directory: int = 0
    directory_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One Asterisk channel the tracker follows. Key: `pbx/uniqueid`; `call` is the one it works for.

    `dial_status` is how the dialling of it ended by the first DialEnd, `joined_at` when it last joined a queue.
    `beside` is the bridge in which the outside party of its call was when it last heard him: while he waits there, a
    phone in another bridge consults. `passing` says that it hands its caller on. One that is gone stays a while as a
    tombstone, so that late facts about it are known to be late.
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("call", "bridge_key", "pbx", "gone_minute", "phone_key", "local_key")

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
    beside: str = ""
    passing: bool = False
    created_at: datetime
    up_at: datetime | None = None
    asked_to_hang_up: bool = False
    cause: int = 0
    dial_status: str = ""
    joined_at: datetime | None = None
    gone_at: datetime | None = None

    @property
    def gone_minute(self) -> str:
        """`pbx/minute` of its end, by which tombstones are swept; empty while it lives."""
        return f"{self.pbx}/{int(self.gone_at.timestamp()) // 60}" if self.gone_at else ""

    @property
    def bridge_key(self) -> str:
        """`pbx/bridge` while in a bridge, else empty."""
        return f"{self.pbx}/{self.bridge}" if self.bridge else ""

    @property
    def phone_key(self) -> str:
        """`pbx/interface` of an operator's living channel, else empty."""
        if self.role != "operator" or self.gone_at is not None:
            return ""
        return f"{self.pbx}/{self.name.rsplit('-', 1)[0]}"

    @property
    def local_key(self) -> str:
        """What both halves of a living Local pair have in common (their name without `;1` or `;2`), else empty."""
        if self.gone_at is not None or not self.name.startswith("Local/"):
            return ""
        return f"{self.pbx}/{self.name.rpartition(';')[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person who reached us, as far as the open world needs him. `phones` are his other numbers, if any."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("phone",)

    key: str
    phone: str
    earlier: int = 0
    name: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An operator's open page, as the gateways tell it. Key: the operator."""

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    seen_at: datetime


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


Entity = (
    Call | Request | Operator | Queue | Member | Line | Pbx | Channel | Contact | Rules | Timer | Counter | Offer
    | Page | Notice | Alert | QueueNow | ContactName | PhoneOrder | Consultation | Callback | Blocked
    | CallList | Target | NoLists | ContactPoint | Score | Conversation
)
KINDS: tuple[type[Entity], ...] = get_args(Entity)
