"""What a socket may ask, as the browser sends it: checked once, here; anything else is refused without an echo."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Note = Annotated[str, StringConstraints(max_length=4000)]
Name = Annotated[str, StringConstraints(max_length=64)]
Value = Annotated[str, StringConstraints(max_length=100)]
Cursor = Annotated[str, StringConstraints(max_length=400, pattern=r"^[A-Za-z0-9_.:=+/-]*$")]
# People read pages; a page of fifty cannot be used to carry the whole history away (personal-data.md row 27).
PEOPLE_LIMIT = 50

COMMAND_PERMISSIONS = {
    "take": "requests.work", "complete": "requests.work", "postpone": "requests.work", "transfer": "requests.work",
    "note": "requests.work", "open": "requests.open", "presence": "presence.change",
    "callback": "requests.open", "tried": "requests.work",
    "accept": "requests.work", "refuse": "requests.work", "prolong": "requests.work", "link": "requests.work",
    "unlink": "requests.work", "name": "requests.work", "split": "requests.work", "block": "numbers.block",
    "unblock": "numbers.unblock", "seen": "notices.read", "dial": "phone.use", "hang_up": "phone.use",
    "pass": "phone.use", "consult": "phone.use", "tones": "phone.use",
    "steer_presence": "operators.steer", "steer_queues": "operators.steer", "steer_skills": "operators.steer",
    "prioritise": "requests.steer", "message": "operators.message", "spy": "calls.spy",
}


class Ask(BaseModel):
    """What all asks have in common: no unknown field."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SyncAsk(Ask):
    """Where the screen stands; both null at its start."""

    epoch: Annotated[str, StringConstraints(max_length=64)] | None = None
    seq: Annotated[int, Field(ge=0)] | None = None


class CommandAsk(Ask):
    """An order. `id` was minted where the person clicked: the same id again is the same order."""

    id: UUID
    name: Name
    args: dict[Name, Any] = Field(default_factory=dict, max_length=12)

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in COMMAND_PERMISSIONS:
            raise ValueError("there is no such order")
        return name


class CardAsk(Ask):
    """Whose card: by a request or by a call, exactly one."""

    request: UUID | None = None
    call: UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.request is None) == (self.call is None):
            raise ValueError("exactly one of request and call")
        return self


class HistoryAsk(Ask):
    """A page of calls or requests, newest first."""

    kind: Literal["calls", "requests"]
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=PEOPLE_LIMIT)] = PEOPLE_LIMIT
    filters: dict[Name, Value | None] = Field(default_factory=dict, max_length=12)


class SearchAsk(Ask):
    """A full number, its last four digits, a name, or a request's number."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


CALL_FILTERS = frozenset(("from", "to", "queue", "operator", "result", "direction"))
REQUEST_FILTERS = frozenset(("status", "kind", "queue", "owner"))
