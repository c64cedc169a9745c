"""Numbers, the ring of the last patches, and what a reader who comes back is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from engine.feed import Message
from engine.live.screens import RECENT, RING, Screens

AT = datetime(2026, 11, 21, tzinfo=UTC)
FEED: TypeAdapter[Any] = TypeAdapter(Message)


def screens(patches: int) -> Screens:
    """Screens that have told so many patches of one row."""
    made = Screens("1-1")
    for n in range(1, patches + 1):
        made.publish({("pbxes", "main"): (None, {"id": "main", "n": n})}, AT, unsaved=False)
    return made


def greeted(made: Screens, epoch: str | None, seq: int | None) -> dict[str, Any]:
    """The first message, which must be one of the feed."""
    text = made.greeting(epoch, seq)
    FEED.validate_json(text)
    return dict(json.loads(text))


@pytest.mark.parametrize(
    ("epoch", "seq", "kind"),
    [(None, None, "snapshot"), ("0-9", 3, "snapshot"), ("1-1", 9, "snapshot"), ("1-1", None, "snapshot"),
     ("1-1", 5, "patches"), ("1-1", 2, "patches"), ("1-1", 0, "patches")],
)  # fmt: skip
def test_what_a_reader_is_told_first(epoch: str | None, seq: int | None, kind: str) -> None:
    message = greeted(screens(5), epoch, seq)
    assert (message["type"], message["seq"]) == (kind, 5)
    if kind == "patches":
        assert [patch["seq"] for patch in message["patches"]] == list(range((seq or 0) + 1, 6))
    else:
        assert message["tables"]["pbxes"]["main"]["n"] == 5


def test_the_ring_is_bounded_and_never_leaves_a_hole() -> None:
    made = screens(RING + 10)
    assert greeted(made, "1-1", 9)["type"] == "snapshot"
    missed = greeted(made, "1-1", 10)
    assert missed["type"] == "patches" and len(missed["patches"]) == RING


def test_large_patches_are_kept_as_far_as_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.live.screens.RING_LETTERS", 1_000)
    made = screens(100)
    missed = json.loads(made.greeting(made.epoch, made.seq - 2))
    assert missed["type"] == "patches" and len(missed["patches"]) == 2
    assert json.loads(made.greeting(made.epoch, 1))["type"] == "snapshot"


def test_saved_again_is_told_though_nothing_else_changed() -> None:
    made, told = screens(1), []
    with made.reading(told.append):
        made.publish({}, AT, unsaved=False)
        made.publish({}, AT, unsaved=True)
        made.publish({}, AT, unsaved=True)
        made.publish({}, AT, unsaved=False)
    made.publish({("pbxes", "x"): (None, {"id": "x"})}, AT, unsaved=False)
    assert [(m["seq"], m["unsaved"], m["ops"]) for m in map(json.loads, told)] == [(2, True, []), (3, False, [])]


def test_rings_and_beats_have_no_number() -> None:
    made, told = screens(1), []
    with made.reading(told.append):
        assert made.readers == 1
        made.beat()
    FEED.validate_json(told[0])
    assert made.seq == 1 and made.readers == 0


def test_rows_that_left_are_known_for_a_while() -> None:
    made = Screens("1-1")
    for n in range(RECENT + 5):
        made.publish({("calls", str(n)): (None, {"id": n})}, AT, unsaved=False)
        made.publish({("calls", str(n)): (None, None)}, AT, unsaved=False)
    assert made.row("calls", str(RECENT + 4)) == {"id": RECENT + 4}
    assert made.row("calls", "0") is None and made.row("calls", "none") is None
