"""What the database sums is what the pure rules count, whatever the calls were."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from engine.queues import statistics
from engine.queues.statistics import By, Figures
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.saving import TurnStore
from engine.store.statistics import QueueStatistics
from engine.world import Call, Leg, Put, Queue, Visit
from engine.world.work import LegResult, VisitExit
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

ZONE = "Asia/Kolkata"  # its hours begin at half past
T = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
EXITS: tuple[VisitExit, ...] = (
    "waiting", "answered", "answered", "abandoned", "timeout", "empty", "full", "key", "withdrawn", "moved", "lost",
)  # fmt: skip
RESULTS: tuple[LegResult, ...] = ("answered", "no_answer", "busy", "refused", "answered_elsewhere", "cancelled")
LEVELS = {"front": 20, "back": 5}


def call(dice: random.Random, number: int) -> Call:
    """A call with up to three stays and their rings."""
    at = T + timedelta(seconds=dice.uniform(0, 4 * 3600))
    visits, legs, moment = [], [], at
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        queue, exit = dice.choice(("front", "back", "gone")), dice.choice(EXITS)
        wait = timedelta(0) if exit == "full" else timedelta(microseconds=dice.randrange(60_000_000))
        if exit == "empty":
            wait *= dice.choice((0, 1))
        left = None if exit == "waiting" else moment + wait
        operator = dice.choice(("orlova", "ivanov"))
        visits.append(Visit(
            queue=queue, joined_at=moment, left_at=left, exit=exit, operator=operator if exit == "answered" else "",
        ))  # fmt: skip
        legs += [
            Leg(
                operator=dice.choice(("orlova", "ivanov")), channel="x", queue=dice.choice((queue, "")),
                rang_at=moment + wait * dice.random(), result=dice.choice(RESULTS), talk_s=dice.randrange(0, 100) / 4,
            )
            for _ in range(dice.randrange(3))
        ]  # fmt: skip
        moment += wait + timedelta(seconds=dice.uniform(1, 30))
        if exit == "waiting":
            break
    return Call(
        key=str(uuid4()), pbx="main", direction="inbound", channel=f"1.{number}", started_at=at,
        ended_at=dice.choice((None, moment)), visits=tuple(visits), legs=tuple(legs),
    )  # fmt: skip


def pure(calls: list[Call], by: By, since: datetime, until: datetime, queue: str) -> list[Figures]:
    """The same counted without a database."""
    stays = [
        stay for call in calls for stay in statistics.stays_of(call)
        if since <= stay.joined_at < until and queue in ("", stay.queue)
    ]  # fmt: skip
    rings = [
        ring for call in calls for ring in statistics.rings_of(call)
        if since <= ring.rang_at < until and queue in ("", ring.queue)
    ]  # fmt: skip
    sums = statistics.stay_sums(stays, by, lambda queue: LEVELS.get(queue, -1), ZoneInfo(ZONE))
    return statistics.figures(sums, statistics.ring_sums(rings) if by == "operator" else ())


def rounded(figures: list[Figures]) -> list[Figures]:
    """Sums of seconds in another order differ in the last bits."""
    names = ("longest_wait_s", "talk_s", "waited_s", "abandoned_s")
    return [replace(one, **{name: round(getattr(one, name), 4) for name in names}) for one in figures]


@pytest.mark.parametrize("queue", ["", "front"])
async def test_the_database_sums_as_the_rules_count(database: OpenDatabase, keyring: Keyring, queue: str) -> None:
    dice = random.Random(20261121)
    calls = [call(dice, number) for number in range(400)]
    one, batch = await database("engine"), Batch()
    await one.execute("UPDATE lease SET epoch = 1")
    batch.add([Put(Queue(key=key, title_ru=key, title_en=key, service_level_s=level)) for key, level in LEVELS.items()],
              ())  # fmt: skip
    batch.add([Put(one) for one in calls], ())
    await TurnStore(one, Codec(keyring.sealer("engine"))).save(1, 1, batch)
    known = QueueStatistics(one, ZONE)
    since, until = T + timedelta(minutes=20), T + timedelta(hours=3)
    for by in ("queue", "operator", "hour"):
        got = await known.figures(by, since, until, queue)
        assert rounded(got) == rounded(pure(calls, by, since, until, queue))
        assert len(got) >= 1 and sum(figures.answered for figures in got) > 5
    assert await known.figures("queue", T - timedelta(days=2), T - timedelta(days=1)) == []
