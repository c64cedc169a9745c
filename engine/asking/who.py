"""Who asks, and why: said in headers by every query about people, and audited before it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from okno.audit import AuditTrail
from okno.errors import Refused

_LONGEST = 200


class Nameless(Refused):
    """A query about people must say who asks, in which role and why: Okno-Actor, Okno-Role, Okno-Purpose."""


@dataclass(frozen=True, slots=True)
class Who:
    """The account that asks, its role, the operator it stands for (if any), and the purpose."""

    actor: str
    role: str
    purpose: str
    operator: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Who:
        """Return who the headers name. Raises Nameless."""
        actor, role, purpose = (headers.get(f"Okno-{name}", "").strip() for name in ("Actor", "Role", "Purpose"))
        if not (actor and role and purpose) or max(len(actor), len(role), len(purpose)) > _LONGEST:
            raise Nameless
        return cls(actor, role, purpose)


class Asked:
    """Writes down what is asked before it is answered.

    Args:
        audit: the engine's.
    """

    def __init__(self, audit: AuditTrail) -> None:
        self._audit = audit

    async def about(
        self, who: Who, action: str, subject: str | None = None, *, request: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Audit one display; only when this returns may it be shown.

        Args:
            action: "card.show", "calls.list" …
            subject: whose data: a contact's, call's or request's id.
            request: for which request.
            details: filters, counts; sealed in the audit.

        Raises:
            DatabaseDown: not written; show nothing.
        """
        await self._audit.append(
            who.actor, action, subject, who.purpose, UUID(request) if request else None,
            {"role": who.role, **(details or {})},
        )
