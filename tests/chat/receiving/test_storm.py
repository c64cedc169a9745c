"""A burst of webhooks while processes are killed and the database is stopped: nothing lost, nothing twice, in order."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from okno import clock
from okno.command.processes import embedded, ports
from okno.database import Database, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from tests.chat.clinic import SECRET, Place
from tests.fixtures import PASSWORD, MakeUrl, running

PEERS, EACH, COPIES = 50, 20, 3
KILLS = 5


class Receiver:
    """A process that receives, and can be killed and begun again on its port."""

    def __init__(self, url: str, keyring: Path) -> None:
        self.port = ports.free()
        self._argv = [sys.executable, "-m", "tests.chat.receiving.process", url, str(keyring), str(self.port)]
        self.process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Start it and wait until it serves."""
        self.process = await asyncio.create_subprocess_exec(
            *self._argv, stdout=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
        )
        assert self.process.stdout is not None
        assert await asyncio.wait_for(self.process.stdout.readline(), 30) == b"serves\n"

    async def kill(self) -> None:
        """Kill it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def receivers(url: str, keyring: Path) -> AsyncIterator[list[Receiver]]:
    """Two processes of one `chat`."""
    both = [Receiver(url, keyring) for _ in range(2)]
    try:
        await asyncio.gather(*(one.begin() for one in both))
        yield both
    finally:
        for one in both:
            if one.process is not None and one.process.returncode is None:
                await one.kill()


def burst(peers: int, each: int, copies: int, seed: int = 7) -> list[dict[str, Any]]:
    """Events of a provider whose clock shows seconds only, each several times, shuffled."""
    # His clock is ahead by less than a minute: so the burst may take a minute and a half without being called late.
    begun = clock.now().replace(microsecond=0) + timedelta(seconds=45)
    events = [
        {
            "id": f"{peer}-{number}", "peer": f"peer-{peer}", "text": str(number), "order": 1000 + number,
            "at": (begun + timedelta(seconds=number // 4)).isoformat(),
        }
        for peer in range(peers) for number in range(each)
    ] * copies  # fmt: skip
    random.Random(seed).shuffle(events)
    return events


async def provide(both: list[Receiver], events: list[dict[str, Any]], *, at_once: int = 24) -> list[int]:
    """Post each event until it is confirmed, as a provider does; return the statuses that were not 200."""
    refused: list[int] = []
    waiting = iter(enumerate(events))

    async def posts(http: aiohttp.ClientSession, mine: Iterator[tuple[int, dict[str, Any]]]) -> None:
        for number, event in mine:
            tries = 0
            while True:
                url = f"http://127.0.0.1:{both[(number + tries) % 2].port}/hook/echo/main"
                try:
                    async with http.post(url, json=[event], headers={"X-Secret": SECRET}) as answer:
                        if answer.status == 200 and await answer.read() == b"ok":
                            break
                        refused.append(answer.status)
                except (aiohttp.ClientError, TimeoutError):
                    refused.append(0)
                tries += 1
                await asyncio.sleep(0.1)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        await asyncio.gather(*(posts(http, waiting) for _ in range(at_once)))
    return refused


async def read_out(place: Place) -> None:
    """Wait until nothing waits."""
    async with asyncio.timeout(120):
        while await place.database.fetchval("SELECT count(*) FROM raw_event WHERE state = 'waiting'"):
            await asyncio.sleep(0.1)


async def prove(place: Place, peers: int, each: int) -> None:
    """All is there once, in the provider's order."""
    assert await place.database.fetchval("SELECT count(*) FROM raw_event WHERE state = 'dead'") == 0
    conversations = await place.conversations()
    assert len(conversations) == peers
    for one in conversations:
        rows = await place.messages(one.id)
        assert [row.text for row in rows] == [str(number) for number in range(each)]
        assert sorted(row.seq for row in rows) == list(range(1, each + 1))
        assert one.said_seq == one.last_seq == each
    told = await place.told("ConversationWaits")
    assert {(row["conversation"], row["seq"]) for row in told if row["seq"] == each} == {
        (str(one.id), each) for one in conversations
    }


async def test_the_same_event_eight_times_at_two_processes_is_one_message(  # T1
    new_database_url: MakeUrl, keyring: Keyring, tmp_path: Path
) -> None:
    url = await new_database_url("chat")
    database = await Database.open(url, name="test")
    place = Place(database, keyring)
    try:
        async with receivers(url, tmp_path / "keyring.json") as both:
            assert await provide(both, burst(5, 1, 8), at_once=40) == []
            await read_out(place)
        await prove(place, 5, 1)
        assert await database.fetchval("SELECT count(*) FROM raw_event") == 5
    finally:
        await database.close()


async def test_three_thousand_shuffled_webhooks_while_processes_are_killed(
    new_database_url: MakeUrl, keyring: Keyring, tmp_path: Path
) -> None:
    url = await new_database_url("chat")
    database = await Database.open(url, name="test")
    place = Place(database, keyring)
    events = burst(PEERS, EACH, COPIES)
    kills = 0
    try:
        async with receivers(url, tmp_path / "keyring.json") as both:
            providing = asyncio.create_task(provide(both, events))
            chosen = random.Random(11)
            while not providing.done() and kills < KILLS:
                await asyncio.sleep(chosen.uniform(0.5, 1.5))
                victim = both[kills % 2]
                await victim.kill()
                kills += 1
                await victim.begin()
            await providing
            await read_out(place)
        assert kills >= 2
        await prove(place, PEERS, EACH)
        assert await database.fetchval("SELECT count(*) FROM message") == PEERS * EACH
    finally:
        await database.close()


@pytest.mark.parametrize("kills", [False, True], ids=["stopped", "killed"])
async def test_a_database_that_goes_during_a_burst_is_answered_503_and_nothing_is_missing(
    tmp_path: Path, keyring: Keyring, kills: bool, servers_home: Path
) -> None:
    home, port = servers_home / f"storm-{kills}", ports.free()
    home.mkdir(mode=0o711)
    server = running(embedded.postgres(home, port, PASSWORD, durable=True))
    await asyncio.to_thread(server.__enter__)
    try:
        url = await _fresh(f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}")
        async with receivers(url, tmp_path / "keyring.json") as both:
            providing = asyncio.create_task(provide(both, burst(10, 40, 2)))
            await asyncio.sleep(1.0)
            assert not providing.done()
            if kills:
                server._process.send_signal(signal.SIGQUIT)  # an immediate shutdown: it recovers at the next start
            await asyncio.to_thread(server.__exit__)
            await asyncio.sleep(2.0)
            server = running(embedded.postgres(home, port, PASSWORD, durable=True))
            await asyncio.to_thread(server.__enter__)
            refused = await providing
            database = await Database.open(url, name="test")
            place = Place(database, keyring)
            await read_out(place)
            await prove(place, 10, 40)
            await database.close()
        assert 503 in refused
    finally:
        await asyncio.to_thread(server.__exit__)


async def _fresh(server: str) -> str:
    connection = await asyncpg.connect(database_url(server, "postgres"))
    await connection.execute("CREATE DATABASE storm")
    await connection.close()
    database = await Database.open(database_url(server, "storm"), name="test")
    await migrate(database, "okno", "migrations")
    await migrate(database, "chat", "migrations")
    await database.close()
    return database_url(server, "storm")
