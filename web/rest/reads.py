"""The routes that only look: calls, requests, queues, operators, the live world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from web.replica import Replica
from web.rest.endpoint import Visit, endpoint
from web.rest.models import (
    Call,
    CallPage,
    CallsQuery,
    Live,
    Offer,
    OfferList,
    Operator,
    OperatorList,
    Queue,
    QueueList,
    Request,
    RequestPage,
    RequestsQuery,
)
from web.rest.problems import Problem


class Reads:
    """Looks things up.

    Args:
        replica: the live world, for what is not history.
    """

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    @endpoint("GET", "/calls", "calls.read", answers=CallPage, query=CallsQuery)
    async def calls(self, visit: Visit) -> CallPage:
        """List calls, newest first."""
        page = await visit.engine.calls(params_of(visit.query))
        return CallPage(items=[call_of(visit, row) for row in page["items"]], cursor=page.get("cursor"))

    @endpoint("GET", "/calls/{id}", "calls.read", answers=Call)
    async def call(self, visit: Visit) -> Call:
        """Show one call."""
        return call_of(visit, unwrapped(await visit.engine.call(visit.path["id"]), "call"))

    @endpoint("GET", "/requests", "requests.read", answers=RequestPage, query=RequestsQuery)
    async def requests(self, visit: Visit) -> RequestPage:
        """List requests, newest first."""
        page = await visit.engine.requests(params_of(visit.query))
        return RequestPage(items=[request_of(visit, row) for row in page["items"]], cursor=page.get("cursor"))

    @endpoint("GET", "/requests/{id}", "requests.read", answers=Request)
    async def request(self, visit: Visit) -> Request:
        """Show one request with its history."""
        found = await visit.engine.request(visit.path["id"])
        return request_of(visit, unwrapped(found, "request"), history=found.get("history") or [])

    @endpoint("GET", "/queues", "queues.read", answers=QueueList)
    async def queues(self, visit: Visit) -> QueueList:
        """List queues with their counters now."""
        rows = self._rows(visit, "queues")
        return QueueList(items=[Queue.model_validate(row) for row in rows])

    @endpoint("GET", "/operators", "operators.read", answers=OperatorList)
    async def operators(self, visit: Visit) -> OperatorList:
        """List operators with their states now."""
        return OperatorList(items=[Operator.model_validate(row) for row in self._rows(visit, "operators")])

    @endpoint("GET", "/offers", "requests.read", answers=OfferList)
    async def offers(self, visit: Visit) -> OfferList:
        """List the offers that are live now."""
        self._check_linked()
        return OfferList(items=[Offer.model_validate(row) for row in self._rows(visit, "offers")])

    @endpoint("GET", "/live", "live.read", answers=Live)
    async def live(self, visit: Visit) -> Live:
        """Show the open world as the role sees it, with its epoch and sequence number."""
        self._check_linked()
        replica = self._replica
        return Live(epoch=replica.epoch, seq=replica.seq, now=replica.now, tables=visit.view.tables(replica.tables))

    def _rows(self, visit: Visit, table: str) -> list[dict[str, Any]]:
        self._check_linked()
        rows = self._replica.tables.get(table, {})
        return [seen for key in sorted(rows) if (seen := visit.view.row(table, rows[key])) is not None]

    def _check_linked(self) -> None:
        """Raise Problem 503 rather than show an old picture as the present one (P6)."""
        if not self._replica.linked:
            raise Problem(503, "the engine is away; the live picture is unknown", "error.engine_away")


def call_of(visit: Visit, row: Mapping[str, Any]) -> Call:
    """Return an engine's call as the contract and the role want it."""
    seen = visit.view.row("calls", row)
    if seen is None:
        raise Problem(403, "not allowed", "error.http_403")
    return Call.model_validate({
        **seen, "number": seen["phone"], "request_id": seen.get("request"), "queue": seen.get("queue") or None,
        "wait_s": seen.get("wait_s") or 0, "talk_s": seen.get("talk_s") or 0,
    })


def request_of(visit: Visit, row: Mapping[str, Any], *, history: list[Any] | None = None) -> Request:
    """Return a request as the contract and the role want it; the owner sees the full number."""
    seen = visit.view.row("requests", row)
    if seen is None:
        raise Problem(403, "not allowed", "error.http_403")
    own = visit.who.role == "operator" and visit.who.operator is not None and visit.who.operator == row.get("owner")
    more: dict[str, Any] = {"phone": row.get("phone") or "" if own else seen["phone"], "conversation": None}
    if visit.who.role != "auditor":
        more |= {"contact": row.get("contact"), "conversation": (row.get("conversation") or {}).get("id")}
    if history is not None:
        # A note is a person's own words and may name anybody: an auditor does not read it.
        more["history"] = [{**entry, "note": ""} if visit.who.role == "auditor" else entry for entry in history]
    return Request.model_validate({**seen, **more})


def unwrapped(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the row of an answer that holds it by name or is it itself."""
    inner = answer.get(name)
    return inner if isinstance(inner, Mapping) else answer


def params_of(query: BaseModel) -> dict[str, str]:
    """Return the query as the engine's: by its wire names, times in UTC, nothing that was not asked."""
    asked = query.model_dump(by_alias=True, exclude_none=True)
    return {name: _text(value) for name, value in asked.items()}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return str(value)
