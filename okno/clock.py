"""The one place that reads the clock, so that everything else can be told the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds of a clock that never goes back: for durations and deadlines, never for dates."""
    return time.monotonic()
