"""Who may read and who may write, judged by what the engine told last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from tests.web.scripted import OTHER, REQUEST
from web.accounts.roles import Identity, Role
from web.chats.asks import OpenAsk
from web.chats.whose import No, Whose, asking, fits, pass_of

TALK = "01900000-0000-7000-8000-0000000000aa"


def who(name: str = "orlova", role: Role = "operator", key: bytes = b"a" * 32) -> Identity:
    """Somebody with a session."""
    return Identity(
        kind="person", account=UUID(int=1), name=name, title=name, role=role, operator=name if role == "operator" else None, key=key,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )  # fmt: skip


def whose(**row: Any) -> Whose:
    """Judges by one request."""
    kept = {"id": REQUEST, "owner": "orlova", "status": "in_progress", "conversation": {"id": TALK}} | row
    replica: Any = SimpleNamespace(request=lambda key: kept if key == REQUEST else None)
    return Whose(replica)


def ask(**more: Any) -> OpenAsk:
    """Asks for the conversation."""
    return OpenAsk.model_validate({"conversation": TALK, "request": REQUEST} | more)


def test_a_pass_is_of_one_thing_and_one_session() -> None:
    word = pass_of(who(), TALK)
    assert fits(who(), TALK, word) and not fits(who(key=b"b" * 32), TALK, word) and not fits(who(), OTHER, word)
    assert not fits(who(), TALK, "")


def test_reading_needs_the_request_a_pass_or_a_supervisor() -> None:
    assert whose().read(who("klimov"), ask()) is not None
    for strange in (ask(request=OTHER), ask(request=None), ask(conversation=OTHER)):
        with pytest.raises(No, match="not_shown"):
            whose().read(who(), strange)
        assert whose().read(who("zimina", "supervisor"), strange) is None
    assert whose().read(who(), ask(request=None, key=pass_of(who(), TALK))) is None


@pytest.mark.parametrize(("row", "why"), [
    ({"owner": "klimov"}, "not_yours"), ({"owner": None}, "not_yours"), ({"status": "postponed"}, "not_yours"),
    ({"conversation": {"id": OTHER}}, "gone"), ({"conversation": None}, "gone"),
])  # fmt: skip
def test_writing_needs_the_owner_at_work(row: dict[str, Any], why: str) -> None:
    assert whose().write(who(), ask())["id"] == REQUEST
    with pytest.raises(No, match=why):
        whose(**row).write(who(), ask())


def test_a_supervisor_stands_for_no_operator() -> None:
    assert asking(who("zimina", "supervisor"), "chat", None)["operator"] == ""
    with pytest.raises(No, match="not_yours"):
        whose(owner=None).write(who("zimina", "supervisor"), ask())
