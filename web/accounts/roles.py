"""Roles and permissions: the one table, and the decorators by which a route or a socket event declares what it needs.

An endpoint without a declaration stops the service at start-up (`declared_of` raises) and fails a test that walks
over every route and event found in the running application.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args
from uuid import UUID

from okno.errors import OurFault

# A wallboard is a screen on a wall: it has no account and may see queues' counters only.
Role = Literal["operator", "supervisor", "administrator", "auditor", "wallboard"]
VIEWERS: tuple[Role, ...] = get_args(Role)
ROLES: tuple[Role, ...] = VIEWERS[:-1]
PUBLIC = "public"
_MARK = "__okno_permission__"
_F = TypeVar("_F", bound=Callable[..., Any])

_ALL = frozenset[Role](ROLES)
_DESK = frozenset[Role](("operator", "supervisor"))
_READERS = frozenset[Role](("operator", "supervisor", "auditor"))

PERMISSIONS: Mapping[str, frozenset[Role]] = MappingProxyType({
    # pages
    "page.home": _ALL,
    "page.desk": frozenset[Role](("operator",)),
    "page.supervisor": frozenset[Role](("supervisor", "administrator")),
    "page.history": _READERS,
    "session.end": _ALL,
    "preferences.change": _ALL,
    # the live world: what of it each role sees is view.py's matter
    "live.read": frozenset[Role](VIEWERS),
    "queues.read": _ALL,
    "operators.read": _ALL,
    "contract.read": _ALL,
    "statistics.read": frozenset[Role](("supervisor", "administrator")),
    # patients' traces
    "calls.read": _READERS,
    "calls.search": _DESK,
    "requests.read": _READERS,
    "card.read": _DESK,
    "messages.hear": _DESK,
    # work
    "requests.work": _DESK,
    "requests.open": _DESK,
    "presence.change": frozenset[Role](("operator",)),
    "phone.use": _DESK,
    "numbers.block": _DESK,
    # conversations: an operator answers in his own, a supervisor reads all and writes notes among us
    "chats.read": _DESK,
    "chats.write": frozenset[Role](("operator",)),
    "chats.note": _DESK,
    "chats.accounts": frozenset[Role](("operator", "supervisor", "administrator")),
    # the supervisor's hand
    "numbers.blocked": frozenset[Role](("supervisor",)),
    "numbers.unblock": frozenset[Role](("supervisor",)),
    "requests.steer": frozenset[Role](("supervisor",)),
    "operators.steer": frozenset[Role](("supervisor",)),
    "operators.message": frozenset[Role](("supervisor",)),
    "calls.spy": frozenset[Role](("supervisor",)),
    # the directory, scripts, the wallboard
    "page.admin": frozenset[Role](("administrator",)),
    "page.ivr": frozenset[Role](("administrator",)),
    "directory.read": frozenset[Role](("administrator", "supervisor")),
    "directory.change": frozenset[Role](("administrator",)),
    "accounts.manage": frozenset[Role](("administrator",)),
    "hints.read": _DESK,
    "hints.change": frozenset[Role](("supervisor",)),
    # outbound lists name people: supervisors only
    "page.lists": frozenset[Role](("supervisor",)),
    "lists.read": frozenset[Role](("supervisor",)),
    "lists.steer": frozenset[Role](("supervisor",)),
    "page.wallboard": frozenset[Role](("supervisor", "administrator")),
    "wallboard.read": frozenset[Role](("wallboard", "supervisor", "administrator")),
    "wallboard.manage": frozenset[Role](("supervisor", "administrator")),
    "notices.read": _DESK,
})


class UndeclaredPermission(OurFault):
    """A route or a socket event declares no permission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who is asking: a person with a session, or a service token. `name` goes into the audit trail.

    `operator` names the operator of the engine the account stands for; `key` is the session's or the token's hash;
    `account` is the account's or the token's id.
    """

    kind: Literal["person", "token", "wallboard"]
    account: UUID
    name: str
    title: str
    role: Role
    operator: str | None
    key: bytes
    expires_at: datetime
    lang: str | None = None
    theme: str | None = None

    def may(self, name: str) -> bool:
        """Say whether this role has the permission `name`."""
        return self.role in PERMISSIONS[name]

    @property
    def permissions(self) -> list[str]:
        """Every permission this role has, sorted."""
        return sorted(name for name, roles in PERMISSIONS.items() if self.role in roles)


def permission(name: str) -> Callable[[_F], _F]:
    """Declare the permission a route or a socket event needs.

    Args:
        name: a key of PERMISSIONS.

    Raises:
        UndeclaredPermission: the table has no such permission.
    """
    if name not in PERMISSIONS:
        raise UndeclaredPermission(f"there is no permission named {name}")
    return _marker(name)


def public(reason: str) -> Callable[[_F], _F]:
    """Declare that a route needs no log-in.

    Args:
        reason: why; shown in the list of routes.
    """
    if not reason:
        raise UndeclaredPermission("a public route says why it is public")
    return _marker(PUBLIC)


def declared_of(handler: Callable[..., Any]) -> str:
    """Return the permission a handler declared, or PUBLIC.

    Raises:
        UndeclaredPermission: it declared none.
    """
    name = getattr(handler, _MARK, None)
    if not isinstance(name, str):
        where = f"{getattr(handler, '__module__', '?')}.{getattr(handler, '__qualname__', handler)}"
        raise UndeclaredPermission(f"{where} declares no permission")
    return name


def _marker(name: str) -> Callable[[_F], _F]:
    def mark(handler: _F) -> _F:
        setattr(handler, _MARK, name)
        return handler

    return mark
