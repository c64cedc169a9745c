"""The internal HTTP routes of `mis` that are about nobody: how the connection to the MIS is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from mis.client import Status, plain
from mis.feed import ConnectorState
from mis.guard import Standing
from mis.terms import Connector


@dataclass(frozen=True, slots=True)
class Api:
    """The routes and what they stand on.

    Args:
        name: of the connector.
        mis: the guarded connector.
        standing: what the watch saw last; a MIS that hangs holds up nobody who asks how it is.
        look: looks, for the first who asks.
    """

    name: str
    mis: Connector
    standing: Standing
    look: Callable[[Connector], Awaitable[tuple[ConnectorState, str]]]

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its application."""
        return [web.get("/status", self.status)]

    async def status(self, request: web.Request) -> web.Response:
        """Answer which MIS is connected, how it is, since when, and what it can do."""
        if not self.standing.seen:
            self.standing.saw(*await self.look(self.mis))
        standing, can = self.standing, tuple(sorted(self.mis.capabilities))
        told = Status(
            connector=self.name, state=standing.state, capabilities=can, since=standing.since, error=standing.error
        )
        return web.json_response(plain(told))
