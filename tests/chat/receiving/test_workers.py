"""Readers: one per person at a time, poison set aside, nothing lost when they die."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from chat.receiving import workers
from chat.receiving.turn import Turn
from chat.wire import Envelope
from okno import __version__
from okno.seal import Keyring
from tests.chat.clinic import KEY, Place, raw, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(workers, "_PAUSES_S", (0.0,))
    return Place(await database("chat"), keyring)


async def test_poison_is_tried_five_times_then_his_next_message_is_free(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "poison": True}, {"id": "2", "peer": "5501", "text": "after"})
    rows = await place.database.fetch("SELECT state, attempts, error FROM raw_event ORDER BY id")
    assert [(row["state"], row["attempts"]) for row in rows] == [("dead", workers.TRIES), ("done", 0)]
    assert rows[0]["error"].startswith(f"{__version__} RuntimeError")
    assert [row.text for row in await place.messages()] == ["after"]
    assert place.registry.get_sample_value("okno_chat_events_dead_total", {"account": KEY}) == 1


async def test_what_failed_leaves_nothing_but_its_failure(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = place.taking.tell

    async def breaks(turn: object) -> None:
        raise RuntimeError("at the very end")

    monkeypatch.setattr(place.taking, "tell", breaks)
    await place.raws.keep(KEY, [raw({"id": "1", "peer": "5501", "text": "x"})])
    assert await place.workers.one()
    assert await place.database.fetchval("SELECT count(*) FROM message") == 0
    monkeypatch.setattr(place.taking, "tell", tell)
    await place.read()
    assert [row.text for row in await place.messages()] == ["x"]


async def test_while_one_waits_for_his_next_try_others_are_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PAUSES_S", (3600.0,))
    await place.hear({"id": "1", "peer": "5501", "poison": True}, {"id": "2", "peer": "5501", "text": "waits"})
    await place.hear({"id": "3", "peer": "5502", "text": "free"})
    states = await place.database.fetch("SELECT state FROM raw_event ORDER BY id")
    assert [row["state"] for row in states] == ["waiting", "waiting", "done"]


async def test_what_one_release_could_not_read_the_next_one_tries_once_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.echo.breaks = RuntimeError("a mistake of ours")
    await place.hear({"id": "1", "peer": "5501", "text": "first"})
    assert await place.raws.again() == 0
    monkeypatch.setattr("chat.receiving.raws.__version__", "99.0")
    assert await place.raws.again() == 1
    await place.read()
    assert await place.database.fetchval("SELECT state || attempts FROM raw_event") == f"dead{workers.TRIES}"
    assert await place.raws.again() == 0
    monkeypatch.setattr("chat.receiving.raws.__version__", "99.1")
    place.echo.breaks = None
    assert await place.raws.again() == 1
    await place.read()
    assert [row.text for row in await place.messages()] == ["first"]


async def test_what_cannot_be_read_at_all_is_dead_at_once(place: Place) -> None:
    place.echo.breaks = ValueError("no form")
    await place.hear({"id": "1", "peer": "5501", "text": "x"})
    assert await place.database.fetchval("SELECT state || attempts FROM raw_event") == "dead1"


async def test_one_person_is_read_by_one_at_a_time(place: Place) -> None:
    """A second reader finds nothing while the first holds his oldest event, though more of his wait."""
    await place.raws.keep(KEY, [raw({"id": str(number), "peer": "5501", "text": "x"}) for number in range(3)])
    async with place.database.acquire() as first, first.transaction():
        assert await place.raws.take(first, [KEY]) is not None
        assert not await place.workers.one()
    assert await place.workers.one()


async def test_what_no_database_keeps_is_replaced_wherever_it_stands(place: Place) -> None:
    """Half a sign, and none: in words, a name, a file's type, a subject, what the channel needs again."""
    bad = "a\0\ud83db"
    await place.says(
        bad, peer=bad, id=bad, subject=bad, html=bad, group=bad, error=bad, extra={bad: [bad]}, entry={"payload": bad},
        who={"name": bad, "username": bad, "phone": bad}, message=bad,
        files=[{"kind": "file", "name": bad, "mime": bad, "text": bad, "ref": {"token": bad}}],
    )  # fmt: skip
    (row,) = await place.messages()
    good = bad.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    assert (row.text, row.subject, row.html, row.album) == (good, good, good, good)
    assert [(one.name, one.mime, one.words) for one in row.attachments] == [(good, good, good)]
    view = await place.seeing.open((await place.conversations())[0].id, who())
    assert (view.name, view.username, view.entry) == (good, good, {"payload": good})
    assert view.model_dump_json()


async def test_what_is_held_up_is_no_fault_of_the_event(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row somebody holds too long, a full disk: however often, the event is read afterwards, never set aside."""
    take, troubles = place.taking.take, [asyncpg.LockNotAvailableError, asyncpg.DiskFullError] * workers.TRIES

    async def held(turn: Turn, envelope: Envelope) -> None:
        if troubles:
            raise troubles.pop()("held")
        await take(turn, envelope)

    monkeypatch.setattr(place.taking, "take", held)
    await place.says("x")
    assert troubles == []
    assert await place.database.fetchval("SELECT state || attempts FROM raw_event") == "done0"
    assert [row.text for row in await place.messages()] == ["x"]


async def test_very_much_that_was_read_is_forgotten_in_many_small_steps(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.receiving.raws._AT_ONCE", 3)
    await place.hear(*({"id": str(number), "peer": str(number), "kind": "typing"} for number in range(8)))
    await place.database.execute("UPDATE raw_event SET done_at = done_at - $1::interval", timedelta(days=100))
    assert await place.raws.tidy() == 8
    assert await place.database.fetchval("SELECT count(*) FROM raw_event") == 0


async def test_what_was_read_long_ago_is_forgotten_and_what_waits_never(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "text": "old"})
    await place.raws.keep(KEY, [raw({"id": "2", "peer": "5501", "text": "waits"})])
    await place.database.execute(
        "UPDATE raw_event SET received_at = received_at - $1::interval, done_at = done_at - $1::interval",
        timedelta(days=100),
    )
    assert await place.raws.tidy() == 1
    assert await place.database.fetchval("SELECT state FROM raw_event") == "waiting"


async def test_what_another_process_kept_is_found(place: Place) -> None:
    running = asyncio.create_task(place.workers.run())
    try:
        other = Place(place.database, place.keyring)
        await other.raws.keep(KEY, [raw({"id": "1", "peer": "5501", "text": "x"})])
        async with asyncio.timeout(10):
            while await place.database.fetchval("SELECT state FROM raw_event") != "done":
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [row.text for row in await place.messages()] == ["x"]


async def test_one_who_floods_delays_nobody(place: Place) -> None:
    """While his oldest is read, thousands that wait behind it stand before nobody else's."""
    flood = [raw({"id": f"f{number}", "peer": "5501", "text": "x"}) for number in range(3000)]
    await place.raws.keep(KEY, flood)
    async with place.database.acquire() as first, first.transaction():
        held = await place.raws.take(first, [KEY])
        assert held is not None
        await place.raws.keep(KEY, [raw({"id": f"o{one}", "peer": f"o{one}", "text": "y"}) for one in range(20)])
        async with place.database.acquire() as second, second.transaction():
            taken = []
            while (one := await place.raws.take(second, [KEY])) is not None:
                taken.append(json.loads(place.raws.body(one))["id"])
        assert sorted(taken) == sorted(f"o{one}" for one in range(20))
    assert json.loads(place.raws.body(held))["id"] == "f0"


async def test_of_an_account_that_is_off_nothing_is_taken(place: Place) -> None:
    await place.raws.keep(KEY, [raw({"id": "1", "peer": "5501", "text": "x"})])
    async with place.database.acquire() as connection, connection.transaction():
        assert await place.raws.take(connection, []) is None
        assert await place.raws.take(connection, ["aaa:other", "zzz:other"]) is None
        assert await place.raws.take(connection, ["aaa:other", KEY, "zzz:other"]) is not None
