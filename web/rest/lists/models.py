"""The contract of REST about outbound lists. Times are RFC 3339 in UTC; numbers of people are masked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from web.rest.lists.reading import MOST_PEOPLE
from web.rest.models import Answered

_CLEAN = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=_CLEAN)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=_CLEAN)]
Short = Annotated[str, StringConstraints(max_length=64)]
Place = Annotated[int, Field(ge=0, le=49)]
Clock = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
State = Literal["running", "paused", "stopped", "done"]
# A file of three thousand people with all they may have is below this; base64 makes it a third longer.
LONGEST = 3_500_000


class Wanted(BaseModel):
    """What may be asked; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class ColumnsBody(Wanted):
    """Which column of the file holds what, counted from 0. `words` are those of the column `consent` that count."""

    phone: Place
    name: Place | None = None
    note: Place | None = None
    ref: Place | None = None
    consent: Place | None = None
    agreed: bool = Field(False, description="the words mean that he may be called; else that he may not")
    words: Annotated[list[Line], Field(max_length=30)] = Field(default_factory=list)


class ReadBody(Wanted):
    """A file (CSV in base64), and which column holds what once that is known."""

    file: Base64Bytes
    columns: ColumnsBody | None = None


class Column(Answered):
    """A column of the file: its title, if the first row has titles, and its first cells."""

    title: str
    samples: list[str]


class RowFault(Answered):
    """A row nobody will be called for. `word`: no_phone, bad_phone, not_callable, twice (`of`: the row that has the
    number first), refused, over.
    """

    row: int
    word: str
    of: int = 0


class Reading(Answered):
    """What a file is: its columns, the one that looks like numbers, and, with `columns` given, whom it names.

    `counts` has how many rows have which fault, `faults` the first hundred; `unwanted`, `blocked` and `elsewhere` are
    people who said that they want no lists, whose number is blocked, who are in another list.
    """

    columns: list[Column]
    rows: int
    titled: bool
    phone: int | None = None
    good: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    faults: list[RowFault] = Field(default_factory=list)
    unwanted: int = 0
    blocked: int = 0
    elsewhere: int = 0


class PersonBody(Wanted):
    """Whom to call, by a number in any spelling."""

    phone: Short
    name: Annotated[Line, StringConstraints(max_length=100)] = ""
    note: Line = ""
    ref: Annotated[Line, StringConstraints(max_length=64)] = ""


class NewList(Wanted):
    """A list: of a `file` with its `columns`, of `people`, or (`mis`) of the calls to confirm that wait.

    `opens` and `closes` are of the called person's own day, `days` 1 (Monday) to 7. `at_once`: how many operators or
    lines it may take; `attempts` and `again_min` are of a flow's rings, operators go by their queue's plan.
    """

    title: Title
    mode: Literal["operator", "ivr"] = "operator"
    queue: Short = ""
    flow: Short = ""
    opens: Clock = "09:00"
    closes: Clock = "20:00"
    days: Annotated[str, StringConstraints(pattern=r"^[1-7]{1,7}$")] = "1234567"
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    at_once: Annotated[int, Field(ge=1, le=100)] = 5
    per_minute: Annotated[int, Field(ge=1, le=600)] = 10
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    again_min: Annotated[int, Field(ge=1, le=10_080)] = 60
    running: bool = True
    file: Base64Bytes | None = None
    columns: ColumnsBody | None = None
    people: Annotated[list[PersonBody], Field(max_length=MOST_PEOPLE)] | None = None
    mis: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum((self.file is not None, self.people is not None, self.mis)) != 1:
            raise ValueError("exactly one of file, people and mis")
        if (self.file is None) != (self.columns is None):
            raise ValueError("a file comes with its columns")
        return self


class List(Answered):
    """A list as it stands; `counts` says how many of its people stand how. `open`: it is in hand, or may be again."""

    id: UUID
    title: str
    source: Literal["csv", "mis", "rest"]
    mode: Literal["operator", "ivr"]
    queue: str
    flow: str
    opens: int
    closes: int
    days: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    at_once: int
    per_minute: int
    attempts: int
    again_min: int
    state: State
    author: str
    at: datetime
    said_by: str = ""
    said_at: datetime | None = None
    ended_at: datetime | None = None
    open: bool
    counts: dict[str, int]


class Lists(Answered):
    """Lists, the newest first, and how many calls to confirm of the MIS wait to be taken over by one."""

    items: list[List]
    to_confirm: int


class SteerBody(Wanted):
    """What is to become of a list. `pace` changes how many at once, and how many a minute."""

    what: Literal["pause", "resume", "stop", "pace"]
    at_once: Annotated[int, Field(ge=1, le=100)] | None = None
    per_minute: Annotated[int, Field(ge=1, le=600)] | None = None


class PersonSteerBody(Wanted):
    """Take a person out of a list, put him back, or note that he wants no lists."""

    what: Literal["skip", "back", "refuse"]


class PeopleQuery(Wanted):
    """A page of a list's people by their rows; `state` one of the states of `List.counts`. `export`: they are taken
    away as a file, and the audit trail says so.
    """

    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    state: Short = ""
    export: bool = False


class ListPerson(Answered):
    """A person of a list. `outcome` says more of how he stands, `answer` what he said to the flow by key."""

    id: UUID
    place: int
    number: str
    name: str = ""
    note: str = ""
    ref: str = ""
    state: str
    outcome: str = ""
    answer: str = ""
    attempt: int = 0
    next_at: datetime | None = None
    tried_at: datetime | None = None
    ended_at: datetime | None = None
    request: UUID | None = None
    call: UUID | None = None


class ListPeople(Answered):
    """People of a list, by their rows."""

    items: list[ListPerson]


class Refusal(Answered):
    """Who wants to be in no list: the number masked, who noted it, when."""

    id: UUID
    number: str
    actor: str
    at: datetime


class Refusals(Answered):
    """Refusals, the newest first."""

    items: list[Refusal]


class RefusalBody(Wanted):
    """A number in any spelling whose person wants no lists; `undo`: he does again."""

    phone: Short
    undo: bool = False


class NothingBody(Wanted):
    """An order that needs no words."""


class Told(Answered):
    """It was done."""

    ok: bool = True
