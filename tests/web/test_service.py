"""The whole put together: every route and event declares its permission, and the matrix of roles is what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web

from tests.web.house import House
from tests.web.scripted import CALL, REQUEST
from web.accounts.roles import PERMISSIONS, PUBLIC, ROLES, UndeclaredPermission
from web.accounts.tokens import Tokens
from web.live.desk import Desk
from web.site.guard import check_declarations


def test_a_route_without_a_permission_stops_the_start() -> None:
    async def bare(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get("/bare", bare)
    with pytest.raises(UndeclaredPermission):
        check_declarations(app)


def test_an_event_without_a_permission_stops_the_start() -> None:
    class Careless(Desk):
        async def on_everything(self, caller: object, body: object) -> dict[str, object]:
            return {}

    with pytest.raises(UndeclaredPermission):
        Careless.__new__(Careless).events()


async def test_every_route_and_event_declares_a_known_permission(house: House) -> None:
    declared = house.web.permissions
    assert {name for (kind, name) in declared if kind == "SOCKET"} >= {
        "sync", "command", "card", "history", "search", "phone", "statistics", "notices", "wallboard", "wallboards",
    }  # fmt: skip
    assert set(declared.values()) <= set(PERMISSIONS) | {PUBLIC}
    public = {path for (_, path), needed in declared.items() if needed == PUBLIC}
    assert public == {
        "/login", "/preferences", "/static/{version}/{path}", "/socket.io/", "/internal/v1/status", "/wallboard",
        "/wallboard/enter",
    }  # fmt: skip


async def test_the_matrix_of_roles_holds_on_every_rest_route(house: House) -> None:
    """Every route found in the running application, tried by every role: refused exactly when the table says so."""
    routes = [(method, path, needed) for (method, path), needed in house.web.permissions.items()
              if path.startswith("/api/v1/") and method in ("GET", "POST")]  # fmt: skip
    assert len(routes) >= 14
    async with house.visitor() as client:
        for role in ROLES:
            _, token = await Tokens(house.database).create(role, role=role, operator="orlova", lifetime=timedelta(days=365))
            for method, path, needed in routes:
                place = path.replace("{id}", CALL if "calls" in path else REQUEST)
                bearer = {"Authorization": f"Bearer {token}"}
                async with client.request(method, place, headers=bearer, json=_body(path)) as answer:
                    allowed = role in PERMISSIONS[needed]
                    assert (answer.status != 403) == allowed, (role, method, path, answer.status)
                    assert answer.status < 500, (role, path)
                async with client.request(method, place) as bare:
                    assert bare.status == 401


async def test_the_matrix_of_roles_holds_on_every_page(house: House) -> None:
    pages = {path: needed for (method, path), needed in house.web.permissions.items()
             if method == "GET" and needed.startswith("page.")}  # fmt: skip
    for role in ROLES:
        async with house.browser(f"a-{role}", role) as browser:
            for path, needed in pages.items():
                async with browser.get(path, allow_redirects=False) as answer:
                    status = answer.status
                assert (status in (200, 303)) == (role in PERMISSIONS[needed]), (role, path, status)


def _body(path: str) -> dict[str, object] | None:
    bodies: dict[str, dict[str, object]] = {
        "/api/v1/requests": {"queue": "front", "phone": "+79990000001"}, "/api/v1/requests/{id}/note": {"note": "n"},
        "/api/v1/requests/{id}/postpone": {"until": "2030-01-01T00:00:00Z"},
        "/api/v1/requests/{id}/transfer": {"to_queue": "front"},
    }  # fmt: skip
    return bodies.get(path, {} if path.count("/") > 4 else None)


