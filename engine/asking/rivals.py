"""Asks the other engine whether it leads, while the database cannot say.

A leader whose line to the database is cut cannot learn there that its lease was taken; without this it would go on
showing an ever older world to whoever still reads it. When nobody else leads (the database itself is away), it stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from engine.store.lease import LeaseLost
from okno import logs
from okno.service import ServiceClient, ServiceDown, ServiceRefused

log = logs.get(__name__)

LOOK_S = 1.0


class Lease(Protocol):
    """What of `engine.store.lease.Lease` is needed here."""

    epoch: int

    @property
    def sure(self) -> bool:
        """Whether we lead, by our own clock."""


class Rivals:
    """The other places where an engine may be.

    Args:
        lease: ours.
        urls: of the other engines; our own is not among them.
        secret: the service credential.
        look_s: seconds between questions, asked only while we are not sure of our lease.
    """

    def __init__(self, lease: Lease, urls: Sequence[str], secret: str, *, look_s: float = LOOK_S) -> None:
        self._lease = lease
        self._clients = [ServiceClient(url, secret, timeout_s=look_s) for url in urls]
        self._look_s = look_s

    async def run(self) -> None:
        """Look for ever.

        Raises:
            LeaseLost: another engine took the lease after us.
        """
        try:
            while True:
                await asyncio.sleep(self._look_s)
                if self._lease.sure:
                    continue
                for epoch in await asyncio.gather(*map(_epoch, self._clients)):
                    if epoch > self._lease.epoch:
                        raise LeaseLost
        finally:
            for client in self._clients:
                await client.close()


async def _epoch(client: ServiceClient) -> int:
    """The epoch another engine has taken; 0 when it has none or does not answer."""
    try:
        told: Any = await client.get("/v1/status")
        return int(told["epoch"])
    except (ServiceDown, ServiceRefused, KeyError, TypeError, ValueError):
        return 0
