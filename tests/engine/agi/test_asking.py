"""Addresses of the settings asked for a step, on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from engine.agi.asking import Addresses
from engine.ivr.orders import Call, HttpAnswer
from okno.command.processes import ports
from okno.settings.services import HttpAddress


class Other:
    """Another program: answers as it is told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answer: bytes = b"{}"
        self.status = 200
        self.asked: list[tuple[str, object]] = []
        self.cookies: list[str] = []

    async def ask(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.headers.get("Authorization", ""), await request.json()))
        self.cookies.append(request.headers.get("Cookie", ""))
        headers = {"Location": "/elsewhere", "Set-Cookie": "who=the-caller-before"}
        return web.Response(body=self.answer, status=self.status, headers=headers)

    async def ask_in_pieces(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for first in range(0, len(self.answer), 5):
            await answer.write(self.answer[first : first + 5])
            await asyncio.sleep(0.01)
        return answer


@pytest_asyncio.fixture
async def other() -> AsyncIterator[Other]:
    made = Other(ports.free())
    app = web.Application()
    app.router.add_post("/ask", made.ask)
    app.router.add_post("/pieces", made.ask_in_pieces)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", made.port).start()
    yield made
    await runner.cleanup()


async def asked(other: Other, name: str = "crm", *, path: str = "ask", times: int = 1) -> HttpAnswer:
    address = HttpAddress(url=f"http://localhost:{other.port}/{path}", secret="file:crm", timeout_s=1)
    addresses = Addresses({"crm": address}, lambda named: named + "-opened")
    try:
        for _ in range(times - 1):
            await addresses.ask(Call(name=name))
        return await addresses.ask(Call(name=name, fields=(("line", "1"),)))
    finally:
        await addresses.close()


async def test_fields_go_out_and_short_facts_come_back(other: Other) -> None:
    other.answer = json.dumps({"vip": True, "name": "x" * 81, "n": 3, "deep": {"a": 1}, "no": None, "s": "t"}).encode()
    assert await asked(other) == HttpAnswer(ok=True, facts=(("vip", "true"), ("n", "3"), ("s", "t")))
    assert other.asked == [("Bearer file:crm-opened", {"line": "1"})]


@pytest.mark.parametrize(("answer", "status"), [
    (b"{}", 500), (b"{}", 302), (b"not json", 200), (b"[1]", 200), (b'"' + b"x" * 20_000 + b'"', 200),
    (b"[" * 10_000, 200),
])  # fmt: skip
async def test_what_is_not_understood_is_a_failure(other: Other, answer: bytes, status: int) -> None:
    other.answer, other.status = answer, status
    assert await asked(other) == HttpAnswer(ok=False)


async def test_an_address_nobody_named_is_not_asked(other: Other) -> None:
    assert await asked(other, "evil") == HttpAnswer(ok=False) and other.asked == []


async def test_nobody_there() -> None:
    assert await asked(Other(ports.free())) == HttpAnswer(ok=False)


async def test_an_answer_in_pieces_is_read_whole(other: Other) -> None:
    other.answer = b'{"vip": true, "level": "gold"}'
    assert await asked(other, path="pieces") == HttpAnswer(ok=True, facts=(("vip", "true"), ("level", "gold")))


async def test_what_is_set_for_one_caller_is_not_sent_with_the_next(other: Other) -> None:
    # A name, not an address: cookies are kept for names only.
    assert (await asked(other, path="ask", times=3)).ok
    assert other.cookies == ["", "", ""]
