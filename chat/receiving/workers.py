"""Reads what was kept: the oldest of each person, one worker per person at a time; reading and `done` commit as one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter

from chat.accounts.making import Running
from chat.clouds.reading import unbroken
from chat.receiving.raws import Raw, Raws
from chat.receiving.taking import Taking
from chat.receiving.turn import Turn
from okno import clock, logs
from okno.database import HELD_UP, Connection, Database, DatabaseDown
from okno.errors import TheirFault
from okno.logs.faults import words

log = logs.get(__name__)


class Unreadable(TheirFault):
    """What came cannot be read at all: trying again would not help."""


TRIES = 5
_PAUSES_S = (1.0, 5.0, 20.0, 60.0)  # between tries: his later messages wait, for order matters more
_LOOK_S = 1.0  # another process may have kept something, or a pause may be over
_TIDY_S = 3600.0


class Workers:
    """The readers of one process.

    Args:
        database: of `chat`.
        raws: what was kept.
        taking: applies what was read.
        accounts: by key; what came for an account that is off waits.
        registry: where the figures go.
        number: how many persons are read at once.
    """

    def __init__(  # noqa: PLR0917  composition: each is one thing
        self, database: Database, raws: Raws, taking: Taking, accounts: Mapping[str, Running],
        registry: CollectorRegistry, number: int = 4,
    ) -> None:  # fmt: skip
        self._database, self._raws, self._taking, self._accounts = database, raws, taking, accounts
        self._number = number
        self._dead = Counter("okno_chat_events_dead", "Events nobody could read.", ["account"], registry=registry)
        self._failed = Counter("okno_chat_events_failed", "Failed tries to read.", ["account"], registry=registry)

    async def run(self) -> None:
        """Read until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._number):
                group.create_task(self._work())
            group.create_task(self._tidy())

    async def one(self) -> bool:
        """Read the next event; say whether there was one. Raises DatabaseDown."""
        async with self._database.acquire() as connection:
            raw = None
            try:
                async with connection.transaction():
                    raw = await self._raws.take(connection, list(self._accounts))
                    if raw is None:
                        return False
                    await self._read(connection, raw)
            except DatabaseDown:
                raise
            except Exception as error:
                if raw is None or connection.is_closed():
                    raise
                await self._note(connection, raw, error)
        return True

    async def _read(self, connection: Connection, raw: Raw) -> None:
        account = self._accounts[raw.account]
        turns: dict[str, Turn] = {}
        try:
            envelopes = account.messenger.read(self._raws.body(raw), raw.received_at)
        except ValueError as error:
            raise Unreadable(f"it cannot be read: {type(error).__name__}") from error
        for envelope in envelopes:
            # A mailbox gets what belongs to a form's account: an answer to what was written from there.
            own = self._accounts.get(envelope.account, account)
            turn = turns.setdefault(own.key, Turn(connection, own, raw.received_at))
            await self._taking.take(turn, unbroken(envelope))
        for turn in turns.values():
            await self._taking.tell(turn)

    async def _note(self, connection: Connection, raw: Raw, error: Exception) -> None:
        tries, its_own = raw.attempts + 1, not isinstance(error, HELD_UP)
        dead = its_own and (tries >= TRIES or isinstance(error, Unreadable))
        reason = type(error).__name__
        pause = None if dead else clock.now() + timedelta(seconds=_PAUSES_S[min(tries, len(_PAUSES_S)) - 1])
        await self._raws.failed(connection, raw.id, f"{reason}: {words(error)}"[:300], pause, counts=its_own)
        self._failed.labels(raw.account).inc()
        if dead:
            self._dead.labels(raw.account).inc()
        log.error(
            "chat_event_dead" if dead else "chat_event_failed",
            exc_info=error, extra={"account": raw.account, "event": raw.id, "tries": tries},
        )  # fmt: skip

    async def _work(self) -> None:
        awake, end = self._raws.waking()
        try:
            while True:
                awake.clear()
                try:
                    while await self.one():
                        pass
                except DatabaseDown:
                    await self._database.wait_available()
                    await asyncio.sleep(_LOOK_S)
                    continue
                except Exception:  # nothing was taken (a lock, a time-out): the others go on, and so do we
                    log.exception("chat_reader_failed")
                    await asyncio.sleep(_LOOK_S)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await awake.wait()
        finally:
            end()

    async def _tidy(self) -> None:
        while True:
            with contextlib.suppress(DatabaseDown, *HELD_UP):  # /ready says so; the next round forgets it
                await self._raws.tidy()
            await asyncio.sleep(_TIDY_S)
