"""The rows of the work itself: calls, requests, offers."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from engine.feed.rows import Model, Title


class LegRow(Model):
    """One operator's part in a call."""

    operator: str
    queue: str
    rang_at: datetime
    answered_at: datetime | None
    left_at: datetime | None
    result: str
    left_by: str | None
    talk_s: float


class VisitRow(Model):
    """One stay of a caller in a queue; `exit` says how it ended, `waiting` while it lasts."""

    queue: str
    joined_at: datetime
    left_at: datetime | None
    exit: str
    operator: str


class CallRow(Model):
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
    consult: str
    ringing: list[str]


class TryRow(Model):
    """One dialling for a callback; `unknown`: nobody knows whether it rang."""

    at: datetime
    operator: str
    outcome: str
    call: str | None
    ended_at: datetime | None


class CallbackRow(Model):
    """A promise to call: when the next try is (None: as soon as somebody is free), how many `of` the plan's are used.

    `state` is waiting, dialling, reached, given_up or withdrawn; `wanted_at` is the time he asked for.
    """

    state: str
    origin: str
    wanted_at: datetime | None
    next_at: datetime | None
    attempt: int
    of: int
    tries: list[TryRow]


class ConversationRow(Model):
    """A conversation: by which channel, since when an answer is waited for, until when one may be given."""

    id: str
    channel: str
    account: str
    seq: int
    unheard: int
    waits_since: datetime | None
    replied_at: datetime | None
    window_until: datetime | None
    emergency: bool
    over: bool


class RequestRow(Model):
    """A request; `number` is for people: "2026-000123". `patient`, `meant`: ids of the MIS, leave `web` for nobody."""

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
    wrap_up_until: datetime | None
    version: int
    attempts: int
    patient: str | None = None
    meant: str | None = None
    preferred: str = ""
    callback: CallbackRow | None = None
    conversation: ConversationRow | None = None
    missed: int = 0
    message: bool = False
    joined: list[str] = Field(default_factory=list)


class OfferRow(Model):
    """A request reserved for an operator; his alone until it expires."""

    id: str
    request: str
    operator: str
    state: str
    weight: int
    at: datetime
    expires_at: datetime | None
    accepted_at: datetime | None
    sticky: bool
    by_hand: bool
    confirmed: bool
