"""Files over the internal routes: kept as they come, given out harmlessly, each look audited first."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from chat.client import ChatClient, ServiceRefused
from chat.media.keeping import Media
from chat.media.routes import Attachments
from okno import clock
from okno.audit import AuditTrail
from okno.service.doors import asking_credential, telling_errors
from tests.chat.sending.bench import Bench

MOST = 1 << 20
SECRET = "s" * 32
PAGE = b"<html><script>alert(document.cookie)</script></html>"
NAME = "\u0410\u043d\u0430\u043b\u0438\u0437\u044b \U0001f338 ../../etc/passwd\r\n.html"


def who(actor: str = "olga", **more: Any) -> dict[str, Any]:
    """Return who asks."""
    return {"actor": actor, "role": "operator", "operator": "o1", "purpose": "chat", "request": str(uuid4())} | more


@pytest_asyncio.fixture
async def server(bench: Bench) -> AsyncIterator[str]:
    """The routes on a real socket, as a service has them."""
    app = web.Application(middlewares=[telling_errors(), asking_credential(SECRET, frozenset())], client_max_size=1024)
    audit = AuditTrail(bench.database, bench.own)
    app.add_routes(Attachments(Media(bench.database, bench.own, MOST), audit).routes())
    async with TestServer(app) as one:
        yield str(one.make_url("")).rstrip("/")


@pytest_asyncio.fixture
async def client(server: str) -> AsyncIterator[ChatClient]:
    """Whoever asks."""
    one = ChatClient(server, SECRET)
    yield one
    await one.close()


async def test_what_is_uploaded_is_given_back_and_its_look_audited(bench: Bench, client: ChatClient) -> None:
    content = b"%PDF-1.7\n" + bytes(700_000)
    row = await client.upload(content, NAME, "text/html", who())
    assert (row.name, row.mime, row.size, row.state) == (NAME, "application/pdf", len(content), "ready")
    asks = who("boris")
    assert await client.attachment(row.id, asks) == (row, content)
    (entry,) = await AuditTrail(bench.database, bench.own).page()
    assert (entry.actor, entry.action, entry.subject) == ("boris", "attachment.show", row.id)
    assert (entry.purpose, str(entry.request)) == ("chat", asks["request"])


async def test_a_page_is_given_out_as_what_no_browser_runs(server: str, client: ChatClient) -> None:
    row = await client.upload(PAGE, "a.html", "text/html", who())
    assert row.mime == "text/plain"
    headers = {"Okno-Service": SECRET, "Okno-Who": json.dumps(who())}
    async with aiohttp.ClientSession() as http, http.get(f"{server}/v1/attachments/{row.id}/content", headers=headers) as got:
        assert got.headers["Content-Disposition"] == "attachment"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Type"] == "application/octet-stream"
        assert "sandbox" in got.headers["Content-Security-Policy"] and got.headers["Cache-Control"] == "no-store"
        assert await got.read() == PAGE


async def test_the_file_of_a_message_that_was_taken_back_is_for_supervisors(bench: Bench, client: ChatClient) -> None:
    row = await client.upload(b"%PDF-1.7\n", NAME, "", who())
    message = await bench.say(await bench.person(), "look")
    await bench.files(message, row.id)
    async with bench.database.acquire() as connection, connection.transaction():
        await bench.writing.take_back(connection, message, "olga", clock.now())
    with pytest.raises(ServiceRefused) as error:
        await client.attachment(row.id, who())
    assert error.value.status == 404
    assert (await client.attachment(row.id, who(role="supervisor")))[1] == b"%PDF-1.7\n"


@pytest.mark.parametrize(("content", "why"), [(bytes(MOST + 1), "too_big"), (b"MZ" + bytes(100), "refused")])
async def test_what_is_not_taken_says_why(client: ChatClient, content: bytes, why: str) -> None:
    with pytest.raises(ServiceRefused) as error:
        await client.upload(content, "x", "", who())
    assert error.value.problem["why"] == why


async def test_without_end_it_is_refused_all_the_same(bench: Bench, server: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(500):
            yield bytes(1 << 20)

    headers = {"Okno-Service": SECRET, "Okno-Who": json.dumps(who()), "Okno-Name": '"x"'}
    async with aiohttp.ClientSession() as http:
        try:
            async with http.post(f"{server}/v1/attachments", data=endless(), headers=headers) as answer:
                assert answer.status == 413
        except aiohttp.ClientConnectionError:  # it hung up on us before we had said all
            pass
    assert await bench.database.fetchval("SELECT count(*) FROM attachment") == 0


@pytest.mark.parametrize("headers", [
    {}, {"Okno-Who": "{"}, {"Okno-Who": "[]"}, {"Okno-Who": '{"actor": ""}'}, {"Okno-Who": '{"actor": "x"}', "Okno-Name": "1"},
])  # fmt: skip
async def test_who_says_nothing_of_himself_is_refused(server: str, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession(headers={"Okno-Service": SECRET}) as http:
        async with http.post(f"{server}/v1/attachments", data=b"x", headers=headers) as answer:
            assert answer.status == 400
        async with http.get(f"{server}/v1/attachments/{uuid4()}/content", headers=headers) as answer:
            assert answer.status in (400, 404)


@pytest.mark.parametrize("id", ["1", "x" * 36, str(uuid4())])
async def test_what_is_not_there_is_not_found(client: ChatClient, id: str) -> None:
    with pytest.raises(ServiceRefused) as error:
        await client.attachment(id, who())
    assert error.value.status == 404
