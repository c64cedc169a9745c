"""Identifiers that sort by time (UUIDv7, RFC 9562 §5.7), fresh or made again from the same facts."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okno import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def uuid7() -> UUID:
    """Return a fresh UUIDv7 of this moment."""
    return _uuid7(_milliseconds(clock.now()), os.urandom(10))


def uuid7_of(at: datetime, *parts: str) -> UUID:
    """Return the UUIDv7 whose time is `at` and whose other bits are the SHA-256 of `parts`.

    Same in, same out: the standby, a replay and a run before a crash agree on a call's id.

    Args:
        at: aware datetime, cut to whole milliseconds.
        parts: what the thing is known by; ("a", "b") and ("ab",) differ.

    Raises:
        ValueError: `at` is naive or outside what 48 bits of milliseconds since 1970 hold.
    """
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")  # a PBX may send broken UTF-8 inside an id
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return _uuid7(_milliseconds(at), digest.digest()[:10])


def time_of(identifier: UUID) -> datetime:
    """Return the moment, to the millisecond, that a UUIDv7 carries."""
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND


def _milliseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("an identifier needs an aware datetime")
    milliseconds = (at - _EPOCH) // _MILLISECOND
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError("an identifier's time must lie between the years 1970 and 10889")
    return milliseconds


def _uuid7(milliseconds: int, noise: bytes) -> UUID:
    bits = int.from_bytes(noise, "big")
    value = milliseconds << 80 | bits
    value = value & ~(0xF << 76) | 0x7 << 76  # version 7
    value = value & ~(0x3 << 62) | 0x2 << 62  # the RFC's variant
    return UUID(int=value)
