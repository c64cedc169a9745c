"""The world of the bus's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from okno.bus import connect
from tests.fixtures import OpenDatabase
from tests.okno.bus.world import World


@pytest_asyncio.fixture
async def world(database: OpenDatabase, redis_url: str) -> AsyncIterator[World]:
    redis = connect(redis_url)
    made = World(await database(), await database(), redis)
    await made.prepare()
    yield made
    await redis.aclose()
