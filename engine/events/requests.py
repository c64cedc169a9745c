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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted:
    """An operator accepted an offer; round the loop to the `operators` room."""

    at: datetime
    offer: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMissed:
    """An operator let an offer time out; round the loop to the `operators` room (not responding after two)."""

    at: datetime
    offer: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietWanted:
    """He is to dial for an accepted offer: no queue may ring his phone meanwhile (R11); round the loop."""

    at: datetime
    offer: str
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietEnded:
    """The offer for which his phone was kept quiet is over; round the loop."""

    at: datetime
    offer: str
    operator: str
