"""What the `requests` room concludes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOpened:
    """A request was made."""

    at: datetime
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTaken:
    """A request got its owner."""

    at: datetime
    request: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClosed:
    """A request is done or cancelled."""

    at: datetime
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFreed:
    """An operator's wrap-up ended; goes round the loop, as the `operators` room stands before `requests`."""

    at: datetime
    operator: str
