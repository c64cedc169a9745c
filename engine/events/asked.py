"""The commands of people, as the engine received them. Each is answered once, by `AnswerCommand`.

`command` is the caller's own id (a UUID minted where the person clicked): the same id again gets the same answer.
`version` is the version of the request the person saw; None means «whatever it is now».
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A person wants something. `actor` is the account's name, `operator` the operator it stands for, if any."""

    at: datetime
    command: str
    actor: str
    role: str
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceAsked(Asked):
    """The operator says he is `available`, on `break` (with a reason of the settings) or `offline`."""

    presence: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAsked(Asked):
    """Take a waiting request as one's own."""

    request: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAsked(Asked):
    """Close a request with an outcome of the settings; ends the wrap-up."""

    request: str
    version: int | None = None
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponeAsked(Asked):
    """Put a request aside until a time; it then stands in its queue again."""

    request: str
    until: datetime
    version: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(Asked):
    """Give a request to another operator or back to a queue; exactly one of them is set."""

    request: str
    version: int | None = None
    to_operator: str | None = None
    to_queue: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAsked(Asked):
    """Add a note to a request's history."""

    request: str
    note: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAsked(Asked):
    """Make a request by hand (`POST /requests`) for a phone number. `id` is the new request's id."""

    id: str
    kind: str
    queue: str
    phone: str
    note: str = ""
