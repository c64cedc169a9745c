"""The work itself: calls with their legs and the orders about them, requests with their history, promises to call."""

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
Consult = Literal["", "asking", "away", "back"]
Ordered = Literal["dial", "spy", "hang_up", "tones", "pass", "ask", "complete", "abort", "swap", "join"]
VisitExit = Literal["waiting", "answered", "abandoned", "timeout", "empty", "full", "key", "withdrawn", "moved", "lost"]
RequestKind = Literal["call", "missed_call", "callback", "chat", "form", "email", "voicemail"]
RequestStatus = Literal["new", "queued", "offered", "in_progress", "wrap_up", "postponed", "done", "cancelled"]
Origin = Literal["missed_call", "queue", "ivr", "form", "messenger", "operator", "rest", "list", "mis"]
CallbackState = Literal["waiting", "dialling", "reached", "given_up", "withdrawn"]
TryOutcome = Literal[
    "dialling", "reached", "no_answer", "busy", "rejected", "unreachable", "machine", "wrong_number",
    "operator_silent", "called_off", "unknown", "suspected",
]
# A try that says something of the person; the others are of our own phones, and none of the plan's tries is used up.
SPENT: frozenset[TryOutcome] = frozenset(
    {"no_answer", "busy", "rejected", "unreachable", "machine", "wrong_number", "unknown"}
)


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
class Visit:
    """One stay of the caller in one queue; overflow, a transfer and a return make further ones.

    `exit` is how the stay ended: `waiting` while it lasts; `answered` when an operator of it met the caller;
    `abandoned` when the caller left; else why the queue let him go. `operator` is who answered.
    """

    queue: str
    joined_at: datetime
    left_at: datetime | None = None
    exit: VisitExit = "waiting"
    operator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One outside party's channel from arrival to hang-up. `channel` is its Uniqueid.

    `aliases` are all ids it was known by: its Uniqueid and every Linkedid of its family.
    `exit_status` is how a queue let it go last (QUEUESTATUS, `ABANDON`, or `EXIT` when the PBX did not say).
    `others` are the calls it was joined with: two patients whom an operator put together stay two calls.
    `consult` says how a consultation ordered from a page stands: the operator is on his way to a colleague (`asking`),
    with him (`away`), or back with the patient while the colleague waits (`back`).
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("channel_key", "phone", "request", "queue", "contact")

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
    voicemail: bool = False
    self_served: bool = False
    visits: tuple[Visit, ...] = ()
    others: tuple[str, ...] = ()
    consult: Consult = ""

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
class PhoneOrder:
    """A person's order about a phone, until the PBX's own events show that it was done. Key: the command.

    `phone` is the key of the operator's `Channel` (of an originated one before there is any), `main` that of the
    outside party where he is moved: until such an order is over, no other goes to either (ami.md 4.9). A click to call
    is kept for as long as its phone's channel lives: the call that comes of it belongs to `request`. `target` is the
    operator who is listened to, `how` the way of it. `number` is the outside number that is called (E.164), so that
    nobody is dialled twice at a time. `answered`: whoever gave it was told what came of it.
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("operator", "phone", "main")

    key: str
    pbx: str
    what: Ordered
    operator: str
    actor: str
    at: datetime
    phone: str
    main: str = ""
    call: str | None = None
    request: str | None = None
    target: str = ""
    how: str = ""
    number: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """An operator asks somebody before he passes his patient on. Key: the `Channel` key of his phone.

    `main` is the patient's `Channel` key, `other` that of whom he asks (a Local half that leads there).
    """

    DURABLE: ClassVar[bool] = False
    INDEX: ClassVar[tuple[str, ...]] = ("call", "main", "other")

    key: str
    call: str
    main: str
    other: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One piece of work for operators. `number` is for people: 1… within `year`.

    `attempts` counts offers that came to nothing; `excluded` is who refused or missed the last one, not asked again
    before `excluded_until` while there is anybody else; `preferred` is who knows the person, asked first.
    `patient` is the MIS's id of whom it is about, once an operator has confirmed him; `meant` is whom the MIS itself
    means by work it wants done: nobody has confirmed him yet (P6). `works` are the keys of the work it wants done here
    that is still to be done. `missed` counts his calls that nobody answered; `joined` are the requests those calls had
    made, which a person can have back. `recording` names the message he left.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("owner", "phone", "queue", "routed", "meant", "contact")

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
    patient: str = ""
    meant: str = ""
    works: tuple[str, ...] = ()
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
    attempts: int = 0
    excluded: str = ""
    excluded_until: datetime | None = None
    preferred: str = ""
    missed: int = 0
    joined: tuple[str, ...] = ()
    recording: str = ""

    @property
    def routed(self) -> str:
        """`yes` while it waits to be offered; a call waits in Asterisk's queue, never here."""
        return "yes" if self.status == "queued" and self.kind != "call" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One line of a request's history. `what` is an i18n key; `note` is a person's text and is sealed at rest.

    `line` is its own id (a UUID) when it must be written once, however often it is told.
    """

    request: str
    at: datetime
    actor: str
    what: str
    call: str | None = None
    operator: str | None = None
    queue: str | None = None
    note: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One dialling for a callback. `command` is the order by which it was dialled, `call` what came of it.

    `channel` is the key of the operator's `Channel` that the order makes: by it the try is found again after a restart.
    `unknown`: nobody knows whether it rang (P2); it is shown, and looked at before another. `suspected`: it was
    answered, perhaps by a machine: who called is asked, and until he says otherwise it counts as reached.
    """

    at: datetime
    operator: str
    command: str = ""
    channel: str = ""
    call: str | None = None
    outcome: TryOutcome = "dialling"
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A promise to call a person. Key: its request, which has the number, the queue and the owner.

    `wanted_at` is the time he asked for; `place_at` is since when he stood in the queue he left (his turn comes when it
    would have come); `next_at` is the next try, None when it is to be tried whenever somebody is free. `attempt`
    counts the plan's tries that are used up.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("state",)

    key: str
    origin: Origin
    asked_at: datetime
    state: CallbackState = "waiting"
    wanted_at: datetime | None = None
    place_at: datetime | None = None
    next_at: datetime | None = None
    attempt: int = 0
    tries: tuple[Try, ...] = ()
