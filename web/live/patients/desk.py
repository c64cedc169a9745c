"""The events about patients put together; a refusal anywhere is told in one word."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from mis.client import MisClient
from okno.settings import MisSettings
from web.accounts.roles import Role
from web.live.desk import Caller, Handler
from web.live.engine import Answer, Engine
from web.live.patients.people import People
from web.live.patients.visits import Visits
from web.live.patients.whose import No, Whose
from web.replica import Replica
from web.view import View


class PatientsDesk:
    """Answers.

    Args:
        mis: its client; closed by whoever made it.
        engine: its client.
        replica: this process's copy of the engine's world: whose request it is and who was confirmed.
        views: one for each role.
        settings: `mis` of okno.yaml.
    """

    def __init__(
        self, mis: MisClient, engine: Engine, replica: Replica, views: Mapping[Role, View], settings: MisSettings
    ) -> None:
        whose = Whose(replica)
        self._things = (People(mis, engine, views, whose, settings), Visits(mis, whose))

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {name: _refusing(handler) for thing in self._things for name, handler in thing.events().items()}


def _refusing(handler: Handler) -> Handler:
    @wraps(handler)  # the permission it declares goes along
    async def answer(caller: Caller, body: Any) -> Answer:
        try:
            return await handler(caller, body)
        except No as no:
            return {"ok": False, "why": no.why}

    return answer
