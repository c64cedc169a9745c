"""What came of a promise to call goes out in the turn that ends it, to every wish it stands for.

A wish of a form is known by the line of history it left (`engine.requests.promising`): the promise may be another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from chat.feed import CallbackOver
from engine.effects import Publish
from okno.database import Connection
from okno.ids import uuid7_of

KINDS = {"callback.reached": "reached", "callback.given_up": "not_reached", "callback.withdrawn": "withdrawn"}


async def ended(connection: Connection, published: Iterable[Publish]) -> list[tuple[UUID, str, Mapping[str, Any]]]:
    """Return what `chat` is told: (id, kind, payload) for each wish of a promise that ended in this turn.

    Args:
        connection: in the turn's transaction, after its history was written.
        published: what the turn publishes.
    """
    told: list[tuple[UUID, str, Mapping[str, Any]]] = []
    for event in published:
        if event.kind in KINDS:
            lines = await connection.fetch(
                "SELECT line FROM history WHERE request = $1 AND what = 'promised' AND actor = 'engine' ORDER BY id",
                UUID(event.key),
            )
            overs = (CallbackOver.model_validate({"key": row["line"], "state": KINDS[event.kind]}) for row in lines)
            told += [
                (uuid7_of(event.at, "over", str(one.key)), "CallbackOver", one.model_dump(mode="json")) for one in overs
            ]
    return told
