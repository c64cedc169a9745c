"""The events about patients put together. A refusal is told in one word; who reached for another's is audited."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any, Final
from uuid import UUID

from mis.client import MisClient
from okno.audit import AuditTrail
from okno.settings import MisSettings
from web.accounts.roles import Role
from web.live.desk import Caller, Handler
from web.live.engine import Answer, Engine
from web.live.patients.people import People
from web.live.patients.visits import Visits
from web.live.patients.whose import No, Whose
from web.replica import Replica
from web.view import View

# Another's request, a patient nobody showed him, another patient's visit: no slip of a finger.
_REACHED: Final = frozenset(("not_yours", "not_shown", "other_patient"))


class PatientsDesk:
    """Answers.

    Args:
        mis: its client; closed by whoever made it.
        engine: its client.
        replica: this process's copy of the engine's world: whose request it is and who was confirmed.
        views: one for each role.
        settings: `mis` of okno.yaml.
        audit: of the web service.
    """

    def __init__(
        self, mis: MisClient, engine: Engine, replica: Replica, views: Mapping[Role, View], *, settings: MisSettings,
        audit: AuditTrail,
    ) -> None:  # fmt: skip
        whose = Whose(replica)
        self._audit = audit
        self._things = (People(mis, engine, views, whose, settings), Visits(mis, whose))

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {
            name: self._refusing(name, handler) for thing in self._things for name, handler in thing.events().items()
        }

    def _refusing(self, name: str, handler: Handler) -> Handler:
        @wraps(handler)  # the permission it declares goes along
        async def answer(caller: Caller, body: Any) -> Answer:
            try:
                return await handler(caller, body)
            except No as no:
                if no.why in _REACHED:
                    await self._reached(caller, name, no.why, body)
                return {"ok": False, "why": no.why}

        return answer

    async def _reached(self, caller: Caller, name: str, why: str, body: Mapping[str, Any]) -> None:
        """Audit what was refused; the body was understood, so its request is one."""
        visit = body.get("visit") or {}
        whom = body.get("patient") or visit.get("patient")
        details = {"event": name, "why": why, "role": caller.who.role}
        await self._audit.append(
            caller.who.name, "patient.refused", whom, "request", UUID(str(body["request"])), details
        )
