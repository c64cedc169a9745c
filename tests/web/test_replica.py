"""The copy of the engine's world: what it takes, what it passes over, what it can tell again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from tests.web.scripted import CALL, REQUEST, T, call_row, request_row, world
from web.live.engine import Engine
from web.replica import Replica


class Feed:
    """A live feed from a list of lives; each life is the messages of one connection."""

    def __init__(self, *lives: list[dict[str, Any]]) -> None:
        self._lives = list(lives)
        self.began: list[tuple[str | None, int | None]] = []

    async def live(self, epoch: str | None, seq: int | None) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the next life's messages, then wait for ever."""
        self.began.append((epoch, seq))
        for message in self._lives.pop(0):
            yield message
        await asyncio.Event().wait()


def make(feed: Feed | None = None) -> tuple[Replica, list[Any]]:
    """A replica that writes down what it tells."""
    told: list[Any] = []
    replica = Replica(
        cast(Engine, feed), reset=lambda: told.append("reset"), patched=lambda patch: told.append(patch.seq),
        rang=lambda operator, call, leg: told.append((operator, leg)),
        noticed=lambda operator, notice: told.append((operator, notice["id"])),
        hinted=lambda version: told.append(("hints", version)),
    )  # fmt: skip
    return replica, told


def snapshot(seq: int = 10, epoch: str = "1-1") -> dict[str, Any]:
    """Everything."""
    return {"type": "snapshot", "epoch": epoch, "seq": seq, "now": T, "unsaved": False, "tables": world()}


def patch(seq: int, epoch: str = "1-1", **changes: Any) -> dict[str, Any]:
    """A patch of the call."""
    row = call_row(talk_s=float(seq), **changes)
    return {"type": "patch", "epoch": epoch, "seq": seq, "at": T, "ops": [["set", "calls", CALL, row]], "unsaved": False}


def test_patches_follow_a_snapshot_and_can_be_told_again() -> None:
    replica, told = make()
    for message in (snapshot(), patch(11), patch(12), {"type": "beat", "seq": 12, "now": T}):
        replica.take(message)
    assert told == ["reset", 11, 12] and replica.seq == 12 and replica.linked
    assert replica.tables["calls"][CALL]["talk_s"] == 12.0
    missed = replica.since("1-1", 10)
    assert missed is not None and [one.seq for one in missed] == [11, 12]
    assert replica.since("1-1", 12) == []
    assert replica.since("1-1", 9) is None and replica.since("1-1", 13) is None and replica.since("0-9", 12) is None


def test_the_answer_to_an_order_may_overtake_its_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr("web.replica.monotonic", lambda: moment[0])
    replica, _ = make()
    assert replica.request(REQUEST) is None
    replica.take(snapshot())
    replica.ahead(request_row(version=3, owner="orlova"))
    assert (replica.request(REQUEST) or {})["owner"] == "orlova"
    ops = [["set", "requests", REQUEST, request_row(version=4, owner="klimov")]]
    replica.take(patch(11) | {"ops": ops})
    assert (replica.request(REQUEST) or {})["owner"] == "klimov"
    replica.ahead(request_row(version=9, owner="orlova"))
    moment[0] += 60.0  # the feed never brought it: what it says holds
    assert (replica.request(REQUEST) or {})["owner"] == "klimov"
    replica.take(patch(12) | {"ops": [["del", "requests", REQUEST]]})
    replica.ahead(request_row(version=10, status="done"))
    assert replica.request(REQUEST) is None


def test_what_was_told_twice_or_is_of_another_life_is_passed_over() -> None:
    replica, told = make()
    for message in (patch(1), snapshot(), patch(11), patch(11), patch(12, epoch="0-9"), {"type": "strange"}):
        replica.take(message)
    assert told == ["reset", 11] and replica.seq == 11


def test_missed_patches_come_as_one_message_and_rings_have_no_number() -> None:
    replica, told = make()
    replica.take(snapshot())
    replica.take({"type": "patches", "epoch": "1-1", "seq": 12, "now": T, "patches": [patch(11), patch(12)]})
    replica.take({"type": "ring", "operator": "orlova", "call": call_row(), "leg": 0})
    assert told == ["reset", 11, 12, ("orlova", 0)] and replica.seq == 12


def test_the_ring_of_patches_is_bounded() -> None:
    replica, _ = make()
    replica.take(snapshot())
    for seq in range(11, 4_100):
        replica.take(patch(seq))
    assert replica.since("1-1", 10) is None and len(replica.since("1-1", 99) or ()) == 4_000


async def test_after_a_hole_everything_begins_anew() -> None:
    feed = Feed([snapshot(), patch(11), patch(13)], [snapshot(seq=13)])
    replica, told = make(feed)
    running = asyncio.create_task(replica.run())
    async with asyncio.timeout(2):
        while told != ["reset", 11, "reset"]:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert feed.began == [(None, None), (None, None)] and replica.seq == 13


def test_the_hints_have_a_number_in_every_beat() -> None:
    made, told = make()
    for number in (0, 3, 3, 4):
        made.take({"type": "beat", "seq": 0, "now": T, "hints": number})
    made.take({"type": "beat", "seq": 0, "now": T, "hints": 4})
    assert told == [("hints", 3), ("hints", 4)]


def test_a_ring_ahead_of_its_patch_counts_until_the_patch_has_come() -> None:
    replica, _ = make()
    for message in (snapshot(), patch(11, ringing=[]), {"type": "ring", "operator": "orlova", "call": call_row(), "leg": 0}):
        replica.take(message)
    assert replica.rung("orlova", REQUEST) and not replica.rung("klimov", REQUEST)
    replica.take(patch(12, ringing=[]))  # written before it rang
    assert replica.rung("orlova", REQUEST)
    replica.take(patch(13))
    assert not replica.rung("orlova", REQUEST)
