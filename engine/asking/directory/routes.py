"""The routes of the directory, on the leading engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from engine.asking.directory import letters
from engine.asking.directory.keeping import Flawed, Hurts, Keeping
from engine.asking.reading import body_of, private, read
from engine.store.directory import NoSuchVersion, Stale
from okno.service.doors import problem


class Lead(Protocol):
    """What of a leading engine the routes need."""

    @property
    def directory(self) -> Keeping:
        """The directory in force."""


Answer = Callable[[Any, web.Request], Awaitable[web.StreamResponse]]
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_to(app: web.Application, leading: Callable[[Answer], Route]) -> None:
    """Register the routes; `leading` makes a route that only the leader answers."""
    for method, path, answer in (
        ("GET", "/v1/directory", _newest), ("POST", "/v1/directory", _change),
        ("POST", "/v1/directory/check", _check), ("POST", "/v1/directory/undo", _undo),
        ("POST", "/v1/directory/applied", _applied), ("GET", "/v1/directory/versions", _versions),
        ("GET", r"/v1/directory/{version:\d+}", _version),
    ):  # fmt: skip
        app.router.add_route(method, path, leading(answer))


async def _newest(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.NewestAsked, dict(request.query))
    return private(await lead.directory.newest(asked.after, asked.epoch, asked.wait_s))


async def _versions(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.VersionsAsked, dict(request.query))
    return private({"items": await lead.directory.versions(asked.before, asked.limit)})


async def _version(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.VersionAsked, {**request.query, **request.match_info})
    try:
        return private(await lead.directory.of(asked.version, asked.against))
    except NoSuchVersion as error:
        return problem(404, str(error), key=error.key)


async def _check(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.CheckAsked, await body_of(request))
    return private(await lead.directory.check(asked.document))


async def _change(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.ChangeAsked, await body_of(request))
    return await _saved(lead, lead.directory.change(
        base=asked.base, document=asked.document, actor=asked.actor, note=asked.note, force=asked.force
    ))  # fmt: skip


async def _undo(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.UndoAsked, await body_of(request))
    return await _saved(lead, lead.directory.undo(
        base=asked.base, version=asked.version, actor=asked.actor, note=asked.note, force=asked.force
    ))  # fmt: skip


async def _applied(lead: Lead, request: web.Request) -> web.Response:
    asked = read(letters.AppliedAsked, await body_of(request))
    lead.directory.applied(asked.pbx, asked.version, asked.reason)
    return private({"ok": True})


async def _saved(lead: Lead, saving: Awaitable[dict[str, Any]]) -> web.Response:
    try:
        return private(await saving)
    except NoSuchVersion as error:
        return problem(404, str(error), key=error.key)
    except Flawed as error:
        errors = [{"path": path, "message": words} for path, words in error.flaws]
        return problem(422, str(error), key="error.directory_flawed", errors=errors)
    except Hurts as error:
        return problem(409, str(error), key="error.directory_busy", busy=[one.row() for one in error.remarks])
    except Stale as error:
        newest = await lead.directory.newest(0, "", 0)
        return problem(409, str(error), key="error.directory_stale", newest=newest)
