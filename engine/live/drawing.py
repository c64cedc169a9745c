"""Which rows a turn may have changed, and what they are now.

Theory of operation. A row is drawn anew when an entity it shows was put or dropped, or one it is counted from; the
old state of each (from the list that takes the turn back) counts as well as the new one, so that a call that changes
queues redraws both. What is drawn too often costs time; the screens only get rows that differ from the last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.live import rows
from engine.live.rows import Row
from engine.world import (
    Alert,
    Call,
    Callback,
    Change,
    Contact,
    Conversation,
    Drop,
    Entity,
    Line,
    Offer,
    Operator,
    Pbx,
    Put,
    Queue,
    QueueNow,
    Request,
    Rules,
    Timer,
    View,
)
from engine.world.reading import WRAP_UP
from okno import logs

log = logs.get(__name__)

Place = tuple[str, str]
Drawing = dict[Place, tuple[Row | None, Row | None]]
"""By table and id: the last row of an entity that has left (to be seen once more), and the row that stands."""

_KINDS: dict[str, tuple[type[Any], Callable[[View, Any], Row]]] = {
    "pbxes": (Pbx, rows.pbx_row),
    "queues": (Queue, rows.queue_row),
    "operators": (Operator, rows.operator_row),
    "requests": (Request, rows.request_row),
    "calls": (Call, rows.call_row),
    "offers": (Offer, rows.offer_row),
    "alerts": (Alert, rows.alert_row),
    "lines": (Line, rows.line_row),
    "rules": (Rules, rows.rules_row),
}
# Calls and requests before what is counted from them, so that a patch reads well.
_ORDER = ("rules", "lines", "calls", "requests", "offers", "operators", "queues", "alerts", "pbxes")
TABLE_OF: dict[type[Entity], str] = {kind: table for table, (kind, _) in _KINDS.items()}


class Touched:
    """The places on the screens that changes may alter."""

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self._lines = self._rules = False
        self._pbxes: set[str] = set()
        self._contacts: set[str] = set()
        self._last: dict[Place, Entity] = {}

    def add(self, changes: Iterable[Change], undo: Iterable[Change]) -> None:
        """Take in changes and what takes them back."""
        for change in changes:
            match change:
                case Put(Contact(key=key)):
                    self._contacts.add(key)
                case Put(entity):
                    self._entity(entity)
                    table = TABLE_OF.get(type(entity))
                    if table is not None:
                        self._last[table, entity.key] = entity
                case Drop(kind, key):
                    self._drop(kind, key)
        for change in undo:
            match change:
                case Put(Contact(key=key)):
                    self._contacts.add(key)
                case Put(entity):
                    self._entity(entity)
                case Drop(kind, key):
                    self._drop(kind, key)

    def draw(self, world: View) -> Drawing:
        """Return the rows of every place touched, as the world has them now, and forget the places."""
        if self._lines:
            self.places |= {("calls", call.key) for call in world.all(Call)}
            self.places |= {("requests", request.key) for request in world.all(Request)}
        if self._rules:
            self.places |= {("queues", queue.key) for queue in world.all(Queue)}
        for contact in self._contacts:  # a request of who writes shows the number his contact has
            self.places |= {("requests", one.key) for one in world.by(Request, "contact", contact)}
        if self._pbxes:
            self.places |= {("operators", one.key) for one in world.all(Operator) if one.pbx in self._pbxes}
        drawing: Drawing = {}
        for table, key in sorted(self.places, key=_order):
            entity, last = world.get(_KINDS[table][0], key), self._last.get((table, key))
            try:
                drawing[table, key] = (None, _row(world, entity)) if entity is not None else (_row(world, last), None)
            except Exception:  # a row that cannot be drawn stays as it was told; the others must be seen
                log.exception("row_not_drawn", extra={"table": table})
        self.places, self._pbxes, self._contacts, self._last = set(), set(), set(), {}
        self._lines = self._rules = False
        return drawing

    def _entity(self, entity: Entity) -> None:
        match entity:
            case Call() | Request():
                self.places.add((TABLE_OF[type(entity)], entity.key))
                self._queue(entity.queue)
            case Operator():
                self.places.add(("operators", entity.key))
                for queue in entity.queues:
                    self._queue(queue)
            case Queue() | Pbx():
                self.places.add((TABLE_OF[type(entity)], entity.key))
                if isinstance(entity, Pbx):
                    self._pbxes.add(entity.key)
            case Offer():
                self.places |= {("offers", entity.key), ("operators", entity.operator)}
            case Timer():
                self._timer(entity.key)
            case QueueNow():
                self._queue(entity.key)
            case Alert() | Callback() | Conversation():
                self.places.add(_shown_in(entity))
            case Rules():
                self.places.add(("rules", entity.key))
                self._rules = True
            case Line():
                self.places.add(("lines", entity.key))
                self._lines = True

    def _drop(self, kind: type[Entity], key: str) -> None:
        table = TABLE_OF.get(kind)
        if table is not None:
            self.places.add((table, key))
        if kind is Line:
            self._lines = True
        if kind is Contact:
            self._contacts.add(key)

    def _timer(self, key: str) -> None:
        """A request says when its wrap-up ends."""
        if key.startswith(WRAP_UP):
            self.places.add(("requests", key.removeprefix(WRAP_UP)))

    def _queue(self, queue: str) -> None:
        if queue:
            self.places.add(("queues", queue))


def _shown_in(entity: Alert | Callback | Conversation) -> Place:
    """Where it is seen: a request shows its promise to call, and the conversation it is about."""
    if isinstance(entity, Alert):
        return "alerts", entity.key
    return "requests", entity.key if isinstance(entity, Callback) else entity.request or ""


def draw_all(world: View) -> dict[str, dict[str, Row]]:
    """Return every row of the live world: what the patches must add up to."""
    touched = Touched()
    touched.places = {(table, entity.key) for table, (kind, _) in _KINDS.items() for entity in world.all(kind)}
    tables: dict[str, dict[str, Row]] = {table: {} for table in _KINDS}
    for (table, key), (_, row) in touched.draw(world).items():
        if row is not None:
            tables[table][key] = row
    return tables


def _row(world: View, entity: Entity | None) -> Row | None:
    """The row of an entity; an operator or queue that the settings no longer name is on no screen."""
    if entity is None or not getattr(entity, "active", True):
        return None
    return _KINDS[TABLE_OF[type(entity)]][1](world, entity)


def _order(place: Place) -> tuple[int, str]:
    return (_ORDER.index(place[0]), place[1])
