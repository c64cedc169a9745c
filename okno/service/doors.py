"""What stands in front of every internal route: the credential, and errors told as RFC 9457 problem details."""

from __future__ import annotations

import hmac
import json

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from okno import logs
from okno.errors import OknoError, Refused, TheirFault

CREDENTIAL_HEADER = "Okno-Service"
PROBLEM_TYPE = "application/problem+json"

log = logs.get(__name__)


def problem(status: int, title: str, *, key: str = "error.okno", **more: object) -> web.Response:
    """Return an answer that says what is wrong.

    Args:
        status: the HTTP status.
        title: one line in English, without anybody's data.
        key: the i18n key of the words a person sees.
        more: further members, as RFC 9457 allows.
    """
    body = {"type": "about:blank", "title": title, "status": status, "key": key} | more
    return web.Response(
        status=status, content_type=PROBLEM_TYPE, text=json.dumps(body, ensure_ascii=False, default=str)
    )


def telling_errors() -> Middleware:
    """Return the middleware that turns errors into problem details; what was not expected is logged and told as 500."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400 or error.content_type == PROBLEM_TYPE:
                raise
            return problem(error.status, error.reason, key=f"error.http_{error.status}")
        except Refused as error:
            return problem(409, str(error), key=error.key)
        except TheirFault as error:
            return problem(503, str(error), key=error.key)
        except OknoError as error:
            log.exception("request_failed", extra={"route": route_of(request)})
            return problem(500, str(error), key=error.key)
        except Exception:
            log.exception("request_failed", extra={"route": route_of(request)})
            return problem(500, "something went wrong in Okno", key="error.okno")

    return tell


def asking_credential(secret: str, free: frozenset[str]) -> Middleware:
    """Return the middleware that lets in only who knows the service secret, except to the `free` paths."""
    expected = secret.encode()

    @web.middleware
    async def ask(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in free:
            given = request.headers.get(CREDENTIAL_HEADER, "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, expected):
                return problem(401, "the service credential is missing or wrong", key="error.credential")
        return await handler(request)

    return ask


def route_of(request: web.Request) -> str:
    """Return the route's pattern ("/calls/{id}"): a path itself may hold what a log or a metric must not."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
