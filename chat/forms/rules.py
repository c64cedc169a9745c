"""The rules of a form, pure: who is no person, whom nobody calls, what is the same wish again, how much is too much."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from okno import phones

# A person needs longer than that to fill in a form.
FILLED_S = 2.0
# The same number within this time is the same wish.
SAME_S = 30 * 60
WINDOW_S = 3600
PER_PHONE = 3
PER_ADDRESS = 10
# Nobody promises a call further ahead.
AHEAD_DAYS = 30
# A moment already gone by this much is no mistake: forms stay open while people talk.
LATE_S = 15 * 60

Spam = Literal["", "honeypot", "too_quick"]


@dataclass(frozen=True, slots=True)
class Before:
    """What was asked for the same number before, within the last hour; `open`: the call is still to come."""

    key: str
    reference: str
    at: datetime
    open: bool = True


def spam(hp: str, shown_at: datetime | None, now: datetime) -> Spam:
    """Say why this was no person.

    A form shown in the future comes of a clock that is wrong, not of a robot; without a moment nobody can tell.
    """
    if hp:
        return "honeypot"
    if shown_at is not None and 0 <= (now - shown_at).total_seconds() < FILLED_S:
        return "too_quick"
    return ""


def number(raw: str, country: str, area_code: str) -> str | None:
    """Return the number to call (E.164); None when it is none, or one whose call would cost more than a call."""
    phone = phones.parse(raw, country=country, area_code=area_code)
    return phone.e164 if phone is not None and phone.callable_back else None


def wished(when: datetime | None, now: datetime) -> datetime | None:
    """Return when to call: None is as soon as may be, and so is a moment that has just gone by.

    Raises:
        ValueError: it is long gone or too far ahead.
    """
    if when is None or timedelta(0) <= now - when <= timedelta(seconds=LATE_S):
        return None
    if not timedelta(0) < when - now <= timedelta(days=AHEAD_DAYS):
        raise ValueError("nobody can promise that time")
    return when


def same_as(before: Sequence[Before], now: datetime) -> Before | None:
    """Return what this repeats: the newest of the last half hour for the same number."""
    recent = [one for one in before if (now - one.at).total_seconds() < SAME_S]
    return max(recent, key=lambda one: one.at, default=None)


def promised(before: Sequence[Before]) -> Before | None:
    """Return the newest wish whose call is still to come: who is called anyway loses nothing with one more wish."""
    return max((one for one in before if one.open), key=lambda one: one.at, default=None)


def too_much_for(phones: int) -> bool:
    """Say whether one number was asked for often enough in the last hour; counted are those before this one."""
    return phones >= PER_PHONE


def too_much_from(address: int) -> bool:
    """Say whether enough came from one address in the last hour; counted are those before this one."""
    return address >= PER_ADDRESS


def neighbourhood(address: str) -> str:
    """Return what of an address is counted: of IPv6 the /64, which one visitor has all of."""
    try:
        there = ipaddress.ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return address
    if isinstance(there, ipaddress.IPv4Address):
        return str(there)
    if there.ipv4_mapped is not None:
        return str(there.ipv4_mapped)
    return str(ipaddress.ip_network((there, 64), strict=False))
