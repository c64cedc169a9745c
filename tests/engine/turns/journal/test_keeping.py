"""A desk on a real loop and a real database: what is told, settled and confirmed, whatever is away or broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from engine import events as ev
from engine.calls.repairs.repairing import RIPE
from engine.effects import LookUpCalls, RecordRepair
from engine.journal.parts import Part, Problem
from engine.reducer import reduce as rooms
from engine.store.history import CallFilter, History
from engine.store.journal.offsets import Offsets
from engine.store.people.contacts import Contacts
from engine.turns.figures import Figures
from engine.turns.journal.keeping import GoOn, Journal, Letter, NoSuchPbx, NotNow
from engine.turns.journal.telling import Around
from engine.world import Call, World
from okno import clock
from okno.database import Database
from okno.seal import Keyring
from tests.engine.clinic import EPOCH, PATIENT, PBX, T, clinic, patient, uid
from tests.engine.journal.paper import Paper
from tests.engine.playbook import perform
from tests.engine.rig import Rig, running
from tests.engine.test_loop import own_database
from tests.fixtures import OpenDatabase
from tests.okno.conftest import OwnServer

ZONE = ZoneInfo("Asia/Yekaterinburg")


@asynccontextmanager
async def closing(database: Database) -> AsyncIterator[Database]:
    """A database that is let go of at the end."""
    try:
        yield database
    finally:
        await database.close()


@dataclass
class Desk:
    """A journal's desk and the loop it tells."""

    rig: Rig
    journal: Journal
    history: History
    registry: CollectorRegistry

    async def send(self, *parts: Part, **more: Any) -> dict[str, tuple[int, int]]:
        """A letter of these parts."""
        letter = Letter(pbx=PBX, now=clock.now(), began=T - timedelta(hours=1), unshipped=0, parts=parts)
        return await self.journal.take(replace(letter, **more))

    async def told(self, paper: Paper) -> None:
        """All of a paper, in one letter a part."""
        for part in paper.parts():
            await self.send(part)

    async def calls(self) -> list[Call]:
        """What the history has."""
        return (await self.history.calls(CallFilter())).items

    async def offsets(self) -> dict[str, int]:
        """What is confirmed, by file."""
        rows = await self.rig.database.fetch("SELECT file, position FROM journal_offsets WHERE file <> 'told'")
        return {row["file"]: row["position"] for row in rows}

    async def confirmed(self, wanted: dict[str, int], within_s: float = 20) -> None:
        """Wait until the files are confirmed up to there."""
        for _ in range(int(within_s / 0.05)):
            if await self.offsets() == wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"confirmed is {await self.offsets()}, not {wanted}")

    async def until(self, calls: int, within_s: float = 15) -> list[Call]:
        """Wait for so many calls."""
        for _ in range(int(within_s / 0.02)):
            found = await self.calls()
            if len(found) == calls:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"{len(await self.calls())} calls, not {calls}")


@asynccontextmanager
async def desk(
    database: Database, keyring: Keyring, reduce: Any = rooms, *, world: World | None = None, live: bool = False
) -> AsyncIterator[Desk]:
    """A desk at work."""
    made: list[Journal] = []

    def performed(effect: Any) -> None:
        if isinstance(effect, LookUpCalls):
            made[0].look_up(effect)
        elif isinstance(effect, RecordRepair):
            made[0].repaired(effect)

    world = world or clinic(live=live)
    async with running(database, keyring, reduce, world=world, perform=performed) as rig:
        history, offsets = History(database, rig.codec), Offsets(database, rig.lease.epoch)
        around = Around(
            world=world, take=rig.loop.take, history=history, contacts=Contacts(database, rig.codec), offsets=offsets,
            zone=ZONE,
        )  # fmt: skip
        writer = rig.loop.writer
        registry = CollectorRegistry()
        journal = Journal([PBX], around, offsets, lambda: writer.away or writer.full, Figures(registry))
        made.append(journal)
        task = asyncio.create_task(journal.run())
        try:
            yield Desk(rig, journal, history, registry)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def paper(*serials: int) -> Paper:
    """Whole calls, a minute apart."""
    made = Paper()
    for place, serial in enumerate(serials):
        made.answered(60.0 * place, serial)
    return made


def sizes(given: Paper) -> dict[str, int]:
    """The end of both files."""
    return {"cel": len("".join(given.cel)), "queue_log": len("".join(given.queue_log))}


async def test_a_call_nobody_saw_is_made_and_confirmed(database: OpenDatabase, keyring: Keyring) -> None:
    async with desk(await database("engine"), keyring) as one:
        with pytest.raises(GoOn) as hello:
            await one.send()
        assert hello.value.positions == {"cel": None, "queue_log": None}
        given = paper(1, 11)
        await one.told(given)
        calls = await one.until(2)
        assert {call.result for call in calls} == {"answered"} and all(call.request for call in calls)
        assert all(call.contact for call in calls), "the contact was found with the look-up"
        await one.confirmed(sizes(given))
        assert one.journal.status(PBX)["repairs"] == 2
        assert one.registry.get_sample_value("okno_journal_repairs_total", {"kind": "missing"}) == 2


async def test_a_live_link_is_given_its_time(database: OpenDatabase, keyring: Keyring) -> None:
    async with desk(await database("engine"), keyring, live=True) as one:
        given = Paper()
        given.answered(clock.now().timestamp() - EPOCH - 9)  # it ended a second ago
        for part in given.parts():
            await one.send(part)
        ends = [replace(part, start=part.end, records=(), at_end=True) for part in given.parts() if part.at_end]
        while not (found := await one.calls()):
            for part in ends:
                await one.send(part)
            await asyncio.sleep(0.1)
        assert found[0].ended_at is not None and clock.now() - found[0].ended_at > RIPE


async def test_told_twice_is_one(database: OpenDatabase, keyring: Keyring) -> None:
    opened = await database("engine")
    given = paper(1, 11, 21)
    for _ in range(2):
        async with desk(opened, keyring) as one:
            await opened.execute("DELETE FROM journal_offsets")
            await one.told(given)
            await one.until(3)
            await one.confirmed(sizes(given))
    assert await opened.fetchval("SELECT count(*) FROM requests") == 3
    assert await opened.fetch("SELECT kind, fields FROM journal_repairs") == [("missing", [])] * 3


async def test_a_call_open_in_our_world_is_closed(database: OpenDatabase, keyring: Keyring) -> None:
    world = clinic(live=False)
    perform(world, patient(0))
    async with desk(await database("engine"), keyring, world=world) as one:
        await one.told(paper(1))
        (call,) = await one.until(1)
        assert (call.result, call.channel) == ("answered", uid(1))
        assert world.get(Call, call.key) is None
        assert await one.rig.database.fetchval("SELECT kind FROM journal_repairs") == "open"


async def test_what_is_older_than_the_reading_is_not_our_business(database: OpenDatabase, keyring: Keyring) -> None:
    async with desk(await database("engine"), keyring) as one:
        for part in paper(1, 11).parts():
            await one.send(part, began=T + timedelta(seconds=30))
        (call,) = await one.until(1)
        assert call.channel == uid(11)


async def test_one_bad_call_is_given_up_alone(database: OpenDatabase, keyring: Keyring) -> None:
    def breaks(world: World, event: Any) -> Any:
        if isinstance(event, ev.CallsLookedUp) and any(call.channel == uid(11) for call in event.told):
            raise ValueError("a mistake of ours")
        return rooms(world, event)

    async with desk(await database("engine"), keyring, breaks) as one:
        given = paper(1, 11, 21)
        await one.told(given)
        calls = await one.until(2)
        assert {call.channel for call in calls} == {uid(1), uid(21)}
        await one.confirmed(sizes(given))
        assert one.rig.loop.poisoned == 2  # all together, then the one
        dump = str(await one.rig.database.fetch("SELECT event FROM poisoned_events"))
        assert PATIENT not in dump


async def test_nothing_is_taken_while_the_database_is_away(own_postgres: OwnServer, keyring: Keyring) -> None:
    async with closing(await own_database(own_postgres)) as opened, desk(opened, keyring) as one:
        first, *rest = paper(1, 11).parts(most=6)
        await one.send(first)
        own_postgres.kill()
        one.rig.loop.take(patient(500, 91))
        await one.rig.until(lambda: one.rig.loop.writer.away)
        with pytest.raises(NotNow):
            await one.send(rest[0])
        await own_postgres.start()
        await one.rig.until(lambda: not one.rig.loop.writer.away)
        for part in rest:
            await one.send(part)
        await one.until(3)


async def test_the_database_dies_between_the_look_up_and_its_answer(own_postgres: OwnServer, keyring: Keyring) -> None:
    async with closing(await own_database(own_postgres)) as opened, desk(opened, keyring) as one:
        given = paper(1, 11)
        await one.told(given)
        own_postgres.kill()
        await asyncio.sleep(0.5)
        await own_postgres.start()
        await one.until(2, within_s=30)
        await one.confirmed(sizes(given))
        assert await opened.fetchval("SELECT count(*) FROM requests") == 2


async def test_a_sealed_row_that_was_changed_stops_no_other(database: OpenDatabase, keyring: Keyring) -> None:
    opened, world = await database("engine"), clinic(live=False)
    async with desk(opened, keyring, world=world) as one:
        await one.told(paper(1, 11))
        await one.until(2)
    await opened.execute("UPDATE calls SET phone = 'broken' WHERE channel = $1", uid(1))
    await opened.execute("DELETE FROM journal_offsets")
    async with desk(opened, keyring, world=world) as one:
        given = paper(1, 11, 21)
        await one.told(given)
        await one.confirmed(sizes(given))
        assert await opened.fetchval("SELECT count(*) FROM calls") == 3


async def test_problems_are_counted_by_file_and_reason(database: OpenDatabase, keyring: Keyring) -> None:
    async with desk(await database("engine"), keyring) as one:
        given = paper(1)
        given.cel.insert(3, '"ANSWER","no time"\n')
        await one.told(given)
        await one.send(Part(
            file="queue_log", inode=1, start=sizes(given)["queue_log"], end=sizes(given)["queue_log"], at_end=True,
            problems=(Problem(offset=5, reason="too long"),),
        ))  # fmt: skip
        await one.until(1)
        counted = one.registry.get_sample_value
        assert counted("okno_journal_problems_total", {"file": "queue_log", "reason": "too long"}) == 1
        found = {
            sample.labels["file"]: sample.value
            for metric in one.registry.collect() if metric.name == "okno_journal_problems"
            for sample in metric.samples if sample.name.endswith("_total")
        }  # fmt: skip
        assert found == {"queue_log": 1, "cel": 1}


async def test_the_settings_come_before_the_journal(database: OpenDatabase, keyring: Keyring) -> None:
    world = World()
    async with desk(await database("engine"), keyring, world=world) as one:
        with pytest.raises(NotNow):
            await one.send()
        with pytest.raises(NoSuchPbx):
            await one.send(pbx="nowhere")


async def test_the_lag_is_since_all_was_read(database: OpenDatabase, keyring: Keyring) -> None:
    async with desk(await database("engine"), keyring) as one:
        assert one.journal.status(PBX)["lag_s"] is None
        one.journal.measure()  # a journal nobody sends must raise an alarm, so it has a lag from the start
        assert one.registry.get_sample_value("okno_journal_lag_seconds", {"pbx": PBX}) is not None
        await one.send(Part(file="cel", inode=1, start=0, end=0), unshipped=77)
        assert one.journal.status(PBX) == {"lag_s": None, "unshipped": 77, "repairs": 0, "disagreements": 0}
        await one.send(Part(file="cel", inode=1, start=0, end=0, at_end=True))
        lag_s = one.journal.status(PBX)["lag_s"]
        assert lag_s is not None and lag_s < 60
        one.journal.measure()
        assert one.registry.get_sample_value("okno_journal_lag_seconds", {"pbx": PBX}) is not None
