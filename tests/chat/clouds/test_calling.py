"""What was not written is undelivered, what nobody answered is unknown; files come from outside only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from chat.clouds import calling
from chat.clouds.calling import Answer, Api, carrying_s, pause
from chat.wire import SentFile, Undelivered, Unknown


@asynccontextmanager
async def cloud(handler: Callable[[web.Request], web.StreamResponse]) -> AsyncIterator[str]:
    async def handled(request: web.Request) -> web.StreamResponse:
        return handler(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handled)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def api(base: str, **more: object) -> AsyncIterator[Api]:
    made = Api(base, **more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


async def test_nobody_there_is_undelivered_and_no_attempt() -> None:
    async with api("http://127.0.0.1:9") as one:
        with pytest.raises(Undelivered) as told:
            await one.call("POST", "/x", json={})
    assert (told.value.code, told.value.counts) == ("offline", False) and told.value.retry_after_s


async def test_a_proxy_that_refuses_has_written_nothing() -> None:
    async with (
        cloud(lambda request: web.Response(status=407)) as proxy,
        api("https://cloud.example", proxy=proxy) as one,
    ):
        with pytest.raises(Undelivered):
            await one.call("POST", "/x", json={})


async def test_no_answer_in_time_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_CONNECT_S", 0.2)
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with api(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as one:
        with pytest.raises(Unknown):
            await one.call("POST", "/x", json={}, answer_s=0.1)
    await gone.wait()
    server.close()
    await asyncio.sleep(0)


async def test_half_an_answer_is_unknown() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    async with api(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as one:
        with pytest.raises(Unknown):
            await one.call("GET", "/x")
    server.close()


async def test_the_credential_goes_to_the_cloud_itself_only() -> None:
    seen: list[tuple[str, str | None]] = []

    def note(request: web.Request) -> web.Response:
        seen.append((request.path, request.headers.get("Authorization")))
        return web.json_response({})

    async with cloud(note) as base, api(base, headers={"Authorization": "t0ken"}) as one:
        await one.call("GET", "/a", query={"b": 1, "c": None})
        await one.call("POST", f"{base}/up", data={"x": "y"})
        _ = [chunk async for chunk in one.file(f"{base}/file")]
    assert seen == [("/a", "t0ken"), ("/up", None), ("/file", None)]


async def test_a_redirection_of_a_call_is_not_followed() -> None:
    async with cloud(lambda request: web.Response(status=302, headers={"Location": "/b"})) as base, api(base) as one:
        assert (await one.call("POST", "/a")).status == 302


@pytest.mark.parametrize(("status", "code"), [(404, "expired"), (403, "expired"), (410, "expired"), (500, "offline")])
async def test_a_file_that_is_not_there_says_why(status: int, code: str) -> None:
    async with cloud(lambda request: web.Response(status=status)) as base, api(base) as one:
        with pytest.raises(Undelivered) as told:
            _ = [chunk async for chunk in one.file(f"{base}/file")]
    assert told.value.code == code


async def test_a_file_may_be_elsewhere_but_not_inside_and_not_for_ever() -> None:
    def lead(request: web.Request) -> web.Response:
        if request.path == "/there":
            return web.Response(body=b"content")
        place = {"/ok": "/there", "/inside": "http://10.0.0.1/x", "/round": "/round"}[request.path]
        return web.Response(status=302, headers={"Location": place})

    async with cloud(lead) as base, api(base) as one:
        assert b"".join([chunk async for chunk in one.file(f"{base}/ok")]) == b"content"
        for path in ("/inside", "/round"):
            with pytest.raises(Undelivered) as told:
                _ = [chunk async for chunk in one.file(base + path)]
            assert told.value.code == "refused"


async def test_a_name_that_leads_inside_is_no_name() -> None:
    resolver = calling._Outside()
    with pytest.raises(OSError, match="inside"):
        await resolver.resolve("localhost", 443)


async def test_a_proxy_of_our_own_network_brings_files() -> None:
    seen: list[str] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    proxy = f"http://localhost:{server.sockets[0].getsockname()[1]}"
    async with api("https://cloud.example", proxy=proxy) as one:
        with pytest.raises(Undelivered) as told:
            _ = [chunk async for chunk in one.file("https://files.example/x")]
    server.close()
    await server.wait_closed()
    assert told.value.code == "offline" and seen == ["CONNECT files.example:443 HTTP/1.1"]


async def test_a_packed_file_is_not_unpacked() -> None:
    bomb = b"\x1f\x8b" + bytes(50)
    async with (
        cloud(lambda request: web.Response(body=bomb, headers={"Content-Encoding": "gzip"})) as base,
        api(base) as one,
    ):
        assert b"".join([chunk async for chunk in one.file(f"{base}/x")]) == bomb


@pytest.mark.parametrize("base", ["http://cloud.example", "ftp://x", "", "//x", "http://10.0.0.1"])
def test_another_machine_is_asked_by_https_only(base: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Api(base)


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("0", 0.0), ("99999", 3600.0), ("-3", 0.0), ("soon", None)])
def test_how_long_to_wait_is_read_and_bounded(said: str, seconds: float | None) -> None:
    assert Answer(status=429, headers={"retry-after": said}, body=b"").retry_after_s == seconds


@pytest.mark.parametrize("status", [404, 405])
def test_a_refusal_no_cloud_writes_is_a_strangers_and_costs_no_attempt(status: int) -> None:
    with pytest.raises(Undelivered) as told:
        Answer(status=status, headers={}, body=b"<html>nginx</html>").tree()
    assert (told.value.code, told.value.account, told.value.counts) == ("stranger", True, False)
    assert told.value.retry_after_s


@pytest.mark.parametrize("status", [400, 403, 406])
def test_what_a_guard_on_the_way_does_not_let_pass_keeps_no_other_message_waiting(status: int) -> None:
    with pytest.raises(Undelivered) as told:
        Answer(status=status, headers={}, body=b"<html>Access denied</html>").tree()
    assert (told.value.code, told.value.account, told.value.unreachable) == ("refused", False, False)
    assert told.value.retry_after_s is None


@pytest.mark.parametrize("status", [200, 302, 500])
def test_whatever_else_nobody_can_read_may_have_been_done(status: int) -> None:
    with pytest.raises(Unknown, match="answer"):
        Answer(status=status, headers={}, body=b"<html>nginx</html>").tree()


def test_the_longer_a_file_the_longer_its_answer_is_waited_for() -> None:
    name = {"name": "a", "mime": "a/b"}
    small, large = (carrying_s(SentFile(**name, content=bytes(size))) for size in (1, 50 << 20))
    assert small > 25 and large > 50 * 8 / 2.1, "50 MB by a line of two megabits"


async def test_a_pause_ends_when_somebody_asks() -> None:
    sooner = asyncio.Event()
    sooner.set()
    await pause(60, sooner)
    assert not sooner.is_set()
    await pause(0.01, sooner)


async def test_who_is_not_trusted_is_not_written_to() -> None:
    made = ssl.create_default_context()
    async with api("https://127.0.0.1:9", trust=made) as one:
        with pytest.raises(Undelivered):
            await one.call("GET", "/")
