"""Every request of REST goes through here: token, permission, shape, handler, problem."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

import pydantic
from aiohttp import web
from pydantic import BaseModel

from okno.database import DatabaseDown
from okno.ids import uuid7
from okno.service import ServiceDown, ServiceRefused
from web.accounts.roles import Identity, Role, permission
from web.accounts.tokens import Tokens
from web.live.engine import Asking, Engine
from web.live.meters import Meters
from web.rest.endpoint import Endpoint, Visit, endpoints_of
from web.rest.openapi import document
from web.rest.problems import Problem, malformed, refused
from web.site.guard import Guard
from web.view import View

PREFIX = "/api/v1"
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_REASON_LETTERS = 200


class Rest:
    """Serves the declared routes.

    Args:
        engine: its client.
        views: one for each role.
        tokens: the table of service tokens.
        guard: knows people's sessions; they may read the contract.
        meters: counts refusals.
        things: objects whose methods are declared routes.
    """

    def __init__(
        self, engine: Engine, views: Mapping[Role, View], tokens: Tokens, guard: Guard, meters: Meters, *things: object
    ) -> None:
        self._engine, self._views, self._tokens, self._guard, self._meters = engine, views, tokens, guard, meters
        self._routes = [pair for thing in things for pair in endpoints_of(thing)]
        self._contract = json.dumps(document([declared for declared, _ in self._routes], PREFIX), ensure_ascii=False)

    def attach(self, app: web.Application) -> None:
        """Put the routes onto `app`."""
        for declared, handler in self._routes:
            app.router.add_route(declared.method, PREFIX + declared.path, self._served(declared, handler))
        app.router.add_get(f"{PREFIX}/openapi.json", self.contract)

    @permission("contract.read")
    async def contract(self, request: web.Request) -> web.StreamResponse:
        """Answer the OpenAPI document, to a token or to a person who is signed in."""
        try:
            if await self._guard.identify(request) is None:
                await self._who(request)
        except Problem as problem:
            return problem.response()
        except DatabaseDown:
            return _away().response()
        return web.Response(text=self._contract, content_type="application/json")

    def _served(
        self, declared: Endpoint, handler: Callable[[Visit], Awaitable[BaseModel]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        @permission(declared.permission)
        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                answer = await handler(await self._visit(declared, request))
            except Problem as problem:
                self._meters.refused.labels(f"rest_{problem.status}").inc()
                return problem.response()
            except ServiceRefused as refusal:
                return refused(refusal).response()
            except ServiceDown:
                return Problem(503, "the engine is away", "error.engine_away").response()
            except DatabaseDown:
                return _away().response()
            response = web.Response(
                text=answer.model_dump_json(by_alias=True), content_type="application/json", status=declared.status
            )
            if declared.status == 201:
                response.headers["Location"] = f"{PREFIX}{declared.path}/{getattr(answer, 'id', '')}"
            return response

        return serve

    async def _visit(self, declared: Endpoint, request: web.Request) -> Visit:
        who = await (self._person(request) if self._is_page(declared, request) else self._who(request))
        if not who.may(declared.permission):
            raise Problem(403, "the token's role may not do this", "error.http_403")
        return Visit(
            who=who, view=self._views[who.role], engine=Asking(self._engine, who, _reason(request)),
            path=_path(request), query=_query(declared, request), body=await _body(declared, request),
            key=_key(request),
        )

    def _is_page(self, declared: Endpoint, request: web.Request) -> bool:
        return declared.people and "Authorization" not in request.headers

    async def _person(self, request: web.Request) -> Identity:
        """Return whose page asks. Raises Problem 401, and 403 when it would change something without its token."""
        who = await self._guard.identify(request)
        if who is None:
            raise Problem(401, "the session is over", "error.http_401")
        if request.method != "GET" and not self._guard.ours(request):
            raise Problem(403, "not from a page of ours", "error.http_403")
        return who

    async def _who(self, request: web.Request) -> Identity:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        who = await self._tokens.find(token.strip()) if scheme.lower() == "bearer" else None
        if who is None:
            raise Problem(401, "a valid bearer token is needed", "error.http_401")
        return who


def _path(request: web.Request) -> dict[str, str]:
    """Return the ids of the path; what is no UUID is nobody's id."""
    try:
        return {name: str(UUID(value)) for name, value in request.match_info.items()}
    except ValueError:
        raise Problem(404, "there is no such thing", "error.http_404") from None


def _query(declared: Endpoint, request: web.Request) -> BaseModel | None:
    if declared.query is None:
        return None
    try:
        return declared.query.model_validate(dict(request.query))
    except pydantic.ValidationError as error:
        raise malformed(error, "query") from None


async def _body(declared: Endpoint, request: web.Request) -> BaseModel | None:
    if declared.body is None:
        return None
    if (request.content_length or 0) > declared.longest:
        raise Problem(413, "the body is too long", "error.http_413")
    raw = await request.read()
    if len(raw) > declared.longest:
        raise Problem(413, "the body is too long", "error.http_413")
    try:
        return declared.body.model_validate_json(raw or b"{}")
    except pydantic.ValidationError as error:
        raise malformed(error, "body") from None


def _reason(request: web.Request) -> str:
    """Return why this is asked, for the audit trail."""
    reason = request.headers.get("Okno-Reason", "").strip() or "api"
    if len(reason) > _REASON_LETTERS or not (reason.isascii() and reason.isprintable()):
        raise Problem(400, "Okno-Reason: up to 200 printable ASCII letters, others percent-encoded", "error.http_400")
    return reason


def _key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return str(uuid7())
    if not _KEY.fullmatch(key):
        raise Problem(400, "the Idempotency-Key has 1 to 100 visible ASCII characters", "error.http_400")
    return key


def _away() -> Problem:
    return Problem(503, "the accounts are away", "error.http_503")

