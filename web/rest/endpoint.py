"""How a route of REST is declared: method, path, permission, and the models of what is asked and answered."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from web.accounts.roles import Identity, permission
from web.live.engine import Asking
from web.view import View

_MARK = "__okno_endpoint__"
BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of REST: who asks, through which view, for which path, with what.

    `query` and `body` are validated; `key` is the order's idempotency key, fresh when none was sent.
    """

    who: Identity
    view: View
    engine: Asking
    path: dict[str, str]
    query: Any
    body: Any
    key: str


Serve = Callable[[Any, Visit], Awaitable[BaseModel]]
_F = TypeVar("_F", bound=Serve)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A declared route, without the prefix /api/v1.

    `people`: a page may ask too, by its session and, to change something, its form token. `longest` body in bytes.
    """

    method: str
    path: str
    permission: str
    answers: type[BaseModel]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    status: int
    summary: str
    name: str
    people: bool = False
    longest: int = BODY_BYTES


def endpoint(
    method: str, path: str, needs: str, *, answers: type[BaseModel], query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None, status: int = 200, people: bool = False, longest: int = BODY_BYTES,
) -> Callable[[_F], _F]:
    """Declare a route of REST; its summary is the first line of the handler's docstring.

    Args:
        method: "GET", "POST" or "PUT".
        path: below /api/v1, with {id} where an id stands.
        needs: the permission.
        answers: the model of the answer.
        query: the model of the query.
        body: the model of the JSON body.
        status: of a good answer.
        people: whether a page may ask too.
        longest: the body may be, in bytes.
    """

    def mark(handler: _F) -> _F:
        summary = inspect.cleandoc(handler.__doc__ or "").partition("\n")[0]
        name = handler.__name__
        declared = Endpoint(method, path, needs, answers, query, body, status, summary, name, people, longest)
        setattr(handler, _MARK, declared)
        return permission(needs)(handler)

    return mark


def endpoints_of(thing: object) -> list[tuple[Endpoint, Callable[[Visit], Awaitable[BaseModel]]]]:
    """Return what an object's methods declare, in the order of their names."""
    methods = (getattr(thing, name) for name in dir(thing) if not name.startswith("_"))
    return [(declared, method) for method in methods if (declared := getattr(method, _MARK, None)) is not None]
