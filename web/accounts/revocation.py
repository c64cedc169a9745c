"""Ends what is open when an account is disabled: at once by Redis, within a second by the database all the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import okno.logs
from okno.bus.streams import TROUBLES, Redis, connect
from okno.database import DatabaseDown

log = okno.logs.get(__name__)

# What Redis carries to a user wherever he is: one channel each, so that a later kind of message needs no new one.
_CHANNEL = "okno:user:"
_RETRY_S = 2.0
_QUIET_S = 5.0


async def announce(redis: Redis, account: UUID, why: str) -> bool:
    """Tell every web process that an account's sessions are over.

    Args:
        redis: an asyncio client.
        account: whose.
        why: `revoked`, `logout` or `expired`; the screen has words for these.

    Returns:
        Whether Redis took it; if not, the watch over the database ends the sessions within a second.
    """
    try:
        await redis.publish(f"{_CHANNEL}{account}", json.dumps({"kind": "revoked", "why": why}))
    except TROUBLES:
        log.warning("revocation_not_announced")
        return False
    return True


async def listen(url: str, revoked: Callable[[UUID, str], Awaitable[None]]) -> None:
    """Call `revoked(account, why)` for every announcement, for ever; with Redis away, try again."""
    away = False
    while True:
        client = connect(url)
        try:
            async with client.pubsub() as pubsub:
                await pubsub.psubscribe(f"{_CHANNEL}*")
                if away:
                    log.info("redis_back")
                away = False
                while True:
                    message = await pubsub.get_message(timeout=_QUIET_S)
                    if message is None:
                        await pubsub.ping()  # a line that died in silence is noticed at the next read
                    else:
                        await _heard(message, revoked)
        except TROUBLES:
            if not away:
                log.warning("redis_away")
            away = True
        finally:
            await client.aclose()
        await asyncio.sleep(_RETRY_S)


async def _heard(message: dict[str, Any], revoked: Callable[[UUID, str], Awaitable[None]]) -> None:
    if message.get("type") != "pmessage":
        return
    try:
        account = UUID(str(message["channel"]).removeprefix(_CHANNEL))
        body = json.loads(message["data"])
    except (ValueError, AttributeError):
        log.warning("redis_message_not_understood")
        return
    if isinstance(body, dict) and body.get("kind") == "revoked":
        await revoked(account, str(body.get("why", "expired")))


async def watch(
    keys: Callable[[], Iterable[bytes]],
    alive: Callable[[Iterable[bytes]], Awaitable[set[bytes]]],
    over: Callable[[set[bytes]], Awaitable[None]],
    *,
    every_s: float = 1.0,
) -> None:
    """Ask the database each `every_s` seconds which open sessions still hold; for ever.

    With the database away nothing is known and nothing is ended: screens live on, and a session's absolute end is
    kept from memory by the sockets themselves.

    Args:
        keys: the hashes of the sessions open in this process.
        alive: which of them hold, by the database.
        over: called with those that do not.
        every_s: seconds; one second, so that a disabled person is out within two.
    """
    away = False
    while True:
        await asyncio.sleep(every_s)
        asked = set(keys())
        if not asked:
            continue
        try:
            holding = await alive(asked)
        except DatabaseDown:
            if not away:
                log.warning("sessions_not_checked")
            away = True
            continue
        away = False
        if asked - holding:
            await over(asked - holding)
