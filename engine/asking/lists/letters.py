"""What is asked about lists, as it comes over the wire: checked once, here."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

# So many people has a list; a clinic that calls more makes several.
MOST = 3000
PAGE = 500
_CLEAN = r"^[^\x00-\x1f\x7f]*$"
Command = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Word = Annotated[str, StringConstraints(max_length=64, pattern=_CLEAN)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=_CLEAN)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Minute = Annotated[int, Field(ge=0, le=1440)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(_Strict):
    """Whom to call: his number, his row, what the operator sees of him, and how the clinic's own file calls him."""

    place: Annotated[int, Field(ge=1, le=1_000_000)]
    phone: Phone
    name: Annotated[str, StringConstraints(max_length=100, pattern=_CLEAN)] = ""
    note: Annotated[str, StringConstraints(max_length=300, pattern=_CLEAN)] = ""
    ref: Annotated[str, StringConstraints(max_length=64, pattern=_CLEAN)] = ""


class Make(_Strict):
    """A new list under an id of whoever makes it: twice is once."""

    id: UUID
    title: Title
    source: Literal["csv", "mis", "rest"]
    mode: Literal["operator", "ivr"]
    queue: Word = ""
    flow: Word = ""
    pbx: Word = ""
    shown: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{0,15}$")] = ""
    opens: Minute = 540
    closes: Minute = 1200
    days: Annotated[str, StringConstraints(pattern=r"^[1-7]{1,7}$")] = "1234567"
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    at_once: Annotated[int, Field(ge=1, le=100)] = 5
    per_minute: Annotated[int, Field(ge=1, le=600)] = 10
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    again_min: Annotated[int, Field(ge=1, le=10_080)] = 60
    running: bool = True
    people: Annotated[tuple[Person, ...], Field(max_length=MOST)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the hours end before they begin")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("the list ends before it begins")
        if (self.source == "mis") == bool(self.people):
            raise ValueError("people are given, unless the MIS gives them")
        if self.mode == "ivr" and not self.flow:
            raise ValueError("a flow is needed")
        if self.mode == "operator" and not self.queue:
            raise ValueError("a queue is needed")
        return self


class Check(_Strict):
    """Numbers of a list that is to be made: who of them would not be called."""

    phones: Annotated[tuple[Phone, ...], Field(max_length=MOST)]


class One(_Strict):
    """A list."""

    list: UUID


class People(_Strict):
    """A page of a list's people, by their places; `state` empty: of all. `export`: to be taken away as a file."""

    list: UUID
    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=PAGE)] = 50
    state: Word = ""
    export: bool = False


class Steer(_Strict):
    """Pause a list, let it go on, stop it, or give it another pace."""

    command: Command
    list: UUID
    what: Literal["pause", "resume", "stop", "pace"]
    at_once: Annotated[int, Field(ge=1, le=100)] | None = None
    per_minute: Annotated[int, Field(ge=1, le=600)] | None = None


class SteerPerson(_Strict):
    """Take a person out, put him back, or note that he wants no lists."""

    command: Command
    target: UUID
    what: Literal["skip", "back", "refuse"]


class Refuse(_Strict):
    """A person wants to be in no list, or in lists again."""

    command: Command
    phone: Phone
    undo: bool = False


class Lift(_Strict):
    """Take a refusal back by its id: who does it sees the number masked."""

    command: Command
    refusal: UUID
