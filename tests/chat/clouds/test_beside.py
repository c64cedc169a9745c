"""Work beside: it goes on until nothing is left, and is tried again when it could not be done."""

from __future__ import annotations

import asyncio

from chat.clouds.beside import Beside
from chat.wire import Undelivered


async def test_it_goes_on_until_nothing_is_left() -> None:
    done: list[int] = []
    waiting = [1, 2]

    async def work() -> None:
        while waiting:
            done.append(waiting.pop(0))
            await asyncio.sleep(0)

    beside = Beside("x:main", work)
    beside.wake()
    waiting.append(3)
    beside.wake()
    async with asyncio.timeout(5):
        while done != [1, 2, 3]:
            await asyncio.sleep(0.01)
    waiting.append(4)
    beside.wake()
    async with asyncio.timeout(5):
        while done != [1, 2, 3, 4]:
            await asyncio.sleep(0.01)
    await beside.stop()


async def test_what_could_not_be_done_is_tried_again_and_left_when_told() -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries != 3:
            raise Undelivered("offline")

    beside = Beside("x:main", work, again_s=0.01)
    beside.wake()
    async with asyncio.timeout(5):
        while tries < 3:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert tries == 3
    beside.wake()
    await asyncio.sleep(0.05)
    await beside.stop()
    before = tries
    assert before > 3
    await asyncio.sleep(0.05)
    assert tries == before


def test_without_a_loop_it_waits_for_the_next_word() -> None:
    async def work() -> None:
        raise AssertionError

    Beside("x:main", work).wake()
