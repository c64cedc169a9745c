"""How one service asks another: what answers mean, and what no answer means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from okno.service import ServiceClient, ServiceDown, ServiceRefused
from okno.service.doors import asking_credential, problem


async def echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "method": request.method,
            "query": dict(request.query),
            "body": await request.json() if request.can_read_body else None,
            "reason": request.headers.get("Okno-Reason"),
        }
    )


async def answer(request: web.Request) -> web.StreamResponse:
    match request.match_info["what"]:
        case "problem":
            return problem(409, "taken already", key="error.taken", by="orlova")
        case "bare":
            return web.Response(status=404, text="nope")
        case "failed":
            return problem(503, "the database is away")
        case "crashed":
            return web.Response(status=500, text="<html>")
        case "garbage":
            return web.Response(text="{not json")
        case "nothing":
            return web.Response(status=204)
        case "elsewhere":
            raise web.HTTPFound("http://127.0.0.1:1/")
    await asyncio.sleep(30)
    return web.Response()


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data.upper())
    return socket


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application(middlewares=[asking_credential("s3cret", frozenset())])
    app.router.add_route("*", "/echo", echo)
    app.router.add_get("/answer/{what}", answer)
    app.router.add_get("/talk", talk)
    async with TestServer(app) as running:
        yield running


@pytest_asyncio.fixture
async def client(server: TestServer) -> AsyncIterator[ServiceClient]:
    async with ServiceClient(f"http://127.0.0.1:{server.port}/", "s3cret", timeout_s=0.5) as made:
        yield made


async def test_get_and_post(client: ServiceClient) -> None:
    assert await client.get("/echo", params={"a": "1"}) == {
        "method": "GET",
        "query": {"a": "1"},
        "body": None,
        "reason": None,
    }
    answered = await client.post("/echo", {"имя": 1}, headers={"Okno-Reason": "call"})
    assert answered == {"method": "POST", "query": {}, "body": {"имя": 1}, "reason": "call"}
    assert (await client.request("PUT", "/echo", body=[1]))["body"] == [1]
    assert await client.get("/answer/nothing") is None


async def test_a_refusal_carries_its_problem(client: ServiceClient) -> None:
    with pytest.raises(ServiceRefused, match="409 taken already") as caught:
        await client.get("/answer/problem")
    assert (caught.value.status, caught.value.problem["by"], caught.value.problem["key"]) == (
        409,
        "orlova",
        "error.taken",
    )
    with pytest.raises(ServiceRefused) as caught:
        await client.get("/answer/bare")
    assert (caught.value.status, caught.value.problem) == (404, {})


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("failed", "503 the database is away"),
        ("crashed", "500 it failed"),
        ("garbage", "not JSON"),
        ("slow", "does not answer: TimeoutError"),
    ],
)
async def test_what_counts_as_down(client: ServiceClient, what: str, words: str) -> None:
    with pytest.raises(ServiceDown, match=words):
        await client.get(f"/answer/{what}")


async def test_a_redirect_is_not_followed_with_the_credential(client: ServiceClient) -> None:
    with pytest.raises(ServiceRefused) as caught:
        await client.get("/answer/elsewhere")
    assert caught.value.status == 302


async def test_nobody_there() -> None:
    async with ServiceClient("http://127.0.0.1:1", "s3cret") as client:
        with pytest.raises(ServiceDown, match="does not answer"):
            await client.get("/x")
        with pytest.raises(ServiceDown, match="does not answer"):
            async with client.websocket("/x"):
                pass


async def test_it_comes_back_after_the_server_did(server: TestServer, client: ServiceClient) -> None:
    await client.get("/echo")
    await client.close()
    assert (await client.get("/echo"))["method"] == "GET"


async def test_a_websocket(client: ServiceClient, server: TestServer) -> None:
    async with client.websocket("/talk") as socket:
        await socket.send_str("abc")
        message = await socket.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.TEXT, "ABC")
    async with ServiceClient(f"http://127.0.0.1:{server.port}", "wrong") as stranger:
        with pytest.raises(ServiceRefused, match="401"):
            async with stranger.websocket("/talk"):
                pass
