"""The routes about people: search, what was before, what to say, who is not called back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from engine.asking.people.people import People
from engine.asking.reading import body_of, private
from engine.asking.who import Who


class Lead(Protocol):
    """What of a leading engine they need."""

    @property
    def people(self) -> People:
        """See there."""


Leading = Callable[[Callable[[Any, web.Request], Awaitable[web.StreamResponse]]], Any]


def add_to(app: web.Application, leading: Leading) -> None:
    """Register them; `leading` makes each a route that only the leader answers."""
    app.router.add_post("/v1/search", leading(_search))
    app.router.add_post("/v1/timeline", leading(_timeline))
    app.router.add_get("/v1/hints", leading(_hints))
    app.router.add_post("/v1/hints", leading(_hint_save))
    app.router.add_get("/v1/blocked", leading(_blocked))
    app.router.add_post("/v1/hints/remove", leading(_hint_remove))


async def _search(lead: Lead, request: web.Request) -> web.StreamResponse:
    return private(await lead.people.search.find(Who.of(request.headers), await body_of(request)))


async def _timeline(lead: Lead, request: web.Request) -> web.StreamResponse:
    return private(await lead.people.timeline.page(await body_of(request)))


async def _blocked(lead: Lead, request: web.Request) -> web.StreamResponse:
    return private(await lead.people.blocked.all(Who.of(request.headers)))


async def _hints(lead: Lead, request: web.Request) -> web.StreamResponse:
    return web.json_response(await lead.people.hints.all(request.query))


async def _hint_save(lead: Lead, request: web.Request) -> web.StreamResponse:
    return web.json_response(await lead.people.hints.save(Who.of(request.headers), await body_of(request)))


async def _hint_remove(lead: Lead, request: web.Request) -> web.StreamResponse:
    return web.json_response(await lead.people.hints.remove(Who.of(request.headers), await body_of(request)))
