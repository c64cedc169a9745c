"""The single writer on a real PostgreSQL: turns, poison, the database killed and frozen, the lease lost."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from engine.events import CallArrived, HangupRequested, PresenceAsked
from engine.live.drawing import draw_all
from engine.loop import LoopFull
from engine.store.history import CallFilter, History, RequestFilter
from engine.store.lease import LeaseLost
from engine.store.saving import CannotSave, TurnStore
from engine.world import Call, Counter, Timer
from okno import clock
from okno.database import Database, DatabaseDown, migrate
from okno.database.addresses import database_url
from okno.seal import Keyring
from tests.engine.calls.test_ending import TABLE
from tests.engine.clinic import Ended, T, clinic
from tests.engine.plays import shifted
from tests.engine.rig import note, running, tiny
from tests.fixtures import OpenDatabase
from tests.okno.conftest import OwnServer


def presence(word: str) -> PresenceAsked:
    """A command that changes nothing durable."""
    return PresenceAsked(at=clock.now(), command=str(uuid4()), actor="anna", role="operator", presence=word)


async def value(database: Database, key: str) -> Any:
    """A counter as the database has it."""
    return await database.fetchval("SELECT value FROM counters WHERE id = $1", key)


async def own_database(server: OwnServer) -> Database:
    """The engine's database on a server one may kill."""
    await server.start()
    database = await Database.open(database_url(server.url, "postgres"), name="t")
    await migrate(database, "okno", "migrations")
    await migrate(database, "engine", "store/migrations")
    return database


async def test_answered_when_saved_with_history_and_outbox(database: OpenDatabase, keyring: Keyring) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        answers = await asyncio.gather(*(rig.loop.command(note()) for _ in range(20)))
        assert all(answer.ok for answer in answers)
        assert await value(rig.database, "notes") == 20
        assert await rig.database.fetchval("SELECT count(*) FROM history") == 20
        assert await rig.database.fetchval("SELECT count(*) FROM outbox") == 20
        turns = await rig.database.fetchval("SELECT turn FROM lease")
        assert turns == rig.loop.writer.number <= 20  # gathered
        assert rig.loop.writer.buffered == 0


async def test_facts_that_come_one_by_one_share_turns_and_a_command_waits_for_none(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        for n in range(40):
            rig.loop.take(CallArrived(at=clock.now(), call=f"c{n}"))
            await asyncio.sleep(0.002)
        assert (await rig.loop.command(note())).ok
        assert 1 < rig.loop.writer.number < 30


async def test_an_event_that_changes_nothing_durable_opens_no_transaction(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        answer = await rig.loop.command(replace(presence("live"), command="p1"))
        assert answer.ok
        await rig.loop.command(replace(note("silent"), command="s1"))
        assert rig.loop.writer.number == 1  # the answer of `p1` alone is remembered
        assert [json.loads(text)["ops"][0][:3] for text in rig.told] == [["set", "pbxes", "main"]]


async def test_the_same_command_gets_the_same_answer_after_a_restart_too(
    database: OpenDatabase, keyring: Keyring
) -> None:
    one, asked = await database("engine"), note()
    async with running(one, keyring, tiny) as rig:
        first, second = await asyncio.gather(rig.loop.command(asked), rig.loop.command(asked))
        assert first == second == await rig.loop.command(asked)
        assert rig.metric("okno_commands_total", name="NoteAsked", ok="true") == 1
    async with running(one, keyring, tiny) as rig:
        assert await rig.loop.command(asked) == first
        assert await value(one, "notes") == 1


async def test_what_comes_round_the_loop_is_reduced_at_once(database: OpenDatabase, keyring: Keyring) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        await rig.loop.command(note("again"))
        assert await value(rig.database, "again") == 1


async def test_who_waits_for_an_event_is_told_when_it_is_written(database: OpenDatabase, keyring: Keyring) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        told: list[tuple[str, bool, int]] = []

        def taken(text: str) -> None:
            rig.loop.take(note(text), lambda well: told.append((text, well, rig.loop.writer.number)))

        for text in ("a", "boom", "silent", "bad", "b"):  # a mistake of ours, nothing, a row the database refuses
            taken(text)
        await rig.until(lambda: len(told) == 5)
        assert {text: well for text, well, _ in told} == {"a": True, "boom": False, "silent": True, "bad": False, "b": True}
        assert all(number > 0 for text, _, number in told if text != "silent")
        assert await value(rig.database, "notes") == 2


async def test_a_mistake_in_a_room_poisons_one_event_and_stops_nothing(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        answers = await asyncio.gather(*(rig.loop.command(note(text)) for text in ("a", "boom", "b")))
        assert [answer.ok for answer in answers] == [True, False, True]
        assert answers[1].why == "failed"
        assert rig.metric("okno_poisoned_total") == 1 == rig.loop.poisoned
        row = await rig.database.fetchrow("SELECT * FROM poisoned_events")
        assert row is not None and (row["kind"], row["reason"]) == ("NoteAsked", "ValueError")
        assert "boom" in rig.codec.open(row["event"], "poisoned_events", "event", str(row["id"]))
        assert b"boom" not in row["event"]
        assert await value(rig.database, "notes") == 2


async def test_data_that_cannot_be_written_are_taken_back_and_poisoned(
    database: OpenDatabase, keyring: Keyring
) -> None:
    async with running(await database("engine"), keyring, tiny) as rig:
        texts = ["a", "b", "bad", "c", "d", "bad", "e"]
        answers = await asyncio.gather(*(rig.loop.command(note(text)) for text in texts))
        assert [answer.ok for answer in answers] == [text != "bad" for text in texts]
        assert rig.loop.world.get(Call, "no uuid") is None
        assert rig.loop.world.get(Counter, "notes") == Counter(key="notes", value=5)
        assert await value(rig.database, "notes") == 5
        assert await rig.database.fetchval("SELECT count(*) FROM history") == 5
        assert await rig.database.fetchval("SELECT count(*) FROM poisoned_events") == 2
        assert rig.screens.tables["calls"] == {}


async def test_a_constraint_of_the_database_is_the_net(database: OpenDatabase, keyring: Keyring) -> None:
    """Two calls of one channel cannot be: the second is poisoned, the first stays."""
    async with running(await database("engine"), keyring, tiny) as rig:
        first, second = note("ring", command="same"), note("ring", command="same")
        await rig.loop.command(first)
        rig.loop.take(second)
        await rig.until(lambda: rig.loop.poisoned)
        await rig.loop.command(note())
        assert [call.key for call in rig.loop.world.all(Call)] == [first.request]
        assert rig.screens.tables["calls"].keys() == {first.request}


async def test_a_timer_fires_once_and_survives_a_restart(database: OpenDatabase, keyring: Keyring) -> None:
    one = await database("engine")
    async with running(one, keyring, tiny) as rig:
        await rig.loop.command(note("timer"))
        assert await one.fetchval("SELECT count(*) FROM timers") == 1
        await rig.until(lambda: rig.loop.world.get(Counter, "fired:t"))
        assert rig.loop.world.get(Timer, "t") is None
        await rig.loop.command(note())
        assert await one.fetchval("SELECT count(*) FROM timers") == 0
        await rig.loop.command(note("timer"))
    await one.execute("DELETE FROM counters")
    async with running(one, keyring, tiny) as rig:
        await rig.until(lambda: rig.loop.world.get(Counter, "fired:t"))


async def test_the_ring_does_not_wait_for_the_commit(database: OpenDatabase, keyring: Keyring) -> None:
    one = await database("engine")
    async with running(one, keyring, tiny) as rig, one.acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT * FROM lease FOR UPDATE")  # no turn can be written now
            asked = asyncio.create_task(rig.loop.command(note("ring")))
            await rig.until(lambda: rig.told)
            ring = json.loads(rig.told[0])
            assert (ring["type"], ring["operator"]) == ("ring", "orlova")
            assert not asked.done()
        assert (await asked).ok
        assert [json.loads(text)["type"] for text in rig.told[:2]] == ["ring", "patch"]


async def test_the_database_killed_the_loop_goes_on_and_catches_up(
    own_postgres: OwnServer, keyring: Keyring
) -> None:
    one = await own_database(own_postgres)
    try:
        async with running(one, keyring, tiny) as rig:
            await rig.loop.command(note())
            own_postgres.kill()
            waiting = [asyncio.create_task(rig.loop.command(note("ring"))) for _ in range(5)]
            await rig.until(lambda: len(rig.screens.tables["calls"]) == 5)
            assert rig.screens.unsaved and rig.loop.writer.away and rig.loop.writer.buffered >= 5
            assert json.loads(rig.told[-1])["unsaved"] is True
            await asyncio.sleep(0.5)
            assert not any(task.done() for task in waiting)  # nothing is acknowledged meanwhile
            await own_postgres.start()
            assert all(answer.ok for answer in await asyncio.wait_for(asyncio.gather(*waiting), 15))
            await rig.until(lambda: not rig.screens.unsaved)
            assert await one.fetchval("SELECT count(*) FROM calls") == 5
            assert rig.loop.writer.buffered == 0
            assert json.loads(rig.told[-1])["unsaved"] is False
    finally:
        await one.close()


async def test_the_database_frozen_is_told_within_seconds(own_postgres: OwnServer, keyring: Keyring) -> None:
    one = await own_database(own_postgres)
    try:
        async with running(one, keyring, tiny) as rig:
            await rig.loop.command(note())
            own_postgres.freeze()
            asked = asyncio.create_task(rig.loop.command(note("ring")))
            await rig.until(lambda: rig.screens.unsaved, 5)
            assert len(rig.screens.tables["calls"]) == 1 and not asked.done()
            own_postgres.thaw()
            assert (await asyncio.wait_for(asked, 15)).ok
            await rig.until(lambda: not rig.screens.unsaved)
            assert await one.fetchval("SELECT count(*) FROM calls") == 1
    finally:
        await one.close()


async def test_a_full_buffer_refuses_commands_and_facts(own_postgres: OwnServer, keyring: Keyring) -> None:
    one = await own_database(own_postgres)
    try:
        async with running(one, keyring, tiny, buffer=6) as rig:
            own_postgres.kill()
            waiting = [asyncio.create_task(rig.loop.command(note("ring"))) for _ in range(5)]
            await rig.until(lambda: rig.loop.writer.full)
            refused = await rig.loop.command(note())
            assert (refused.ok, refused.why) == (False, "database_down")
            with pytest.raises(LoopFull):
                rig.loop.take(HangupRequested(at=clock.now(), pbx="main", uniqueid="1.1"))
            assert rig.overflowed == ["main"]
            await own_postgres.start()
            assert all(answer.ok for answer in await asyncio.wait_for(asyncio.gather(*waiting), 15))
            assert (await rig.loop.command(note())).ok
    finally:
        await one.close()


class LosesTheAnswer(TurnStore):
    """A store whose COMMIT succeeds and whose answer is lost, once."""

    lost = False

    async def save(self, epoch: int, number: int, batch: Any) -> None:
        """Save, then say that nobody knows."""
        await super().save(epoch, number, batch)
        if not self.lost:
            self.lost = True
            raise DatabaseDown


async def test_a_commit_whose_answer_was_lost_is_not_repeated(database: OpenDatabase, keyring: Keyring) -> None:
    one = await database("engine")
    async with running(one, keyring, tiny) as rig:
        saver = LosesTheAnswer(one, rig.codec)
        rig.loop.writer._saver = saver
        assert (await rig.loop.command(note("once"))).ok
        assert saver.lost
        assert await one.fetchval("SELECT count(*) FROM history") == 1
        assert (await rig.loop.command(note())).ok


async def test_who_lost_the_lease_writes_nothing_and_ends(database: OpenDatabase, keyring: Keyring) -> None:
    one = await database("engine")
    with pytest.raises(LeaseLost):
        async with running(one, keyring, tiny) as rig:
            await one.execute("UPDATE lease SET epoch = epoch + 1")
            with suppress(asyncio.CancelledError):
                await rig.loop.command(note())
            await rig.task
    assert await one.fetchval("SELECT count(*) FROM history") == 0


async def test_who_lost_its_epoch_while_the_database_was_away_drops_its_buffer(
    own_postgres: OwnServer, keyring: Keyring
) -> None:
    one = await own_database(own_postgres)
    try:
        with pytest.raises(LeaseLost):
            async with running(one, keyring, tiny) as rig:
                await rig.loop.command(note())
                own_postgres.kill()
                asked = asyncio.create_task(rig.loop.command(note()))
                await rig.until(lambda: rig.loop.writer.away)
                await own_postgres.start()
                other = await asyncpg.connect(database_url(own_postgres.url, "postgres"))
                await other.execute("UPDATE lease SET epoch = epoch + 1")
                await other.close()
                with suppress(asyncio.CancelledError):
                    await asked
                await rig.task
        assert await one.fetchval("SELECT count(*) FROM history") == 1
    finally:
        await one.close()


async def test_a_turn_that_is_refused_for_its_data_says_so_and_no_more(
    database: OpenDatabase, keyring: Keyring
) -> None:
    """The error names the constraint, never the values."""
    one = await database("engine")
    async with running(one, keyring, tiny) as rig:
        await rig.loop.command(note("ring", command="same"))
        rig.loop.take(note("ring", command="same"))
        await rig.until(lambda: rig.loop.poisoned)
        row = await one.fetchrow("SELECT reason FROM poisoned_events")
        assert row is not None and row["reason"] == CannotSave.__name__


async def test_every_play_is_in_the_history_as_the_rooms_saw_it(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts of many calls side by side: each call and request is in the database once, as it ended."""
    monkeypatch.setattr("okno.clock.now", lambda: T)  # so that no wrap-up of theirs is over yet
    facts = [shifted(fact, copy) for copy, (play, _) in enumerate(TABLE) for fact in play()]
    expected = Ended(clinic()).play(facts)
    one = await database("engine")
    async with running(one, keyring, world=clinic()) as rig:
        for fact in facts:
            rig.loop.take(fact)
        await rig.until(lambda: not rig.loop.queued and not rig.loop.writer.pending, 30)
        assert rig.loop.poisoned == 0
        history = History(one, rig.codec)
        calls = {call.key: call for call in (await history.calls(CallFilter(), limit=500)).items}
        requests = {request.key: request for request in (await history.requests(RequestFilter(), limit=500)).items}
        assert calls == expected.calls
        assert requests == expected.requests
        assert rig.screens.tables == draw_all(rig.loop.world)
        still_open = await one.fetchval("SELECT count(*) FROM requests WHERE open")
        assert still_open == len(rig.screens.tables["requests"])
