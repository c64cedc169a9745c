"""Both ways through the gate, and nothing to listen to without a MIS."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry

from engine.effects import ForgetPatients, KnowPatients
from engine.patients import Gate
from engine.store.codec import Codec
from engine.store.history import History
from mis.client import Lookup
from mis.feed import VISITS, WORK
from okno.bus import connect
from okno.seal import Keyring
from tests.fixtures import OpenDatabase


class Client:
    """A client that answers at once and notes what it is asked."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []

    async def prefetch(self, e164: str, *, call: UUID, request: UUID | None = None) -> Lookup:
        """Note it."""
        self.said.append(("look", call))
        return Lookup(state="ready")

    async def release(self, call: UUID) -> None:
        """Note it."""
        self.said.append(("release", call))

    async def close(self) -> None:
        """Note it."""
        self.said.append(("close", None))


@pytest.mark.parametrize("connected", [True, False])
async def test_it_asks_listens_and_ends(
    connected: bool, database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    client, redis, taken = Client(), connect(redis_url.rpartition("/")[0] + "/6"), list[Any]()
    await redis.flushdb()
    one = await database("engine")
    gate = Gate(
        client, one, redis, keyring.sealer("bus"), take=lambda event, done=None: taken.append(event),
        history=History(one, Codec(keyring.sealer("engine"))), connected=connected, registry=CollectorRegistry(),
    )  # fmt: skip
    listening = asyncio.create_task(gate.run())
    call = uuid4()
    gate.perform(KnowPatients(phone="+79990001873", waits=str(call), request=str(uuid4())))
    for _ in range(300):
        groups = [await redis.exists(stream) for stream in (VISITS, WORK)]
        if taken and (all(groups) or not connected):
            break
        await asyncio.sleep(0.01)
    assert all(groups) is connected and taken[0].found == 0
    gate.perform(ForgetPatients(waits=str(call)))
    await asyncio.sleep(0.05)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await gate.close()
    assert client.said == [("look", call), ("release", call), ("close", None)]
    await redis.flushdb()
    await redis.aclose()
