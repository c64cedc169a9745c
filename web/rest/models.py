"""The contract of REST, as pydantic models: what is answered, what may be asked. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.rest.callbacks import Callback

# Every token is a service token (DESIGN 6): people have pages, and their pages are of 50.
TOKEN_LIMIT = 500
Titles = dict[str, str]
Text = Annotated[str, StringConstraints(max_length=4000)]
Name = Annotated[str, StringConstraints(max_length=64)]
Cursor = Annotated[str, StringConstraints(max_length=400, pattern=r"^[A-Za-z0-9_.:=+/-]*$")]
Kind = Literal["call", "missed_call", "callback", "chat", "form", "email", "voicemail"]
Status = Literal["new", "queued", "offered", "in_progress", "wrap_up", "postponed", "done", "cancelled"]
Direction = Literal["inbound", "outbound", "internal"]
Result = Literal[
    "answered", "abandoned", "unanswered", "busy", "failed", "out_of_hours", "voicemail", "self_service", "lost_by_pbx",
    "in_progress",
]


class Answered(BaseModel):
    """What is answered; fields the engine adds tomorrow are not."""

    model_config = ConfigDict(extra="ignore")


class Leg(Answered):
    """One operator's part in a call."""

    operator: str
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    left_at: datetime | None = None
    result: str
    left_by: str | None = None
    talk_s: float = Field(0, description="seconds with the outside party, hold and consulting included")
    queue: str | None = None


class Visit(Answered):
    """One stay of the caller in a queue: overflow, a transfer and a return make further ones."""

    queue: str
    joined_at: datetime
    left_at: datetime | None = None
    exit: Literal[
        "waiting", "answered", "abandoned", "timeout", "empty", "full", "key", "withdrawn", "moved", "lost"
    ]  # fmt: skip
    operator: str = ""


class Call(Answered):
    """A call. `number` is masked as the token's role demands; `wait_s` and `talk_s` are seconds."""

    id: str
    pbx: str
    direction: Direction
    number: str
    dialled: str
    source: Titles | str | None = None
    queue: str | None = None
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result
    wait_s: float = 0
    talk_s: float = 0
    ended_by: str | None = None
    legs: list[Leg] = Field(default_factory=list)
    visits: list[Visit] = Field(default_factory=list)
    others: list[str] = Field(default_factory=list, description="ids of calls an operator joined this one with")
    request_id: str | None = None
    recordings: list[str] = Field(default_factory=list, description="ids of recordings; none was made when empty")


class HistoryEntry(Answered):
    """One line of a request's history."""

    at: datetime
    actor: str = ""
    what: str
    call: str | None = None
    operator: str | None = None
    queue: str | None = None
    note: str = ""


class Request(Answered):
    """A request. `phone` is masked unless the token acts for its owner; `version` is what an order should carry."""

    id: str
    number: str
    kind: Kind
    status: Status
    queue: str | None = None
    priority: int = 0
    due_at: datetime | None = None
    owner: str | None = None
    contact: str | None = None
    patient: str | None = Field(None, description="always null: the MIS's ids of patients leave Okno for nobody")
    identified: bool = Field(False, description="whether an operator has confirmed who it is about")
    phone: str = ""
    source: Titles | str | None = None
    calls: list[str] = Field(default_factory=list)
    conversation: str | None = None
    outcome: str | None = None
    created_at: datetime
    first_response_at: datetime | None = None
    closed_at: datetime | None = None
    postponed_until: datetime | None = None
    wrap_up_until: datetime | None = Field(None, description="when the after-call work ends by itself")
    version: int = 1
    attempts: int = Field(0, description="offers that came to nothing")
    callback: Callback | None = Field(None, description="the promise to call, while the request is open")
    missed: int = Field(0, description="calls of this person that nobody answered")
    message: bool = Field(False, description="whether the caller left a message")
    joined: list[str] = Field(default_factory=list, description="calls that joined it, and may be split off again")
    history: list[HistoryEntry] | None = None


class Offer(Answered):
    """A request reserved for one operator. `expires_at` bounds a pending one; `by_hand`: nobody was asked.

    `confirmed`: the operator's phones are quiet, so that he may dial.
    """

    id: str
    request: str
    operator: str
    state: Literal["pending", "accepted", "wrapping", "completed", "rejected", "timeout", "rescinded", "canceled"]
    weight: int
    at: datetime
    expires_at: datetime | None = None
    accepted_at: datetime | None = None
    sticky: bool = False
    by_hand: bool = False
    confirmed: bool = True


class OfferList(Answered):
    """Every live offer."""

    items: list[Offer]


class CallPage(Answered):
    """A page of calls, newest first; `cursor` leads to the next, null at the end."""

    items: list[Call]
    cursor: str | None = None


class RequestPage(Answered):
    """A page of requests, newest first; `cursor` leads to the next, null at the end."""

    items: list[Request]
    cursor: str | None = None


class Queue(BaseModel):
    """A queue now and its figures of today; a figure without data is null."""

    model_config = ConfigDict(extra="allow")
    id: str
    title: Titles
    waiting: int = 0


class Operator(BaseModel):
    """An operator now: presence, voice state, figures of today."""

    model_config = ConfigDict(extra="allow")
    id: str
    title: Titles
    extension: str
    presence: str
    voice: str


class QueueList(Answered):
    """Every queue."""

    items: list[Queue]


class OperatorList(Answered):
    """Every operator."""

    items: list[Operator]


class Live(Answered):
    """The open world as the role sees it, with the engine's number of its state."""

    epoch: str
    seq: int
    now: datetime
    tables: dict[str, dict[str, dict[str, Any]]]


class Asked(BaseModel):
    """What is asked; an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Page(Asked):
    """Where a page begins and how long it is."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=TOKEN_LIMIT)] = 50


class CallsQuery(Page):
    """Which calls."""

    since: datetime | None = Field(None, alias="from", description="started at or after")
    until: datetime | None = Field(None, alias="to", description="started before")
    queue: Name | None = None
    operator: Name | None = None
    result: Result | None = None
    direction: Direction | None = None


class RequestsQuery(Page):
    """Which requests."""

    status: Status | None = None
    kind: Kind | None = None
    queue: Name | None = None
    owner: Name | None = None


class Order(Asked):
    """What every order may carry: the version of the request that was seen, and for whom a supervisor acts."""

    version: int | None = None
    operator: Name | None = Field(None, description="the operator acted for; only a supervisor's token may name one")


class Complete(Order):
    """Close a request with an outcome of the settings."""

    outcome: Name = ""
    note: Text = ""


class Postpone(Order):
    """Put a request aside until a time."""

    until: datetime
    note: Text = ""


class Transfer(Order):
    """Give a request to an operator or back to a queue: exactly one of them."""

    to_operator: Name | None = None
    to_queue: Name | None = None
    note: Text = ""


class Note(Order):
    """Add a note to a request's history."""

    note: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Answer(Asked):
    """Answer an offer."""

    operator: Name | None = Field(None, description="the operator acted for; only a supervisor's token may name one")


class Prioritise(Order):
    """Raise or lower a request: the higher the sooner, in steps of the queues' own priorities."""

    priority: Annotated[int, Field(ge=-100, le=100)]


class NewRequest(Asked):
    """A request made by hand or by another system, for a phone number in any spelling."""

    kind: Literal["callback", "form", "email", "voicemail"] = "callback"
    queue: Name
    phone: Annotated[str, StringConstraints(min_length=3, max_length=64)]
    note: Text = ""
