"""Since when the MIS is as it is."""

from __future__ import annotations

from mis.guard.standing import Standing


def test_a_state_keeps_its_beginning() -> None:
    standing = Standing()
    assert (standing.state, standing.seen) == ("down", False)
    standing.saw("ready")
    since = standing.since
    standing.saw("ready")
    assert standing.since == since and standing.seen
    standing.saw("down", "deadline")
    assert (standing.state, standing.error) == ("down", "deadline") and standing.since >= since
