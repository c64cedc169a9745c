"""When an account's silence is a doubt: far longer than it is usually silent, while people are awake. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

TIMES = 10
_AT_LEAST = timedelta(hours=2)
_ENOUGH = 50  # of fewer events no usual gap can be told


def doubtful(heard_at: datetime | None, now: datetime, *, events: int, hours: float, is_open: bool) -> bool:
    """Say whether nothing has come for longer than is usual.

    Args:
        heard_at: when something came last; None: never.
        now: now.
        events: how many came within the time looked at.
        hours: how many opening hours that time had.
        is_open: whether the clinic is open now: at night nobody writes.
    """
    if heard_at is None or not is_open or events < _ENOUGH or hours <= 0:
        return False
    return now - heard_at > max(_AT_LEAST, timedelta(hours=hours / events) * TIMES)
