"""The internal HTTP routes of `chat`, and its public side: health, and what its channels answer there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from chat import client
from chat.accounts.watching import Watching
from chat.channels import Channel
from okno.service.doors import telling_errors

PUBLIC_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Api:
    """The routes and what they stand on."""

    channels: Mapping[str, Channel]
    watching: Watching

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its internal application."""
        return [web.get("/status", self.status)]

    async def status(self, request: web.Request) -> web.Response:
        """Answer which channels and accounts are switched on and how they are."""
        listed = [client.Channel(name=name, state=await one.state()) for name, one in self.channels.items()]
        told = client.Status(channels=listed, accounts=await self.watching.rows())
        return web.Response(text=told.model_dump_json(), content_type="application/json")


def public(channels: Mapping[str, Channel]) -> web.Application:
    """Return the application the internet reaches: health, and what the channels put there."""
    app = web.Application(middlewares=[telling_errors()], client_max_size=PUBLIC_BODY_BYTES)

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    app.router.add_get("/health", health)
    for one in channels.values():
        one.attach(app)
    return app
