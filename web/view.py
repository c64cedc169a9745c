"""What a role may see of the world: pure, row by row.

A row is masked by itself, never by what stands beside it, so the law holds by construction: the masked snapshot at t1
is the masked snapshot at t0 with the masked patches applied. Fields pass by name: one that the engine adds tomorrow is
seen by nobody until it is listed here.

| | calls, requests | everything else |
|---|---|---|
| operator, supervisor | number masked | seen |
| auditor | pseudonym instead of the number | seen |
| administrator | nothing | seen |
| wallboard | nothing | of queues the counters, of PBXs whether they are seen; of nothing else anything |

A list row is not a display of a card (P6): no name, no contact, no full number for anybody, the owner included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from okno import phones
from web.accounts.roles import Role

Row = dict[str, Any]
Tables = dict[str, dict[str, Row]]
Op = list[Any]
Pseudonym = Callable[[str], str]

TABLES: Final = ("calls", "requests", "operators", "queues", "pbxes", "offers", "alerts", "lines", "rules")
_PATIENTS: Final = frozenset(("calls", "requests"))

FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "calls": (
        "id", "pbx", "direction", "phone", "anonymous", "dialled", "source", "queue", "phase",
        "started_at", "queued_at", "answered_at", "ended_at", "result", "ended_by", "wait_s", "talk_s", "legs",
        "visits", "others", "operator", "request", "consult", "ringing",
    ),
    "requests": (
        "id", "number", "kind", "status", "queue", "priority", "due_at", "owner", "phone", "source", "calls", "outcome",
        "created_at", "since", "queued_at", "first_response_at", "closed_at", "postponed_until", "wrap_up_until",
        "version", "attempts", "callback", "missed", "message", "joined", "conversation",
    ),
    "operators": (
        "id", "title", "extension", "queues", "presence", "presence_reason", "presence_since", "voice", "voice_since",
        "reachable", "paused", "pauses", "call", "wrap_up", "handled_today", "talk_today_s",
        "phone", "web_phone", "page", "skills", "moved", "steered_by", "home_queues",
        "home_skills", "capacity", "load",
    ),
    "queues": (
        "id", "title", "waiting", "longest_since", "oldest", "free", "talking", "wrap_up", "offered", "answered",
        "in_level", "abandoned", "unanswered", "service_level", "service_level_s", "target", "average_wait_s",
        "missed_open", "wrap_up_s", "service_level_now", "wait_now_s", "now_full_at", "opens_at", "digital_since",
        "waiting_by_kind",
    ),
    "pbxes": ("id", "link", "reason", "since", "directory", "directory_reason"),
    "offers": (
        "id", "request", "operator", "state", "weight", "at", "expires_at", "accepted_at", "sticky", "by_hand",
        "confirmed",
    ),
    "alerts": ("id", "rule", "queue", "value", "since", "raised_at", "figure", "title", "limit"),
    "lines": ("id", "queue", "source"),
    "rules": ("id", "version", "work", "queues", "pause_reasons", "outcomes", "skills"),
})
# A wall is read by whoever stands before it: counters of queues, no call's id, nobody's name.
WALL_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "queues": (
        "id", "title", "longest_since", "service_level", "service_level_now", "opens_at", "digital_since",
        "now_full_at", "wait_now_s",
    ),
    "pbxes": ("id", "link", "since"),
})
CONTACT_FIELDS: Final = ("id", "earlier_calls", "request", "call")
LEG_FIELDS: Final = ("operator", "queue", "rang_at", "answered_at", "left_at", "result", "left_by", "talk_s")
# At the ring, unaudited, only the call's facts (P6): masked number, number dialled, source, queue, wait.
RING_FIELDS: Final = (
    "id", "direction", "phone", "anonymous", "dialled", "source", "queue", "phase", "started_at", "queued_at",
    "request",
)


class View:
    """The world as one role sees it.

    Args:
        role: whose eyes.
        pseudonym: turns a number into a word that is the same every time and tells nothing; keyed.
    """

    def __init__(self, role: Role, pseudonym: Pseudonym) -> None:
        self.role = role
        self._pseudonym = pseudonym

    def sees(self, table: str) -> bool:
        """Say whether rows of this table are shown at all."""
        if self.role == "wallboard":
            return table in WALL_FIELDS
        return table in FIELDS and not (self.role == "administrator" and table in _PATIENTS)

    def row(self, table: str, row: Mapping[str, Any]) -> Row | None:
        """Return the row as this role sees it, or None when it does not."""
        if not self.sees(table):
            return None
        fields = WALL_FIELDS if self.role == "wallboard" else FIELDS
        seen = {name: row[name] for name in fields[table] if name in row}
        if table == "calls":
            seen["phone"] = self.number(row.get("phone"), internal=row.get("direction") == "internal")
            seen["dialled"] = self._dialled(row)
            seen["legs"] = [{name: leg[name] for name in LEG_FIELDS if name in leg} for leg in row.get("legs") or ()]
        elif table == "requests":
            seen["phone"] = self.number(row.get("phone"))
            # The MIS's id of a patient is his data: screens learn only that somebody was confirmed.
            seen["identified"] = bool(row.get("patient"))
        elif table == "queues":
            # A figure is a number about a queue: one that is added to engine/queues/stats.py needs no line here.
            seen |= {name: value for name, value in row.items() if isinstance(value, int | float)}
        return seen

    def ring(self, row: Mapping[str, Any]) -> Row:
        """Return what of a call goes to the operator whose phone rings, before anything is audited."""
        seen = self.row("calls", row) or {}
        return {name: seen[name] for name in RING_FIELDS if name in seen}

    def found(self, item: Mapping[str, Any]) -> Row | None:
        """Return a result of a search as this role sees it: {type, row}; a contact by surname and initials (P6)."""
        kind, row = item["type"], item["row"]
        if kind != "contact":
            seen = self.row({"call": "calls", "request": "requests"}[kind], row)
            return None if seen is None else {"type": kind, "row": seen}
        if not self.sees("requests"):
            return None
        fields = {name: row.get(name) for name in CONTACT_FIELDS}
        name = "" if self.role == "auditor" else str(row.get("name") or "")
        return {"type": kind, "row": {**fields, "name": name, "phone": self.number(row.get("phone"))}}

    def tables(self, tables: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Tables:
        """Return a snapshot as this role sees it; tables it does not see are empty."""
        return {
            table: {
                key: seen for key, row in tables.get(table, {}).items() if (seen := self.row(table, row)) is not None
            }
            for table in TABLES
        }

    def ops(self, ops: Iterable[Op]) -> list[Op]:
        """Return a patch's operations as this role sees them."""
        seen: list[Op] = []
        for op in ops:
            if not self.sees(op[1]):
                continue
            if op[0] == "del":
                seen.append(["del", op[1], op[2]])
            else:
                seen.append(["set", op[1], op[2], self.row(op[1], op[3])])
        return seen

    def number(self, phone: str | None, *, internal: bool = False) -> str:
        """Return a number as this role sees it; empty stays empty, a colleague's extension is no secret."""
        if not phone or self.role in ("administrator", "wallboard"):
            return ""
        if internal and phones.is_internal(phone):
            return phone
        return self._pseudonym(phone) if self.role == "auditor" else phones.mask(phone)

    def _dialled(self, row: Mapping[str, Any]) -> str:
        """Return the number dialled: ours when the patient called, the patient's when we did."""
        dialled = str(row.get("dialled") or "")
        if row.get("direction") == "inbound":
            return dialled
        return self.number(dialled, internal=True)


def apply(tables: Tables, ops: Iterable[Op]) -> None:
    """Change `tables` as a patch says; the same rule as the browser's."""
    for op in ops:
        if op[0] == "set":
            tables.setdefault(op[1], {})[op[2]] = op[3]
        elif op[0] == "del":
            tables.get(op[1], {}).pop(op[2], None)


def squeeze(ops: Iterable[Op]) -> list[Op]:
    """Drop each `set` that a later `set` of the same row replaces; a last state before a `del` stays to be seen."""
    kept: dict[tuple[str, str, str], Op] = {}
    for op in ops:
        key = (op[0], op[1], op[2])
        if op[0] == "del":
            kept.pop(key, None)
        else:
            if ("del", op[1], op[2]) in kept:
                kept.pop(("del", op[1], op[2]))
            kept.pop(key, None)
        kept[key] = op
    return list(kept.values())
