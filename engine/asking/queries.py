"""Lists and searches of calls and requests, as their parameters come over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from engine.asking.cards import NotFound
from engine.asking.reading import read
from engine.asking.who import Asked, Who
from engine.live.rows import call_row, history_rows, request_row
from engine.store.history import BadQuery, CallFilter, History, RequestFilter
from engine.world import Call, Request, World
from okno import phones
from okno.settings.model import Clinic

Word = Annotated[str, StringConstraints(max_length=64)]
Cursor = Annotated[str, StringConstraints(max_length=400)]
Limit = Annotated[int, Field(ge=1, le=500)]
# Who looks for a number looks for this person's calls, not for all there are.
FOUND = 50


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CallsAsked(_Strict):
    """A page of calls; `from` and `to` bound their start."""

    cursor: Cursor | None = None
    limit: Limit = 50
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")
    queue: Word | None = None
    operator: Word | None = None
    result: Word | None = None
    direction: Word | None = None


class RequestsAsked(_Strict):
    """A page of requests."""

    cursor: Cursor | None = None
    limit: Limit = 50
    status: Word | None = None
    kind: Word | None = None
    queue: Word | None = None
    owner: Word | None = None


class SearchAsked(_Strict):
    """Calls of a number: the whole of it or its last four digits."""

    last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    phone: Word | None = None
    kind: Literal["calls"] = "calls"


class Queries:
    """Answers queries about people, each after it was audited.

    Args:
        world: knows the lines' sources, and what is not saved yet.
        history: knows the rest.
        asked: audits.
        clinic: completes local numbers.
    """

    def __init__(self, world: World, history: History, asked: Asked, clinic: Clinic) -> None:
        self._world = world
        self._history = history
        self._asked = asked
        self._clinic = clinic

    async def calls(self, who: Who, params: Mapping[str, str]) -> dict[str, Any]:
        """Return a page of calls. Raises BadQuery, DatabaseDown."""
        asked = read(CallsAsked, params, "the query")
        page = await self._history.calls(
            CallFilter(**asked.model_dump(exclude={"cursor", "limit"})), cursor=asked.cursor, limit=asked.limit
        )
        await self._asked.about(who, "calls.list", details={"filters": dict(params), "count": len(page.items)})
        return {"items": [call_row(self._world, call) for call in page.items], "cursor": page.cursor}

    async def requests(self, who: Who, params: Mapping[str, str]) -> dict[str, Any]:
        """Return a page of requests. Raises BadQuery, DatabaseDown."""
        asked = read(RequestsAsked, params, "the query")
        page = await self._history.requests(
            RequestFilter(**asked.model_dump(exclude={"cursor", "limit"})), cursor=asked.cursor, limit=asked.limit
        )
        await self._asked.about(who, "requests.list", details={"filters": dict(params), "count": len(page.items)})
        talks = await self._history.talks([one.conversation for one in page.items if one.conversation])
        rows = [request_row(self._world, one, talks.get(one.conversation or "")) for one in page.items]
        return {"items": rows, "cursor": page.cursor}

    async def search(self, who: Who, body: Any) -> dict[str, Any]:
        """Return the calls of a number. Raises BadQuery, DatabaseDown."""
        asked = read(SearchAsked, body, "the query")
        if (asked.last4 is None) == (asked.phone is None):
            raise BadQuery("exactly one of last4 and phone")
        phone = None
        if asked.phone is not None:
            parsed = phones.parse(asked.phone, country=self._clinic.country, area_code=self._clinic.area_code)
            if parsed is None:
                raise BadQuery("phone: this is not a number")
            phone = parsed.e164
        page = await self._history.calls(CallFilter(phone=phone, last4=asked.last4), limit=FOUND)
        await self._asked.about(who, "calls.search", phone or asked.last4, details={"count": len(page.items)})
        return {"items": [call_row(self._world, call) for call in page.items], "cursor": None}

    async def call(self, who: Who, id: str) -> dict[str, Any]:
        """Return one call. Raises NotFound, BadQuery, DatabaseDown."""
        call = self._world.get(Call, id) or await self._history.call(id)
        if call is None:
            raise NotFound
        await self._asked.about(who, "call.show", call.contact or call.key, request=call.request)
        return call_row(self._world, call)

    async def request(self, who: Who, id: str) -> dict[str, Any]:
        """Return one request with its history. Raises NotFound, BadQuery, DatabaseDown."""
        request = self._world.get(Request, id) or await self._history.request(id)
        if request is None:
            raise NotFound
        await self._asked.about(who, "request.show", request.contact or request.key, request=request.key)
        entries = await self._history.entries(request.key)
        talks = await self._history.talks([request.conversation] if request.conversation else [])
        row = request_row(self._world, request, talks.get(request.conversation or ""))
        return row | {"history": history_rows(request, entries)}
