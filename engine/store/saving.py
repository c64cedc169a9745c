"""One turn, one transaction: the lease's epoch is checked and the turn numbered in its first statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chat.feed import ENDS, RULES, STANDINGS
from engine.effects import Publish
from engine.store.batch import Batch
from engine.store.codec import UPSERT_LEG, UPSERT_VISIT, Codec
from engine.store.journal import sides
from engine.store.lease import TROUBLES, LeaseLost
from engine.store.people import promises
from engine.store.people.conversations import stands
from engine.store.people.reports import reported
from engine.store.tables import BY_KIND, CALLS, TABLES
from engine.world import Call, HistoryEntry, Timer
from mis.feed import REPORTS
from okno.bus import Outbox
from okno.database import Connection, Database, DatabaseDown
from okno.errors import OknoError
from okno.ids import uuid7, uuid7_of
from okno.seal import Sealer

STREAM = "engine"
# Whoever reads a stream of the engine confirms under this name (DESIGN, «Between services»).
CONSUMERS: dict[str, tuple[str, ...]] = {
    STREAM: (), REPORTS: ("mis",), ENDS: ("chat",),
    STANDINGS: ("chat",), RULES: ("chat",),
}

# Classes of SQLSTATE that say the data are wrong, not that the server is in trouble: 22 data, 23 constraints.
_DATA_CLASSES = ("22", "23")
_ONE_LIVE = "offers_one_live"
_NUMBER = "UPDATE lease SET turn = $2 WHERE epoch = $1 AND turn < $2"


class CannotSave(OknoError):
    """The data of a turn cannot be written, now or ever: the event that made them is poisoned."""


class OfferCaught(CannotSave):
    """The net under the rooms held: a turn would have given one request two live offers (P4)."""


class TurnStore:
    """Writes turns.

    Args:
        database: the engine's.
        codec: seals.
        bus: seals what crosses to `mis`; None where no patient is ever known.
    """

    def __init__(self, database: Database, codec: Codec, bus: Sealer | None = None) -> None:
        self._database = database
        self._codec = codec
        self._bus = bus

    async def save(self, epoch: int, number: int, batch: Batch) -> None:
        """Write a turn; one that is written already (a COMMIT whose answer was lost) is left as it is.

        Raises:
            CannotSave: the data are wrong.
            LeaseLost: another epoch began.
            DatabaseDown: away, or in trouble: whether the turn was written is not known.
        """
        try:
            rows, reports = self._rows(batch), [reported(one, self._bus) for one in batch.reports]
        except Exception as error:  # whatever it is, it is this turn's: the others must go on
            raise CannotSave(f"a row cannot be made: {type(error).__name__}") from error
        try:
            async with self._database.acquire() as connection, connection.transaction():
                if await connection.execute(_NUMBER, epoch, number) == "UPDATE 0":
                    await self._numbered_already(connection, epoch, number)
                    return
                for sql, values in rows:
                    await connection.executemany(sql, values)
                await Outbox.add_many(connection, STREAM, [_outbox(event) for event in batch.published])
                await Outbox.add_many(connection, REPORTS, reports)
                await Outbox.add_many(connection, STANDINGS, [stands(one) for one in batch.standings])
                await Outbox.add_many(connection, ENDS, await promises.ended(connection, batch.published))
        except OknoError:
            raise
        except Exception as error:
            if isinstance(error, TROUBLES) and not _is_data(error):
                raise DatabaseDown(f"the database is in trouble: {type(error).__name__}") from error
            caught = getattr(error, "constraint_name", None) == _ONE_LIVE
            raise (OfferCaught if caught else CannotSave)(f"a row was refused: {_name(error)}") from error

    async def saved(self) -> tuple[int, int]:
        """Return the epoch and the number of the last turn written. Raises DatabaseDown."""
        try:
            row = await self._database.fetchrow("SELECT epoch, turn FROM lease")
        except TROUBLES as error:
            raise DatabaseDown(f"the database is in trouble: {type(error).__name__}") from error
        if row is None:
            raise LeaseLost("the lease row is gone")
        return int(row["epoch"]), int(row["turn"])

    async def _numbered_already(self, connection: Connection, epoch: int, number: int) -> None:
        row = await connection.fetchrow("SELECT epoch, turn FROM lease")
        if row is None or row["epoch"] != epoch:
            raise LeaseLost
        if row["turn"] < number:
            raise LeaseLost("the lease row cannot be written")

    def _rows(self, batch: Batch) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Every statement with its rows, in an order that no foreign key minds."""
        statements: list[tuple[str, list[tuple[Any, ...]]]] = []
        for table in TABLES:
            puts = [
                self._codec.encode(table, entity, still_open=still_open)
                for (kind, _), (entity, still_open) in batch.puts.items()
                if kind is table.kind and (still_open or kind is not Timer)
            ]
            if puts:
                statements.append((table.upsert, puts))
            if table is CALLS:
                calls = [entity for entity, _ in batch.puts.values() if isinstance(entity, Call)]
                legs = [leg for call in calls for leg in self._codec.legs(call)]
                if legs:
                    statements.append((UPSERT_LEG, legs))
                visits = [visit for call in calls for visit in self._codec.visits(call)]
                if visits:
                    statements.append((UPSERT_VISIT, visits))
                statements += sides.statements(self._codec, batch.repairs, calls, batch.shrunk)
        statements += self._drops(batch)
        if batch.entries:
            statements.append((_HISTORY, [self._entry(entry) for entry in batch.entries]))
        if batch.answers:
            statements.append((
                _COMMAND,
                [(a.command, a.ok, a.why, a.by, a.request and UUID(a.request)) for a in batch.answers],
            ))
        if batch.poisoned:
            statements.append((_POISONED, [
                (UUID(p.id), p.at, p.kind, p.reason, self._codec.seal(p.text, "poisoned_events", "event", p.id))
                for p in batch.poisoned
            ]))
        return statements

    def _drops(self, batch: Batch) -> list[tuple[str, list[tuple[Any, ...]]]]:
        spent = [place for place, (_, still_open) in batch.puts.items() if place[0] is Timer and not still_open]
        statements: list[tuple[str, list[tuple[Any, ...]]]] = []
        for kind, key in (*batch.drops, *spent):
            table = BY_KIND[kind]
            sql = (
                f"DELETE FROM {table.name} WHERE id = $1" if kind is Timer  # noqa: S608  # names are ours
                else f"UPDATE {table.name} SET open = false WHERE id = $1"  # noqa: S608
            )  # fmt: skip
            statements.append((sql, [(UUID(key) if table.uuid_key else key,)]))
        return statements

    def _entry(self, entry: HistoryEntry) -> tuple[Any, ...]:
        line = UUID(entry.line) if entry.line else uuid7()
        return (
            line, UUID(entry.request), entry.at, entry.actor, entry.what, entry.call and UUID(entry.call),
            entry.operator, entry.queue, self._codec.seal(entry.note, "history", "note", str(line)),
        )


_HISTORY = (
    "INSERT INTO history (line, request, at, actor, what, call, operator, queue, note)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (line) DO NOTHING"
)
# A final answer takes the place of the «unknown» by which an order was written down before it was given.
_COMMAND = (
    "INSERT INTO commands (id, ok, why, by, request) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE"
    " SET ok = EXCLUDED.ok, why = EXCLUDED.why, by = EXCLUDED.by, request = EXCLUDED.request WHERE NOT commands.ok"
)
_POISONED = (
    "INSERT INTO poisoned_events (id, at, kind, reason, event) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
)


def _outbox(event: Publish) -> tuple[UUID, str, dict[str, Any]]:
    return uuid7_of(event.at, "publish", event.kind, event.key), event.kind, {"key": event.key, **event.payload}


def _is_data(error: Exception) -> bool:
    if isinstance(error, ValueError):  # asyncpg's DataError, an InterfaceError too: what it cannot encode
        return True
    return str(getattr(error, "sqlstate", None) or "")[:2] in _DATA_CLASSES


def _name(error: Exception) -> str:
    """What the database said, without the values it quotes."""
    constraint = getattr(error, "constraint_name", None)
    return f"{type(error).__name__} {constraint}" if constraint else type(error).__name__
