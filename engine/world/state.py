"""The world and a draft over it. A draft reads through to the world and keeps what a turn would change."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar, cast

from engine.world.changes import Append, Change, Drop, Put
from engine.world.entities import KINDS, Entity

E = TypeVar("E", bound=Entity)


class View(Protocol):
    """What a room may read."""

    def get(self, kind: type[E], key: str | None) -> E | None:
        """The entity with this key, or None."""

    def all(self, kind: type[E]) -> Iterable[E]:
        """Every entity of a kind, in no order that means anything."""

    def by(self, kind: type[E], field: str, value: Any) -> list[E]:
        """The entities whose indexed `field` equals `value`, ordered by key."""


class World:
    """The open state, changed by `apply` alone."""

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self._tables: dict[type[Any], dict[str, Entity]] = {kind: {} for kind in KINDS}
        self._index: dict[tuple[type[Any], str], dict[Any, set[str]]] = {
            (kind, name): {} for kind in KINDS for name in kind.INDEX
        }
        for entity in entities:
            self._put(entity)

    def get(self, kind: type[E], key: str | None) -> E | None:
        """The entity with this key, or None."""
        return None if key is None else cast("E | None", self._tables[kind].get(key))

    def all(self, kind: type[E]) -> Iterable[E]:
        """Every entity of a kind."""
        return cast("Iterable[E]", self._tables[kind].values())

    def by(self, kind: type[E], field: str, value: Any) -> list[E]:
        """The entities whose indexed `field` equals `value`, ordered by key."""
        keys = self._index[kind, field].get(value, ())
        return [cast("E", self._tables[kind][key]) for key in sorted(keys)]

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Apply changes; returns the list that applied in order takes them back (history is not in it)."""
        undo: list[Change] = []
        for change in changes:
            match change:
                case Put(entity):
                    undo.append(self._inverse(type(entity), entity.key))
                    self._put(entity)
                case Drop(kind, key):
                    undo.append(self._inverse(kind, key))
                    self._drop(kind, key)
                case Append():
                    pass
        undo.reverse()
        return undo

    def _inverse(self, kind: type[Entity], key: str) -> Change:
        old = self._tables[kind].get(key)
        return Drop(kind, key) if old is None else Put(old)

    def _put(self, entity: Entity) -> None:
        kind, key = type(entity), entity.key
        old = self._tables[kind].get(key)
        self._tables[kind][key] = entity
        for name in kind.INDEX:
            value = getattr(entity, name)
            if old is not None:
                before = getattr(old, name)
                if before == value:
                    continue
                self._forget(kind, name, before, key)
            if value:
                self._index[kind, name].setdefault(value, set()).add(key)

    def _drop(self, kind: type[Entity], key: str) -> None:
        old = self._tables[kind].pop(key, None)
        if old is None:
            return
        for name in kind.INDEX:
            self._forget(kind, name, getattr(old, name), key)

    def _forget(self, kind: type[Entity], name: str, value: Any, key: str) -> None:
        keys = self._index[kind, name].get(value)
        if keys is not None:
            keys.discard(key)
            if not keys:
                del self._index[kind, name][value]


class Draft:
    """A world with one turn's changes on top; the world beneath stays as it was."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._new: dict[type[Any], dict[str, Entity | None]] = {}

    def get(self, kind: type[E], key: str | None) -> E | None:
        """The entity with this key as the turn left it, or None."""
        if key is None:
            return None
        new = self._new.get(kind)
        if new is not None and key in new:
            return cast("E | None", new[key])
        return self._world.get(kind, key)

    def all(self, kind: type[E]) -> Iterator[E]:
        """Every entity of a kind as the turn left it; the reader may change them on the way."""
        new = dict(self._new.get(kind, {}))
        for entity in self._world.all(kind):
            if entity.key not in new:
                yield entity
        for changed in new.values():
            if changed is not None:
                yield cast("E", changed)

    def by(self, kind: type[E], field: str, value: Any) -> list[E]:
        """The entities whose indexed `field` equals `value`, ordered by key."""
        new = self._new.get(kind, {})
        found = [entity for entity in self._world.by(kind, field, value) if entity.key not in new]
        found += [
            cast("E", entity) for entity in new.values() if entity is not None and getattr(entity, field) == value
        ]
        return sorted(found, key=lambda entity: entity.key)

    def apply(self, change: Change) -> None:
        """Take one change into the draft."""
        match change:
            case Put(entity):
                self._new.setdefault(type(entity), {})[entity.key] = entity
            case Drop(kind, key):
                self._new.setdefault(kind, {})[key] = None
            case Append():
                pass
