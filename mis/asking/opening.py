"""What comes in is opened and read here once; a refusal says where the fault is, never what stood there."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from mis.booking import NoSuchBooking
from mis.client import BODY_PLACE, Asker, plain
from mis.finding import BadAsk
from mis.terms import MisError, NotConnected, NotOffered
from mis.watching import NoSuchWish
from okno.seal import SealBroken, Sealer
from okno.service.doors import problem

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Number = Annotated[str, StringConstraints(max_length=64)]

B = TypeVar("B", bound=BaseModel)


class Body(BaseModel):
    """What is asked, opened: no word more than its kind of question has."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """A question that says nothing but who asks and for which request."""


class _Envelope(BaseModel):
    """Who asks and why; `body` is base64 of what he asks, sealed for the bus and bound to the request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor: Word
    role: Word
    purpose: Word
    request: UUID
    body: str


@dataclass(frozen=True, slots=True)
class Door:
    """Opens what is asked and answers it.

    Args:
        bus: `keyring.sealer("bus")`.
    """

    bus: Sealer

    def post(self, path: str, form: type[B], answer: Callable[[B, Asker], Awaitable[object]]) -> web.RouteDef:
        """Return the route on which `answer(body, asker)` answers; None is answered as an empty object.

        Refused are with 400 what cannot be understood, 404 what there is not, 409 what the MIS does not offer.
        """

        async def ask(request: web.Request) -> object:
            asker, body = self._opened(await _json(request), form)
            return await answer(body, asker)

        return web.post(path, answering(ask))

    @staticmethod
    def clear(path: str, form: type[B], answer: Callable[[B], Awaitable[object]]) -> web.RouteDef:
        """Return the route on which `answer(body)` answers what is about nobody and comes unsealed."""

        async def ask(request: web.Request) -> object:
            return await answer(read(form, await _json(request)))

        return web.post(path, answering(ask))

    def _opened(self, sent: Any, form: type[B]) -> tuple[Asker, B]:
        envelope = read(_Envelope, sent)
        try:
            blob = base64.b64decode(envelope.body, validate=True)
            text = self.bus.open(blob, row=str(envelope.request), **BODY_PLACE)
        except (binascii.Error, ValueError, SealBroken):
            raise BadAsk("the body cannot be opened: it is for another request, or sealed with another key") from None
        asker = Asker(actor=envelope.actor, role=envelope.role, purpose=envelope.purpose, request=envelope.request)
        return asker, read(form, _parsed(text))


def read(form: type[B], sent: Any) -> B:
    """Return what was sent as what it is to be. Raises BadAsk: its first fault, without a value."""
    try:
        body = form.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadAsk(f"{where or 'the body'}: {first['msg']}") from None
    if not _moments(body):
        raise BadAsk("a moment says no zone")
    return body


def answering(ask: Callable[[web.Request], Awaitable[object]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return what answers a request, refusals included."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return private(await ask(request))
        except BadAsk as error:
            return problem(400, str(error), key=error.key)
        except (NoSuchBooking, NoSuchWish) as error:
            return problem(404, str(error), key=error.key)
        except (NotOffered, NotConnected) as error:
            return problem(409, str(error), key="mis.error.not_offered")
        except MisError as error:
            return problem(409, str(error), key=f"mis.error.{error.code}")

    return handle


def private(told: object) -> web.Response:
    """Return an answer about people: no proxy, no cache keeps it."""
    body = {} if told is None else told if isinstance(told, Mapping) else plain(told)
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def _json(request: web.Request) -> Any:
    return _parsed(await request.read())


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadAsk("the body is not JSON") from None


def _moments(value: object) -> bool:
    """Say whether every moment in what was read says its zone: a naive one is another hour in another branch."""
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, BaseModel):
        return all(_moments(getattr(value, name)) for name in type(value).model_fields)
    if is_dataclass(value) and not isinstance(value, type):
        return all(_moments(getattr(value, one.name)) for one in fields(value))
    return True
