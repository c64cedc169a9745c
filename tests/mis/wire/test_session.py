"""Connections on real sockets: what is sent once, what a write goes over, what is too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from mis.wire import Sessions, whole
from okno.command.processes import ports
from tests.mis.proxy import answering


@pytest_asyncio.fixture
async def sessions() -> AsyncIterator[Sessions]:
    one = Sessions()
    yield one
    await one.close()


async def test_reads_keep_their_connection_and_each_write_takes_a_new_one(sessions: Sessions) -> None:
    came: list[object] = []

    async def do(request: web.Request) -> web.Response:
        assert request.transport is not None
        came.append(request.transport.get_extra_info("peername"))
        return web.Response(text="yes", headers={"Set-Cookie": "known=1"} if "Cookie" not in request.headers else {})

    async with answering(do) as url:
        for write in (False, False, True, True):
            async with sessions.of(write=write).get(url) as response:
                assert await whole(response) == b"yes"
    assert came[0] == came[1] and len(set(came)) == 3
    assert not sessions.of(write=False).cookie_jar.filter_cookies(response.url)


async def test_whether_a_question_left_us_is_known(sessions: Sessions) -> None:
    async def do(request: web.Request) -> web.Response:
        return web.Response()

    began = SimpleNamespace(sent=False)
    with pytest.raises(aiohttp.ClientConnectorError):
        await sessions.of(write=True).put(f"http://127.0.0.1:{ports.free()}/", trace_request_ctx=began)
    assert not began.sent
    async with answering(do) as url:
        await sessions.of(write=True).put(url, trace_request_ctx=began)
    assert began.sent


async def test_what_breaks_off_is_not_sent_again_by_itself(sessions: Sessions) -> None:
    heads: list[bytes] = []

    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(broken, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for method in ("PUT", "DELETE", "GET"):
            with pytest.raises(aiohttp.ClientPayloadError):
                await sessions.of(write=method != "GET").request(method, f"http://127.0.0.1:{port}/")
    assert [head.split()[0] for head in heads] == [b"PUT", b"DELETE", b"GET"]


async def test_an_answer_without_end_is_none(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mis.wire.session.MOST_BYTES", 1000)
    size = 1000

    async def do(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * size)

    async with answering(do) as url:
        async with sessions.of(write=False).get(url) as response:
            assert len(await whole(response)) == 1000
        size = 1001
        async with sessions.of(write=False).get(url) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await whole(response)


async def test_closed_it_opens_anew(sessions: Sessions) -> None:
    first = sessions.of(write=False)
    assert sessions.of(write=False) is first is not sessions.of(write=True)
    await sessions.close()
    assert first.closed and not sessions.of(write=False).closed
