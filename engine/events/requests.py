"""What the `operators` and `requests` rooms conclude for each other and for the rooms after them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneQuiet:
    """What came of `QuietWanted`: every membership is paused and his phone is free, or (`quiet` False) it is not."""

    at: datetime
    offer: str
    operator: str
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLost:
    """An operator's page has been gone for the grace time: his offers end, his requests are to be had again."""

    at: datetime
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLeft:
    """An operator logged off, or the directory names him no more."""

    at: datetime
    operator: str
