"""What people were asked to do and need not do any more: withdrawn by the same key, once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from mis.booking.rules.deal import Deal
from mis.booking.telling import happened
from mis.client.answers import Wish
from mis.feed import WORK, OverWhy, Reason, WorkOver
from mis.terms import LIVE, Appointment, Slot
from okno import clock
from okno.bus import Outbox
from okno.database import Connection, Database
from okno.ids import time_of, uuid7_of
from okno.seal import Sealer

# The hour of a visit has come and its call was not made: the operators see to it themselves.
_KEPT = timedelta(days=1)
_OFF: dict[str, OverWhy] = {"confirmed": "confirmed", "cancelled": "cancelled", "moved": "moved"}


class Overs:
    """Remembers what work is about, and tells when that is over; nobody's data stands in clear.

    A call to confirm is over with the last of its visits, one about a time that came free with the time or the wish.

    Args:
        database: of `mis`.
        sealer: of `mis`.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer

    async def to_confirm(self, connection: Connection, key: UUID, visits: Iterable[Appointment]) -> None:
        """Note which visits a call is about, in the transaction that asks for it."""
        for one in visits:
            await self._note(connection, key, "confirm", self._visit(one.id), one.start)

    async def to_offer(self, connection: Connection, key: UUID, wish: Wish, freed: Appointment) -> None:
        """Note which time of whose wish a call is about, in the transaction that asks for it."""
        for mark in (self._time(freed.doctor.id, freed.start), self._wish(wish.key)):
            await self._note(connection, key, "waitlist", mark, freed.start)

    async def of_visit(self, connection: Connection, visit: Appointment) -> None:
        """Follow a visit as the MIS has it now."""
        mark = self._visit(visit.id)
        if visit.status not in LIVE:
            await self._over(connection, mark, "cancelled")
            return
        if visit.confirmed:
            await self._over(connection, mark, "confirmed")
        await self._over(connection, mark, "moved", unless=visit.start)
        await self._over(connection, self._time(visit.doctor.id, visit.start), "taken")

    async def of_deal(self, connection: Connection, before: Deal, deal: Deal) -> None:
        """Follow our own bookings, whose echo from the MIS may be long in coming."""
        what = happened(before, deal)
        if what is None:
            return
        if deal.visit is not None and what in _OFF:
            await self._over(connection, self._visit(deal.visit.id), _OFF[what])
        if deal.slot is not None and what in ("booked", "requested", "moved"):
            await self._over(connection, self._slot(deal.slot), "taken")

    async def of_wish(self, connection: Connection, wish: Wish) -> None:
        """Follow a wish that is fulfilled or given up; any other is still to be called for."""
        if wish.status in ("done", "given_up"):
            await self._over(connection, self._wish(wish.key), "done" if wish.status == "done" else "given_up")

    async def tidy(self) -> None:
        """Withdraw the calls about a time whose hour has come, forget visits that are over. Raises DatabaseDown."""
        async with self._database.acquire() as connection, connection.transaction():
            for row in await connection.fetch(
                "DELETE FROM work_asked WHERE reason = 'waitlist' AND start <= $1 RETURNING key", clock.now()
            ):
                await self._tell(connection, row["key"], "past")
            await connection.execute("DELETE FROM work_asked WHERE start <= $1", clock.now() - _KEPT)

    async def _note(self, connection: Connection, key: UUID, reason: Reason, mark: bytes, start: datetime) -> None:
        await connection.execute(
            "INSERT INTO work_asked (key, about, reason, start) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            key, mark, reason, start,
        )  # fmt: skip

    async def _over(
        self, connection: Connection, mark: bytes, why: OverWhy, *, unless: datetime | None = None
    ) -> None:
        """Strike out one thing; `unless` it is still at this moment. Two at once of one work wait for each other."""
        rows = await connection.fetch(
            "SELECT key, about, reason, start FROM work_asked"
            " WHERE key IN (SELECT key FROM work_asked WHERE about = $1) ORDER BY key, about FOR UPDATE", mark,
        )  # fmt: skip
        for key in dict.fromkeys(row["key"] for row in rows):
            mine = [row for row in rows if row["key"] == key]
            struck = [row for row in mine if row["about"] == mark and row["start"] != unless]
            if not struck:
                continue
            if struck[0]["reason"] == "confirm" and len(mine) > 1:
                await connection.execute("DELETE FROM work_asked WHERE key = $1 AND about = $2", key, mark)
                continue
            await connection.execute("DELETE FROM work_asked WHERE key = $1", key)
            await self._tell(connection, key, why)

    async def _tell(self, connection: Connection, key: UUID, why: OverWhy) -> None:
        over, event = WorkOver(key=key, why=why), uuid7_of(time_of(key), str(key), "over")
        await Outbox.add(connection, WORK, event, "WorkOver", over.model_dump(mode="json"))

    def _visit(self, id: str) -> bytes:
        return self._sealer.blind(f"visit\n{id}", purpose="work")

    def _slot(self, slot: Slot) -> bytes:
        return self._time(slot.doctor.id, slot.start)

    def _time(self, doctor: str, start: datetime) -> bytes:
        return self._sealer.blind(f"time\n{start.timestamp()}\n{doctor}", purpose="work")

    def _wish(self, key: UUID) -> bytes:
        return self._sealer.blind(f"wish\n{key}", purpose="work")
