"""One attempt to write a message, and what follows from each way it can end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import Counter

from chat.channels import Expressive, Messenger, Seeking
from chat.clouds.calling import carrying_s
from chat.sending.loading import Taken
from chat.sending.paces import Paces
from chat.sending.settling import Settling
from chat.wire import Accepted, Undelivered, Unknown
from okno import clock, logs
from okno.database import HELD_UP, Database, DatabaseDown

# A file may be on its way for long; words are not.
ATTEMPT_S, LOOK_S = 60.0, 30.0
MOST_ATTEMPTS, LONGEST_S = 8, 60.0
# An account that is ill is tried again so often; whoever was told to be slower lets the others wait this long.
ILL_S, SLOWER_S = 30.0, 1.0
# When to look whether something went, and how often it must not be there until it is believed.
LOOKS_S, SURE = (2.0, 5.0, 10.0, 30.0), 2

log = logs.get(__name__)


def later_s(asked_s: float, attempt: int) -> float:
    """Return how long is waited after an attempt in vain: as long as was asked, and longer with each.

    A cloud that is away for two minutes, and says «in five seconds» each time, costs no message.
    """
    return max(asked_s, min(LONGEST_S, 2.0 ** (attempt - 1)))


class Attempts:
    """Makes attempts.

    Args:
        database: of `chat`: what became of a message is noted when it is there again.
        settling: notes it.
        ends: counts (account, end).
        ill: told when an account is ill.
    """

    def __init__(
        self, database: Database, settling: Settling, ends: Counter, ill: Callable[[str, str], Awaitable[None]]
    ) -> None:
        self._database, self._settling, self._ends, self._ill = database, settling, ends, ill
        self._rest_until: dict[str, float] = {}
        self._doubtful: set[str] = set()

    def resting(self, account: str, now: float) -> bool:
        """Say whether an account is ill and is not tried just now."""
        return self._rest_until.get(account, 0.0) > now

    def doubtful(self, account: str) -> bool:
        """Say whether an account was ill the last time something was sent."""
        return account in self._doubtful

    async def make(self, messenger: Messenger, taken: Taken, paces: Paces) -> None:
        """Write something to the wire once and note what became of it."""
        try:
            accepted = await self._write(messenger, taken)
        except Undelivered as error:
            if not error.account:
                self._doubtful.discard(taken.account)
            await self._undelivered(taken, error, paces)
        except (Unknown, TimeoutError):
            await self.resolve(messenger, taken)
        except Exception as error:
            # A mistake of a channel's file: what it had written by then nobody knows.
            log.error("channel_failed", extra={"account": taken.account, "reason": type(error).__name__})
            await self.resolve(messenger, taken)
        else:
            self._doubtful.discard(taken.account)
            self._count(taken, "sent")
            if accepted is None:
                await self._noted(lambda: self._settling.changed(taken))
            else:
                await self._noted(lambda: self._settling.sent(taken, accepted))

    async def resolve(self, messenger: Messenger, taken: Taken) -> None:
        """Find out what became of something of which nothing is known."""
        way = messenger.abilities.resend
        if taken.what != "message":
            self._count(taken, "unknown")
            return await self._noted(lambda: self._settling.unchanged(taken, f"{taken.what}_unknown"))
        if way == "look" and isinstance(messenger, Seeking):
            went = await self._looked(messenger, taken)
            if isinstance(went, Accepted):
                self._count(taken, "found")
                return await self._noted(lambda: self._settling.sent(taken, went))
            if went is False and taken.attempt < MOST_ATTEMPTS:
                self._count(taken, "again")
                return await self._noted(lambda: self._settling.again(taken, 0.0, "", counts=True))
        if way == "safe" and taken.attempt < MOST_ATTEMPTS:
            self._count(taken, "again")
            wait_s = later_s(2.0, taken.attempt)
            return await self._noted(lambda: self._settling.again(taken, wait_s, "", counts=True))
        self._count(taken, "unknown")
        await self._noted(lambda: self._settling.unknown(taken))

    @staticmethod
    async def _write(messenger: Messenger, taken: Taken) -> Accepted | None:
        async with asyncio.timeout(ATTEMPT_S + sum(map(carrying_s, taken.out.files))):
            if taken.what == "message":
                return await messenger.send(taken.out)
            if not isinstance(messenger, Expressive) or not taken.provider_id:
                raise Undelivered("cannot")
            if taken.what == "edit":
                await messenger.edit(taken.out, taken.provider_id)
            else:
                await messenger.delete(taken.out, taken.provider_id)
            return None

    async def _undelivered(self, taken: Taken, error: Undelivered, paces: Paces) -> None:
        now = clock.monotonic()
        if error.account:
            self._rest_until[taken.account] = now + ILL_S
            self._doubtful.add(taken.account)
            self._count(taken, "ill")
            await self._noted(lambda: self._ill(taken.account, error.code))
            return await self._noted(lambda: self._settling.again(taken, ILL_S, error.code, counts=False))
        wait_s = error.retry_after_s
        if wait_s is not None and (not error.counts or taken.attempt < MOST_ATTEMPTS):
            if error.counts:
                wait_s = later_s(wait_s, taken.attempt)
            else:
                paces.rest(now + min(wait_s, SLOWER_S))
            self._count(taken, "again")
            return await self._noted(lambda: self._settling.again(taken, wait_s, error.code, counts=error.counts))
        self._count(taken, "failed")
        if taken.what != "message":
            return await self._noted(lambda: self._settling.unchanged(taken, f"{taken.what}_refused"))
        await self._noted(lambda: self._settling.failed(taken, error.code, unreachable=error.unreachable))

    @staticmethod
    async def _looked(messenger: Seeking, taken: Taken) -> Accepted | bool | None:
        """Return what went, False when nothing did, None when that cannot be said."""
        absent = 0
        for wait_s in LOOKS_S:
            await asyncio.sleep(wait_s)
            try:
                async with asyncio.timeout(LOOK_S):
                    found = await messenger.look(taken.out, taken.taken_at)
            except (Undelivered, Unknown, TimeoutError) as error:
                log.info("look_failed", extra={"account": taken.account, "reason": type(error).__name__})
                continue
            if found is not None:
                return found
            absent += 1
            if absent >= SURE:
                return False
        return None

    async def _noted(self, note: Callable[[], Awaitable[None]]) -> None:
        """Note what became of it, as soon as the database is there: nobody else knows it."""
        while True:
            try:
                return await note()
            except (DatabaseDown, *HELD_UP) as error:
                log.warning("sending_not_noted", extra={"reason": type(error).__name__})
                await asyncio.sleep(0.2)
                await self._database.wait_available()

    def _count(self, taken: Taken, end: str) -> None:
        self._ends.labels(taken.account, end).inc()
