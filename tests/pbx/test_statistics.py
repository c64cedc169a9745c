"""The figures of queues, made of calls, are those that queue_log gives when somebody counts it: on a real Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest
import pytest_asyncio

from demo.scenarios import Call as Dialled
from engine.queues.statistics import By, Stay, stays_of
from tests.pbx.bench import Bench
from tests.pbx.matrix.counted import Counted
from tests.pbx.matrix.counted import counted as told_twice


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def counted(bench: Bench) -> Counted:
    """A mix of everything that can happen to a caller in a queue without a transfer, all at once."""

    def patients(line: str, first: int, holds: list[float | None]) -> list[Dialled]:
        number = bench.number(line)
        return [Dialled(f"+79990003{first + n:03d}", number, hold) for n, hold in enumerate(holds)]

    log = bench.asterisk.home / "log/queue_log"
    before = len(log.read_text("utf-8").splitlines())
    mix = (
        patients("registry", 0, [4, 5, 6, 4, 2.2, 9, 7, 0.6]) + patients("second", 20, [9, 8]) + patients("busy", 30, [7])
        + patients("declined", 40, [8]) + patients("silent", 50, [3, None, 2]) + patients("full", 60, [6, None])
        + patients("nobody", 70, [None, None]) + patients("hangs", 80, [None, None]) + patients("closed", 90, [None])
    )  # fmt: skip
    async with bench.tap() as tap:
        placed = bench.patients(mix, rate=8)
        assert await asyncio.wait_for(placed.wait(), 90) == 0, placed.unexpected()
        await asyncio.sleep(4)
    both = told_twice(bench.settings, bytes(tap.data), log.read_text("utf-8").splitlines()[before:])
    assert len(both.calls) == len(mix)
    return both


@pytest.mark.parametrize("by", ["queue", "operator", "hour"])
async def test_every_count_is_equal(counted: Counted, by: By) -> None:
    assert counted.unequal(by) == {}
    assert counted.log.unread == 0 and sum(one.answered for one in counted.theirs(by).values()) >= 10


async def test_every_wait_and_every_talk_is_equal_to_a_second(counted: Counted) -> None:
    # In one queue two may join in one second: they are told apart by what became of them.
    def sorted_by(stays: Iterable[Stay]) -> list[Stay]:
        known = [stay for stay in stays if stay.exit != "refused"]
        return sorted(known, key=lambda stay: (stay.queue, stay.operator, stay.exit, stay.joined_at))

    ours = sorted_by(stay for call in counted.calls for stay in stays_of(call))
    theirs = sorted_by(counted.log.stays)
    assert [(stay.queue, stay.operator, stay.exit) for stay in ours] == [
        (stay.queue, stay.operator, stay.exit) for stay in theirs
    ]
    for mine, said in zip(ours, theirs, strict=True):
        assert abs(mine.wait_s - said.wait_s) <= 1, (mine, said)
        # queue_log cuts a moment to its second: it stands for the middle of that second.
        assert abs(mine.joined_at - said.joined_at - timedelta(seconds=0.5)) < timedelta(seconds=1), (mine, said)
        # queue_log cuts the beginning and the end of a talk to whole seconds.
        assert abs(mine.talk_s - said.talk_s) <= 1, (mine, said)


async def test_who_was_refused_is_ours_alone(counted: Counted) -> None:
    stays = [stay for call in counted.calls for stay in stays_of(call)]
    assert {stay.queue: stay.exit for stay in stays if stay.exit == "refused"} == {"full": "refused", "nobody": "refused"}
    assert all(stay.queue != "nobody" for stay in counted.log.stays)
