"""What the engine tells: the rows of its live world, the messages that carry them, the answers of its routes.

Numbers are in full (E.164): only `web` shows people anything, and it masks. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.standing import JournalStatus, PbxStatus, Status

__all__ = [
    "TABLES", "Beat", "CallPage", "CallRow", "Card", "CommandAnswer", "ContactRow", "HistoryRow", "JournalStatus",
    "LegRow", "Message", "Op", "OperatorRow", "Patch", "Patches", "PbxRow", "PbxStatus", "QueueRow", "RequestPage",
    "RequestRow", "RequestWithHistory", "Ring", "Snapshot", "Status", "Title", "VisitRow",
]

TABLES = ("calls", "requests", "operators", "queues", "pbxes")

Title = dict[Literal["ru", "en"], str]
Op = (
    tuple[Literal["set"], str, str, dict[str, Any]]
    | tuple[Literal["del"], str, str]
)  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LegRow(_Model):
    """One operator's part in a call."""

    operator: str
    queue: str
    rang_at: datetime
    answered_at: datetime | None
    left_at: datetime | None
    result: str
    left_by: str | None
    talk_s: float


class VisitRow(_Model):
    """One stay of a caller in a queue; `exit` says how it ended, `waiting` while it lasts."""

    queue: str
    joined_at: datetime
    left_at: datetime | None
    exit: str
    operator: str


class CallRow(_Model):
    """A call. `operator` is the one who talks now, `ringing` those whose phones ring, `others` calls joined with it."""

    id: str
    pbx: str
    direction: str
    phone: str
    anonymous: bool
    caller_name: str
    dialled: str
    source: Title
    queue: str
    phase: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    result: str
    wait_s: float
    talk_s: float
    legs: list[LegRow]
    visits: list[VisitRow]
    others: list[str]
    operator: str | None
    request: str | None
    ringing: list[str]


class RequestRow(_Model):
    """A request; `number` is for people: "2026-000123"."""

    id: str
    number: str
    kind: str
    status: str
    queue: str
    priority: int
    due_at: datetime | None
    owner: str | None
    contact: str | None
    phone: str
    source: Title
    calls: list[str]
    outcome: str
    created_at: datetime
    since: datetime
    queued_at: datetime | None
    first_response_at: datetime | None
    closed_at: datetime | None
    postponed_until: datetime | None
    version: int


class OperatorRow(_Model):
    """An operator; `reachable` says whether his phone can ring."""

    id: str
    title: Title
    extension: str
    queues: list[str]
    presence: str
    presence_reason: str
    presence_since: datetime | None
    voice: str
    voice_since: datetime | None
    reachable: bool
    paused: bool
    pauses: list[str]
    call: str | None
    wrap_up: str | None
    handled_today: int
    talk_today_s: float


class QueueRow(BaseModel):
    """A queue and its figures; a figure added to `engine.queues.stats` appears here by itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    title: Title
    waiting: int
    longest_since: datetime | None
    oldest: list[str]
    free: int
    talking: int
    wrap_up: int
    offered: int
    answered: int
    in_level: int
    abandoned: int
    unanswered: int
    service_level: int | None
    service_level_s: int
    target: int
    average_wait_s: float
    missed_open: int


class PbxRow(_Model):
    """A PBX and our link to it."""

    id: str
    link: str
    reason: str
    since: datetime | None


class Snapshot(_Model):
    """The whole live world at `seq`."""

    type: Literal["snapshot"] = "snapshot"
    epoch: str
    seq: int
    now: datetime
    unsaved: bool
    tables: dict[str, dict[str, dict[str, Any]]]


class Patch(_Model):
    """What changed from `seq - 1` to `seq`; `unsaved` while the database is away."""

    type: Literal["patch"] = "patch"
    epoch: str
    seq: int
    at: datetime
    ops: list[Op]
    unsaved: bool


class Patches(_Model):
    """The patches a reconnecting reader missed; `seq` is the last one's."""

    type: Literal["patches"] = "patches"
    epoch: str
    seq: int
    now: datetime
    patches: list[Patch]


class Ring(_Model):
    """An operator's phone rings; told before the commit, with no number in the sequence."""

    type: Literal["ring"] = "ring"
    operator: str
    call: CallRow
    leg: int


class Beat(_Model):
    """The engine lives; each second. A `seq` above the reader's own means that he missed something."""

    type: Literal["beat"] = "beat"
    seq: int
    now: datetime


Message = Annotated[Snapshot | Patch | Patches | Ring | Beat, Field(discriminator="type")]


class CommandAnswer(_Model):
    """The answer to a command; `why` is an i18n key, `by` the operator who was faster."""

    ok: bool
    why: str = ""
    by: str = ""
    request: RequestRow | None = None


class HistoryRow(_Model):
    """A line of a request's history."""

    at: datetime
    actor: str
    what: str
    call: str | None
    operator: str | None
    queue: str | None
    note: str


class ContactRow(_Model):
    """A contact; `phone` is None and `pretty` masked for whom the call or request is not."""

    id: str | None
    phone: str | None
    pretty: str
    earlier_calls: int
    first_seen: datetime | None


class Card(_Model):
    """The card of a call or request; its display was audited before it was answered."""

    request: RequestRow | None
    call: CallRow | None
    contact: ContactRow | None
    calls: list[CallRow]
    requests: list[RequestRow]
    history: list[HistoryRow]


class CallPage(_Model):
    """A page of calls."""

    items: list[CallRow]
    cursor: str | None


class RequestPage(_Model):
    """A page of requests."""

    items: list[RequestRow]
    cursor: str | None


class RequestWithHistory(RequestRow):
    """A request and the lines of its history."""

    history: list[HistoryRow]
