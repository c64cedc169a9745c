"""What of a mail is new, and what it only repeats. For showing: the whole is kept. Words are in quotes.json."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MOST_LINES, _MOST_SIGNS = 3000, 500


@dataclass(frozen=True, slots=True)
class Said:
    """`new` is what he wrote now, `quoted` what stood before and goes with it (empty when nothing does)."""

    new: str
    quoted: str = ""


def trim(text: str) -> Said:
    """Return what is new.

    A mail that only forwards, or in which nothing new is found above the quote, is new as a whole: better a quote too
    many than a word too few. Answers written between the lines of a quote keep that quote.
    """
    whole = text.strip()
    lines = whole.split("\n")[:_MOST_LINES]
    begins = _begins(lines)
    if begins is None:
        return Said(whole)
    new, quoted = "\n".join(lines[:begins]).strip(), "\n".join(whole.split("\n")[begins:]).strip()
    if not _without_signature(new) or _FORWARDED.search(lines[begins]) or _between(lines[begins:]):
        return Said(whole)
    return Said(new, quoted)


def _begins(lines: Sequence[str]) -> int | None:
    """The number of the line at which the quote begins."""
    for number, line in enumerate(lines):
        pair = f"{line.strip()} {lines[number + 1].strip()}" if number + 1 < len(lines) else ""
        if _quoted(line) or _DIVIDER.search(line[:_MOST_SIGNS]) or _headers_at(lines, number):
            return number
        # «On … wrote:» is often broken in two; a line that ends in a colon is a quote's only when quoted lines follow.
        if _wrote(line.strip()) and _follows(lines, number + 1):
            return number
        broken = len(line) > 20 and not line.rstrip().endswith(":") and _wrote(pair)
        if broken and _follows(lines, number + 2):
            return number
    return None


def _wrote(line: str) -> bool:
    """Whether a line says who wrote what follows; looked at closely only where it can."""
    return line.endswith(":") and len(line) <= _MOST_SIGNS and bool(_WROTE.search(line))


def _quoted(line: str) -> bool:
    return line.lstrip()[:1] == ">"


def _follows(lines: Sequence[str], number: int) -> bool:
    """Whether a quote follows: its marks, or nothing but text to the end where the markup's marks were lost."""
    rest = [line for line in lines[number:] if line.strip()]
    return bool(rest) and (_quoted(rest[0]) or not any(_quoted(line) for line in rest))


def _headers_at(lines: Sequence[str], number: int) -> bool:
    """Whether the lines are the head of a mail as Outlook quotes it: From, then at least two more of its lines."""
    if not _FROM.match(lines[number].strip("* \t")):
        return False
    near = [line.strip("* \t") for line in lines[number + 1 : number + 8] if line.strip()]
    return sum(1 for line in near[:4] if _OTHERS.match(line)) >= 2


def _between(lines: Sequence[str]) -> bool:
    """Whether he wrote between quoted lines."""
    marks = [_quoted(line) for line in lines if line.strip()]
    if True not in marks:
        return False
    last = len(marks) - 1 - marks[::-1].index(True)
    return any(not mark for mark in marks[marks.index(True) : last])


def _without_signature(new: str) -> str:
    return "\n".join(line for line in new.split("\n") if not _SIGNATURE.search(line)).strip()


def _any(patterns: Sequence[str], form: str = "{}") -> re.Pattern[str]:
    return re.compile(form.format("|".join(f"(?:{one})" for one in patterns)), re.I)


_WORDS = json.loads((Path(__file__).parent / "quotes.json").read_text("utf-8"))
_WROTE, _DIVIDER, _SIGNATURE = _any(_WORDS["wrote"]), _any(_WORDS["divider"]), _any(_WORDS["signature"])
_FORWARDED = _any([re.escape(one) for one in _WORDS["forwarded"]])
_FROM = _any([re.escape(one) for one in _WORDS["from"]], r"^(?:{})\s*:\*?\s*\S")
_OTHERS = _any([re.escape(one) for one in _WORDS["others"]], r"^(?:{})\s*:")
