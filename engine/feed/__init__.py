"""What the engine tells: the rows of its live world, the messages that carry them, the answers of its routes.

Numbers are in full (E.164): only `web` shows people anything, and it masks. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.feed.rows import (
    AlertRow,
    ContactRow,
    HistoryRow,
    LineRow,
    Model,
    NoticeRow,
    OperatorRow,
    PbxRow,
    QueueRow,
    RulesRow,
    Title,
    Word,
)
from engine.feed.work import (
    CallbackRow,
    CallRow,
    ConversationRow,
    LegRow,
    OfferRow,
    RequestRow,
    TryRow,
    VisitRow,
)
from engine.standing import JournalStatus, PbxStatus, Status

__all__ = [
    "TABLES",
    "AlertRow",
    "Beat",
    "CallPage",
    "CallRow",
    "CallbackRow",
    "Card",
    "CommandAnswer",
    "ContactRow",
    "ConversationRow",
    "HistoryRow",
    "JournalStatus",
    "LegRow",
    "LineRow",
    "Message",
    "Notice",
    "NoticeRow",
    "OfferRow",
    "Op",
    "OperatorRow",
    "Patch",
    "Patches",
    "PbxRow",
    "PbxStatus",
    "QueueRow",
    "RequestPage",
    "RequestRow",
    "RequestWithHistory",
    "Ring",
    "RulesRow",
    "Snapshot",
    "Status",
    "Title",
    "TryRow",
    "VisitRow",
    "Word",
]

TABLES = ("calls", "requests", "operators", "queues", "pbxes", "offers", "alerts", "lines", "rules")

Op = (
    tuple[Literal["set"], str, str, dict[str, Any]]
    | tuple[Literal["del"], str, str]
)  # fmt: skip


class Snapshot(Model):
    """The whole live world at `seq`."""

    type: Literal["snapshot"] = "snapshot"
    epoch: str
    seq: int
    now: datetime
    unsaved: bool
    tables: dict[str, dict[str, dict[str, Any]]]


class Patch(Model):
    """What changed from `seq - 1` to `seq`; `unsaved` while the database is away."""

    type: Literal["patch"] = "patch"
    epoch: str
    seq: int
    at: datetime
    ops: list[Op]
    unsaved: bool


class Patches(Model):
    """The patches a reconnecting reader missed; `seq` is the last one's."""

    type: Literal["patches"] = "patches"
    epoch: str
    seq: int
    now: datetime
    patches: list[Patch]


class Ring(Model):
    """An operator's phone rings; told before the commit, with no number in the sequence."""

    type: Literal["ring"] = "ring"
    operator: str
    call: CallRow
    leg: int


class Notice(Model):
    """A message to one operator, or (`seen`) that he has read it; for his own screens only."""

    type: Literal["notice"] = "notice"
    operator: str
    notice: NoticeRow


class Beat(Model):
    """The engine lives; each second. A `seq` above the reader's own means that he missed something.

    `hints` is the number of the last change of the hints: another one than before means that they are to be read anew.
    """

    type: Literal["beat"] = "beat"
    seq: int
    now: datetime
    hints: int = 0


Message = Annotated[Snapshot | Patch | Patches | Ring | Notice | Beat, Field(discriminator="type")]


class CommandAnswer(Model):
    """The answer to a command; `why` is an i18n key, `by` the operator who was faster."""

    ok: bool
    why: str = ""
    by: str = ""
    request: RequestRow | None = None


class Card(Model):
    """The card of a call or request; its display was audited before it was answered."""

    request: RequestRow | None
    call: CallRow | None
    contact: ContactRow | None
    calls: list[CallRow]
    requests: list[RequestRow]
    history: list[HistoryRow]


class CallPage(Model):
    """A page of calls."""

    items: list[CallRow]
    cursor: str | None


class RequestPage(Model):
    """A page of requests."""

    items: list[RequestRow]
    cursor: str | None


class RequestWithHistory(RequestRow):
    """A request and the lines of its history."""

    history: list[HistoryRow]
