"""What comes in at the engine's door is read here once; a refusal says where the fault is, never what stood there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from engine.store.history import BadQuery
from okno.errors import Refused

M = TypeVar("M", bound=BaseModel)


async def body_of(request: web.Request) -> Any:
    """Return the JSON somebody sent. Raises BadQuery: it is none."""
    try:
        return await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise BadQuery("the body is not JSON") from None


def read(model: type[M], data: Any, whole: str = "the body", refusal: type[Refused] = BadQuery) -> M:
    """Return what was sent as what it is to be.

    Args:
        model: its shape.
        data: the JSON, or the parameters of a query.
        whole: what a fault is said to be in when it is in no one field.
        refusal: what is raised.

    Raises:
        BadQuery: its first fault (or another `refusal`), without a value: it may be a person's.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise refusal(f"{where or whole}: {first['msg']}") from None


def private(body: Mapping[str, Any]) -> web.Response:
    """Return an answer that names people, patients or those who work here: no proxy, no cache keeps it."""
    return web.json_response(body, headers={"Cache-Control": "no-store"})
