"""The contract of REST about promises to call. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class Try(BaseModel):
    """One dialling for a callback. `outcome` "unknown": nobody knows whether it rang; it is not repeated blindly."""

    model_config = ConfigDict(extra="ignore")

    at: datetime
    operator: str = ""
    outcome: str
    call: str | None = None


class Callback(BaseModel):
    """A promise to call: where it came from, when the next try is, the plan's tries used up, and every try."""

    model_config = ConfigDict(extra="ignore")

    state: Literal["waiting", "dialling", "reached", "given_up", "withdrawn"]
    origin: str
    wanted_at: datetime | None = None
    next_at: datetime | None = Field(None, description="null: as soon as somebody is free")
    attempt: int = 0
    of: int = Field(0, description="tries the queue's plan has")
    tries: list[Try] = Field(default_factory=list)


class NewCallback(BaseModel):
    """Somebody is to be called back, by a number in any spelling or by a request; who is promised a call already has
    one promise, with what is wanted now.
    """

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str, StringConstraints(max_length=64)] = ""
    request: UUID | None = None
    queue: Annotated[str, StringConstraints(max_length=64)] = ""
    when: AwareDatetime | None = Field(None, description="as soon as may be when null; quiet hours are kept")
    note: Annotated[str, StringConstraints(max_length=4000)] = ""
