"""The proxy does what its faults are called, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from tests.mis.proxy import Proxy, answering, faulty


@pytest_asyncio.fixture
async def applied() -> list[str]:
    return []


@pytest_asyncio.fixture
async def proxy(applied: list[str]) -> AsyncIterator[Proxy]:
    async def do(request: web.Request) -> web.Response:
        applied.append(await request.text())
        where = str(request.url.origin())
        return web.json_response({"next": f"{where}/more"}, headers={"ETag": 'W/"3"', "Location": f"{where}/made"})

    async with answering(do) as url, faulty(url) as one:
        yield one


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


async def test_without_a_fault_it_is_not_there(
    proxy: Proxy, session: aiohttp.ClientSession, applied: list[str]
) -> None:
    async with session.post(f"{proxy.url}/Patient/_search", data=b"phone=1") as answer:
        assert await answer.json() == {"next": f"{proxy.url}/more"}
        assert (answer.status, answer.headers["ETag"]) == (200, 'W/"3"')
        assert answer.headers["Location"] == f"{proxy.url}/made"
    assert applied == ["phone=1"]
    assert [(one.method, one.path, one.fault, one.status) for one in proxy.seen] == [
        ("POST", "/Patient/_search", None, 200)
    ]


async def test_an_answer_is_lost_after_the_thing_was_done(
    proxy: Proxy, session: aiohttp.ClientSession, applied: list[str]
) -> None:
    proxy.next("cut", method="POST")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await session.post(f"{proxy.url}/a", data=b"once")
    assert applied == ["once"]
    async with session.post(f"{proxy.url}/a", data=b"twice") as answer:
        assert answer.status == 200


async def test_a_connection_breaks_before_anything_was_done(
    proxy: Proxy, session: aiohttp.ClientSession, applied: list[str]
) -> None:
    proxy.next("drop")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await session.post(f"{proxy.url}/a", data=b"once")
    assert applied == []


@pytest.mark.parametrize(("fault", "status", "kind"), [
    ("unavailable", 503, "text/plain"), ("html", 200, "text/html"), ("lie", 200, "application/json"),
    ("rate", 429, "text/plain"),
])  # fmt: skip
async def test_it_answers_instead_of_the_mis(  # noqa: PLR0917
    proxy: Proxy, session: aiohttp.ClientSession, applied: list[str], fault: str, status: int, kind: str
) -> None:
    proxy.always(fault)  # type: ignore[arg-type]
    async with session.post(f"{proxy.url}/a", data=b"x") as answer:
        assert (answer.status, answer.content_type) == (status, kind)
    assert applied == [] and proxy.faults() == {fault: 1}


async def test_it_stalls_and_is_slow(proxy: Proxy, session: aiohttp.ClientSession, applied: list[str]) -> None:
    proxy.slow_s = 0.05
    proxy.always("stall", methods=("PUT",))
    proxy.always("slow", path="/b")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(session.put(f"{proxy.url}/a"), 0.2)
    async with session.get(f"{proxy.url}/b") as answer:
        assert answer.status == 200
    assert len(applied) == 1


async def test_chaos_is_the_same_for_the_same_seed(proxy: Proxy) -> None:
    proxy.chaos(7, cut=0.2, unavailable=0.2, methods=("POST",))
    first = [proxy.fault_of("POST", "/", b"") for _ in range(200)]
    proxy.calm()
    assert proxy.fault_of("POST", "/", b"") is None
    proxy.chaos(7, cut=0.2, unavailable=0.2, methods=("POST",))
    assert [proxy.fault_of("POST", "/", b"") for _ in range(200)] == first
    assert {None, "cut", "unavailable"} == set(first)
    assert proxy.fault_of("GET", "/", b"") is None
