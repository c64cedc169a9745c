"""What a service has to tell, written in the transaction that makes it true."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from okno.database import Connection

CHANNEL = "okno_outbox"  # PostgreSQL's NOTIFY wakes the relay at commit


_ADD = """
INSERT INTO outbox (event_id, stream, kind, payload) VALUES ($1, $2, $3, $4)
ON CONFLICT (event_id) DO NOTHING"""


@dataclass(frozen=True, slots=True)
class BusEvent:
    """One event on a stream: `id` is what consumers deduplicate by, `at` when it was published."""

    id: UUID
    stream: str
    kind: str
    payload: dict[str, Any]
    at: datetime

    def fields(self) -> dict[str, str]:
        """Return the event as the fields of a stream's entry."""
        payload = json.dumps(self.payload, ensure_ascii=False, separators=(",", ":"))
        return {"id": str(self.id), "kind": self.kind, "at": self.at.isoformat(), "payload": payload}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Return the event in a row of the outbox or of the dead letters."""
        return cls(row["event_id"], row["stream"], row["kind"], row["payload"], row["made_at"])

    @classmethod
    def from_fields(cls, stream: str, fields: Mapping[str, str]) -> Self:
        """Return the event in an entry's fields.

        Raises:
            ValueError: the entry is not one of ours.
        """
        try:
            payload = json.loads(fields["payload"])
            at = datetime.fromisoformat(fields["at"])
            if not isinstance(payload, dict) or at.tzinfo is None:
                raise ValueError("not an event")
            return cls(UUID(fields["id"]), stream, fields["kind"], payload, at)
        except (KeyError, TypeError, ValueError):
            raise ValueError("the entry is not an event of ours") from None


class Outbox:
    """Where events are left for the relay."""

    @staticmethod
    async def add(connection: Connection, stream: str, event_id: UUID, kind: str, payload: Mapping[str, Any]) -> None:
        """Leave one event, in the caller's open transaction; leaving the same id again changes nothing.

        Args:
            connection: of the service's own database.
            stream: "engine.calls".
            event_id: what consumers deduplicate by.
            kind: "CallEnded".
            payload: what JSON holds; no clear personal data, no text of messages.
        """
        await connection.execute(
            _ADD,
            event_id,
            stream,
            kind,
            dict(payload),
        )
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)

    @staticmethod
    async def add_many(connection: Connection, stream: str, events: list[tuple[UUID, str, Mapping[str, Any]]]) -> None:
        """Leave several (id, kind, payload) in order, as `add` does, in one round trip."""
        if not events:
            return
        await connection.executemany(
            _ADD,
            [(event_id, stream, kind, dict(payload)) for event_id, kind, payload in events],
        )
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
