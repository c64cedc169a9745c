"""Entities to rows and back; numbers and names leave only sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from engine.store.tables import CALLS, LEG_COLUMNS, VISIT_COLUMNS, Table
from engine.world import Call, Entity, Leg, QueueDay, Try, Visit
from engine.world.reading import number_of
from okno import names
from okno.seal import Sealer


def _upsert_part(table: str, columns: tuple[str, ...]) -> str:
    """The statement that writes one part of a call, whatever was there."""
    return (
        f"INSERT INTO {table} (call, position, {', '.join(columns)})"  # noqa: S608  # names are ours
        f" VALUES ({', '.join(f'${place}' for place in range(1, len(columns) + 3))})"
        f" ON CONFLICT (call, position) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in columns)}"
    )


UPSERT_LEG = _upsert_part("legs", LEG_COLUMNS)
UPSERT_VISIT = _upsert_part("visits", VISIT_COLUMNS)


class Codec:
    """Writes entities as rows and reads them back.

    Args:
        sealer: the engine's.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def encode(self, table: Table, entity: Entity, *, still_open: bool) -> tuple[Any, ...]:
        """Return the row of an entity, in the order of `table.columns`.

        Raises:
            ValueError: an id is no UUID, or a text cannot be written; the event that made it is poisoned.
        """
        key = entity.key
        row: list[Any] = [UUID(key) if table.uuid_key else key, still_open]
        row += [_plain(getattr(entity, name), name in table.uuids) for name in table.plain]
        row += [self.seal(getattr(entity, name), table.name, name, key) for name in table.sealed]
        for name in table.phones:
            row += self.blinds(getattr(entity, name))
        row += [self.blind_words(names.words(getattr(entity, name))) for name in table.words]
        return tuple(row)

    def legs(self, call: Call) -> list[tuple[Any, ...]]:
        """Return the rows of a call's legs."""
        id = UUID(call.key)
        return [(id, place, *(getattr(leg, name) for name in LEG_COLUMNS)) for place, leg in enumerate(call.legs)]

    def visits(self, call: Call) -> list[tuple[Any, ...]]:
        """Return the rows of a call's stays in queues."""
        id = UUID(call.key)
        return [(id, place, *(getattr(one, name) for name in VISIT_COLUMNS)) for place, one in enumerate(call.visits)]

    def decode(
        self, table: Table, row: Mapping[str, Any], legs: Iterable[Mapping[str, Any]] = (),
        visits: Iterable[Mapping[str, Any]] = (),
    ) -> Entity:
        """Return the entity in a row (and, of a call, in its legs' and visits' rows, in order).

        Raises:
            SealBroken: a sealed column was changed or moved.
        """
        key = str(row["id"])
        values: dict[str, Any] = {"key": key}
        values |= {name: _read(name, row[name]) for name in table.plain}
        values |= {name: self.open(row[name], table.name, name, key) for name in table.sealed}
        if table is CALLS:
            values["legs"] = tuple(Leg(**{name: leg[name] for name in LEG_COLUMNS}) for leg in legs)
            values["visits"] = tuple(Visit(**{name: one[name] for name in VISIT_COLUMNS}) for one in visits)
        return table.kind(**values)

    def seal(self, text: str, table: str, column: str, row: str) -> bytes | None:
        """Return a text sealed for its place, None for an empty one."""
        return self._sealer.seal(text, table=table, column=column, row=row) if text else None

    def open(self, blob: bytes | None, table: str, column: str, row: str) -> str:
        """Return what `seal` sealed."""
        return "" if blob is None else self._sealer.open(blob, table=table, column=column, row=row)

    def blinds(self, phone: str) -> tuple[bytes | None, bytes | None]:
        """Return the blind indexes of a number: the whole of it and its last four digits."""
        return (self.blind(phone), self.blind_last4(phone)) if phone else (None, None)

    def blind(self, phone: str) -> bytes:
        """Return the blind index of a whole number (E.164)."""
        return self._sealer.blind(phone, purpose="phone")

    def blind_last4(self, phone: str) -> bytes:
        """Return the blind index of a number's last four digits; an identity of a messenger has none to be found by."""
        ending = phone[-4:] if number_of(phone) else phone
        return self._sealer.blind(ending, purpose="phone_last4")

    def blind_words(self, words: Iterable[str]) -> list[bytes]:
        """Return the blind indexes of words (as `okno.names` makes them)."""
        return [self._sealer.blind(word, purpose="word") for word in words]


def _plain(value: Any, uuid: bool) -> Any:
    """An attribute as asyncpg wants it."""
    if uuid:
        return [UUID(item) for item in value] if isinstance(value, tuple) else value and UUID(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_try(item) if isinstance(item, Try) else item for item in value]
    return asdict(value) if isinstance(value, QueueDay) else value


def _try(one: Try) -> dict[str, Any]:
    """One dialling as JSON; the moments in ISO."""
    row = asdict(one)
    return row | {name: row[name] and row[name].isoformat() for name in _MOMENTS}


_MOMENTS = ("at", "ended_at")


def _tried(row: Mapping[str, Any]) -> Try:
    """What `_try` wrote."""
    return Try(**{**row, **{name: row[name] and datetime.fromisoformat(row[name]) for name in _MOMENTS}})


def _read(name: str, value: Any) -> Any:
    """A column as the entity wants it."""
    if name == "skills":
        return tuple((str(skill), int(level)) for skill, level in value)
    if name == "tries":
        return tuple(_tried(one) for one in value)
    if isinstance(value, list):
        items = [str(item) for item in value]
        return frozenset(items) if name == "pauses" else tuple(items)
    if name == "today":
        return QueueDay(**cast("dict[str, Any]", value))
    return str(value) if isinstance(value, UUID) else value
