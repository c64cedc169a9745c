"""The routes that change something: make a request, take it, close it, put it aside, hand it over, note on it.

An order is carried out once: its `Idempotency-Key` (else a fresh one) is its id at the engine, and the same key of the
same token gets the same answer. When the engine does not answer, the outcome is unknown: ask again with the same key.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from okno import phones
from okno.service import ServiceDown
from web.rest.callbacks import NewCallback
from web.rest.endpoint import Visit, endpoint
from web.rest.models import (
    Answer,
    Complete,
    NewRequest,
    Note,
    Order,
    Postpone,
    Prioritise,
    Request,
    Transfer,
)
from web.rest.problems import Problem, not_done
from web.rest.reads import request_of


class Works:
    """Orders.

    Args:
        phone_rules: country and area code that complete a number.
    """

    def __init__(self, phone_rules: dict[str, str]) -> None:
        self._phone_rules = phone_rules

    @endpoint("POST", "/requests", "requests.open", answers=Request, body=NewRequest, status=201)
    async def open(self, visit: Visit) -> Request:
        """Make a request for a phone number."""
        wanted: NewRequest = visit.body
        phone = phones.parse(wanted.phone, **self._phone_rules)
        if phone is None:
            fault = {"field": "phone", "message": "is not a phone number"}
            raise Problem(422, "the body is not as the contract says", "error.malformed", errors=[fault])
        return await self._order(visit, "open", {
            "kind": wanted.kind, "queue": wanted.queue, "phone": phone.e164, "note": wanted.note
        })

    @endpoint("POST", "/callbacks", "requests.open", answers=Request, body=NewCallback, status=202)
    async def callback(self, visit: Visit) -> Request:
        """Promise to call somebody; answers with the request by which he is called."""
        wanted: NewCallback = visit.body
        if bool(wanted.phone) == (wanted.request is not None):
            fault = {"field": "phone", "message": "exactly one of phone and request"}
            raise Problem(422, "the body is not as the contract says", "error.malformed", errors=[fault])
        whose: dict[str, Any] = {"request": str(wanted.request)}
        if wanted.phone:
            phone = phones.parse(wanted.phone, **self._phone_rules)
            if phone is None or not phone.callable_back:
                fault = {"field": "phone", "message": "is not a phone number one can call"}
                raise Problem(422, "the body is not as the contract says", "error.malformed", errors=[fault])
            whose = {"phone": phone.e164}
        when = {"when": wanted.when.isoformat()} if wanted.when is not None else {}
        return await self._order(visit, "callback", {
            **whose, **when, "queue": wanted.queue, "note": wanted.note, "source": "rest",
        })  # fmt: skip

    @endpoint("POST", "/requests/{id}/take", "requests.work", answers=Request, body=Order)
    async def take(self, visit: Visit) -> Request:
        """Take a waiting request as the operator's own."""
        return await self._order(visit, "take", {})

    @endpoint("POST", "/requests/{id}/complete", "requests.work", answers=Request, body=Complete)
    async def complete(self, visit: Visit) -> Request:
        """Close a request with an outcome."""
        return await self._order(visit, "complete", {"outcome": visit.body.outcome, "note": visit.body.note})

    @endpoint("POST", "/requests/{id}/postpone", "requests.work", answers=Request, body=Postpone)
    async def postpone(self, visit: Visit) -> Request:
        """Put a request aside until a time."""
        if visit.body.until.tzinfo is None:
            fault = {"field": "until", "message": "must have a time zone"}
            raise Problem(422, "the body is not as the contract says", "error.malformed", errors=[fault])
        return await self._order(visit, "postpone", {"until": visit.body.until.isoformat(), "note": visit.body.note})

    @endpoint("POST", "/requests/{id}/transfer", "requests.work", answers=Request, body=Transfer)
    async def transfer(self, visit: Visit) -> Request:
        """Give a request to another operator or back to a queue."""
        body: Transfer = visit.body
        if (body.to_operator is None) == (body.to_queue is None):
            fault = {"field": "to_operator", "message": "exactly one of to_operator and to_queue"}
            raise Problem(422, "the body is not as the contract says", "error.malformed", errors=[fault])
        target = {"to_operator": body.to_operator} if body.to_operator is not None else {"to_queue": body.to_queue}
        return await self._order(visit, "transfer", {**target, "note": body.note})

    @endpoint("POST", "/requests/{id}/prioritise", "requests.steer", answers=Request, body=Prioritise)
    async def prioritise(self, visit: Visit) -> Request:
        """Raise or lower a request."""
        return await self._order(visit, "prioritise", {"priority": visit.body.priority})

    @endpoint("POST", "/offers/{id}/accept", "requests.work", answers=Request, body=Answer)
    async def accept(self, visit: Visit) -> Request:
        """Accept an offer; the same operator again gets the same answer."""
        return await self._order(visit, "accept", {})

    @endpoint("POST", "/offers/{id}/refuse", "requests.work", answers=Request, body=Answer)
    async def refuse(self, visit: Visit) -> Request:
        """Refuse an offer; the request keeps its place."""
        return await self._order(visit, "refuse", {})

    @endpoint("POST", "/requests/{id}/note", "requests.work", answers=Request, body=Note)
    async def note(self, visit: Visit) -> Request:
        """Add a note to a request's history."""
        return await self._order(visit, "note", {"note": visit.body.note})

    async def _order(self, visit: Visit, name: str, args: dict[str, Any]) -> Request:
        operator = None
        if isinstance(visit.body, Answer):
            args, operator = {"offer": visit.path["id"]}, visit.body.operator
        elif isinstance(visit.body, Order):
            args = {"request": visit.path["id"], **args}
            if visit.body.version is not None:
                args["version"] = visit.body.version
            operator = visit.body.operator
        if operator is not None and visit.who.role != "supervisor" and operator != visit.who.operator:
            raise Problem(403, "only a supervisor's token acts for another operator", "error.http_403")
        try:
            answer = await visit.engine.command(str(order_id(visit)), name, args, operator=operator)
        except ServiceDown:
            raise Problem(
                503, "the outcome is unknown; ask again with the same Idempotency-Key", "error.outcome_unknown",
                idempotency_key=visit.key,
            ) from None
        if not answer.get("ok"):
            raise not_done(str(answer.get("why") or "refused"), answer.get("by"))
        return request_of(visit, answer["request"])


def order_id(visit: Visit) -> UUID:
    """Return the order's id at the engine: of this token and this key, so that nobody meets another's order."""
    return uuid5(visit.who.account, visit.key)
