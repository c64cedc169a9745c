"""The table of permissions: who may never do what."""

from __future__ import annotations

import pytest

from web.accounts.roles import PERMISSIONS, UndeclaredPermission, declared_of, permission, public


def test_an_administrator_sees_no_patients_and_an_auditor_does_nothing() -> None:
    allowed = {role: {name for name, roles in PERMISSIONS.items() if role in roles} for role in ("administrator", "auditor")}
    assert not [name for name in allowed["administrator"] if name.startswith(("calls.", "requests.", "card."))]
    assert not allowed["auditor"] & {"requests.work", "requests.open", "presence.change", "card.read", "calls.search"}


def test_a_permission_is_declared_or_nothing_is_allowed() -> None:
    with pytest.raises(UndeclaredPermission):
        permission("everything")
    with pytest.raises(UndeclaredPermission):
        public("")
    with pytest.raises(UndeclaredPermission):
        declared_of(lambda: None)
    assert declared_of(permission("live.read")(lambda: None)) == "live.read"
