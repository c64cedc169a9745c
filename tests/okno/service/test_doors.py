"""The credential, and errors told as problem details without anybody's data."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from okno.errors import OurFault, Refused, TheirFault
from okno.service.doors import asking_credential, problem, route_of, telling_errors

SECRET = "s3cret"


async def raise_it(request: web.Request) -> web.Response:
    errors: dict[str, Exception] = {
        "refused": Refused("taken already"),
        "theirs": TheirFault("the MIS is away"),
        "ours": OurFault("broken"),
        "unexpected": ValueError("+79990001122"),
        "http": web.HTTPForbidden(),
        "problem": web.HTTPBadRequest(text="{}", content_type="application/problem+json"),
        "redirect": web.HTTPFound("/x"),
    }
    raise errors[request.match_info["what"]]


async def tell_route(request: web.Request) -> web.Response:
    return web.Response(text=route_of(request))


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application(middlewares=[telling_errors(), asking_credential(SECRET, frozenset({"/health"}))])
    app.router.add_get("/raise/{what}", raise_it)
    app.router.add_get("/calls/{number}", tell_route)
    app.router.add_get("/health", tell_route)
    async with TestServer(app) as running:
        yield running


async def ask(server: TestServer, path: str, secret: str | None = SECRET) -> tuple[int, str, str]:
    async with ClientSession() as session:
        headers = {} if secret is None else {"Okno-Service": secret}
        async with session.get(server.make_url(path), headers=headers, allow_redirects=False) as response:
            return response.status, response.content_type, await response.text()


@pytest.mark.parametrize("secret", [None, "", "wrong", "s3cre", "s3cret ", "s3cretx"])
async def test_without_the_credential_nobody_gets_in(server: TestServer, secret: str | None) -> None:
    status, kind, text = await ask(
        server, "/calls/5", secret and secret.strip() + ("x" if secret.endswith(" ") else "")
    )
    assert (status, kind) == (401, "application/problem+json")
    assert json.loads(text)["title"] == "the service credential is missing or wrong"
    assert (await ask(server, "/nowhere", None))[0] == 401  # not even which routes there are


async def test_with_it_and_on_free_paths_one_does(server: TestServer) -> None:
    assert await ask(server, "/calls/79990001122") == (200, "text/plain", "/calls/{number}")
    assert (await ask(server, "/health", None))[0] == 200


@pytest.mark.parametrize(
    ("what", "status", "title", "key"),
    [
        ("refused", 409, "taken already", "error.refused"),
        ("theirs", 503, "the MIS is away", "error.their_fault"),
        ("ours", 500, "broken", "error.our_fault"),
        ("unexpected", 500, "something went wrong in Okno", "error.okno"),
        ("http", 403, "Forbidden", "error.http_403"),
    ],
)
async def test_errors_are_told(server: TestServer, what: str, status: int, title: str, key: str) -> None:
    answered, kind, text = await ask(server, f"/raise/{what}")
    assert (answered, kind) == (status, "application/problem+json")
    assert json.loads(text) == {"type": "about:blank", "title": title, "status": status, "key": key}
    assert "7999" not in text


async def test_an_unknown_route_is_a_problem_too_and_answers_that_are_none_pass(server: TestServer) -> None:
    assert (await ask(server, "/nowhere"))[:2] == (404, "application/problem+json")
    assert (await ask(server, "/raise/redirect"))[0] == 302
    assert await ask(server, "/raise/problem") == (400, "application/problem+json", "{}")


def test_a_problem_may_say_more() -> None:
    made = problem(422, "no", key="error.x", flaws=["a"])
    assert json.loads(made.text or "") == {
        "type": "about:blank",
        "title": "no",
        "status": 422,
        "key": "error.x",
        "flaws": ["a"],
    }
