"""What `mis` publishes on the bus and takes from there. No clear personal data: blobs are sealed for the bus."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

STREAM = "mis.state"
VISITS = "mis.visits"
WORK = "mis.work"
# Written by the engine's outbox, taken by `mis`: what came of a contact with an identified patient.
REPORTS = "engine.reports"
# Where a sealed blob of these stands, for the seal's associated data; the row is the event's `key`.
WORK_PLACE = {"table": "mis_work", "column": "who"}
REPORT_PLACE = {"table": "mis_reports", "column": "report"}

ConnectorState = Literal["ready", "not_configured", "down"]
VisitWhat = Literal[
    "booked", "requested", "moved", "cancelled", "confirmed", "refused", "unknown", "restricted_opened",
]  # fmt: skip
# Why a person must act: confirm a visit, offer a place that came free, tell of a change the MIS made, look after a
# booking whose outcome could not be found.
Reason = Literal["confirm", "waitlist", "changed", "unresolved"]
# Why nobody need act any more: the visit was confirmed, is off, is at another time; the time that came free is taken,
# or its hour has come; who waited has what he wanted, or waits no more.
OverWhy = Literal["confirmed", "cancelled", "moved", "taken", "past", "done", "given_up"]


class ConnectorChanged(BaseModel):
    """The connection to the MIS changed its state; kind "ConnectorChanged" on the stream `mis.state`."""

    model_config = ConfigDict(frozen=True)

    connector: str
    state: ConnectorState


class VisitChanged(BaseModel):
    """Something was done about a visit, for a request; kind "VisitChanged" on the stream `mis.visits`.

    `restricted_opened` is of no visit: somebody gave a reason and saw a restricted card; `key` is that of the opening.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    request: UUID
    what: VisitWhat
    actor: str
    at: datetime


class WorkWanted(BaseModel):
    """A person must act; kind "WorkWanted" on the stream `mis.work`. The same `key` twice is one.

    `who` is base64 of JSON {phone (E.164, may be empty), patient, note, request (whence it comes, may be empty)} sealed
    for the bus at WORK_PLACE, row = key.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    reason: Reason
    queue: str
    priority: int = 0
    due_at: datetime
    who: str


class WorkOver(BaseModel):
    """Nobody need do what `WorkWanted` of the same `key` asked for; kind "WorkOver" on the stream `mis.work`, once."""

    model_config = ConfigDict(frozen=True)

    key: UUID
    why: OverWhy


class ContactReported(BaseModel):
    """What came of a contact; kind "ContactReported" on the stream `engine.reports`, the same `key` twice is one.

    `report` is base64 of JSON {patient, at, kind, outcome, operator} sealed for the bus at REPORT_PLACE, row = key.
    """

    model_config = ConfigDict(frozen=True)

    key: UUID
    report: str
