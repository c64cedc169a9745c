"""What the `operators` room concludes for the rooms after it."""

from dataclasses import dataclass
from datetime import datetime


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
