"""The internal HTTP routes of `mis`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from mis.client import Status, plain
from mis.feed import ConnectorState
from mis.terms import Connector


@dataclass(frozen=True, slots=True)
class Api:
    """The routes and what they stand on."""

    name: str
    mis: Connector
    look: Callable[[Connector], Awaitable[ConnectorState]]

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its application."""
        return [web.get("/status", self.status)]

    async def status(self, request: web.Request) -> web.Response:
        """Answer which MIS is connected and how."""
        state = await self.look(self.mis)
        can = tuple(sorted(self.mis.capabilities))
        return web.json_response(plain(Status(connector=self.name, state=state, capabilities=can)))
