"""How accounts are: looked at each minute by the process that runs them, kept, told when it changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge

from chat.accounts.making import Running
from chat.accounts.silence import doubtful
from chat.channels import Lamp
from chat.client import AccountRow
from chat.conversations.live import announce
from chat.receiving.raws import Raws
from chat.ruling.rules import Book
from okno import clock, logs
from okno.database import HELD_UP, Connection, Database, DatabaseDown

log = logs.get(__name__)

LOOK_EVERY_S = 60.0
_TICK_S = 1.0
_LOOK_S = 20.0
_AT_ONCE = 5  # one that hangs holds up no other's lamp
_DAYS = 7
_COUNT_EVERY = timedelta(hours=1)
_OPEN_SHARE = 0.4  # of a week, about: a clinic's hours
_COLOURS = {"green": 0, "amber": 1, "red": 2}

_KEPT = """
INSERT INTO account (key, colour, why, since, heard_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET colour = EXCLUDED.colour, why = EXCLUDED.why,
    since = CASE WHEN account.colour = EXCLUDED.colour AND account.why = EXCLUDED.why THEN account.since
        ELSE EXCLUDED.since END,
    heard_at = greatest(account.heard_at, EXCLUDED.heard_at)
RETURNING since = $4 AS news, heard_at"""
_HEARD = """
INSERT INTO account (key, since, heard_at) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET heard_at = greatest(account.heard_at, EXCLUDED.heard_at) RETURNING heard_at"""
_DEAD = "SELECT count(*) FROM raw_event WHERE account = $1 AND state = 'dead' AND done_at > $2"
_EVENTS = "SELECT count(*) FROM raw_event WHERE account = $1 AND state <> 'waiting' AND done_at > $2"
_ROWS = """
SELECT a.*, (SELECT count(*) FROM raw_event r WHERE r.account = a.key AND r.state = 'waiting') AS waiting,
    (SELECT count(*) FROM outgoing o WHERE o.account = a.key) AS undelivered
FROM account a WHERE a.key = ANY($1) ORDER BY a.key"""


class Watching:
    """Looks at accounts.

    Args:
        database: of `chat`.
        accounts: those that are on.
        raws: knows when something came last.
        book: gives the opening hours.
        registry: where the figures go.
        mine: says whether this process runs an account: only there is known how its polling goes.
    """

    def __init__(  # noqa: PLR0917  composition: each is one thing
        self, database: Database, accounts: Mapping[str, Running], raws: Raws, book: Callable[[], Book],
        registry: CollectorRegistry, mine: Callable[[str], bool] = lambda _: True,
    ) -> None:  # fmt: skip
        self._database, self._accounts, self._raws, self._book = database, accounts, raws, book
        self._mine = mine
        self._seen_to: dict[tuple[str, bool], float] = {}
        self._ill: dict[str, str] = {}
        self._counted: dict[str, tuple[datetime | None, int]] = {}
        self._lamps = Gauge(
            "okno_chat_account_lamp", "How an account is: 0 green, 1 amber, 2 red.", ["account"], registry=registry
        )

    async def run(self) -> None:
        """See to each account every minute, and as soon as this process runs it, until cancelled."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def see(running: Running) -> None:
            async with at_once:
                with contextlib.suppress(DatabaseDown, *HELD_UP):  # /ready says so; the next look finds it
                    await (self.look(running) if self._mine(running.key) else self._share(running.key))

        while True:
            await asyncio.gather(*(see(running) for running in self._accounts.values() if self._due(running.key)))
            await asyncio.sleep(min(_TICK_S, LOOK_EVERY_S))

    def _due(self, key: str) -> bool:
        """Say whether it is time to see to an account; then it is not, for a while."""
        now, what = clock.monotonic(), (key, self._mine(key))
        if now - self._seen_to.get(what, -LOOK_EVERY_S) < LOOK_EVERY_S:
            return False
        self._seen_to[what] = now
        return True

    async def _share(self, key: str) -> None:
        """Tell the process that runs an account when this one heard something of it. Raises DatabaseDown."""
        with contextlib.suppress(KeyError):
            self._lamps.remove(key)
        at = self._raws.heard_at(key)
        if at is not None:
            self._raws.noted(key, await self._database.fetchval(_HEARD, key, clock.now(), at))

    async def ill(self, key: str, code: str) -> None:
        """Hear that an account was refused by its channel (a revoked token): its lamp goes out now."""
        self._ill[key] = code
        running = self._accounts.get(key)
        if running is not None:
            with contextlib.suppress(DatabaseDown):
                await self.look(running)

    async def look(self, running: Running) -> Lamp:
        """Look at one account, keep how it is, tell when that changed. Raises DatabaseDown."""
        now = clock.now()
        lamp = await self._asked(running)
        async with self._database.acquire() as connection, connection.transaction():
            dead = await connection.fetchval(_DEAD, running.key, now - timedelta(days=1))
            usual = await self._usual(connection, running.key, now)
            heard = self._raws.heard_at(running.key) or await connection.fetchval(
                "SELECT heard_at FROM account WHERE key = $1", running.key
            )
            lamp = self._doubted(running, lamp, (dead, usual), heard, now)
            kept = await connection.fetchrow(_KEPT, running.key, lamp.colour, lamp.why, now, heard)
            if kept is not None and kept["heard_at"] is not None:
                self._raws.noted(running.key, kept["heard_at"])
            if kept is not None and kept["news"]:
                await announce(connection, "account", account=running.key, colour=lamp.colour, why=lamp.why)
        self._lamps.labels(running.key).set(_COLOURS[lamp.colour])
        return lamp

    async def rows(self) -> list[AccountRow]:
        """Return all accounts as supervisors see them. Raises DatabaseDown."""
        rows = await self._database.fetch(_ROWS, list(self._accounts))
        return [
            AccountRow(
                key=row["key"], channel=row["key"].partition(":")[0],
                title=dict(self._accounts[row["key"]].settings.title), colour=row["colour"], why=row["why"],
                since=row["since"], heard_at=row["heard_at"], waiting=row["waiting"], undelivered=row["undelivered"],
            )
            for row in rows
        ]  # fmt: skip

    async def _asked(self, running: Running) -> Lamp:
        """Ask the channel how the account is; what breaks while asking is a red lamp, not a dead watch."""
        try:
            async with asyncio.timeout(_LOOK_S):
                lamp = await running.messenger.lamp()
        except TimeoutError:
            return Lamp(colour="red", why="silent")
        except DatabaseDown:
            raise
        except Exception:
            log.exception("chat_lamp_broke", extra={"account": running.key})
            return Lamp(colour="red", why="broken")
        code = self._ill.pop(running.key, "")
        return Lamp(colour="red", why=code) if code and lamp.colour != "red" else lamp

    async def _usual(self, connection: Connection, key: str, now: datetime) -> int:
        """Return how many events came in a week: counted once an hour."""
        counted_at, events = self._counted.get(key, (None, 0))
        if counted_at is None or now - counted_at > _COUNT_EVERY:
            events = int(await connection.fetchval(_EVENTS, key, now - timedelta(days=_DAYS)))
            self._counted[key] = (now, events)
        return events

    def _doubted(
        self, running: Running, lamp: Lamp, facts: tuple[int, int], heard: datetime | None, now: datetime
    ) -> Lamp:
        """Add what we know ourselves: events nobody could read, a silence that is too long."""
        dead, events = facts
        if lamp.colour != "green":
            return lamp
        if dead:
            return replace(lamp, colour="amber", why="unreadable")
        if doubtful(
            heard, now, events=events, hours=_DAYS * 24 * _OPEN_SHARE,
            is_open=self._book().is_open(running.settings.queue, now),
        ):  # fmt: skip
            return replace(lamp, colour="amber", why="no_news")
        return lamp
