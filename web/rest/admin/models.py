"""The contract of administration, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from web.rest.models import Answered, Name

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Document = dict[str, Any]
Why = Annotated[str, StringConstraints(max_length=500)]


class Wanted(BaseModel):
    """What may be asked; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Head(Answered):
    """A version of the directory: who made it, when, why. `restored` is the version an undo brought back."""

    version: int
    at: datetime
    actor: str
    source: Literal["yaml", "page", "undo"]
    restored: int | None = None
    note: str = ""


class Difference(Answered):
    """One thing that differs: `path` says where ("operators[anna].extension"), `words` tells it in English."""

    path: str
    words: str
    section: str
    name: str
    field: str
    what: Literal["added", "removed", "changed", "moved"]
    was: Any = None
    now: Any = None


class Remark(Answered):
    """Whom a change would hurt, or what in it is odd: `word` names the sentence, `more` fills it."""

    path: str
    word: str
    message: str
    more: dict[str, Any] = Field(default_factory=dict)


class Mistake(Answered):
    """What cannot be: `path` as the checker of okno.yaml names it ("operators[3].extension")."""

    path: str
    message: str


class DirectoryNow(Answered):
    """The directory in force, its sections named as in okno.yaml."""

    version: int
    head: Head | None = None
    document: Document


class Versions(Answered):
    """Versions, the newest first."""

    items: list[Head]


class DirectoryVersion(Head):
    """One version with its document and its differences to version `against`; 0 is the empty directory."""

    against: int
    document: Document
    diff: list[Difference]


class Checked(Answered):
    """What would come of a document: nothing may be in `errors`; `busy` needs `force`."""

    version: int
    errors: list[Mistake]
    warnings: list[Remark]
    busy: list[Remark]
    diff: list[Difference]


class Saved(Answered):
    """The version now in force and what it changed; no differences make no version."""

    version: int
    diff: list[Difference]
    warnings: list[Remark] = Field(default_factory=list)


class VersionsQuery(Wanted):
    """A page of versions: those below `before`."""

    before: Number | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class VersionQuery(Wanted):
    """Which version, compared with which: the one before it when `against` is left out."""

    version: Number
    against: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class CheckBody(Wanted):
    """A whole document."""

    document: Document


class ChangeBody(Wanted):
    """A whole document made from version `base`. `force` saves it even if it hurts somebody just now."""

    base: Annotated[int, Field(ge=0, le=2**31 - 1)]
    document: Document
    note: Why = ""
    force: bool = False


class UndoBody(Wanted):
    """The version whose document is to be in force again; `base` is the version in force."""

    base: Annotated[int, Field(ge=0, le=2**31 - 1)]
    version: Number
    note: Why = ""
    force: bool = False


class AccountRow(Answered):
    """An account. `disabled` ones keep their login and their traces."""

    id: UUID
    login: str
    title: str
    role: str
    operator: str | None = None
    disabled: bool = False


class Accounts(Answered):
    """Every account, by login."""

    items: list[AccountRow]


class NewPassword(AccountRow):
    """An account and its new password, which is shown this once."""

    password: str


class AccountBody(Wanted):
    """A new account; the role `operator` names an operator of the directory."""

    login: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=64)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    role: Literal["operator", "supervisor", "administrator", "auditor"]
    operator: Name | None = None


class NothingBody(Wanted):
    """An order that needs no words."""


class Kinds(Answered):
    """The kinds of steps a flow is made of: name -> JSON schema; and the addresses a step may ask, by name."""

    kinds: dict[str, dict[str, Any]]
    addresses: list[str]


class StepCount(Answered):
    """Callers in a step now, and how many have entered it since the engine began."""

    now: int
    entered: int


class FlowCount(Answered):
    """Of one flow: who came, who is inside, how they left, and each step."""

    came: int
    inside: int
    exits: dict[str, int]
    steps: dict[str, StepCount]


class FlowCounts(Answered):
    """Callers by flow, since the engine began."""

    since: datetime
    flows: dict[str, FlowCount]


class Flaw(Answered):
    """What is wrong with a flow: in which step and field; `word` names the sentence, `more` fills it."""

    step: str
    field: str
    word: str
    message: str
    more: dict[str, Any] = Field(default_factory=dict)
    level: Literal["error", "warning"] = "error"


class FlowFlaws(Answered):
    """The flaws of each flow."""

    flaws: dict[str, list[Flaw]]


class TryBody(Wanted):
    """A flow of a directory, what was given so far each time the caller was waited for, and what is so for him.

    `at` without a zone is the clinic's clock; none is now. `wait_s` none: nobody can say how long one waits.
    """

    document: Document
    flow: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    given: Annotated[list[Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,40}$")]], Field(max_length=200)] = []
    at: datetime | None = None
    line: Annotated[str, StringConstraints(max_length=40)] = ""
    hidden: bool = False
    patient: bool = False
    visit: bool = False
    blocked: bool = False
    promised: bool = False
    waiting: Annotated[int, Field(ge=0, le=500)] = 2
    wait_s: Annotated[float, Field(ge=0, le=7200)] | None = 120
    staffed: bool = True
    http: bool = True


class Walked(Answered):
    """What happened, line by line; `wants`: a key or a recording is waited for; `leave`: how it ended.

    `broken`: the flow cannot be read, for so many reasons.
    """

    lines: list[dict[str, Any]]
    wants: dict[str, Any] | None
    leave: dict[str, str] | None
    step: str
    broken: int = 0


class PromptBody(Wanted):
    """A WAV or MP3 file in base64."""

    sound: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class PromptKept(Answered):
    """A kept sound: `file` is what a prompt of the directory names."""

    file: str
    seconds: float


class PromptQuery(Wanted):
    """Which uploaded sound."""

    file: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SpeakBody(Wanted):
    """A text to be spoken."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=1500)]
    language: Literal["ru", "en"]


class PromptSound(Answered):
    """A WAV file in base64."""

    sound: str
