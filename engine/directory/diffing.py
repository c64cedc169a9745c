"""What differs between two versions of the directory, in the order in which a person would tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.directory.document import Document
from okno.settings.directory import (
    AlertRule,
    CannedAnswer,
    ChatRules,
    Holiday,
    Hours,
    Line,
    OperatorSettings,
    PromptSettings,
    QueueSettings,
    Work,
)

# Sections in people's order, and by which field their entries are known; empty where the name is the key.
SECTIONS: dict[str, str] = {
    "operators": "name", "queues": "name", "lines": "number", "hours": "", "holidays": "day", "skills": "",
    "pause_reasons": "", "outcomes": "", "work": "", "alerts": "name", "flows": "", "prompts": "",
    "chats": "", "answers": "",
}  # fmt: skip
# Entries that are nothing but a title in the languages.
_TITLES = frozenset({"skills", "pause_reasons", "outcomes"})
_ONE = {
    "operators": "operator", "queues": "queue", "lines": "number", "hours": "hours", "holidays": "holiday",
    "skills": "skill", "pause_reasons": "pause reason", "outcomes": "outcome", "work": "work", "alerts": "alert",
    "flows": "flow", "prompts": "prompt", "chats": "rules of conversations", "answers": "answer",
}  # fmt: skip
# Fields as the settings tell them; a field only an older Okno knew is not read from a kept document any more.
_FIELDS: dict[str, list[str]] = {
    "operators": list(OperatorSettings.model_fields), "queues": list(QueueSettings.model_fields),
    "lines": list(Line.model_fields), "hours": list(Hours.model_fields), "holidays": list(Holiday.model_fields),
    "work": list(Work.model_fields), "alerts": list(AlertRule.model_fields),
    "prompts": list(PromptSettings.model_fields), "chats": list(ChatRules.model_fields),
    "answers": list(CannedAnswer.model_fields),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Args:
        section: "operators", "queues", …
        name: of the entry; empty when the order of the whole section differs (`what` is "moved").
        field: of the entry; empty when the whole entry came or went.
        what: added, removed, changed, moved.
        was: the value before, None when the entry is new.
        now: the value after, None when the entry is gone.
    """

    section: str
    name: str
    field: str
    what: Literal["added", "removed", "changed", "moved"]
    was: Any
    now: Any

    @property
    def path(self) -> str:
        """Where: `operators[anna].extension`."""
        place = f"{self.section}[{self.name}]" if self.name else self.section
        return f"{place}.{self.field}" if self.field else place

    @property
    def words(self) -> str:
        """One line in English: "operator anna: extension changed"."""
        if self.what == "moved":
            return f"{self.section}: another order"
        return f"{_ONE[self.section]} {self.name}: {f'{self.field} ' if self.field else ''}{self.what}"

    def row(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "path": self.path, "words": self.words, "section": self.section, "name": self.name, "field": self.field,
            "what": self.what, "was": self.was, "now": self.now,
        }  # fmt: skip


def diff(was: Document, now: Document) -> list[Difference]:
    """Return what differs; empty if and only if the documents are equal, order included.

    Entries are matched by their names, so that one more operator is one difference and not a hundred.

    Args:
        was: as `document_of` writes it.
        now: the same.
    """
    return [one for section in SECTIONS for one in _section(section, _named(section, was), _named(section, now))]


def _named(section: str, document: Document) -> dict[str, Any]:
    entries, field = document.get(section) or {}, SECTIONS[section]
    return {str(entry[field]): entry for entry in entries} if field else dict(entries)


def _section(section: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    for name, entry in now.items():
        if name not in was:
            yield Difference(section, name, "", "added", None, entry)
        else:
            yield from _entry(section, name, was[name], entry)
    for name, entry in was.items():
        if name not in now:
            yield Difference(section, name, "", "removed", entry, None)
    # Where a new entry stands among the old ones counts too: the first queue is that of unlisted numbers.
    stayed = [name for name in was if name in now]
    if [*stayed, *(name for name in now if name not in was)] != list(now):
        yield Difference(section, "", "", "moved", list(was), list(now))


def _entry(section: str, name: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    if section in _TITLES:
        if was != now:
            yield Difference(section, name, "title", "changed", was, now)
        return
    known = _FIELDS.get(section)  # what a flow has depends on its steps
    for field in sorted({**was, **now}, key=known.index if known else None):
        if was.get(field) != now.get(field):
            yield Difference(section, name, field, "changed", was.get(field), now.get(field))
