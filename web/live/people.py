"""What screens ask about people: searching, what was before with a contact, and what to say (hints)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from okno.clock import monotonic
from web.accounts.roles import Role, permission
from web.chats.whose import pass_of
from web.live.asks import PEOPLE_LIMIT, Ask, CardAsk, Cursor, SearchAsk
from web.live.desk import Caller, Handler
from web.live.engine import Answer, Asking, Engine
from web.view import Row, View

# Whoever types a question asks once each time he stops; who wants to see everybody asks faster than that.
_RATE_PER_S, _BURST = 2.0, 20.0
_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class TimelineAsk(CardAsk):
    """A page of what was before with whose card this is."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=PEOPLE_LIMIT)] = 20


class HintsAsk(Ask):
    """The hints, unless the screen has them already: `after` is the number of those it has."""

    after: Annotated[int, Field(ge=0)] | None = None


class HintSaveAsk(Ask):
    """A hint as it is to be; `version` is the one that was seen, 0 for a new one."""

    id: UUID
    version: Annotated[int, Field(ge=0)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    topic: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    queues: Annotated[list[_Id], Field(max_length=50)] = Field(default_factory=list)
    lines: Annotated[list[_Id], Field(max_length=50)] = Field(default_factory=list)


class HintRemoveAsk(Ask):
    """Which hint to hide."""

    id: UUID
    version: Annotated[int, Field(ge=1)]


@dataclass(slots=True)
class _Left:
    """How many questions a person may still ask just now."""

    left: float = _BURST
    at: float = field(default_factory=monotonic)


class Patience:
    """Slows down who wants to see everybody, on all his pages together."""

    def __init__(self) -> None:
        self._left: dict[UUID, _Left] = {}

    def spend(self, account: UUID) -> bool:
        """Count one question of an account; False when there were too many lately."""
        one, moment = self._left.setdefault(account, _Left()), monotonic()
        one.left, one.at = min(_BURST, one.left + (moment - one.at) * _RATE_PER_S), moment
        if one.left < 1:
            return False
        one.left -= 1
        return True


class PeopleDesk:
    """Answers.

    Args:
        engine: its client.
        views: one for each role.
    """

    def __init__(self, engine: Engine, views: Mapping[Role, View]) -> None:
        self._engine, self._views = engine, views
        self._patience = Patience()

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {
            "search": self.on_search, "timeline": self.on_timeline, "hints": self.on_hints,
            "hint_save": self.on_hint_save, "hint_remove": self.on_hint_remove, "blocked": self.on_blocked,
        }  # fmt: skip

    @permission("calls.search")
    async def on_search(self, caller: Caller, body: Any) -> Answer:
        """Find requests, contacts and calls by number, its end, a name or a request's number (the engine audits it)."""
        ask = SearchAsk.model_validate(body)
        if not self._patience.spend(caller.who.account):
            return {"ok": False, "why": "too_fast"}
        found = await self._asking(caller, "search").search(ask.text)
        view = self._views[caller.who.role]
        return {"ok": True, "items": [seen for item in found["items"] if (seen := view.found(item)) is not None]}

    @permission("card.read")
    async def on_timeline(self, caller: Caller, body: Any) -> Answer:
        """Return a page of what was before; the engine has audited its display before it answered."""
        wanted = TimelineAsk.model_validate(body).model_dump(mode="json", exclude_none=True)
        page = await self._asking(caller, "timeline").timeline(wanted)
        items = [self._entry(caller, entry) for entry in page["items"]]
        return {"ok": True, "items": items, "cursor": page["cursor"], "missing": list(page["missing"])}

    @permission("numbers.blocked")
    async def on_blocked(self, caller: Caller, body: Any) -> Answer:
        """Return the numbers nobody is to call back, masked (the engine audits it)."""
        Ask.model_validate(body or {})
        told = await self._asking(caller, "supervision").blocked()
        view = self._views[caller.who.role]
        return {"ok": True, "items": [{**row, "phone": view.number(row.get("phone"))} for row in told["items"]]}

    @permission("hints.read")
    async def on_hints(self, caller: Caller, body: Any) -> Answer:
        """Return the hints; they are about no patient."""
        return {"ok": True, **await self._engine.hints(HintsAsk.model_validate(body or {}).after)}

    @permission("hints.change")
    async def on_hint_save(self, caller: Caller, body: Any) -> Answer:
        """Write a hint; who was second is told what the first wrote."""
        return await self._changed(caller, "save", HintSaveAsk.model_validate(body))

    @permission("hints.change")
    async def on_hint_remove(self, caller: Caller, body: Any) -> Answer:
        """Hide a hint; saving it again takes that back."""
        return await self._changed(caller, "remove", HintRemoveAsk.model_validate(body))

    async def _changed(self, caller: Caller, what: Literal["save", "remove"], ask: Ask) -> Answer:
        return await self._asking(caller, "supervision").hint(what, ask.model_dump(mode="json"))

    def _entry(self, caller: Caller, entry: Mapping[str, Any]) -> Row:
        view = self._views[caller.who.role]
        call, request = entry.get("call"), entry.get("request")
        seen = view.row("requests", request) if request else None
        talk = seen.get("conversation") if seen else None
        if seen is not None and talk:  # what was shown here may be opened from here
            seen["conversation"] = {**talk, "key": pass_of(caller.who, str(talk["id"]))}
        return {
            "kind": entry["kind"], "id": entry["id"], "at": entry["at"], "made": bool(entry.get("made")),
            "call": view.row("calls", call) if call else None,
            "request": seen,
            "notes": [dict(note) for note in entry.get("notes") or ()],
        }  # fmt: skip

    def _asking(self, caller: Caller, purpose: str) -> Asking:
        return Asking(self._engine, caller.who, purpose)
