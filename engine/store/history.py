"""Queries over everything that ever was, the newest first, page by page (keyset cursors)."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from engine.store.codec import Codec
from engine.store.tables import CALLS, CONVERSATIONS, REQUESTS, Table
from engine.world import Call, Conversation, HistoryEntry, Request
from okno.database import Database
from okno.errors import Refused

T = TypeVar("T")


class BadQuery(Refused):
    """The query cannot be understood."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page; `cursor` asks for the next one, None after the last."""

    items: list[T]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls. `since` and `until` bound the start; `phone` is E.164, `last4` its last four digits."""

    since: datetime | None = None
    until: datetime | None = None
    queue: str | None = None
    operator: str | None = None
    result: str | None = None
    direction: str | None = None
    phone: str | None = None
    last4: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which requests. `phone` is E.164, `last4` its last four digits; `number` is the one people say, of any year."""

    status: str | None = None
    kind: str | None = None
    queue: str | None = None
    owner: str | None = None
    phone: str | None = None
    last4: str | None = None
    contact: str | None = None
    number: int | None = None
    year: int | None = None


class History:
    """Reads calls and requests, open ones included.

    Args:
        database: the engine's.
        codec: opens what is sealed.
    """

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    async def calls(self, wanted: CallFilter, *, cursor: str | None = None, limit: int = 50) -> Page[Call]:
        """Return a page of calls by start, the newest first. Raises BadQuery, DatabaseDown."""
        query = _Query(CALLS, "started_at")
        query.where("started_at >= {}", wanted.since)
        query.where("started_at < {}", wanted.until)
        for column in ("queue", "result", "direction"):
            query.where(column + " = {}", getattr(wanted, column))
        query.where("EXISTS (SELECT FROM legs WHERE legs.call = calls.id AND legs.operator = {})", wanted.operator)
        query.where("phone_blind = {}", wanted.phone and self._codec.blind(wanted.phone))
        query.where("phone_last4 = {}", wanted.last4 and self._codec.blind_last4(wanted.last4))
        rows, following = await query.page(self._database, cursor, limit)
        return Page(await self._whole(rows), following)

    async def call(self, id: str) -> Call | None:
        """Return one call. Raises BadQuery, DatabaseDown."""
        return next(iter(await self.calls_of([id])), None)

    async def calls_of(self, ids: Sequence[str]) -> list[Call]:
        """Return the calls with these ids, in the order of their start. Raises BadQuery, DatabaseDown."""
        rows = await self._database.fetch(
            "SELECT * FROM calls WHERE id = ANY($1::uuid[]) ORDER BY started_at, id", [uuid(id) for id in ids]
        )
        return await self._whole(rows)

    async def requests(self, wanted: RequestFilter, *, cursor: str | None = None, limit: int = 50) -> Page[Request]:
        """Return a page of requests by creation, the newest first. Raises BadQuery, DatabaseDown."""
        query = _Query(REQUESTS, "created_at")
        for column in ("status", "kind", "queue", "owner", "number", "year"):
            query.where(column + " = {}", getattr(wanted, column))
        query.where("contact = {}", wanted.contact and uuid(wanted.contact))
        query.where("phone_blind = {}", wanted.phone and self._codec.blind(wanted.phone))
        query.where("phone_last4 = {}", wanted.last4 and self._codec.blind_last4(wanted.last4))
        rows, following = await query.page(self._database, cursor, limit)
        return Page([cast("Request", self._codec.decode(REQUESTS, row)) for row in rows], following)

    async def request(self, id: str) -> Request | None:
        """Return one request. Raises BadQuery, DatabaseDown."""
        row = await self._database.fetchrow("SELECT * FROM requests WHERE id = $1", uuid(id))
        return None if row is None else cast("Request", self._codec.decode(REQUESTS, row))

    async def requests_of(self, ids: Sequence[str]) -> list[Request]:
        """Return the requests with these ids. Raises BadQuery, DatabaseDown."""
        rows = await self._database.fetch(
            "SELECT * FROM requests WHERE id = ANY($1::uuid[]) ORDER BY id", [uuid(id) for id in ids]
        )
        return [cast("Request", self._codec.decode(REQUESTS, row)) for row in rows]

    async def talks(self, ids: Sequence[str]) -> dict[str, Conversation]:
        """Return conversations as they were written down, by id. Raises BadQuery, DatabaseDown."""
        if not ids:
            return {}
        rows = await self._database.fetch(
            "SELECT * FROM conversations WHERE id = ANY($1::uuid[])", [uuid(id) for id in ids]
        )
        return {str(row["id"]): cast("Conversation", self._codec.decode(CONVERSATIONS, row)) for row in rows}

    async def entries(self, request: str) -> list[HistoryEntry]:
        """Return the lines of a request's history, the oldest first. Raises BadQuery, DatabaseDown."""
        rows = await self._database.fetch("SELECT * FROM history WHERE request = $1 ORDER BY id", uuid(request))
        return [
            HistoryEntry(
                request=request, at=row["at"], actor=row["actor"], what=row["what"],
                call=row["call"] and str(row["call"]), operator=row["operator"], queue=row["queue"],
                note=self._codec.open(row["note"], "history", "note", str(row["line"])),
            )
            for row in rows
        ]  # fmt: skip

    async def written(self, line: str) -> bool:
        """Say whether a line with an id of its own is there, of whichever request. Raises BadQuery, DatabaseDown."""
        return bool(await self._database.fetchval("SELECT EXISTS (SELECT FROM history WHERE line = $1)", uuid(line)))

    async def _whole(self, rows: Sequence[Any]) -> list[Call]:
        parts: dict[str, dict[Any, list[Any]]] = {"legs": defaultdict(list), "visits": defaultdict(list)}
        for table, of in parts.items() if rows else ():
            for part in await self._database.fetch(
                f"SELECT * FROM {table} WHERE call = ANY($1::uuid[]) ORDER BY call, position",  # noqa: S608
                [row["id"] for row in rows],
            ):
                of[part["call"]].append(part)
        legs, visits = parts["legs"], parts["visits"]
        return [cast("Call", self._codec.decode(CALLS, row, legs[row["id"]], visits[row["id"]])) for row in rows]


class _Query:
    """One page of a table, ordered by a time column and the id, both falling."""

    def __init__(self, table: Table, by: str) -> None:
        self._table = table
        self._by = by
        self._terms: list[str] = []
        self._values: list[Any] = []

    def where(self, term: str, value: Any) -> None:
        """Add a condition unless `value` is None or empty; `{}` in `term` stands for it."""
        if value is not None and value != "":
            self._values.append(value)
            self._terms.append(term.format(f"${len(self._values)}"))

    async def page(self, database: Database, cursor: str | None, limit: int) -> tuple[Sequence[Any], str | None]:
        """Return the rows and the next page's cursor."""
        if cursor:
            at, id = read_cursor(cursor)
            self._values += [at, id]
            count = len(self._values)
            self._terms.append(f"({self._by}, id) < (${count - 1}, ${count})")
        where = f"WHERE {' AND '.join(self._terms)}" if self._terms else ""
        rows = await database.fetch(
            f"SELECT * FROM {self._table.name} {where}"  # noqa: S608  # names are ours, values are arguments
            f" ORDER BY {self._by} DESC, id DESC LIMIT {int(limit) + 1}",
            *self._values,
        )
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]
        return rows[:limit], place_of(last[self._by], last["id"])


def place_of(at: datetime, id: UUID) -> str:
    """Return the cursor of a place in time."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the place a cursor of ours names. Raises BadQuery."""
    try:
        at, _, id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return moment, UUID(id)
    except (ValueError, binascii.Error):
        raise BadQuery("the cursor is not one of ours") from None


def uuid(id: str) -> UUID:
    """Return an id a person gave. Raises BadQuery."""
    try:
        return UUID(id)
    except ValueError:
        raise BadQuery("the id is not a UUID") from None
