"""The rules at work on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest_asyncio

from chat.ruling.rules import Book
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import Place, rules
from tests.fixtures import OpenDatabase

HELLO, CLOSED, HELP = {"en": "Hello", "ru": "Hello-ru"}, {"en": "Closed"}, {"en": "Call 103"}


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def ours(place: Place) -> list[str]:
    """What was said by itself."""
    return [row.text for row in await place.messages() if row.side == "out"]


async def test_he_is_greeted_once_in_his_language_and_it_is_sent(place: Place) -> None:
    place.book = rules(greeting=HELLO)
    await place.says("one", who={"lang": "en"})
    await place.says("two", who={"lang": "en"})
    assert await ours(place) == ["Hello"]
    greeting = (await place.messages())[1]
    assert (greeting.what, greeting.author, greeting.state) == ("greeting", "", "queued")
    assert await place.outgoing() == 1
    # It is no person's answer: he still waits.
    assert (await place.told("ConversationWaits"))[-1]["unheard"] == 2
    assert await place.told("ConversationAnswered") == []


async def test_one_who_comes_by_a_link_is_greeted_before_he_writes(place: Place) -> None:
    place.book = rules(greeting=HELLO)
    await place.hear({"id": "s", "peer": "5501", "kind": "start"})
    await place.says("hello")
    assert await ours(place) == ["Hello-ru"]


async def test_outside_the_hours_he_is_told_once(place: Place) -> None:
    place.book = rules(greeting=HELLO, closed=CLOSED)
    night = Book.of({
        "zone": "UTC", "language": "en", "clinic": "", "document": {
            "queues": [{"name": "registry", "hours": "never"}], "hours": {"never": {"week": {}}},
            "chats": {"registry": {"closed": CLOSED}},
        },
    })  # fmt: skip
    place.book = night
    await place.says("one")
    await place.says("two")
    assert await ours(place) == ["Closed"]
    assert len(await place.told("ConversationWaits")) == 2


async def test_an_emergency_raises_shows_and_answers_once(place: Place) -> None:
    place.book = rules(emergency=HELP, keywords=[{"words": ["bleed*"], "priority": 90, "emergency": True}])
    await place.says("good day")
    await place.says("it bleeds")
    await place.says("it bleeds more")
    assert await ours(place) == ["Call 103"]
    assert [(one["priority"], one["emergency"]) for one in await place.told("ConversationWaits")] == [
        (0, False), (90, True), (90, True),
    ]  # fmt: skip


async def test_words_that_come_by_an_edit_raise_too(place: Place) -> None:
    place.book = rules(keywords=[{"words": ["bleed*"], "priority": 90, "emergency": True}])
    await place.hear({"id": "1", "peer": "5501", "text": "good day"})
    await place.hear({"id": "2", "peer": "5501", "text": "it bleeds", "kind": "message.edit", "message": "m-1"})
    assert (await place.conversations())[0].emergency
    assert [one["emergency"] for one in await place.told("ConversationWaits")] == [False, True]


async def test_a_machine_is_answered_nothing(place: Place) -> None:
    place.book = rules(greeting=HELLO)
    await place.says("out of office", silent=True)
    assert await ours(place) == []


async def test_one_who_is_blocked_is_kept_and_nobody_is_asked(place: Place) -> None:
    place.book = rules(greeting=HELLO)
    await place.says("buy now")
    await place.database.execute("UPDATE identity SET blocked_at = now()")
    await place.database.execute("UPDATE conversation SET open = false, closed_at = now()")
    told = len(await place.told())
    await place.says("buy more")
    assert [row.text for row in await place.messages() if row.side == "in"] == ["buy now", "buy more"]
    assert len(await place.conversations()) == 1
    assert len(await place.told()) == told


async def test_after_the_end_he_is_asked_and_a_digit_answers(place: Place) -> None:
    place.book = rules(survey={"en": "1 to 5?"})
    await place.says("hello")
    conversation = (await place.conversations())[0]
    await place.database.execute("UPDATE conversation SET answered_seq = 1")
    told = await place.stands(conversation.id, over=True, seq=1)
    assert await ours(place) == ["1 to 5?"]
    await place.says("5")
    assert [one.open for one in await place.conversations()] == [False]
    (rated,) = await place.told("ConversationRated")
    assert (rated["score"], rated["request"]) == (5, str(told.request))
    await place.says("4")  # the second is no answer any more: it is a message
    assert [one.open for one in await place.conversations()] == [False, True]


async def test_how_it_was_is_told_of_the_request_that_ended_after_its_conversation(place: Place) -> None:
    """The engine closes the request when it hears that the conversation is over: the score comes later still."""
    place.book = rules(survey={"en": "1 to 5?"})
    await place.says("hello")
    id = (await place.conversations())[0].id
    told = await place.stands(id, version=1, owner="anna", status="in_progress")
    await place.database.execute("UPDATE conversation SET answered_seq = 1")
    await place.hear({"id": "e", "peer": "5501", "kind": "end", "message": ""})
    await place.stands(id, request=told.request, version=2, over=True, seq=1)
    await place.hear({"id": "r", "peer": "5501", "kind": "rate", "score": 4, "message": ""})
    (rated,) = await place.told("ConversationRated")
    assert (rated["score"], rated["request"]) == (4, str(told.request))


async def test_when_his_window_is_over_nothing_is_said_that_would_not_go(place: Place) -> None:
    place.echo.abilities = replace(place.echo.abilities, window_s=60)
    place.book = rules(survey={"en": "1 to 5?"})
    await place.says("hello")
    await place.database.execute("UPDATE conversation SET answered_seq = 1, window_until = now() - interval '1 s'")
    await place.stands((await place.conversations())[0].id, over=True, seq=1)
    assert await ours(place) == []


async def test_a_conversation_nobody_of_ours_answered_is_not_asked_about(place: Place) -> None:
    place.book = rules(survey={"en": "1 to 5?"})
    await place.says("hello")
    await place.stands((await place.conversations())[0].id, over=True, seq=1)
    assert await ours(place) == []


async def test_a_digit_long_after_is_a_message(place: Place) -> None:
    place.book = rules(survey={"en": "1 to 5?"})
    await place.says("hello")
    await place.database.execute("UPDATE conversation SET answered_seq = 1")
    await place.stands((await place.conversations())[0].id, over=True, seq=1)
    await place.database.execute("UPDATE conversation SET closed_at = $1", clock.now() - timedelta(days=2))
    await place.says("5")
    assert [one.open for one in await place.conversations()] == [False, True]


async def test_a_letter_gets_one_letter_the_one_that_matters_most(place: Place) -> None:
    place.echo.abilities = replace(place.echo.abilities, alive=False)
    place.book = rules(
        greeting=HELLO, emergency=HELP, keywords=[{"words": ["pain"], "emergency": True}]
    )
    await place.says("a great pain")
    await place.says("and a great pain once more")
    assert await ours(place) == ["Call 103"]


async def test_nobody_is_asked_by_a_letter_how_it_was(place: Place) -> None:
    place.echo.abilities = replace(place.echo.abilities, alive=False)
    place.book = rules(survey={"en": "1 to 5?"})
    await place.says("hello")
    await place.database.execute("UPDATE conversation SET answered_seq = 1")
    await place.stands((await place.conversations())[0].id, over=True, seq=1)
    assert await ours(place) == []
