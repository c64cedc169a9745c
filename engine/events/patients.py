"""What `mis` tells: who may wait, what became of a visit, what a person must look after."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from okno.ids import time_of, uuid7_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsKnown:
    """The answer of `KnowPatients`: how many patients a number may be of; nobody is named, nobody is chosen.

    `flags` of any of them and the `doctor` all agree on are told only when routes ask for such. `opening`: the request
    had just begun when it was asked.
    """

    at: datetime
    request: str
    phone: str
    found: int
    flags: tuple[str, ...] = ()
    doctor: str = ""
    opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTold:
    """Something was done about a visit, for a request; `what` is `mis.feed.VisitWhat`, `key` that of the booking."""

    at: datetime
    key: str
    request: str
    what: str
    actor: str

    @property
    def line(self) -> str:
        """The id of its line of history."""
        return str(uuid7_of(self.at, "visit", self.key, self.what))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTold:
    """A person must act; `reason` is `mis.feed.Reason`. The same `key` twice is one.

    `patient` is whom the MIS means: nobody has confirmed yet that it is he who answers. `phone` may be empty; `note`
    says what about.
    """

    at: datetime
    key: str
    reason: str
    queue: str
    priority: int
    due_at: datetime
    phone: str
    patient: str
    note: str = ""

    @property
    def line(self) -> str:
        """The id of its line of history."""
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEnded:
    """Work told of under this `key` is no longer needed; `why` is `mis.feed.OverWhy`. Twice is once."""

    at: datetime
    key: str
    why: str

    @property
    def line(self) -> str:
        """The id of its line of history."""
        return str(uuid7_of(time_of(UUID(self.key)), "over", self.key))
