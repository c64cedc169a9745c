"""What bounds a promise to call: his clock, his quiet hours, the queue's hours, a promise there is already."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints

from okno.service import ServiceRefused
from web.accounts.roles import permission
from web.live.asks import Ask, Name
from web.live.desk import Caller, Handler
from web.live.engine import Answer, Engine

_FIELDS = ("callable", "clocks", "own", "quiet", "next_at", "promised")


class BoundsAsk(Ask):
    """For a number or for the person of a request; `when` None: as soon as may be."""

    phone: Annotated[str, StringConstraints(max_length=64)] = ""
    request: UUID | None = None
    queue: Name = ""
    when: AwareDatetime | None = None


class Promises:
    """Answers.

    Args:
        engine: its client.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {"callback_bounds": self.on_bounds}

    @permission("requests.open")
    async def on_bounds(self, caller: Caller, body: Any) -> Answer:
        """Return what would come of a promise; the number is not repeated."""
        ask = BoundsAsk.model_validate(body)
        wanted = ask.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        try:
            found = await self._engine.callback_bounds(wanted)
        except ServiceRefused as refusal:
            return {"ok": False, "why": "not_found" if refusal.status == 404 else "bad_phone"}
        return {"ok": True, **{name: found[name] for name in _FIELDS}}
