"""The wire to Redis (or Valkey): how to connect, what its troubles are, the fields of an entry."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from redis.asyncio import Redis as _Redis
from redis.exceptions import RedisError

from okno.errors import TheirFault
from okno.settings import servers
from okno.settings.model import Settings

Redis: TypeAlias = _Redis

# Any of these means that Redis is away or restarting, never that a handler failed.
TROUBLES = (RedisError, OSError)

_ANSWER_S = 10.0  # above the longest BLOCK we ask for
_CONNECT_S = 3.0


class BusDown(TheirFault):
    """Redis is away; feeds wait in the outbox."""


def redis_url_for(settings: Settings) -> str:
    """Return the address of Redis: OKNO_REDIS_URL, `redis_url`, or the server `okno up` starts on `redis_port`.

    Raises BadAddress.
    """
    return servers.REDIS.given(settings.redis_url) or f"redis://127.0.0.1:{settings.redis_port}/0"


def connect(url: str) -> Redis:
    """Return a client for `url`, which connects at first use and again after each loss.

    Close it with `await client.aclose()`.
    """
    return _Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=_ANSWER_S,
        socket_connect_timeout=_CONNECT_S,
        health_check_interval=15,
    )


def heed() -> None:
    """End when we were told to, though somebody took the cancellation for his own.

    A handler can, a Redis client that is just connecting does, and so does letting go of a lock of a dead database.
    Raises asyncio.CancelledError.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def confirmations_of(stream: str) -> str:
    """Return the stream on which the consumers of `stream` confirm."""
    return f"{stream}:confirmed"
