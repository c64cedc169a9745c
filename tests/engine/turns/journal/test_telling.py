"""What one bad call, one bad clock or a lost lease may do to a journal: cost that call, nothing, end the leader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from engine.events import JournalTold
from engine.store.lease import LeaseLost
from engine.turns.figures import Figures
from engine.turns.journal.keeping import Journal
from engine.turns.journal.telling import UNREADABLE, Around, Teller
from engine.world import Call
from okno import clock
from okno.database import DatabaseDown
from okno.seal import Keyring, SealBroken
from tests.engine.clinic import PBX, T, clinic, uid
from tests.engine.mending import told_by
from tests.engine.requests.test_repairs import answered
from tests.engine.turns.journal.test_keeping import ZONE, desk, paper, sizes
from tests.fixtures import OpenDatabase

(CALL,) = told_by(answered())


@dataclass
class Offsets:
    """What `keep` says, one after the other; then it keeps."""

    says: list[Exception] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)

    async def keep(self, pbx: str, positions: Any, last_at: Any, began: Any) -> None:
        """Keep, or say what is wrong."""
        if self.says:
            raise self.says.pop(0)
        self.kept.append(dict(positions))

    async def of(self, pbx: str) -> Any:
        """Nobody asks."""


class Loop:
    """Takes every event as if it were written; `events` are those that came."""

    def __init__(self, *, live: bool = False, offsets: Offsets | None = None) -> None:
        self.events: list[Any] = []
        self.offsets = offsets or Offsets()
        nothing = cast("Any", None)
        self.around = Around(
            world=clinic(live=live), take=self.take, history=nothing, contacts=nothing, offsets=self.offsets, zone=ZONE,
        )  # fmt: skip
        self.figures = Figures(CollectorRegistry())

    def take(self, event: Any, done: Callable[[bool], None]) -> None:
        """Take an event."""
        self.events.append(event)
        done(True)

    def told(self) -> set[str]:
        """The calls that were told."""
        return {call.key for event in self.events if isinstance(event, JournalTold) for call in event.calls}


async def test_a_leader_who_is_none_confirms_nothing_and_ends() -> None:
    loop = Loop(offsets=Offsets([LeaseLost()]))
    journal = Journal([PBX], loop.around, loop.offsets, lambda: False, loop.figures)
    teller = journal._desks[PBX].teller
    teller.add([], {"cel": (1, 5)}, T)
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(journal.run(), 5)
    assert teller.kept == {} and loop.offsets.kept == []


async def test_whatever_else_stops_the_keeping_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.turns.journal.telling.KEEP_S", 0.01)
    loop = Loop(offsets=Offsets([DatabaseDown("away"), RuntimeError("a mistake of ours")]))
    teller = Teller(PBX, loop.around, loop.figures)
    teller.add([], {"cel": (1, 5)}, T)
    task = asyncio.create_task(teller.keep())
    await asyncio.sleep(0.2)
    assert not task.done() and teller.kept == {"cel": (1, 5)} and loop.offsets.kept == [{"cel": (1, 5)}]
    task.cancel()


async def test_an_end_in_the_future_holds_nobody_up() -> None:
    loop, now = Loop(live=True), clock.now()
    future = replace(CALL, key="future", ended_at=now + timedelta(hours=1))
    soon = replace(CALL, key="soon", ended_at=now + timedelta(seconds=2))  # a clock's small excursion is waited for
    teller = Teller(PBX, loop.around, loop.figures)
    teller.add([future, CALL, soon], {}, T)
    task = asyncio.create_task(teller.run())
    await asyncio.sleep(0.3)
    task.cancel()
    assert loop.told() == {"future", CALL.key}


async def test_a_mistake_of_ours_costs_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop()
    take = loop.take

    def breaks(event: Any, done: Callable[[bool], None]) -> None:
        if any(call.key == "bad" for call in event.calls):
            raise RuntimeError
        take(event, done)

    teller = Teller(PBX, replace(loop.around, take=breaks), loop.figures)
    teller.add([replace(CALL, key="bad"), CALL], {"cel": (1, 5)}, T)
    task = asyncio.create_task(teller.run())
    await asyncio.sleep(0.2)
    assert not task.done() and (loop.told(), teller.waiting) == ({CALL.key}, 0)
    task.cancel()


@pytest.mark.parametrize("error", [asyncpg.DataError, asyncpg.NumericValueOutOfRangeError, SealBroken, KeyError])
async def test_what_cannot_be_looked_up_is_given_up_alone(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async with desk(await database("engine"), keyring) as one:
        calls_of, asked = one.history.calls_of, {"bad": ""}

        async def breaks(ids: Sequence[str]) -> list[Call]:
            asked["bad"] = asked["bad"] or ids[1]
            if asked["bad"] in ids:
                raise error("a value")
            return await calls_of(ids)

        monkeypatch.setattr(one.history, "calls_of", breaks)
        given = paper(1, 11, 21)
        await one.told(given)
        await one.confirmed(sizes(given))
        assert {call.channel for call in await one.calls()} == {uid(1), uid(21)}
        assert one.registry.get_sample_value("okno_alarms_total", {"what": UNREADABLE}) == 1


async def test_trouble_of_the_server_is_waited_for(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(await database("engine"), keyring) as one:
        calls_of = one.history.calls_of
        troubles: list[Exception] = [DatabaseDown("away"), asyncpg.TooManyConnectionsError("a", "b")]

        async def breaks(ids: Sequence[str]) -> list[Call]:
            if troubles:
                raise troubles.pop()
            return await calls_of(ids)

        monkeypatch.setattr(one.history, "calls_of", breaks)
        await one.told(paper(1, 11))
        await one.until(2)
        assert not one.registry.get_sample_value("okno_alarms_total", {"what": UNREADABLE})


async def test_a_letter_that_had_to_wait_here_moves_no_clock(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(self: Teller, most: int, within_s: float) -> bool:
        await asyncio.sleep(0.6)
        return True

    monkeypatch.setattr(Teller, "room", slow)
    async with desk(await database("engine"), keyring) as one:
        await one.told(paper(1))
        (call,) = await one.until(1)
        assert call.started_at == T
