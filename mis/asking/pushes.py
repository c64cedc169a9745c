"""Where the MIS tells of changes by itself: an address of its own, on which nothing else is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from mis.terms import MisError
from mis.watching import NotOurMis
from okno.database import DatabaseDown
from okno.service.doors import problem, telling_errors

# A notification is one visit; a whole bundle of them is still far below.
_BODY_BYTES = 512 * 1024

Take = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]


def listening(take: Take) -> web.Application:
    """Return the application that takes pushes.

    It answers 204 when it was taken, 401 without the secret of the subscription, 400 to what is no notification, 503
    when it could not be taken now: then the MIS pushes again, or the poll finds the change.

    Args:
        take: `Watcher.pushed`.
    """

    async def push(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            await take(request.path, body, dict(request.headers))
        except NotOurMis:
            return problem(401, "the secret of the subscription is missing or wrong", key="error.credential")
        except DatabaseDown:
            return problem(503, "it cannot be taken now", key="error.database_down")
        except MisError as error:
            status = 503 if error.passing else 400
            return problem(status, "it cannot be taken", key=f"mis.error.{error.code}")
        return web.Response(status=204)

    app = web.Application(middlewares=[telling_errors()], client_max_size=_BODY_BYTES)
    for method in ("POST", "PUT"):
        app.router.add_route(method, "/{tail:.*}", push)
    return app
