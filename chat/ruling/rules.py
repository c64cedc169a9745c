"""What is said by itself, and when: pure; the time is given.

A text is said once in a conversation, and never to one who is not there to read it (a mail of a machine).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from okno.hours import open_on
from okno.settings.directory import ChatRules, Holiday, Hours, Keyword, Title

Mark = Literal["greeting", "closed", "emergency", "closing", "survey"]
SCORES = range(1, 6)
_SCORE = re.compile(r"^\s*([1-5])\s*(?:/\s*5)?[\s.!]*$")


@dataclass(frozen=True, slots=True)
class Book:
    """What the engine told last of the rules; empty until it has."""

    zone: str = "UTC"
    language: Literal["ru", "en"] = "ru"
    clinic: str = ""
    chats: Mapping[str, ChatRules] = field(default_factory=dict)
    queues: tuple[tuple[str, str | None], ...] = ()
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    holidays: tuple[Holiday, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Book:
        """Read what the engine told. Raises ValueError (pydantic's)."""
        document = told["document"]
        queues = document.get("queues", ())
        return cls(
            zone=told["zone"], language=told["language"], clinic=told["clinic"],
            chats={name: ChatRules.model_validate(one) for name, one in document.get("chats", {}).items()},
            queues=tuple((one["name"], one.get("hours")) for one in queues),
            titles={one["name"]: one.get("title", {}) for one in queues},
            hours={name: Hours.model_validate(one) for name, one in document.get("hours", {}).items()},
            holidays=tuple(Holiday.model_validate(one) for one in document.get("holidays", ())),
        )  # fmt: skip

    def queue(self, wanted: str) -> str:
        """Return the queue that is meant: the one named, or the first."""
        names = [name for name, _ in self.queues]
        return wanted if wanted in names or not names else names[0]

    def rules(self, queue: str) -> ChatRules:
        """Return the rules of a queue; of one without: nothing is said, nothing closed by itself."""
        return self.chats.get(self.queue(queue)) or ChatRules(idle_min=0)

    def is_open(self, queue: str, at: datetime) -> bool:
        """Say whether somebody answers then."""
        name = dict(self.queues).get(self.queue(queue))
        hours = self.hours.get(name) if name else None
        return open_on(hours, self.holidays, at, self.zone)


@dataclass(frozen=True, slots=True)
class Raised:
    """What words of a message do: `priority` more, and whether they are an emergency's."""

    priority: int = 0
    emergency: bool = False


def raised(keywords: Sequence[Keyword], text: str) -> Raised:
    r"""Return what a text's words do: the strongest of all rules that find theirs.

    Whole words are looked for, in any case, with `\u0451` as `\u0435`; `*` at a word's end stands for any ending.
    """
    plain = _plain(text)
    found = [one for one in keywords if any(_pattern(word).search(plain) for word in one.words)]
    return Raised(max((one.priority for one in found), default=0), any(one.emergency for one in found))


def said(
    book: Book, queue: str, at: datetime, *, begun: bool, emergency: bool, marks: Mapping[str, Any]
) -> list[Mark]:
    """Return what is said to one who just came or wrote, in this order.

    Args:
        book: the rules.
        queue: of the conversation.
        at: when he wrote.
        begun: whether the conversation begins with it.
        emergency: whether his words are an emergency's.
        marks: what was said already.
    """
    rules = book.rules(queue)
    wanted: list[tuple[Mark, bool]] = [
        ("emergency", emergency and bool(rules.emergency)),
        ("greeting", begun and bool(rules.greeting)),
        ("closed", bool(rules.closed) and not book.is_open(queue, at)),
    ]
    return [mark for mark, now in wanted if now and mark not in marks]


def score(text: str) -> int | None:
    """Return the score somebody wrote for an answer, None when it is none."""
    found = _SCORE.match(text)
    return int(found[1]) if found else None


def spelt(title: Title, language: str) -> str:
    """Return a text in a language, else in the one there is."""
    return title.get("en" if language == "en" else "ru") or title.get("ru") or title.get("en") or ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("\u0451", "\u0435")))


@lru_cache(maxsize=1000)
def _pattern(words: str) -> re.Pattern[str]:
    """What finds these words in a plain text; words without letters are found nowhere."""
    parts = (re.escape(_plain(one)) + (r"\w*" if one.endswith("*") else "") for one in words.split() if _plain(one))
    joined = " ".join(parts)
    return re.compile(rf"\b{joined}\b" if joined else r"(?!)")
