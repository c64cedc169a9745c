"""Webhooks on a real socket: proved on the raw bytes, kept before they are answered, each event once."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from aiohttp import web
from prometheus_client import generate_latest

from chat.receiving.hooks import MOST_BYTES
from okno.command.processes import ports
from okno.seal import Keyring
from tests.chat.clinic import SECRET, Place
from tests.fixtures import OpenDatabase


class Line:
    """A listener and one who posts to it."""

    def __init__(self, place: Place, url: str, http: aiohttp.ClientSession) -> None:
        self.place, self.url, self.http = place, url, http

    async def post(self, *events: dict[str, Any], secret: str = SECRET, account: str = "main") -> tuple[int, bytes]:
        """Post events."""
        return await self.raw(json.dumps(events).encode(), secret=secret, account=account)

    async def raw(self, body: bytes, *, secret: str = SECRET, account: str = "main", **headers: str) -> tuple[int, bytes]:
        """Post a body."""
        url = f"{self.url}/hook/echo/{account}"
        async with self.http.post(url, data=io.BytesIO(body), headers={"X-Secret": secret} | headers) as answer:
            return answer.status, await answer.read()

    async def kept(self) -> int:
        """How many events are kept."""
        return int(await self.place.database.fetchval("SELECT count(*) FROM raw_event"))


@pytest_asyncio.fixture
async def line(database: OpenDatabase, keyring: Keyring) -> AsyncIterator[Line]:
    place, port = Place(await database("chat"), keyring), ports.free()
    app = web.Application(client_max_size=1024)
    place.hooks.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession() as http:
        yield Line(place, f"http://127.0.0.1:{port}", http)
    await runner.cleanup()


def said(number: int, peer: str = "5501") -> dict[str, Any]:
    """An event of the wire."""
    return {"id": str(number), "peer": peer, "text": f"text {number}"}


async def test_the_answer_is_the_channels_own_byte_for_byte(line: Line) -> None:
    assert await line.post(said(1)) == (200, b"ok")
    assert await line.kept() == 1


async def test_the_same_event_eight_times_at_once_is_one_message(line: Line) -> None:  # T1
    answers = await asyncio.gather(*(line.post(said(1)) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert await line.kept() == 1
    await line.place.read()
    assert len(await line.place.messages()) == 1


async def test_an_album_of_ten_in_parallel_is_one_conversation_with_ten_messages(line: Line) -> None:  # T2
    reading = asyncio.create_task(line.place.workers.run())
    try:
        await asyncio.gather(*(line.post(said(number) | {"group": "album", "order": number}) for number in range(1, 11)))
        async with asyncio.timeout(20):
            while await line.place.database.fetchval("SELECT count(*) FROM message") < 10:
                await asyncio.sleep(0.02)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert len(await line.place.conversations()) == 1
    rows = await line.place.messages()
    assert {row.album for row in rows} == {"album"}
    assert sorted(row.seq for row in rows) == list(range(1, 11))


async def test_a_post_with_several_events_keeps_each_in_its_order(line: Line) -> None:
    assert (await line.post(*(said(number) for number in range(20))))[0] == 200
    await line.place.read()
    assert [row.text for row in await line.place.messages()] == [f"text {number}" for number in range(20)]


async def test_a_stranger_is_refused_and_nothing_is_kept(line: Line) -> None:
    assert (await line.post(said(1), secret="another"))[0] == 401
    assert (await line.post(said(1), account="other"))[0] == 404
    assert await line.kept() == 0


async def test_a_huge_body_is_refused_packed_or_not(line: Line) -> None:
    huge = b"[" + b" " * MOST_BYTES + b"]"
    assert (await line.raw(huge))[0] == 413
    assert (await line.raw(gzip.compress(huge * 50), **{"Content-Encoding": "gzip"}))[0] == 413
    assert await line.kept() == 0


async def test_with_the_database_away_the_answer_is_503_and_nothing_is_confirmed(line: Line) -> None:
    await line.place.database.close()
    assert await line.post(said(1)) == (503, b"")


async def test_with_no_room_in_the_database_the_answer_is_503_and_nothing_is_confirmed(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> int:
        raise asyncpg.DiskFullError("no space left")

    monkeypatch.setattr(line.place.raws, "_insert", full)
    assert await line.post(said(1)) == (503, b"")
    assert await line.kept() == 0


async def test_nothing_of_what_is_posted_is_in_the_figures(line: Line) -> None:
    await line.post(said(79990001873, peer="79990001873"))
    figures = generate_latest(line.place.registry).decode()
    assert 'okno_chat_hooks_total{account="echo:main",end="kept"} 1.0' in figures
    assert 'okno_chat_events_total{account="echo:main",end="new"} 1.0' in figures
    assert "79990001873" not in figures
