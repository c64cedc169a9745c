"""The internal HTTP routes of `chat`, and its public side, which as yet answers health and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from chat import client
from chat.channels import Channel
from okno.service.doors import telling_errors

PUBLIC_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Api:
    """The routes and what they stand on."""

    channels: Mapping[str, Channel]

    def routes(self) -> list[web.RouteDef]:
        """Return what the service adds to its internal application."""
        return [web.get("/status", self.status)]

    async def status(self, request: web.Request) -> web.Response:
        """Answer which channels are switched on and how they are."""
        listed = [client.Channel(name=name, state=await one.state()) for name, one in self.channels.items()]
        return web.Response(text=client.Status(channels=listed).model_dump_json(), content_type="application/json")


def public() -> web.Application:
    """Return the application the internet reaches: webhooks, widget and forms will stand here."""
    app = web.Application(middlewares=[telling_errors()], client_max_size=PUBLIC_BODY_BYTES)

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    app.router.add_get("/health", health)
    return app
