"""How far the changes of a MIS have been told, and which of the last ones: they are asked for again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from mis.terms import Change, Malformed
from mis.wire.outcome import sample


def mark(one: Change) -> str:
    """Return what tells a change from all others."""
    return f"{one.resource}/{one.id}/{one.version}"


def write_cursor(at: datetime, seen: Iterable[str]) -> str:
    """Return a cursor.

    Args:
        at: the last moment told of, by the MIS's clock.
        seen: marks of what was told near to it.
    """
    return json.dumps({"at": at.isoformat(), "seen": sorted(seen)})


def read_cursor(cursor: str) -> tuple[datetime, frozenset[str]]:
    """Return what a cursor was written of. Raises Malformed when it is none."""
    try:
        told = json.loads(cursor)
        return datetime.fromisoformat(told["at"]), frozenset(told["seen"])
    except (ValueError, KeyError, TypeError):
        raise Malformed(sample(cursor.encode())) from None
