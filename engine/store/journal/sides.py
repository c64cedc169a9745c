"""Both sides of a mended call as rows: they hold numbers, so they are sealed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import fields
from typing import Any
from uuid import UUID

from engine.effects import RecordRepair
from engine.store.codec import Codec
from engine.world import Call, Leg, Visit
from okno.ids import uuid7

TABLE = "journal_repairs"
INSERT = (
    "INSERT INTO journal_repairs (id, at, pbx, call, kind, fields, was, now) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
# A call that shrank leaves no row of what it had.
SHRINK = (
    "DELETE FROM legs WHERE call = $1 AND position >= $2",
    "DELETE FROM visits WHERE call = $1 AND position >= $2",
)


def statements(
    codec: Codec, repairs: Iterable[RecordRepair], calls: Iterable[Call], shrunk: AbstractSet[str] = frozenset()
) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Return the statements that keep both sides, and take away what a call no longer has.

    Args: seals; what was mended in this turn; the calls the turn puts; those of them that lost a leg or a stay.
    """
    kept = list(repairs)
    fewer = shrunk | {repair.told.key for repair in kept if repair.was is not None}
    cut = [call for call in calls if call.key in fewer]
    found: list[tuple[str, list[tuple[Any, ...]]]] = []
    if kept:
        found.append((INSERT, [_row(codec, repair) for repair in kept]))
    if cut:
        found.append((SHRINK[0], [(UUID(call.key), len(call.legs)) for call in cut]))
        found.append((SHRINK[1], [(UUID(call.key), len(call.visits)) for call in cut]))
    return found


def _row(codec: Codec, repair: RecordRepair) -> tuple[Any, ...]:
    id = uuid7()
    was = codec.seal(_text(repair.was), TABLE, "was", str(id)) if repair.was is not None else None
    now = codec.seal(_text(repair.told), TABLE, "now", str(id))
    return (
        id, repair.at, repair.told.pbx, UUID(repair.told.key), repair.kind, list(repair.fields), was, now,
    )  # fmt: skip


def _text(call: Call) -> str:
    return json.dumps(call, ensure_ascii=True, default=_plain)


def _plain(value: object) -> object:
    """A call, or a part of it, as JSON has it; `dataclasses.asdict` copies all in depth: half a turn's time."""
    if isinstance(value, Call | Leg | Visit):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)
