"""One thing of an answer, fact by fact: texts, days, moments in the branch's zone, money, yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from mis.connectors.mapping.format import Dates, FieldSpec
from mis.connectors.mapping.source import Node, scalar, select
from mis.terms import Malformed

_YES = frozenset(("1", "true", "t", "yes", "y"))


@dataclass(frozen=True, slots=True)
class Zones:
    """Which zone a branch's clock is in: `of` those named, else `general`."""

    general: ZoneInfo
    of: Mapping[str, ZoneInfo]

    def at(self, branch: str) -> ZoneInfo:
        """Return the zone of a branch."""
        return self.of.get(branch, self.general)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of an answer.

    Args:
        node: where it stands.
        fields: what the map says of it.
        asked: the context of the question, for facts that are not repeated in the answer.
        dates: how the MIS writes days and moments.
        sample: the hash told when something in it makes no sense.
    """

    node: Node
    fields: Mapping[str, FieldSpec]
    asked: Mapping[str, Any]
    dates: Dates
    sample: str

    def has(self, name: str) -> bool:
        """Say whether the map speaks of such a fact at all."""
        return name in self.fields

    def text(self, name: str) -> str:
        """Return a fact as text, empty when there is none."""
        value = self._value(name)
        return "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """Return a fact without which the thing is none. Raises Malformed."""
        found = self.text(name)
        return found if found else self._nonsense()

    def day(self, name: str) -> date | None:
        """Return a day; None when there is none. Raises Malformed when it is written otherwise than was agreed."""
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        for pattern in self.dates.day:
            try:
                if pattern == "iso":
                    return datetime.fromisoformat(str(value)).date()
                return datetime.strptime(str(value), pattern).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                continue
        return self._nonsense()

    def moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """Return a moment; one without a zone is of this one (trap 10). None when there is none. Raises Malformed."""
        value = self._value(name)
        if value is None or value == "":
            return None
        told = value if isinstance(value, datetime) else self._parsed(str(value))
        return told if told.tzinfo is not None else told.replace(tzinfo=zone)

    def money(self, name: str) -> Decimal | None:
        """Return an amount, "1 200,00" too; None when there is none. Raises Malformed."""
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            amount = Decimal(re.sub(r"[\s\u00a0\u202f]", "", str(value)).replace(",", "."))
        except InvalidOperation:
            return self._nonsense()
        return amount if amount.is_finite() else self._nonsense()

    def number(self, name: str) -> int | None:
        """Return a whole number; None when there is none. Raises Malformed."""
        amount = self.money(name)
        return None if amount is None else int(amount)

    def yes(self, name: str) -> bool:
        """Return whether a fact is so; one that is not told is not."""
        value = self._value(name)
        return value is True or str(value).casefold() in _YES

    def maybe(self, name: str) -> bool | None:
        """Return whether a fact is so, None when it is not told."""
        return None if self._value(name) is None else self.yes(name)

    def many(self, name: str) -> tuple[str, ...]:
        """Return every value a fact has, each once."""
        spec = self.fields.get(name)
        if spec is None:
            return ()
        found = [str(value) for path in spec.path or spec.first for node in select(self.node, path)
                 if (value := scalar(node)) is not None]  # fmt: skip
        return tuple(dict.fromkeys(found))

    def end(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return when a thing that began at `start` ends, told as `end` or as `minutes`. Raises Malformed."""
        told = self.moment("end", zone)
        minutes = self.number("minutes")
        end = told or (start + timedelta(minutes=minutes) if minutes else None)
        if end is None or end <= start:
            return self._nonsense()
        return end

    def _parsed(self, text: str) -> datetime:
        for pattern in self.dates.moment:
            try:
                if pattern == "iso":
                    return datetime.fromisoformat(text)
                return datetime.strptime(text, pattern)  # noqa: DTZ007  # the zone is the caller's
            except ValueError:
                continue
        return self._nonsense()

    def _value(self, name: str) -> Any:
        spec = self.fields.get(name)
        if spec is None:
            return None
        value = self._raw(spec)
        if spec.match and value is not None:
            found = re.search(spec.match, str(value))
            value = found[1] if found else None
        if not spec.values or value is None:
            return value
        word = ("true" if value else "false") if isinstance(value, bool) else str(value)
        return spec.values.get(word, spec.otherwise)

    def _raw(self, spec: FieldSpec) -> Any:
        if spec.says is not None:
            return spec.says
        if spec.asked:
            return self.asked.get(spec.asked)
        for path in spec.first:
            if (value := self._one(path)) is not None:
                return value
        found = [value for path in spec.path if (value := self._one(path)) is not None]
        if len(spec.path) == 1:
            return found[0] if found else None
        return spec.join.join(str(value) for value in found) or None

    def _one(self, path: str) -> Any:
        return next((value for node in select(self.node, path) if (value := scalar(node)) is not None), None)

    def _nonsense(self) -> NoReturn:
        raise Malformed(self.sample)
