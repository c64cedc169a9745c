"""What the headers of an AMI event say: texts, numbers and times, cleaned of what strangers put there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from engine.ami.wire import clean, unescape
from engine.events.facts import Fact

Headers = Mapping[str, str]
Builder = Callable[[str, Headers, datetime], Fact]
UNKNOWN = "<unknown>"
# Ten digits of an epoch, 2001 to 2286: a PBX that writes another time has none, and an id could not hold it.
EARLIEST, LATEST = 1e9, 1e10


def text(headers: Headers, key: str) -> str:
    """A header's text, cleaned; empty when absent or unknown to Asterisk."""
    value = headers.get(key, "")
    if value == UNKNOWN:
        return ""
    return value if value.isprintable() and len(value) <= 256 else clean(value)


def escaped(headers: Headers, key: str) -> str:
    """A header that Asterisk wrote with C escapes."""
    value = headers.get(key, "")
    return "" if value == UNKNOWN else clean(unescape(value))


def whole(headers: Headers, key: str, default: int = 0) -> int:
    """A header's whole number, or the default when it is none."""
    value = headers.get(key, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else default


def at_of(headers: Headers, received: datetime, offset: timedelta) -> datetime:
    """When the PBX appended the event (`timestampevents=yes`), by our clock; else when we received it."""
    try:
        seconds = float(headers.get("Timestamp", ""))
    except ValueError:
        return received
    if not EARLIEST <= seconds < LATEST:  # «not a number» neither
        return received
    at = datetime.fromtimestamp(seconds, UTC)
    return at + offset if offset else at
