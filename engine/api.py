"""The engine's internal HTTP routes. Behind the service credential; answers as `engine.feed` says.

A standby answers 421 with the leader's address; while nobody leads, or until the world is loaded, 503.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from engine.agi.counting import Counts
from engine.asking import letters, pages
from engine.asking.cards import Cards, NotFound
from engine.asking.directory import routes as directory
from engine.asking.directory.keeping import Keeping
from engine.asking.ivr import routes as ivr
from engine.asking.lists import routes as lists
from engine.asking.orders import BadOrder, understood
from engine.asking.orders.steering import noted
from engine.asking.people import routes as people
from engine.asking.people.people import People
from engine.asking.phones import Phones
from engine.asking.promises import bounds
from engine.asking.queries import Queries
from engine.asking.reading import body_of, private
from engine.asking.sounds import routes as sounds
from engine.asking.sounds.making import Sounds
from engine.asking.statistics import Statistics
from engine.asking.who import Asked, Nameless, Who
from engine.live.door import Door
from engine.live.screens import Screens
from engine.live.telling import Telling
from engine.loop import Loop
from engine.store.history import BadQuery
from engine.turns.journal.keeping import GoOn, Journal, NoSuchPbx
from engine.turns.links import Links
from engine.world import Pbx
from okno import clock
from okno.database import DatabaseDown
from okno.service.doors import problem
from okno.settings.model import Clinic

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Lead:
    """What a leading engine answers with."""

    asked: Asked
    loop: Loop
    screens: Screens
    cards: Cards
    queries: Queries
    directory: Keeping
    people: People
    statistics: Statistics
    journal: Journal
    phones: Phones
    telling: Telling
    sounds: Sounds
    counts: Counts = field(default_factory=Counts)


def pbx_status(name: str, links: Links, lead: Lead | None) -> dict[str, Any]:
    """Return how the link to a PBX is, and its journal (`engine.feed.PbxStatus`, but for its twins)."""
    link, journal = links.of(name), lead.journal.status(name) if lead else None
    known = (lead.cards.world.get(Pbx, name) if lead else None) or Pbx(key=name)
    told = {"id": name, "journal": journal, "directory": known.directory, "directory_reason": known.directory_reason}
    if link is None:
        return told | {"link": "down", "reason": "", "lag_s": 0.0, "queue": 0}
    return told | {"link": link.state, "reason": link.reason, "lag_s": round(link.lag_s, 3), "queue": link.queued}


class Engine(Protocol):
    """What of the service the routes need."""

    @property
    def lead(self) -> Lead | None:
        """The parts of a leading engine; None while another one leads."""

    @property
    def answers(self) -> bool:
        """Whether it is sure enough of its lease to answer."""

    async def leader_address(self) -> str:
        """Where the leader's door is, empty when nobody leads. Raises DatabaseDown."""

    async def status(self) -> dict[str, Any]:
        """How the engine is (`engine.feed.Status`)."""


class Api:
    """The routes.

    Args:
        engine: the service.
        door: serves the readers of the live world.
        clinic: completes local numbers.
    """

    def __init__(self, engine: Engine, door: Door, clinic: Clinic) -> None:
        self._engine = engine
        self._door = door
        self._clinic = clinic

    def add_to(self, app: web.Application) -> None:
        """Register every route."""
        app.router.add_get("/v1/status", self._status)
        app.router.add_get("/live", self._leading(self._live))
        app.router.add_post("/v1/commands", self._leading(self._command))
        app.router.add_post("/v1/cards", self._leading(self._card))
        app.router.add_post("/v1/journal", self._leading(self._journal))
        app.router.add_post("/v1/pages", self._leading(self._pages))
        app.router.add_post("/v1/phone", self._leading(self._phone))
        app.router.add_post("/v1/callbacks/bounds", self._leading(self._bounds))
        app.router.add_get("/v1/calls", self._leading(self._calls))
        app.router.add_post("/v1/calls/search", self._leading(self._search))
        app.router.add_get("/v1/calls/{id}", self._leading(self._call))
        app.router.add_get("/v1/notices", self._leading(self._notices))
        app.router.add_get("/v1/queues/statistics", self._leading(self._statistics))
        directory.add_to(app, self._leading)
        ivr.add_to(app, self._leading)
        people.add_to(app, self._leading)
        sounds.add_to(app, self._leading)
        lists.add_to(app, self._leading)
        app.router.add_get("/v1/requests", self._leading(self._requests))
        app.router.add_get("/v1/requests/{id}", self._leading(self._request))

    def _leading(self, answer: Callable[[Lead, web.Request], Awaitable[web.StreamResponse]]) -> Route:
        """Return a route that only the leader answers, and that tells refusals as problems."""

        async def route(request: web.Request) -> web.StreamResponse:
            lead = self._engine.lead
            if lead is None or not self._engine.answers:
                return await self._not_leading()
            try:
                return await answer(lead, request)
            except (NotFound, NoSuchPbx) as error:
                return problem(404, str(error), key=error.key)
            except (BadQuery, BadOrder, Nameless) as error:
                return problem(400, str(error), key=error.key)

        return route

    async def _not_leading(self) -> web.Response:
        try:
            leader = await self._engine.leader_address()
        except DatabaseDown:
            leader = ""
        if leader:
            return problem(421, "another engine leads", key="error.not_leading", leader=leader)
        return problem(503, "no engine leads yet", key="error.not_leading")

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(await self._engine.status())

    async def _live(self, lead: Lead, request: web.Request) -> web.StreamResponse:
        return await self._door.open(request, lead.screens)

    async def _command(self, lead: Lead, request: web.Request) -> web.Response:
        asked = understood(await body_of(request), clock.now(), self._clinic)
        if not await noted(lead.asked, asked):
            return web.json_response({"ok": False, "why": "database_down", "by": "", "request": None})
        answer = await lead.loop.command(await lead.people.known(asked))
        row = lead.screens.row("requests", answer.request) if answer.request else None
        return web.json_response({"ok": answer.ok, "why": answer.why, "by": answer.by, "request": row})

    async def _card(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.cards.card(await body_of(request)))

    async def _pages(self, lead: Lead, request: web.Request) -> web.Response:
        lead.loop.take(pages.understood(await body_of(request), clock.now()))
        return web.json_response({})

    async def _journal(self, lead: Lead, request: web.Request) -> web.Response:
        try:
            confirmed = await lead.journal.take(letters.understood(await body_of(request)))
        except GoOn as elsewhere:
            return problem(409, str(elsewhere), key="error.journal_elsewhere", **{"from": elsewhere.positions})
        return web.json_response({"confirmed": confirmed})

    async def _phone(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.phones.answer(await body_of(request)))

    async def _bounds(self, lead: Lead, request: web.Request) -> web.Response:
        return private(bounds(lead.cards.world, self._clinic, await body_of(request), clock.now()))

    async def _calls(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.queries.calls(Who.of(request.headers), request.query))

    async def _search(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.queries.search(Who.of(request.headers), await body_of(request)))

    async def _call(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.queries.call(Who.of(request.headers), request.match_info["id"]))

    async def _statistics(self, lead: Lead, request: web.Request) -> web.Response:
        return web.json_response(await lead.statistics.figures(request.query))

    async def _notices(self, lead: Lead, request: web.Request) -> web.Response:
        return private({"items": lead.telling.unseen(request.query.get("operator", ""))})

    async def _requests(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.queries.requests(Who.of(request.headers), request.query))

    async def _request(self, lead: Lead, request: web.Request) -> web.Response:
        return private(await lead.queries.request(Who.of(request.headers), request.match_info["id"]))
