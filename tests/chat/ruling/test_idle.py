"""Conversations nobody writes in are closed; one who waits for us never."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from chat.desk.asked import Sent
from chat.ruling import idle
from chat.ruling.rules import Book
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import Place, rules, rules_told, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring, book=rules(idle_min=60, closing={"en": "Bye"}, survey={"en": "?"}))


async def test_after_our_answer_it_is_closed_with_a_farewell(place: Place) -> None:
    await place.says("hello")
    await place.database.execute("UPDATE conversation SET answered_seq = last_seq + 1, last_seq = last_seq + 1")
    assert await place.idle.close(clock.now() + timedelta(minutes=59)) == 0
    assert await place.idle.close(clock.now() + timedelta(minutes=61)) == 1
    assert [one["why"] for one in await place.told("ConversationOver")] == ["idle"]
    assert [row.what for row in await place.messages() if row.side == "out"] == ["closing", "survey"]
    assert await place.idle.close(clock.now() + timedelta(minutes=61)) == 0


async def test_one_who_waits_for_us_is_never_closed(place: Place) -> None:
    await place.says("hello")
    assert await place.idle.close(clock.now() + timedelta(days=30)) == 0


async def test_one_whose_answer_has_not_gone_yet_is_not_closed(place: Place) -> None:
    """Its account is ill for hours: the answer, a farewell and a question how it was would come all at once."""
    await place.says("hello")
    id = (await place.conversations())[0].id
    await place.writing.send(id, Sent(who=who(), id=uuid4(), text="good day"))
    assert await place.idle.close(clock.now() + timedelta(minutes=61)) == 0
    await place.database.execute("UPDATE message SET state = 'sent' WHERE side = 'out'")
    assert await place.idle.close(clock.now() + timedelta(minutes=61)) == 1


async def test_one_who_only_came_is_closed_without_a_word(place: Place) -> None:
    await place.hear({"id": "s", "peer": "5501", "kind": "start"})
    assert await place.idle.close(clock.now() + timedelta(days=1)) == 1
    assert [row.side for row in await place.messages()] == ["system"]
    assert await place.told() == []


async def test_without_rules_nothing_is_closed(place: Place) -> None:
    place.book = rules(idle_min=0)
    await place.hear({"id": "s", "peer": "5501", "kind": "start"})
    assert await place.idle.close(clock.now() + timedelta(days=30)) == 0


async def test_letters_are_answered_in_days_and_never_closed_as_idle(place: Place) -> None:
    place.echo.abilities = replace(place.echo.abilities, alive=False)
    await place.says("hello")
    await place.database.execute("UPDATE conversation SET answered_seq = last_seq + 1, last_seq = last_seq + 1")
    assert await place.idle.close(clock.now() + timedelta(days=30)) == 0


async def answered(place: Place, *peers: str) -> None:
    """Persons write, and are answered."""
    for peer in peers:
        await place.says("hello", peer=peer)
    await place.database.execute(
        "UPDATE conversation SET answered_seq = last_seq + 1, last_seq = last_seq + 1 WHERE answered_seq = 0"
    )


async def test_a_queue_that_never_closes_keeps_no_others_from_being_closed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many old conversations that stay open, none takes the turn of one that is idle."""
    told = rules_told(idle_min=60).model_dump(mode="json")
    told["document"]["queues"] += [{"name": name, "title": {}, "hours": None} for name in ("never", "later")]
    told["document"]["chats"] |= {"never": {"idle_min": 0}, "later": {"idle_min": 6000}}
    place.book = Book.of(told)
    monkeypatch.setattr(idle, "_AT_ONCE", 3)
    await answered(place, *"12345678")
    await place.database.execute(
        "UPDATE conversation SET queue = CASE WHEN opened_at < (SELECT opened_at FROM conversation ORDER BY opened_at"
        " OFFSET 4 LIMIT 1) THEN 'never' ELSE 'later' END"
    )
    await answered(place, "9", "10", "11")
    await place.database.execute("UPDATE conversation SET queue = 'gone' WHERE id = $1", (await place.conversations())[-1].id)
    assert await place.idle.close(clock.now() + timedelta(minutes=61)) == 3
    open_ones = [one.queue for one in await place.conversations() if one.open]
    assert sorted(open_ones) == ["later"] * 4 + ["never"] * 4
    assert await place.idle.close(clock.now() + timedelta(minutes=6001)) == 3
    assert await place.idle.close(clock.now() + timedelta(minutes=6001)) == 1


async def test_one_that_cannot_be_opened_keeps_no_others_from_being_closed(place: Place) -> None:
    await answered(place, "1", "2")
    broken = (await place.conversations())[0]
    await place.database.execute("UPDATE identity SET person = 'torn' WHERE id = $1", broken.identity)
    assert await place.idle.close(clock.now() + timedelta(minutes=61)) == 1
    assert [one.open for one in await place.conversations()] == [True, False]
