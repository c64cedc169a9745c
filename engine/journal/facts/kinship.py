"""Which channels have had to do with each other, and whether all of them began while we looked.

Two uses of one thing. As long as one of a group lives, the records of all of it may be needed once more: after a
restart they are read again from where the first of them began. And a call with whose group somebody had to do who is
not known to have begun is half a call: it was told before, whole, or began before there was a reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.journal.cel import Row


@dataclass(slots=True)
class Group:
    """Channels that met. `need` is the number of the part in which the first began; `half`: not all of it was seen."""

    need: int
    half: bool = False
    into: Group | None = None

    def root(self) -> Group:
        """The group that this one has become part of."""
        group = self
        while group.into is not None:
            group = group.into
        return group


class Kinship:
    """The groups of all channels of the last two days."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._before: dict[str, Group] = {}
        self._inside: dict[str, set[str]] = {}
        self._day = 0

    def group(self, uniqueid: str) -> Group | None:
        """The group of a channel that began while we looked."""
        found = self._groups.get(uniqueid) or self._before.get(uniqueid)
        return found.root() if found is not None else None

    def whole(self, uniqueid: str) -> bool:
        """Whether everything that had to do with this channel was seen from its beginning."""
        group = self.group(uniqueid)
        return group is not None and not group.half

    def born(self, row: Row, place: int, company: Iterable[str]) -> None:
        """A channel began, in the part with this number; `company` are those that live at the same phone.

        One who calls while his phone is busy with somebody may call for him: a consultation belongs to that call.
        """
        day = int(row.at // 86400)
        if day > self._day:
            self._before, self._groups, self._day = self._groups, {}, day
        elif day < self._day - 1:
            # Put back; not for rows that midnight has out of order. Who lives keeps his kin either way.
            self._day = day
        if self.group(row.uniqueid) is None:
            self._groups[row.uniqueid] = Group(place)
        self.met(row.uniqueid, row.linkedid)
        for other in company if row.linkedid == row.uniqueid else ():
            self.met(row.uniqueid, other)

    def met(self, one: str, other: str) -> None:
        """Two channels have had to do with each other, one of which may have begun before we looked."""
        first, second = self.group(one), self.group(other)
        if first is None or second is None:
            for group in (first, second):
                if group is not None:
                    group.half = True
        elif first is not second:
            first.need = min(first.need, second.need)
            first.half = first.half or second.half
            second.into = first

    def clear(self) -> None:
        """Asterisk began anew: nobody is in a bridge any more."""
        self._inside.clear()

    def read(self, row: Row, company: Iterable[str]) -> None:
        """What a row tells of who met whom; `company`: who may be calling for a stranger's sake."""
        for other in company:
            self.met(row.uniqueid, other)
        if row.kind in {"BRIDGE_ENTER", "BRIDGE_EXIT"}:
            self._bridged(row, row.extra.get("bridge_id", ""))
        elif row.extra:
            for key, value in row.extra.items():
                if key.endswith("_uniqueid") and value != "N/A":
                    self.met(row.uniqueid, value)
        if row.linkedid != row.uniqueid:
            self.met(row.uniqueid, row.linkedid)

    def _bridged(self, row: Row, bridge: str) -> None:
        inside = self._inside.setdefault(bridge, set())
        for other in inside:
            self.met(row.uniqueid, other)
        if row.kind == "BRIDGE_ENTER":
            inside.add(row.uniqueid)
            return
        inside.discard(row.uniqueid)
        if not inside:
            del self._inside[bridge]
