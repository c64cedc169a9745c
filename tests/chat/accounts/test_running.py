"""Of all processes one runs an account; one that breaks is begun again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from chat.accounts import running
from chat.accounts.running import Runners
from tests.chat.clinic import KEY, Echo
from tests.fixtures import OpenDatabase


class Counted(Echo):
    """An account that counts how often it runs at once."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once, self.most, self.begun, self.broken = 0, 0, 0, 0

    async def run(self) -> None:
        """Run; the first time it breaks."""
        self.begun += 1
        if self.broken:
            self.broken -= 1
            raise RuntimeError("it broke")
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.Event().wait()
        finally:
            self.at_once -= 1


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not found():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_LOOK_S", 0.1)
    monkeypatch.setattr(running, "_PAUSES_S", (0.05,))


async def test_one_of_two_runs_it_and_the_other_takes_over(database: OpenDatabase) -> None:
    db = await database("chat")
    account = Counted()
    runners = [Runners(db, {KEY: account}) for _ in range(2)]
    first = asyncio.create_task(runners[0].run())
    await until(lambda: account.at_once == 1)
    second = asyncio.create_task(runners[1].run())
    try:
        await asyncio.sleep(0.5)
        assert (account.at_once, account.begun) == (1, 1)
        assert [one.mine(KEY) for one in runners] == [True, False]
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await until(lambda: account.begun == 2)
        assert (account.at_once, account.most) == (1, 1)
        assert [one.mine(KEY) for one in runners] == [False, True]
    finally:
        for task in (first, second):
            task.cancel()
        await asyncio.gather(first, second, return_exceptions=True)


async def test_when_its_line_to_the_database_is_cut_it_stops_and_begins_anew(database: OpenDatabase) -> None:
    db = await database("chat")
    account = Counted()
    task = asyncio.create_task(Runners(db, {KEY: account}).run())
    try:
        await until(lambda: account.at_once == 1)
        other = await asyncpg.connect(db.url)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        await other.close()
        await until(lambda: account.begun == 2 and account.at_once == 1)
        assert account.most == 1
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_that_breaks_is_begun_again(database: OpenDatabase) -> None:
    account = Counted()
    account.broken = 2
    task = asyncio.create_task(Runners(await database("chat"), {KEY: account}).run())
    try:
        await until(lambda: account.at_once == 1)
        assert account.begun == 3
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
