"""Deals and reservations in the database: sealed, written before anything is done, told of as they change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from mis.booking.rules.deal import BookingStatus, Deal
from mis.booking.telling import Telling
from okno import clock
from okno.database import Connection, Database
from okno.seal import Sealer

_DEAL = TypeAdapter(Deal)
_PLACE = {"table": "bookings", "column": "deal"}
KEPT_DAYS = 90
_AT_ONCE = 200
# A visit just booked may not be listed by the MIS yet: so long its time is not offered (mis.md §6.14).
LAG = timedelta(minutes=2)
_WRITE = """
UPDATE bookings SET turn = turn + 1, status = $3, step = $4, changed_at = $5, next_at = $6, patient_blind = $7,
    visit_blind = $8, left_blind = $9, deal = $10
WHERE key = $1 AND turn = $2"""
Note = Callable[[Connection], Awaitable[object]]
_FREE_STATUSES: frozenset[BookingStatus] = frozenset(("refused", "released", "cancelled"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A deal as it is written, with its turn."""

    deal: Deal
    turn: int


class Store:
    """Keeps deals.

    Args:
        database: of `mis`.
        sealer: of `mis`.
        telling: writes what others are told, in the same transaction.
    """

    def __init__(self, database: Database, sealer: Sealer, telling: Telling) -> None:
        self.database = database
        self._sealer = sealer
        self._telling = telling

    async def get(self, key: UUID) -> Kept | None:
        """Return a deal. Raises DatabaseDown."""
        row = await self.database.fetchrow("SELECT key, turn, deal FROM bookings WHERE key = $1", key)
        return self._read(row) if row is not None else None

    async def of_request(self, request: UUID) -> list[Deal]:
        """Return the deals of a request, the newest first. Raises DatabaseDown."""
        rows = await self.database.fetch(
            "SELECT key, turn, deal FROM bookings WHERE request = $1 ORDER BY made_at DESC, key LIMIT 100", request
        )
        return [self._read(row).deal for row in rows]

    async def due(self, at: datetime, in_hand: Collection[UUID] = ()) -> list[UUID]:
        """Return the deals that have a step to do now, those that wait longest first. Raises DatabaseDown.

        Args:
            at: now.
            in_hand: deals somebody is at already: they take nobody's place, however often they fail.
        """
        rows = await self.database.fetch(
            "SELECT key FROM bookings WHERE step <> 'done' AND (next_at IS NULL OR next_at <= $1)"
            " AND key <> ALL ($2::uuid[]) ORDER BY coalesce(next_at, changed_at), key LIMIT $3",
            at, list(in_hand), _AT_ONCE,
        )  # fmt: skip
        return [row["key"] for row in rows]

    async def tidy(self) -> None:
        """Remove deals that have been over for long: whose they were is in the audit. Raises DatabaseDown."""
        await self.database.execute(
            "DELETE FROM bookings WHERE step = 'done' AND changed_at < now() - make_interval(days => $1)", KEPT_DAYS
        )

    async def begin(self, connection: Connection, deal: Deal, if_taken: Deal) -> bool:
        """Write a new deal and reserve its time, in the caller's transaction; say whether the key is new.

        Args:
            connection: in whose transaction.
            deal: at its first step.
            if_taken: what is written instead when another deal of ours has the time.
        """
        new = await connection.fetchval(
            "INSERT INTO bookings (key, turn, made_at, request, action, status, step, changed_at, next_at,"
            " patient_blind, visit_blind, left_blind, deal)"
            " VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT (key) DO NOTHING RETURNING true",
            deal.key, deal.made_at, deal.request, deal.action, *self._row(deal),
        )  # fmt: skip
        if new and not (await self._take(connection, deal) and await self._reserve(connection, deal)):
            await connection.execute("DELETE FROM visits_in_hand WHERE key = $1", deal.key)
            await connection.execute(_WRITE, deal.key, 1, *self._row(if_taken))
            await self._telling.of(connection, deal, if_taken)
        return bool(new)

    async def save(self, kept: Kept, deal: Deal, note: Note | None = None) -> Kept | None:
        """Write a deal as it goes on, with what is told of it; None when another process has written it meanwhile.

        Args:
            kept: as it was read.
            deal: as it goes on.
            note: writes an audit entry in the same transaction.

        Raises:
            DatabaseDown: whether it is written is not known.
        """
        async with self.database.acquire() as connection, connection.transaction():
            if note is not None:
                await note(connection)
            if await connection.execute(_WRITE, deal.key, kept.turn, *self._row(deal)) != "UPDATE 1":
                return None
            await self._let_go(connection, deal)
            await self._telling.of(connection, kept.deal, deal)
        return Kept(deal, kept.turn + 1)

    async def reserved(self, since: datetime, until: datetime) -> list[tuple[str, datetime, datetime, UUID]]:
        """Return which times of which doctors are ours: doctor, start, end, request. Raises DatabaseDown."""
        rows = await self.database.fetch(
            "SELECT doctor, lower(during) AS start, upper(during) AS stop, request FROM reservations"
            " WHERE during && tstzrange($1, $2) AND (until IS NULL OR until > $3)", since, until, clock.now(),
        )  # fmt: skip
        return [(row["doctor"], row["start"], row["stop"], row["request"]) for row in rows]

    async def ours(self, visit: str, since: datetime) -> bool:
        """Whether a deal of ours did something about a visit since then. Raises DatabaseDown."""
        found = await self.database.fetchval(
            "SELECT true FROM bookings WHERE (visit_blind = $1 OR left_blind = $1) AND changed_at >= $2 LIMIT 1",
            self._blind_visit(visit), since,
        )  # fmt: skip
        return bool(found)

    async def _take(self, connection: Connection, deal: Deal) -> bool:
        """Take the visit that is to be changed; say whether no other deal has it in hand."""
        if deal.visit is None:
            return True
        return bool(await connection.fetchval(
            "INSERT INTO visits_in_hand (visit_blind, key) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
            self._blind_visit(deal.visit.id), deal.key,
        ))  # fmt: skip

    async def _reserve(self, connection: Connection, deal: Deal) -> bool:
        """Take the time that is wanted; say whether no other deal has it."""
        slot = deal.slot
        if slot is None:
            return True
        await connection.execute("DELETE FROM reservations WHERE until <= $1", clock.now())
        try:
            async with connection.transaction():
                await connection.execute(
                    "INSERT INTO reservations (key, request, doctor, during)"
                    " VALUES ($1, $2, $3, tstzrange($4, $5, '[)'))",
                    deal.key, deal.request, slot.doctor.id, slot.start, slot.end,
                )  # fmt: skip
        except (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError):
            return False
        return True

    async def _let_go(self, connection: Connection, deal: Deal) -> None:
        """Free the time of a deal that is over without it; keep that of a booked one until the MIS lists it."""
        if deal.step == "done" and deal.visit is not None:
            await connection.execute("DELETE FROM visits_in_hand WHERE key = $1", deal.key)
        if deal.status in _FREE_STATUSES and deal.step in ("done", "alternatives"):
            await connection.execute("DELETE FROM reservations WHERE key = $1", deal.key)
        elif deal.step == "done":
            await connection.execute(
                "UPDATE reservations SET until = $2 WHERE key = $1 AND until IS NULL", deal.key, clock.now() + LAG
            )
        if deal.visit is not None and deal.step == "done" and deal.status in ("cancelled", "booked", "requested"):
            await connection.execute(
                "DELETE FROM reservations WHERE doctor = $1 AND lower(during) = $2 AND until IS NOT NULL"
                " AND key <> $3 AND $4", deal.visit.doctor.id, deal.visit.start, deal.key, deal.action != "confirm",
            )  # fmt: skip

    def _row(self, deal: Deal) -> tuple[Any, ...]:
        visit = deal.appointment or deal.visit
        left = deal.visit if deal.visit is not visit else None
        text = _DEAL.dump_json(deal).decode()
        return (
            deal.status, deal.step, clock.now(), deal.next_at,
            self._sealer.blind(deal.patient, purpose="patient"),
            self._blind_visit(visit.id) if visit is not None else None,
            self._blind_visit(left.id) if left is not None else None,
            self._sealer.seal(text, row=str(deal.key), **_PLACE),
        )  # fmt: skip

    def _blind_visit(self, visit: str) -> bytes:
        return self._sealer.blind(visit, purpose="visit")

    def _read(self, row: Mapping[str, Any]) -> Kept:
        text = self._sealer.open(row["deal"], row=str(row["key"]), **_PLACE)
        return Kept(_DEAL.validate_json(text), row["turn"])
