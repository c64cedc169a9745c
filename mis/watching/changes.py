"""What changes in the MIS, asked for and pushed: old cards are dropped, freed times offered, people told of."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from mis.booking.store import Store
from mis.booking.telling import Work, words_of
from mis.terms import Appointment, Change, Connector, Context, MisError, NotConnected, NotFound, NotOffered
from mis.watching.matching import frees, matters
from mis.watching.overs import Overs
from mis.watching.reach import Reach, reached
from mis.watching.wishes import Wishes
from okno import clock, logs
from okno.database import Connection, Database, DatabaseDown
from okno.errors import Refused
from okno.ids import uuid7_of
from okno.seal import SealBroken, Sealer
from okno.settings import MisSettings

log = logs.get(__name__)

_VISIT = TypeAdapter(Appointment)
_PLACE = {"table": "visits_seen", "column": "visit"}
_CURSOR = {"table": "change_cursor", "column": "cursor"}
_TAKEN_DAYS = 14
_WISH_DAYS = 90
# A change this soon after a deal of ours about the same visit is our own echo.
_ECHO = timedelta(minutes=10)
_RESUBSCRIBE_S = 3600.0
_TIDY_S = 600.0


class NotOurMis(Refused):
    """A push without our credential."""


class Watcher:
    """Follows the MIS. `pushed` is told what it pushes, `run` asks it in between.

    Args:
        mis: the connector, guarded.
        settings: `mis` of okno.yaml.
        database: of `mis`.
        sealer: of `mis`.
        store: knows what we did ourselves.
        wishes: the waiting list.
        work: asks for a person.
        reach: finds a patient's number.
        overs: tells when a call is not needed any more.
        forget: drops what is kept in memory of a patient.
    """

    def __init__(  # noqa: PLR0917
        self, mis: Connector, settings: MisSettings, database: Database, sealer: Sealer, store: Store, wishes: Wishes,
        work: Work, reach: Reach, overs: Overs, forget: Callable[[str], None],
    ) -> None:
        self._mis, self._settings, self._database, self._sealer = mis, settings, database, sealer
        self._store, self._wishes, self._work, self._reach, self._forget = store, wishes, work, reach, forget
        self._overs = overs
        # Made of the keyring, so that a restart needs no new subscription.
        self.push_secret = sealer.chain(b"push", purpose="push").hex()
        self._subscribed = 0.0
        self._tidied = 0.0
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Ask for changes, keep the subscription and no old rows, until cancelled."""
        while True:
            for work in (self._subscribe, self._poll_all, self._tidy_at_times):
                try:  # each by itself: a MIS that takes no subscription is asked all the same
                    await work()
                except (MisError, NotConnected, NotOffered) as trouble:
                    log.info("mis_not_followed", extra={"reason": type(trouble).__name__})
                except DatabaseDown:
                    await self._database.wait_available()
            await asyncio.sleep(self._settings.poll_s)

    async def poll(self) -> bool:
        """Ask once; say whether there was anything. Raises MisError, NotConnected, DatabaseDown."""
        if "delta" not in self._mis.capabilities:
            return False
        name = self._settings.connector
        news = await self._mis.changes(self._ctx(), await self._cursor(name))
        for change in news.items:
            await self.take(change)
        await self._database.execute(
            "INSERT INTO change_cursor (connector, cursor, at) VALUES ($1, $2, $3)"
            " ON CONFLICT (connector) DO UPDATE SET cursor = EXCLUDED.cursor, at = EXCLUDED.at",
            name, base64.b64encode(self._sealer.seal(news.cursor, row=name, **_CURSOR)).decode(), clock.now(),
        )  # fmt: skip
        return bool(news.items)

    async def _cursor(self, name: str) -> str:
        """Return where we stood, empty when nobody knows: a connector may name whom it has told of, so it is sealed."""
        kept = await self._database.fetchval("SELECT cursor FROM change_cursor WHERE connector = $1", name)
        try:
            return self._sealer.open(base64.b64decode(kept or "", validate=True), row=name, **_CURSOR) if kept else ""
        except (ValueError, SealBroken):  # of a key that was retired
            log.warning("changes_begin_anew")
            return ""

    async def pushed(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Take what the MIS pushed; return how much of it was new.

        Raises:
            NotOurMis: it does not bear the secret we gave with the subscription.
            Malformed, MisError, DatabaseDown: not taken; the MIS pushes again, or the poll finds it.
        """
        given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), f"Bearer {self.push_secret}".encode()):
            raise NotOurMis
        new = [await self.take(change) for change in self._mis.pushed(path, body, headers)]
        return sum(new)

    async def take(self, change: Change) -> bool:
        """Take one change, once; say whether it was new. Raises MisError, DatabaseDown.

        Two of the same visit one after the other: both find it as it is now, and only the first has news of it.
        """
        turn = self._turns.setdefault(f"{change.resource}\n{change.id}", asyncio.Lock())
        async with turn:
            return await self._take(change)

    async def _take(self, change: Change) -> bool:
        mark = self._sealer.blind(f"{change.resource}\n{change.id}\n{change.version}", purpose="change")
        if await self._database.fetchval("SELECT true FROM changes_taken WHERE blind = $1", mark):
            return False
        if change.resource == "patient":
            self._forget(change.id)
            await self._leave_alone(change.id)
        visit = await self._visit(change)
        if visit is not None:
            self._forget(visit.patient)
        ours = visit is not None and await self._store.ours(visit.id, clock.now() - _ECHO)
        before = await self._seen(visit) if visit is not None else None
        tell = visit is not None and not ours and matters(before, visit, clock.now())
        phone = (await reached(self._reach, visit.patient)).phone if visit is not None and tell else ""
        async with self._database.acquire() as connection, connection.transaction():
            new = await connection.fetchval(
                "INSERT INTO changes_taken (blind) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true", mark
            )
            if new and visit is not None:
                await self._follow(connection, change, before, visit, phone if tell else None, ours=ours)
        return bool(new)

    async def tidy(self) -> None:
        """Keep nothing of anybody longer than it serves. Raises DatabaseDown."""
        await self._database.execute("DELETE FROM wishes WHERE until < now() - make_interval(days => $1)", _WISH_DAYS)
        await self._database.execute(
            "DELETE FROM reports WHERE done_at < now() - make_interval(days => $1)", _TAKEN_DAYS
        )
        await self._database.execute("DELETE FROM visits_seen WHERE until < $1", clock.now())
        await self._database.execute(
            "DELETE FROM changes_taken WHERE taken_at < now() - make_interval(days => $1)", _TAKEN_DAYS
        )
        await self._overs.tidy()

    async def _leave_alone(self, patient: str) -> None:
        """Take off the waiting list who has died or wants no calls any more: nobody dials him for a time (trap 1)."""
        if await self._wishes.waits(patient) and (await reached(self._reach, patient)).calm:
            await self._wishes.drop(patient)

    async def _follow(
        self, connection: Connection, change: Change, before: Appointment | None, visit: Appointment,
        phone: str | None, *, ours: bool,
    ) -> None:
        """Act on a visit that changed; `phone` is None when nobody need be told."""
        if phone is not None:
            was = before or visit
            note = words_of(was) if was.start == visit.start else f"{words_of(was)} → {words_of(visit)}"
            await self._work.want(
                connection, uuid7_of(visit.start, "changed", visit.id, change.version), "changed",
                patient=visit.patient, phone=phone, note=note, priority=1,
            )  # fmt: skip
        free = None if ours else frees(before, visit)  # of our own the waiting list heard when they were made
        if free is not None:
            await self._wishes.freed(connection, free)
        await self._overs.of_visit(connection, visit)
        blind = self._blind(visit.id)
        await connection.execute(
            "INSERT INTO visits_seen (blind, visit, until) VALUES ($1, $2, $3)"
            " ON CONFLICT (blind) DO UPDATE SET visit = EXCLUDED.visit, until = EXCLUDED.until",
            blind, self._sealer.seal(_VISIT.dump_json(visit).decode(), row=blind.hex(), **_PLACE), visit.end,
        )  # fmt: skip

    async def _visit(self, change: Change) -> Appointment | None:
        if change.resource != "appointment":
            return None
        if "appointments" not in self._mis.capabilities:
            return change.appointment
        try:  # a push may be old: what counts is how it stands
            return await self._mis.appointment(self._ctx(), change.id)
        except NotFound:
            return change.appointment
        except MisError as error:
            if error.passing:
                raise
            log.error("change_not_readable", extra={"reason": error.code})  # it must not stop those behind it
            return change.appointment

    async def _seen(self, visit: Appointment) -> Appointment | None:
        blind = self._blind(visit.id)
        blob = await self._database.fetchval("SELECT visit FROM visits_seen WHERE blind = $1", blind)
        if blob is None:
            return None
        try:
            return _VISIT.validate_json(self._sealer.open(blob, row=blind.hex(), **_PLACE))
        except SealBroken:  # of a key that was retired since: as if it had never been seen
            return None

    async def _subscribe(self) -> None:
        """See that it pushes, now and each hour: it may have forgotten us."""
        url, now = self._settings.push_url, clock.monotonic()
        if not url or "push" not in self._mis.capabilities or (self._subscribed and now < self._subscribed):
            return
        await self._mis.subscribe(self._ctx(), url, self.push_secret)
        self._subscribed = now + _RESUBSCRIBE_S

    async def _poll_all(self) -> None:
        while await self.poll():
            pass

    async def _tidy_at_times(self) -> None:
        """Tidy now and then, not with each change: two of the tables are read whole for it."""
        now = clock.monotonic()
        if not self._tidied or now - self._tidied > _TIDY_S:
            await self.tidy()
            self._tidied = now

    def _blind(self, visit: str) -> bytes:
        return self._sealer.blind(visit, purpose="visit")

    def _ctx(self) -> Context:
        return Context(actor="mis", purpose="watch", deadline=clock.monotonic() + self._settings.read_s)
