"""The brake on guessing."""

from __future__ import annotations

import asyncio

from tests.fixtures import OpenDatabase
from web.accounts.attempts import Attempts


async def test_four_are_free_then_it_takes_longer_each_time(database: OpenDatabase) -> None:
    db = await database("web")
    attempts = Attempts(db)
    assert [await attempts.begin("orlova", "a") for _ in range(5)] == [0.0] * 5
    waits = []
    for _ in range(3):
        waits.append(await attempts.begin("orlova", "a"))
        await db.execute("update login_attempts set free_at = clock_timestamp()")
        assert await attempts.begin("orlova", "a") == 0.0
    assert 1 <= waits[0] <= 2 < waits[1] <= 4 < waits[2] <= 8


async def test_others_do_not_notice_and_success_forgets(database: OpenDatabase) -> None:
    attempts = Attempts(await database("web"))
    for _ in range(8):
        await attempts.begin("orlova", "a")
    assert await attempts.begin("orlova", "a") > 0
    assert await attempts.begin("orlova", "b") == 0.0 and await attempts.begin("klimov", "a") == 0.0
    await attempts.succeed("orlova", "a")
    assert await attempts.begin("ORLOVA ", "a") == 0.0


async def test_a_hundred_at_once_are_a_hundred_tries(database: OpenDatabase) -> None:
    attempts = Attempts(await database("web"))
    waits = await asyncio.gather(*(attempts.begin("orlova", "a") for _ in range(100)))
    assert sum(wait == 0 for wait in waits) <= 5


async def test_the_longest_wait_is_five_minutes_and_an_hour_forgets(database: OpenDatabase) -> None:
    db = await database("web")
    attempts = Attempts(db)
    await attempts.begin("orlova", "a")
    await db.execute("update login_attempts set failures = 60, free_at = clock_timestamp()")
    await attempts.begin("orlova", "a")
    assert 290 < await attempts.begin("orlova", "a") <= 300
    await db.execute("update login_attempts set tried_at = now() - interval '2 hours', free_at = clock_timestamp()")
    assert [await attempts.begin("orlova", "a") for _ in range(3)] == [0.0] * 3
