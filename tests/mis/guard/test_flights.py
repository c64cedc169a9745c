"""Who asks the same waits for the same answer."""

from __future__ import annotations

import asyncio

import pytest

from mis.guard.flights import Flights


async def test_many_ask_once() -> None:
    flights, asked, go = Flights(), [], asyncio.Event()

    async def ask() -> int:
        asked.append(1)
        await go.wait()
        return 7

    waiting = [asyncio.create_task(flights.join("a", ask)) for _ in range(10)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # the one who asked first goes away: the others get their answer all the same
    await asyncio.sleep(0)
    go.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError) and answers[1:] == [7] * 9
    assert asked == [1] and len(flights) == 0
    assert await flights.join("a", ask) == 7 and asked == [1, 1]


async def test_an_error_is_everybodys_and_not_kept() -> None:
    flights = Flights()

    async def ask() -> int:
        await asyncio.sleep(0)
        raise LookupError

    answers = await asyncio.gather(flights.join("a", ask), flights.join("a", ask), return_exceptions=True)
    assert [type(one) for one in answers] == [LookupError] * 2 and len(flights) == 0


async def test_closing_ends_what_is_under_way() -> None:
    flights = Flights()
    waiting = asyncio.create_task(flights.join("a", asyncio.Event().wait))
    await asyncio.sleep(0)
    await flights.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
