"""The passwords of phones in pages: kept beside Asterisk, told to the engine, made anew when a shift ends."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from engine.asterisk.commands import PHONE_SECRET, phone_secret
from engine.asterisk.render import WEB_PHONE
from okno import logs
from okno.service.doors import problem
from okno.settings import PbxSettings, Runtime, Settings

log = logs.get(__name__)
Install = Callable[[], Awaitable[None]]


class PagePhones:
    """The two routes of `okno serve pbx` for them; the service credential guards both.

    Args:
        runtime: where the secrets are.
        pbx: whose phones.
        install: renders, installs and reloads; raises TheirFault when Asterisk cannot be told.
    """

    def __init__(self, runtime: Runtime, pbx: PbxSettings, install: Install) -> None:
        self._runtime, self._pbx, self._install = runtime, pbx, install

    def attach(self, app: web.Application) -> None:
        """Put the routes onto `app`."""
        app.router.add_post("/v1/phones/{extension}", self.give)
        app.router.add_post("/v1/phones/{extension}/rotate", self.rotate)

    async def give(self, request: web.Request) -> web.Response:
        """Answer the password Asterisk has for the phone in this operator's page; 404 when it has none."""
        phone = self._phone(request.match_info["extension"])
        if phone is None:
            return problem(404, "there is no such phone", key="error.no_phone")
        return web.json_response(
            {"password": phone_secret(self._runtime, phone)}, headers={"Cache-Control": "no-store"}
        )

    async def rotate(self, request: web.Request) -> web.Response:
        """Make a new password and tell Asterisk; whoever knows the old one cannot register any more."""
        phone = self._phone(request.match_info["extension"])
        if phone is None:
            return problem(404, "there is no such phone", key="error.no_phone")
        phone_secret(self._runtime, phone, fresh=True)
        await self._install()
        log.info("phone_secret_rotated", extra={"phone": phone})
        return web.json_response({})

    def _phone(self, extension: str) -> str | None:
        """The endpoint's name, if Asterisk's configuration was ever rendered with it."""
        if not re.fullmatch(r"[0-9]{2,6}", extension) or self._pbx.websocket_port is None:
            return None
        phone = WEB_PHONE.format(extension=extension)
        secrets = self._runtime.path(self._runtime.settings.paths.secrets)
        return phone if (secrets / PHONE_SECRET.format(extension=phone)).exists() else None


def helper_port(settings: Settings, name: str) -> int:
    """Where a PBX's `okno serve pbx` listens: managed ones share a machine, so each has the next port."""
    managed = [pbx.name for pbx in settings.pbxes if pbx.managed]
    return settings.pbx_service.port + (managed.index(name) if name in managed else 0)
