"""The waiting list: who waits for a time, and who is called when one comes free."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from mis.booking.rules.deal import Deal
from mis.booking.telling import Work, words_of
from mis.client.answers import Asker, Wish
from mis.terms import Appointment, Slot
from mis.watching.matching import called, fits
from mis.watching.overs import Overs
from okno import clock
from okno.audit import AuditTrail
from okno.database import Connection, Database
from okno.errors import Refused
from okno.ids import uuid7_of
from okno.seal import Sealer

_WISH = TypeAdapter(Wish)
_PLACE = {"table": "wishes", "column": "wish"}
_OPEN = "SELECT * FROM wishes WHERE status IN ('waiting', 'offered') AND until > $1 AND since <= $1 ORDER BY made_at"
_LAST_OF_A_MOVE = ("cancel_old", "look_old", "readback")
# Whoever was called and did not take it waits again.
_OFFER_HOURS = 4


class NoSuchWish(Refused):
    """There is no such place on the waiting list."""


class Wishes:
    """Keeps the waiting list.

    Args:
        database: of `mis`.
        sealer: of `mis`.
        audit: of `mis`.
        work: asks for a person.
        overs: tells when a call is not needed any more.
        connector: which MIS the patients are of; those of another are not found.
    """

    def __init__(  # noqa: PLR0917
        self, database: Database, sealer: Sealer, audit: AuditTrail, work: Work, overs: Overs, connector: str
    ) -> None:
        self._connector = connector
        self._database = database
        self._sealer = sealer
        self._audit = audit
        self._work = work
        self._overs = overs

    async def put(self, wish: Wish, e164: str, asker: Asker) -> Wish:
        """Put a patient on the list; the same key changes what he waits for. Audited. Raises DatabaseDown."""
        made = replace(wish, status="waiting", made_at=clock.now(), made_by=asker.actor)
        async with self._database.acquire() as connection, connection.transaction():
            await self._note(connection, asker, "wish.put", made.patient, made.key)
            known = await connection.fetchrow("SELECT * FROM wishes WHERE key = $1 FOR UPDATE", made.key)
            if known is not None:
                before, _ = self._read(known)
                if before.patient != made.patient:
                    raise NoSuchWish
                made = replace(made, made_at=before.made_at, made_by=before.made_by)
            await connection.execute(
                "INSERT INTO wishes (key, request, status, since, until, urgent, made_at, patient_blind, wish)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO UPDATE SET status = EXCLUDED.status,"
                " since = EXCLUDED.since, until = EXCLUDED.until, urgent = EXCLUDED.urgent, wish = EXCLUDED.wish,"
                " offered_at = NULL",
                made.key, asker.request, made.status, made.since, made.until, made.urgent, made.made_at,
                self._blind(made.patient), self._sealed(made, e164),
            )  # fmt: skip
        return made

    async def of(self, patient: str, asker: Asker) -> list[Wish]:
        """Return a patient's places on the list, the newest first. Audited. Raises DatabaseDown."""
        await self._audit.append(asker.actor, "wish.list", patient, asker.purpose, asker.request)
        rows = await self._database.fetch(
            "SELECT * FROM wishes WHERE patient_blind = $1 ORDER BY made_at DESC LIMIT 100", self._blind(patient)
        )
        return [self._read(row)[0] for row in rows]

    async def give_up(self, key: UUID, asker: Asker) -> Wish:
        """Take a patient off the list. Audited. Raises NoSuchWish, DatabaseDown."""
        async with self._database.acquire() as connection, connection.transaction():
            row = await connection.fetchrow("SELECT * FROM wishes WHERE key = $1 FOR UPDATE", key)
            if row is None:
                raise NoSuchWish
            wish, phone = self._read(row)
            await self._note(connection, asker, "wish.give_up", wish.patient, key)
            return await self._turn(connection, replace(wish, status="given_up"), phone)

    async def waits(self, patient: str) -> bool:
        """Whether a patient waits for anything. Raises DatabaseDown."""
        return bool(await self._database.fetchval(
            "SELECT true FROM wishes WHERE patient_blind = $1 AND status IN ('waiting', 'offered') LIMIT 1",
            self._blind(patient),
        ))  # fmt: skip

    async def drop(self, patient: str) -> None:
        """Take a patient off the list whom nobody may call any more. Audited. Raises DatabaseDown."""
        async with self._database.acquire() as connection, connection.transaction():
            for row in await connection.fetch(
                "SELECT * FROM wishes WHERE patient_blind = $1 AND status IN ('waiting', 'offered') FOR UPDATE",
                self._blind(patient),
            ):
                wish, phone = self._read(row)
                await self._audit.append(
                    "mis", "wish.give_up", patient, "watch", row["request"], {"key": wish.key}, connection
                )
                await self._turn(connection, replace(wish, status="given_up"), phone)

    async def freed(self, connection: Connection, visit: Appointment) -> int:
        """Ask to call those who wait for the time of a visit that is off; return how many, in the transaction."""
        now = clock.now()
        await connection.execute(
            "UPDATE wishes SET status = 'waiting', offered_at = NULL WHERE status = 'offered' AND offered_at < $1",
            now - timedelta(hours=_OFFER_HOURS),
        )
        known = [(row, *self._read(row)) for row in await connection.fetch(_OPEN, visit.start)]
        waiting = [(wish, phone) for row, wish, phone in known if row["patient_blind"] == self._blind(wish.patient)]
        phones = {wish.key: phone for wish, phone in waiting}
        chosen = called((wish for wish, _ in waiting), visit, now)
        for wish in chosen:
            # of this visit: who takes the time may give it up again, and then it is another call
            key = uuid7_of(visit.start, str(wish.key), visit.doctor.id, visit.id)
            await self._overs.to_offer(connection, key, wish, visit)
            await self._work.want(
                connection, key, "waitlist", patient=wish.patient, phone=phones[wish.key],
                note=words_of(visit), priority=1 if wish.urgent else 0,
            )  # fmt: skip
            await self._turn(connection, replace(wish, status="offered"), phones[wish.key])
        return len(chosen)

    async def of_deal(self, connection: Connection, before: Deal, deal: Deal) -> None:
        """Follow our own bookings: what a patient waited for is done; a time given up is offered."""
        if deal.status in ("booked", "requested") and before.status != deal.status and deal.slot is not None:
            await self._done(connection, deal.patient, deal.slot)
        cancelled = deal.action == "cancel" and deal.status == "cancelled" and before.status != "cancelled"
        moved = deal.action == "move" and deal.step in ("done", "recheck") and before.step in _LAST_OF_A_MOVE
        if deal.visit is not None and (cancelled or (moved and not deal.error)):
            await self.freed(connection, deal.visit)

    async def _done(self, connection: Connection, patient: str, slot: Slot) -> None:
        visit = Appointment(
            id="", status="booked", patient=patient, start=slot.start, end=slot.end, doctor=slot.doctor,
            branch=slot.branch, specialty=slot.specialty, service=slot.service,
        )  # fmt: skip
        for row in await connection.fetch(
            "SELECT * FROM wishes WHERE patient_blind = $1 AND status IN ('waiting', 'offered')", self._blind(patient)
        ):
            wish, phone = self._read(row)
            if fits(wish, visit):
                await self._turn(connection, replace(wish, status="done"), phone)

    async def _turn(self, connection: Connection, wish: Wish, phone: str) -> Wish:
        await connection.execute(
            "UPDATE wishes SET status = $2, wish = $3, offered_at = CASE WHEN $2 = 'offered' THEN $4::timestamptz END"
            " WHERE key = $1", wish.key, wish.status, self._sealed(wish, phone), clock.now(),
        )  # fmt: skip
        await self._overs.of_wish(connection, wish)
        return wish

    async def _note(self, connection: Connection, asker: Asker, what: str, patient: str, key: UUID) -> None:
        await self._audit.append(
            asker.actor, what, patient, asker.purpose, asker.request, {"key": key}, connection
        )

    def _sealed(self, wish: Wish, phone: str) -> bytes:
        text = json.dumps({"wish": _WISH.dump_python(wish, mode="json"), "phone": phone}, ensure_ascii=False)
        return self._sealer.seal(text, row=str(wish.key), **_PLACE)

    def _read(self, row: Mapping[str, Any]) -> tuple[Wish, str]:
        body = json.loads(self._sealer.open(row["wish"], row=str(row["key"]), **_PLACE))
        return replace(_WISH.validate_python(body["wish"]), status=row["status"]), body["phone"]

    def _blind(self, patient: str) -> bytes:
        return self._sealer.blind(patient, purpose=f"patient:{self._connector}")
