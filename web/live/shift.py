"""What the supervisor's screen and the desk ask beside the desk's own: figures by the hour, messages not read yet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from web.accounts.roles import permission
from web.live.asks import Ask
from web.live.desk import Caller, Handler
from web.live.engine import Answer, Engine


class StatisticsAsk(Ask):
    """Stays in queues that began in [since, until), by queue, operator or hour."""

    since: AwareDatetime
    until: AwareDatetime
    by: Literal["queue", "operator", "hour"] = "hour"
    queue: Annotated[str, StringConstraints(max_length=64)] = Field(default="")


class Shift:
    """Answers.

    Args:
        engine: its client.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {"statistics": self.on_statistics, "notices": self.on_notices}

    @permission("statistics.read")
    async def on_statistics(self, caller: Caller, body: Any) -> Answer:
        """Return figures of queues; they are about no patient."""
        ask = StatisticsAsk.model_validate(body)
        params = {"from": ask.since.isoformat(), "to": ask.until.isoformat(), "by": ask.by}
        if ask.queue:
            params["queue"] = ask.queue
        found = await self._engine.queue_statistics(params)
        return {"ok": True, "items": found["items"]}

    @permission("notices.read")
    async def on_notices(self, caller: Caller, body: Any) -> Answer:
        """Return the messages this account's own operator has not read yet."""
        Ask.model_validate(body or {})
        if caller.who.operator is None:
            return {"ok": True, "items": []}
        found = await self._engine.notices(caller.who.operator)
        return {"ok": True, "items": found["items"]}
