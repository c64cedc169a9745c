"""How accounts are: kept, told when it changes, doubted for what we know ourselves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from chat.accounts import watching
from chat.accounts.watching import Watching
from chat.channels import Lamp
from chat.receiving import workers
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import KEY, Place, listening, raw
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def test_a_lamp_is_told_when_it_changes_and_only_then(place: Place) -> None:
    async with listening(place.hub) as said:
        await place.watching.look(place.running)
        place.echo.colour = Lamp(colour="red", why="token")
        await place.watching.look(place.running)
        since = (await place.watching.rows())[0].since
        await place.watching.look(place.running)
        async with asyncio.timeout(10):
            while len(said) < 3:
                await asyncio.sleep(0.01)
    assert [(one["colour"], one["why"]) for one in said[1:]] == [("green", ""), ("red", "token")]
    (row,) = await place.watching.rows()
    assert (row.key, row.channel, row.colour, row.why, row.since) == (KEY, "echo", "red", "token", since)
    assert place.registry.get_sample_value("okno_chat_account_lamp", {"account": KEY}) == 2


async def test_one_that_does_not_answer_or_breaks_is_red(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks() -> Lamp:
        raise RuntimeError("no")

    async def hangs() -> Lamp:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(place.echo, "lamp", breaks)
    assert (await place.watching.look(place.running)).why == "broken"
    monkeypatch.setattr(place.echo, "lamp", hangs)
    monkeypatch.setattr(watching, "_LOOK_S", 0.05)
    assert (await place.watching.look(place.running)).why == "silent"


async def test_an_account_its_channel_refused_is_red_at_once(place: Place) -> None:
    await place.watching.ill(KEY, "token")
    assert [(row.colour, row.why) for row in await place.watching.rows()] == [("red", "token")]
    await place.watching.look(place.running)  # its channel has nothing against it any more
    assert [row.colour for row in await place.watching.rows()] == ["green"]


async def test_events_nobody_could_read_are_a_doubt(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PAUSES_S", (0.0,))
    await place.hear({"id": "1", "peer": "5501", "poison": True})
    lamp = await place.watching.look(place.running)
    assert (lamp.colour, lamp.why) == ("amber", "unreadable")
    await place.database.execute("UPDATE raw_event SET done_at = done_at - interval '2 days'")
    assert (await place.watching.look(place.running)).colour == "green"


async def test_a_long_silence_is_a_doubt(place: Place) -> None:
    await place.raws.keep(KEY, [])
    await place.hear(*({"id": str(number), "peer": "5501", "text": "x"} for number in range(200)))
    place.watching._counted.clear()
    assert (await place.watching.look(place.running)).colour == "green"
    place.raws._heard[KEY] = clock.now() - timedelta(hours=5)
    assert (await place.watching.look(place.running)).why == "no_news"


async def test_what_waits_and_what_has_not_gone_is_counted(place: Place) -> None:
    await place.watching.look(place.running)
    await place.says("hello")
    await place.database.execute("UPDATE raw_event SET state = 'waiting'")
    (row,) = await place.watching.rows()
    assert (row.waiting, row.undelivered) == (1, 0)
    assert row.heard_at is None
    await place.watching.look(place.running)
    assert (await place.watching.rows())[0].heard_at is not None


async def test_when_it_was_heard_last_is_known_to_all_processes_and_after_a_restart(place: Place) -> None:
    await place.says("hello")
    await place.watching.look(place.running)
    other = Place(place.database, place.keyring)
    assert other.raws.heard_at(KEY) is None
    await other.raws.remember()
    assert other.raws.heard_at(KEY) == place.raws.heard_at(KEY)
    await place.says("again")
    await place.watching.look(place.running)
    await other.watching.look(other.running)
    assert other.raws.heard_at(KEY) == place.raws.heard_at(KEY)


async def test_of_two_processes_the_one_that_runs_it_says_how_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only there is known how the polling goes; the other tells when it heard something."""
    monkeypatch.setattr(watching, "LOOK_EVERY_S", 0.02)
    other = Place(place.database, place.keyring)
    other.watching = Watching(
        other.database, other.accounts, other.raws, lambda: other.book, CollectorRegistry(), lambda _: False
    )
    place.echo.colour = Lamp(colour="amber", why="offline")
    both = [asyncio.create_task(one.watching.run()) for one in (place, other)]
    try:
        async with listening(place.hub) as said:
            await other.raws.keep(KEY, [raw({"id": "1", "peer": "5501", "text": "x"})])
            async with asyncio.timeout(10):
                while place.raws.heard_at(KEY) != other.raws.heard_at(KEY):
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    assert [one.why for one in await place.watching.rows()] == ["offline"]
    assert len([one for one in said if one["what"] == "account"]) <= 1, "it does not flicker"
