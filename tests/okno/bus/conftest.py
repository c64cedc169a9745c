"""The world of the bus's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from okno.bus import connect
from tests.fixtures import OpenDatabase
from tests.okno.bus.world import World


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirmations are fetched ten times a second, so that a test waits less."""
    monkeypatch.setattr("okno.bus.relay._TICK_S", 0.05)


@pytest_asyncio.fixture
async def world(database: OpenDatabase, redis_url: str) -> AsyncIterator[World]:
    redis = connect(redis_url)
    made = World(await database(), await database(), redis)
    await made.prepare()
    yield made
    await redis.aclose()
