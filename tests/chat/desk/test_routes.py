"""The routes on a real socket, asked by the client other services use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from chat.client import ChatClient
from chat.desk.routes import Desk
from okno.command.processes import ports
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.service.doors import asking_credential, telling_errors
from tests.chat.clinic import Place, listening
from tests.fixtures import OpenDatabase

WHO = {"actor": "anna", "role": "operator", "operator": "anna", "purpose": "request"}


class Line:
    """A place, the client of its routes, its address."""

    def __init__(self, place: Place, client: ChatClient, url: str) -> None:
        self.place, self.client, self.url = place, client, url

    async def id(self) -> str:
        """The newest conversation."""
        return str((await self.place.conversations())[-1].id)


@pytest_asyncio.fixture
async def line(database: OpenDatabase, keyring: Keyring) -> AsyncIterator[Line]:
    place, port = Place(await database("chat"), keyring), ports.free()
    app = web.Application(middlewares=[telling_errors(), asking_credential("word", frozenset())])
    app.add_routes(Desk(place.database, place.seeing, place.writing, place.hub).routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{port}"
    client = ChatClient(url, "word")
    await place.says("hello")
    yield Line(place, client, url)
    await client.close()
    await runner.cleanup()


async def test_a_conversation_is_opened_answered_noted_and_read_on(line: Line) -> None:
    id = await line.id()
    view = await line.client.open(id, WHO)
    assert [row.text for row in view.messages] == ["hello"]
    sent = await line.client.send(id, WHO, {"id": str(uuid4()), "text": "Good day", "version": 0})
    note = await line.client.note(id, WHO, {"id": str(uuid4()), "text": "he is in a hurry"})
    changed = await line.client.change(sent.id, "edit", WHO, {"text": "Good evening"})
    assert [row.id for row in await line.client.messages(id, WHO, since=view.last_seq)] == [note.id, sent.id]
    assert changed.text == "Good evening"
    assert [row["id"] for row in await line.client.of([view.identity], WHO)] == [id]


async def test_a_refusal_says_why(line: Line) -> None:
    id = await line.id()
    with pytest.raises(ServiceRefused) as refused:
        await line.client.send(id, WHO, {"id": str(uuid4()), "text": " "})
    assert refused.value.problem["why"] == "empty"
    for wish in (line.client.open(str(uuid4()), WHO), line.client.note(str(uuid4()), WHO, {"id": str(uuid4()), "text": "x"})):
        with pytest.raises(ServiceRefused) as refused:
            await wish
        assert refused.value.status == 404
    with pytest.raises(ServiceRefused) as refused:
        await line.client.start(WHO, {"id": str(uuid4()), "account": "echo:main", "phone": "+79990001873", "text": "x"})
    assert refused.value.problem["why"] == "first"
    with pytest.raises(ServiceRefused) as refused:
        await line.client.send(id, {}, {"id": str(uuid4()), "text": "x"})
    assert refused.value.status == 400


async def test_what_is_told_of_a_conversation(line: Line) -> None:
    id = await line.id()
    await line.client.tell(id, "typing", WHO, {"on": True})
    await line.client.tell(id, "seen", WHO, {"seq": 1})
    await line.client.tell(id, "block", WHO, {"reason": "spam"})
    assert (await line.client.open(id, WHO)).blocked
    await line.client.tell(id, "unblock", WHO, {})
    assert not (await line.client.open(id, WHO)).blocked


async def test_what_happens_is_told_live_by_numbers_without_a_word(line: Line) -> None:
    hearing = asyncio.create_task(line.place.hub.run())
    said: list[dict[str, Any]] = []

    async def listen() -> None:
        async for one in line.client.live():
            said.append(one)

    listening_ = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(20):
            while not said:
                await asyncio.sleep(0.01)
            await line.place.says("a secret")
            await line.client.places([{"conversation": await line.id(), "position": 2, "eta_s": 40}])
            while not [one for one in said if one["what"] == "message"]:
                await asyncio.sleep(0.01)
    finally:
        for task in (listening_, hearing):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    (message,) = [one for one in said if one["what"] == "message"]
    assert (message["conversation"], message["seq"]) == (await line.id(), 2)
    assert "secret" not in str(said)
    assert {one["what"] for one in said} <= {"begun", "message", "conversation"}


async def test_places_are_heard_by_all_processes(line: Line) -> None:
    async with listening(line.place.hub) as said:
        await line.client.places([{"conversation": "c", "position": 2, "eta_s": 40}])
        async with asyncio.timeout(10):
            while len(said) < 2:
                await asyncio.sleep(0.01)
    assert said[1] == {"what": "place", "conversation": "c", "position": 2, "eta_s": 40}
    with pytest.raises(ServiceRefused):
        await line.client.places([{"conversation": "c"}] * 501)
