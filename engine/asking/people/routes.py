"""The routes about people: search, what was before, what to say."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from engine.asking.people.people import People
from engine.asking.who import Who
from engine.store.history import BadQuery


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
    app.router.add_post("/v1/hints/remove", leading(_hint_remove))


async def _search(lead: Lead, request: web.Request) -> web.StreamResponse:
    return _private(await lead.people.search.find(Who.of(request.headers), await _body(request)))


async def _timeline(lead: Lead, request: web.Request) -> web.StreamResponse:
    return _private(await lead.people.timeline.page(await _body(request)))


async def _hints(lead: Lead, request: web.Request) -> web.StreamResponse:
    return web.json_response(await lead.people.hints.all(request.query))


async def _hint_save(lead: Lead, request: web.Request) -> web.StreamResponse:
    return web.json_response(await lead.people.hints.save(Who.of(request.headers), await _body(request)))


async def _hint_remove(lead: Lead, request: web.Request) -> web.StreamResponse:
    return web.json_response(await lead.people.hints.remove(Who.of(request.headers), await _body(request)))


async def _body(request: web.Request) -> Any:
    try:
        return await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise BadQuery("the body is not JSON") from None


def _private(body: dict[str, Any]) -> web.Response:
    """An answer about people: no proxy, no cache keeps it."""
    return web.json_response(body, headers={"Cache-Control": "no-store"})
