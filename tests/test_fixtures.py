"""The shared fixtures do what they say."""

import redis.asyncio

from tests.fixtures import OpenDatabase


async def test_a_database_is_fresh_each_time(database: OpenDatabase) -> None:
    one, two = await database(), await database()
    await one.execute("CREATE TABLE only_here (id int)")
    assert await two.fetchrow("SELECT 1 FROM pg_tables WHERE tablename = 'only_here'") is None
    assert await two.fetchrow("SELECT 1 FROM pg_tables WHERE tablename = 'audit'") is not None


async def test_the_redis_is_real(redis_url: str) -> None:
    client = redis.asyncio.from_url(redis_url)
    assert await client.ping()
    await client.aclose()
