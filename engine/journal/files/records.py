"""Where records end. CEL's are CSV and may span lines; a damaged one is skipped alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.journal.cel import BEGINNING
from engine.journal.parts import FileName

# Asterisk writes a row of 4 KiB at most in one go and a line of queue_log of 8 KiB at all.
LONGEST = 64 * 1024
MOST_LINES = 64
TOO_LONG, CUT_OFF, NUL = "too long", "cut off", "not text"


@dataclass(slots=True)
class Cut:
    """What a piece of a file holds: whole records up to `used`; `problems` are (place, reason) before the first."""

    records: list[str] = field(default_factory=list)
    used: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def cut(file: FileName, text: str, most: int) -> Cut:
    """The whole records at the beginning of a text, at most so many; the first damaged one after them ends it."""
    found = Cut()
    while len(found.records) < most:
        start = found.used
        end, reason = _cel_end(text, start) if file == "cel" else _line_end(text, start)
        if end < 0:
            break
        record = text[start:end]
        if not reason and "\0" in record:
            reason = NUL
        if reason:
            if found.records:
                break
            found.problems.append((start, reason))
        elif record.strip():
            found.records.append(record)
        elif found.records:
            # An empty line is no record and no damage; it goes with the next batch.
            break
        found.used = end
    return found


def _line_end(text: str, start: int) -> tuple[int, str]:
    """The end of the line that begins there, -1 when it is not whole; and why it is no record."""
    end = text.find("\n", start) + 1
    if not end:
        return (len(text), TOO_LONG) if len(text) - start > LONGEST else (-1, "")
    return end, TOO_LONG if end - start > LONGEST else ""


def _cel_end(text: str, start: int) -> tuple[int, str]:
    """The same for a row: its quotes are even. One that was cut off goes up to where the next one begins."""
    first, reason = _line_end(text, start)
    end, quotes, lines = first, 0, 1
    if end < 0 or reason:
        return end, reason
    place = start
    while (quotes := quotes + text.count('"', place, end)) % 2:
        if BEGINNING.match(text, end) or end - start > LONGEST or lines > MOST_LINES:
            return _broken_end(text, start, first, end), CUT_OFF
        place, end = end, text.find("\n", end) + 1
        lines += 1
        if not end:
            return (_broken_end(text, start, first, len(text)), CUT_OFF) if len(text) - start > LONGEST else (-1, "")
    return end, ""


def _broken_end(text: str, start: int, first: int, end: int) -> int:
    """Where to go on after a row that was cut off: at the next row, be it in the same line; else at the next line."""
    following = BEGINNING.search(text, start + 1, end)
    return following.start() if following is not None else first if not BEGINNING.match(text, end) else end
