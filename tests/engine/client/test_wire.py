"""The line finds the leader, stays with him, and asks again only where that repeats nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from engine.client.wire import Wire
from okno.command.processes import ports
from okno.service import ServiceDown, ServiceRefused
from okno.service.doors import problem
from okno.settings import Runtime, Standby


class Place:
    """Where an engine might be: counts what it is asked, and answers as it is told to."""

    def __init__(self, answer: Callable[[], web.Response]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    async def asked_by(self, request: web.Request) -> web.Response:
        """Take a question down, and answer it."""
        body = await request.json() if request.can_read_body else None
        self.asked.append((request.method, request.path_qs, body))
        return self.answer()


@asynccontextmanager
async def door(port: int, place: Place) -> AsyncIterator[None]:
    """Open a place's door."""
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", place.asked_by)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def leads() -> web.Response:
    """What a leader says."""
    return web.json_response({"here": True})


def two_places(runtime: Runtime) -> tuple[Runtime, int, int]:
    """The same clinic with an engine at either of two ports."""
    first, second = runtime.settings.engine.port, ports.free()
    engine = runtime.settings.engine.model_copy(update={"standby": Standby(port=second)})
    return replace(runtime, settings=runtime.settings.model_copy(update={"engine": engine})), first, second


async def test_who_answers_is_asked_with_what_was_meant(runtime: Runtime) -> None:
    place = Place(leads)
    async with door(runtime.settings.engine.port, place), Wire(runtime) as wire:
        assert await wire._get("/v1/status", {}, {"after": "3"}) == {"here": True}
        assert await wire._post("/v1/pages", {"here": []}) == {"here": True}
    assert place.asked == [("GET", "/v1/status?after=3", None), ("POST", "/v1/pages", {"here": []})]


async def test_a_standby_names_the_leader_who_is_asked_from_then_on(runtime: Runtime) -> None:
    elsewhere = ports.free()
    leader = Place(leads)
    standby = Place(
        lambda: problem(421, "another engine leads", key="error.not_leading", leader=f"http://127.0.0.1:{elsewhere}")
    )
    async with door(runtime.settings.engine.port, standby), door(elsewhere, leader), Wire(runtime) as wire:
        for _ in range(2):
            assert await wire._get("/v1/status", {}) == {"here": True}
    assert (len(standby.asked), len(leader.asked)) == (1, 2)


async def test_where_nobody_answers_the_other_place_is_asked_from_then_on(runtime: Runtime) -> None:
    both, _, second = two_places(runtime)
    leader = Place(leads)
    async with door(second, leader), Wire(both) as wire:
        for _ in range(2):
            assert await wire._post("/v1/commands", {"command": "1"}) == {"here": True}
    assert len(leader.asked) == 2


async def test_where_nobody_leads_each_place_is_asked_and_that_is_told(runtime: Runtime) -> None:
    both, first, second = two_places(runtime)
    one, other = (Place(lambda: problem(503, "no engine leads yet", key="error.not_leading")) for _ in range(2))
    async with door(first, one), door(second, other), Wire(both) as wire:
        with pytest.raises(ServiceDown):
            await wire._get("/v1/status", {})
    assert one.asked and other.asked


async def test_a_refusal_is_the_answer_and_nobody_else_is_asked(runtime: Runtime) -> None:
    both, first, second = two_places(runtime)
    leader = Place(lambda: problem(404, "there is none", key="error.not_found"))
    other = Place(leads)
    async with door(first, leader), door(second, other), Wire(both) as wire:
        with pytest.raises(ServiceRefused) as refused:
            await wire._get("/v1/calls/1", {})
    assert (refused.value.status, len(leader.asked), other.asked) == (404, 1, [])


async def test_a_standby_that_names_nobody_refuses(runtime: Runtime) -> None:
    standby = Place(lambda: problem(421, "another engine leads", key="error.not_leading", leader=7))
    async with door(runtime.settings.engine.port, standby), Wire(runtime) as wire:
        with pytest.raises(ServiceRefused):
            await wire._get("/v1/status", {})
    assert len(standby.asked) == 1
