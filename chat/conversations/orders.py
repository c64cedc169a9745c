"""In which order people see messages: by the channel's own time and order, late ones where they came. Pure.

`seq` is for asking; people see (`shown_at`, `place`, `seq`). What comes within a minute of its own time is shown at
that time; what came later is shown where it came, with its own time beside it (channels.md 3.0 rule 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LATE = timedelta(seconds=60)
_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a message stands: `sent_at` is set for a late one."""

    at: datetime
    place: int
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """A late message that is there already."""

    at: datetime
    place: int


def shown(received_at: datetime, sent_at: datetime | None, order: int | None, lately: tuple[Late, ...] = ()) -> Shown:
    """Return where a message stands.

    Args:
        received_at: when it came.
        sent_at: the channel's own time of it, if it says one.
        order: the channel's own order within the conversation.
        lately: late messages of this conversation of the last minute, for late ones keep their order among themselves.
    """
    place = order if order is not None and order >= 0 else 0
    if sent_at is None or abs(received_at - sent_at) <= LATE:
        return Shown(sent_at or received_at, place)
    behind = (one.at for one in lately if order is not None and one.place > place)
    return Shown(min(received_at, *behind, received_at), place, sent_at)


def key(at: datetime, place: int, seq: int) -> list[str]:
    """Return what a page sorts by: texts that stand as the messages stand."""
    return [at.isoformat(timespec="microseconds"), f"{int(place):0{_DIGITS}d}", f"{seq:0{_DIGITS}d}"]
