"""Leadership: one row, judged by the database's clock. Every turn's transaction checks the epoch in it.

Theory of operation. The lease lasts five seconds and is renewed each second. Between two renewals the leader is sure
of it for as long, by its own monotonic clock counted from BEFORE the renewal was sent, as the database must have
granted; so two leaders are never both sure. A leader whose lease expired still holds the epoch until somebody else
takes it, and may renew; once it is taken, every transaction of the old epoch fails. A holder that was a process of this
very machine and is dead is not waited for. What a frozen or cut off leader left open in the database (a transaction
that holds the lease's row, the relay's lock) is ended before the lease is taken: it would be refused anyway.
When the database was away, the leader could not renew and nobody could see whether he lives: he gets two seconds to
renew once it is back, else its every restart that takes longer than a lease would change the leader for nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from engine.store.holder import gone
from okno import clock, logs
from okno.database import Database, DatabaseDown
from okno.errors import OknoError

log = logs.get(__name__)

# A connection that broke in the middle of an operation may also say so in asyncpg's own words of surprise.
TROUBLES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
TERM_S = 5.0
TERM = timedelta(seconds=TERM_S)
RENEW_S = 1.0
# The two clocks may drift and the answer must travel: we stop being sure a little earlier than the lease ends.
MARGIN_S = 0.5

_STATE = "SELECT holder, expires_at < clock_timestamp() AS expired FROM lease"
_TAKE = """
UPDATE lease SET epoch = epoch + 1, holder = $1, address = $2, expires_at = clock_timestamp() + $3::interval
WHERE expires_at < clock_timestamp() OR holder = $4::text RETURNING epoch, turn"""
_RENEW = "UPDATE lease SET expires_at = clock_timestamp() + $2::interval WHERE epoch = $1 RETURNING epoch"
# Sessions of an engine that hold locks and have been silent for two seconds; an engine that lives is never that slow
# with a transaction open. `active` is one that was cut off in the middle of sending.
_EVICT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity AS a
WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()
  AND greatest(state_change, query_start) < clock_timestamp() - interval '2 seconds'
  AND (state LIKE 'idle in transaction%' OR EXISTS (
    SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.granted
      AND (l.locktype = 'advisory' OR (l.relation = 'lease'::regclass AND l.mode = 'RowExclusiveLock'))))"""
_RELEASE_S = 1.0
_LOOK_S = 0.25
# How long a database that was away must be back before a lease that ran out meanwhile is taken from one who may live.
_RETURN_S = 2.0
_RELEASE = "UPDATE lease SET expires_at = '-infinity', holder = '', address = '' WHERE epoch = $1"


class LeaseLost(OknoError):
    """Another engine leads now; this one must end."""


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads, as the database knows: an address of its HTTP door, empty when nobody does."""

    epoch: int
    address: str


class Lease:
    """This process's wish to lead, and its grant.

    Args:
        database: the engine's.
        holder: who we are, as `engine.store.holder.present` tells it; unique.
        address: where our HTTP door is, told by a standby to whoever asks it.
    """

    def __init__(self, database: Database, holder: str, address: str) -> None:
        self.epoch = 0
        self.turn = 0
        self._database = database
        self._holder = holder
        self._address = address
        self._sure_until = float("-inf")
        self._left_alone_until = float("-inf")

    @property
    def sure(self) -> bool:
        """Whether we lead, by our own monotonic clock; asked before each effect on people."""
        return clock.monotonic() < self._sure_until

    async def take(self) -> None:
        """Wait until the lease is free and take it; `epoch` and the last saved `turn` are then known."""
        waiting = False
        while True:
            asked = clock.monotonic()
            try:
                row = await self._try()
            except (DatabaseDown, *TROUBLES) as error:  # a lock that a stuck turn of the old leader holds, too
                if isinstance(error, DatabaseDown):
                    self._left_alone_until = clock.monotonic() + _RETURN_S
                row, waiting = None, self._waits(waiting, type(error).__name__)
            if row is not None:
                self.epoch, self.turn = int(row["epoch"]), int(row["turn"])
                self._sure_until = asked + TERM_S - MARGIN_S
                log.info("lease_taken", extra={"epoch": self.epoch, "turn": self.turn})
                return
            waiting = self._waits(waiting, "it is held")
            await asyncio.sleep(_LOOK_S)

    def _waits(self, waiting: bool, why: str) -> bool:
        """Say once that we wait, and why."""
        if not waiting:
            log.info("lease_awaited", extra={"why": why})
        return True

    async def _try(self) -> asyncpg.Record | None:
        """Take the lease if it is free, or its holder known to be dead. Raises DatabaseDown."""
        state = await self._database.fetchrow(_STATE)
        if state is None:
            raise DatabaseDown("the lease row is gone")
        dead = str(state["holder"]) if gone(str(state["holder"])) else None
        if dead is None and not (state["expired"] and clock.monotonic() >= self._left_alone_until):
            return None
        evicted = await self._database.fetchval(_EVICT, f"okno-{self._database.name}")
        if evicted:
            log.warning("old_leader_evicted", extra={"sessions": evicted})
        return await self._database.fetchrow(_TAKE, self._holder, self._address, TERM, dead)

    async def renew(self) -> None:
        """Prolong the lease once.

        Raises:
            LeaseLost: another epoch began.
            DatabaseDown: not known; we stay sure only as long as the last grant.
        """
        asked = clock.monotonic()
        try:
            async with asyncio.timeout(TERM_S - MARGIN_S):
                row = await self._database.fetchrow(_RENEW, self.epoch, TERM)
        except (TimeoutError, *TROUBLES) as error:  # a lock that a stuck turn holds, too
            raise DatabaseDown(f"the lease was not renewed: {type(error).__name__}") from error
        if row is None:
            self._sure_until = float("-inf")
            raise LeaseLost
        self._sure_until = asked + TERM_S - MARGIN_S

    async def keep(self) -> None:
        """Renew each second for ever, oftener while we are not sure: nobody is answered before. Raises LeaseLost."""
        failing = False
        while True:
            await asyncio.sleep(RENEW_S if self.sure else _LOOK_S)
            try:
                await self.renew()
                failing = False
            except DatabaseDown:
                if not failing:
                    log.warning("lease_not_renewed", extra={"epoch": self.epoch, "sure": self.sure})
                failing = True

    async def release(self) -> None:
        """Give the lease up, so that the next leader need not wait for its end."""
        self._sure_until = float("-inf")
        try:
            async with asyncio.timeout(_RELEASE_S):
                await self._database.execute(_RELEASE, self.epoch)
        except (TimeoutError, DatabaseDown, *TROUBLES):
            log.info("lease_left_to_expire", extra={"epoch": self.epoch})


async def leader(database: Database) -> Leader:
    """Return who leads now. Raises DatabaseDown."""
    row = await database.fetchrow("SELECT epoch, address, expires_at > clock_timestamp() AS valid FROM lease")
    if row is None or not row["valid"]:
        return Leader(int(row["epoch"]) if row else 0, "")
    return Leader(int(row["epoch"]), str(row["address"]))
