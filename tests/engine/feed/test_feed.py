"""The models of the feed: every message of the live world is one of them, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from engine.feed import TABLES, Message, Patch, Snapshot

FEED: TypeAdapter[Any] = TypeAdapter(Message)


def test_messages_are_told_apart_by_their_type() -> None:
    snapshot = FEED.validate_python({
        "type": "snapshot", "epoch": "1-1", "seq": 0, "now": "2026-11-21T04:00:00.000Z", "unsaved": False,
        "tables": {table: {} for table in TABLES},
    })  # fmt: skip
    assert isinstance(snapshot, Snapshot)
    patch = FEED.validate_python({
        "type": "patch", "epoch": "1-1", "seq": 1, "at": "2026-11-21T04:00:00.000Z", "unsaved": True,
        "ops": [["set", "calls", "c", {"id": "c"}], ["del", "requests", "r"]],
    })  # fmt: skip
    assert isinstance(patch, Patch) and patch.ops[1] == ("del", "requests", "r")


@pytest.mark.parametrize("message", [{"type": "gossip"}, {"type": "beat"}, {"type": "beat", "seq": 1, "now": "soon"}])
def test_anything_else_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FEED.validate_python(message)
