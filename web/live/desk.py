"""The events of a screen: synchronise, order, card, history. Each declares its permission."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from okno import __version__
from okno.clock import monotonic
from web.accounts.roles import Identity, Role, declared_of, permission
from web.live.asks import (
    CALL_FILTERS,
    COMMAND_PERMISSIONS,
    REQUEST_FILTERS,
    CardAsk,
    CommandAsk,
    HistoryAsk,
    SyncAsk,
)
from web.live.engine import Answer, Asking, Engine
from web.live.fanout import Fanout
from web.view import Row, View

# A person at a keyboard, with J held down and a card for every row, stays below; a script does not.
_RATE_PER_S, _BURST = 20.0, 60.0

Handler = Callable[["Caller", Any], Awaitable[Answer]]


@dataclass(slots=True)
class Caller:
    """An open socket and whose it is. `synced` once it is in the room of its view, `ended` once it was sent away."""

    sid: str
    who: Identity
    synced: bool = False
    ended: bool = False
    _tokens: float = field(default=_BURST)
    _at: float = field(default_factory=monotonic)

    def spend(self) -> bool:
        """Count one event; False when there were too many lately."""
        moment = monotonic()
        self._tokens = min(_BURST, self._tokens + (moment - self._at) * _RATE_PER_S)
        self._at = moment
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Desk:
    """Answers what screens ask.

    Args:
        engine: its client.
        fanout: the live world.
        views: one for each role.
        greet: tells a new socket which services answer.
        enter: puts a socket into the room of its view, without yielding to the loop.
    """

    def __init__(
        self, engine: Engine, fanout: Fanout, views: Mapping[Role, View], *,
        greet: Callable[[Caller], Awaitable[None]], enter: Callable[[Caller], Awaitable[None]],
    ) -> None:
        self._engine, self._fanout, self._views = engine, fanout, views
        self._greet, self._enter = greet, enter

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event: every method named `on_…`.

        Raises:
            UndeclaredPermission: one of them declares no permission.
        """
        found = {name.removeprefix("on_"): getattr(self, name) for name in dir(self) if name.startswith("on_")}
        for handler in found.values():
            declared_of(handler)
        return found

    @permission("live.read")
    async def on_sync(self, caller: Caller, body: Any) -> Answer:
        """Bring a screen up to date and let the patches after that follow."""
        ask = SyncAsk.model_validate(body)
        if not caller.synced:
            await self._greet(caller)
        await self._fanout.settle()
        if caller.ended:
            return {"ok": False, "why": "closed"}
        # From here to the return nothing yields to the loop: the answer ends where the room's next patch begins.
        answer = self._fanout.answer(caller.who.role, ask.epoch or "", ask.seq or 0) | {"version": __version__}
        if not caller.synced:
            await self._enter(caller)
            caller.synced = True
            self._fanout.join(caller.who.role)
        return answer

    @permission("live.read")
    async def on_command(self, caller: Caller, body: Any) -> Answer:
        """Carry out an order; each kind of order has its own permission besides."""
        ask = CommandAsk.model_validate(body)
        if not caller.who.may(COMMAND_PERMISSIONS[ask.name]):
            return {"ok": False, "why": "forbidden"}
        answer = await self._asking(caller, "work").command(str(ask.id), ask.name, ask.args)
        row = answer.get("request")
        seen = self._view(caller).row("requests", row) if isinstance(row, dict) else None
        if isinstance(row, dict) and self._fanout.replica is not None:
            self._fanout.replica.ahead(row)
        return {"ok": bool(answer.get("ok")), "why": answer.get("why") or "", "by": answer.get("by"), "request": seen}

    @permission("card.read")
    async def on_card(self, caller: Caller, body: Any) -> Answer:
        """Return a card; the engine has audited its display before it answered."""
        ask = CardAsk.model_validate(body)
        card = await self._asking(caller, "pop" if ask.call else "card").card(
            request=str(ask.request) if ask.request else None, call=str(ask.call) if ask.call else None
        )
        return {"ok": True, "card": self._card(self._view(caller), card)}

    @permission("calls.read")
    async def on_history(self, caller: Caller, body: Any) -> Answer:
        """Return a page of calls or requests."""
        ask = HistoryAsk.model_validate(body)
        allowed = CALL_FILTERS if ask.kind == "calls" else REQUEST_FILTERS
        params = {name: text for name, text in ask.filters.items() if name in allowed and text}
        params["limit"] = str(ask.limit)
        if ask.cursor:
            params["cursor"] = ask.cursor
        asking = self._asking(caller, "history")
        page = await (asking.calls(params) if ask.kind == "calls" else asking.requests(params))
        items = self._rows(self._view(caller), ask.kind, page["items"])
        return {"ok": True, "items": items, "cursor": page.get("cursor")}

    def _card(self, view: View, card: Mapping[str, Any]) -> Answer:
        contact = dict(card.get("contact") or {})
        if view.role != "operator" and contact.get("phone"):
            # The engine gives the full number to the owner alone; this is the second lock on the same door.
            contact |= {"phone": None, "pretty": view.number(contact["phone"])}
        call, request = card.get("call"), card.get("request")
        return {
            "request": view.row("requests", request) if request else None,
            "call": view.row("calls", call) if call else None,
            "contact": contact or None,
            "calls": self._rows(view, "calls", card.get("calls") or ()),
            "requests": self._rows(view, "requests", card.get("requests") or ()),
            "history": [dict(entry) for entry in card.get("history") or ()],
        }

    def _rows(self, view: View, table: str, rows: Any) -> list[Row]:
        return [seen for row in rows if (seen := view.row(table, row)) is not None]

    def _view(self, caller: Caller) -> View:
        return self._views[caller.who.role]

    def _asking(self, caller: Caller, purpose: str) -> Asking:
        return Asking(self._engine, caller.who, purpose)
