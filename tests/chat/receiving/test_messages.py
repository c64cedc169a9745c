"""What he wrote, written where it belongs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from chat.conversations import telling
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import Place, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


async def test_a_message_makes_a_person_a_conversation_and_is_told(place: Place) -> None:
    await place.says("Hello", who={"phone": "8 999 000-18-73"})
    conversation = (await place.conversations())[0]
    (message,) = await place.messages()
    assert (message.side, message.text, message.seq, message.state) == ("in", "Hello", 1, "")
    (told,) = await place.told("ConversationWaits")
    assert told["conversation"] == str(conversation.id)
    assert (told["seq"], told["first"], told["unheard"], told["kind"], told["account"]) == (1, True, 1, "chat", "echo:main")
    assert told["who"] == {"name": "Anna P.", "phone": "+79990001873", "topic": ""}
    (claim,) = await place.told("PhoneClaimed")
    assert (claim["verified"], claim["who"]["phone"]) == (False, "+79990001873")


async def test_a_name_that_is_learnt_later_is_told_and_makes_nothing(place: Place) -> None:
    nameless = {"name": ""}
    await place.hear({"id": "0", "peer": "5501", "text": "", "kind": "profile"})
    assert await place.conversations() == []
    await place.says("Hello", peer="5502", who=nameless)
    await place.hear({"id": "p", "peer": "5502", "text": "", "kind": "profile", "who": {"name": "Vera L."}})
    assert len(await place.conversations()) == 1 and len(await place.messages()) == 1
    told = await place.told("ConversationWaits")
    assert [(one["seq"], one["who"]["name"]) for one in told] == [(1, ""), (1, "Vera L.")]


async def test_nothing_of_a_person_is_readable_in_the_database(place: Place) -> None:
    await place.says("a secret tooth", peer="79990001873", who={"phone": "+79990001873", "name": "Vera Lyapina"})
    for table in ("raw_event", "identity", "conversation", "message", "outbox", "audit"):
        rows = await place.database.fetch(f"SELECT t::text AS line FROM {table} t")  # noqa: S608
        text = " ".join(row["line"] for row in rows)
        assert not [word for word in ("79990001873", "Lyapina", "tooth") if word in text], table


async def test_the_same_event_and_the_same_message_are_taken_once(place: Place) -> None:
    said = {"id": "1", "peer": "5501", "text": "once"}
    await place.hear(said, said, said)
    await place.hear(said | {"id": "2", "message": "m-1"})  # another event (a backfill) with the same message
    assert [one.text for one in await place.messages()] == ["once"]
    assert len(await place.told("ConversationWaits")) == 1


async def test_a_message_of_a_closed_conversation_that_comes_again_opens_none(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "text": "once"})
    conversation = (await place.conversations())[0]
    await place.stands(conversation.id, over=True, seq=1)
    await place.hear({"id": "2", "peer": "5501", "text": "once", "message": "m-1"})
    assert [one.open for one in await place.conversations()] == [False]


async def test_unheard_counts_what_he_wrote_since_a_person_answered(place: Place) -> None:
    await place.says("one")
    await place.says("two")
    assert [one["unheard"] for one in await place.told("ConversationWaits")] == [1, 2]
    assert [one["first"] for one in await place.told("ConversationWaits")] == [True, False]


async def test_nobody_counts_beyond_what_a_list_shows(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message of one who floods costs as much as the one before."""
    monkeypatch.setattr(telling, "_TOLD", telling._TOLD.replace("LIMIT 100", "LIMIT 3"))
    for _ in range(5):
        await place.says("x")
    assert [one["unheard"] for one in await place.told("ConversationWaits")] == [1, 2, 3, 3, 3]


async def test_what_an_unknown_type_says_is_kept_and_shown(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "kind": "unsupported", "error": "poll"})
    assert [(one.what, one.side) for one in await place.messages()] == [("unsupported", "in")]
    assert len(await place.told("ConversationWaits")) == 1


async def test_an_edit_keeps_what_was_and_a_deletion_leaves_a_tombstone(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "text": "first"})
    await place.hear({"id": "2", "peer": "5501", "text": "second", "kind": "message.edit", "message": "m-1"})
    (message,) = await place.messages()
    assert (message.text, message.edited, message.version, message.seq, message.changed) == ("second", True, 2, 1, 2)
    await place.hear({"id": "3", "peer": "5501", "kind": "message.delete", "message": "m-1"})
    (message,) = await place.messages()
    assert (message.text, message.deleted, message.changed) == ("", True, 3)
    view = await place.seeing.open(UUID(str((await place.conversations())[0].id)), who(role="supervisor"))
    assert [one.text for one in view.messages] == ["second"]
    assert await place.database.fetchval("SELECT count(*) FROM message_version") == 1


async def test_an_edit_of_what_we_never_had_is_a_message(place: Place) -> None:
    await place.hear({"id": "2", "peer": "5501", "text": "late", "kind": "message.edit", "message": "m-1"})
    assert [one.text for one in await place.messages()] == ["late"]


async def test_what_was_taken_back_before_it_came_is_a_tombstone(place: Place) -> None:
    """Its cloud was refused and brings it again, after the word that it is gone."""
    gone = {"id": "2", "peer": "5501", "kind": "message.delete", "message": "m-1"}
    await place.hear(gone, {"id": "1", "peer": "5501", "text": "to the wrong clinic"})
    assert await place.conversations() == []
    await place.says("hello")
    told = len(await place.told())
    await place.hear(gone | {"id": "4", "message": "m-3"}, {"id": "3", "peer": "5501", "text": "another slip"})
    assert [(row.text, row.deleted) for row in await place.messages()] == [("hello", False), ("", True)]
    assert len(await place.told()) == told
    await place.hear({"id": "5", "peer": "5502", "text": "m-3 of another", "message": "m-3"})
    assert len(await place.told()) == told + 1


async def test_files_are_kept_for_fetching_and_words_stand_for_what_has_none(place: Place) -> None:
    await place.says("", files=[
        {"kind": "image", "name": "a.jpg", "mime": "image/jpeg", "size": 12, "ref": {"token": "t"}},
        {"kind": "location", "text": "55.75, 37.62"},
    ])  # fmt: skip
    (message,) = await place.messages()
    assert [(one.kind, one.state, one.words) for one in message.attachments] == [
        ("image", "pending", ""), ("location", "words", "55.75, 37.62"),
    ]  # fmt: skip


async def test_a_reply_names_what_it_answers(place: Place) -> None:
    await place.hear({"id": "1", "peer": "5501", "text": "?"}, {"id": "2", "peer": "5501", "text": "!", "reply_to": "m-1"})
    first, second = await place.messages()
    assert (first.reply_to, second.reply_to) == (None, first.id)


async def test_three_messages_of_one_second_stand_as_the_channel_says(place: Place) -> None:  # T6
    at = clock.now().replace(microsecond=0).isoformat()
    for number in (3, 1, 2):
        await place.hear({"id": str(number), "peer": "5501", "text": str(number), "order": number, "at": at})
    rows = await place.messages()
    assert [one.text for one in rows] == ["1", "2", "3"]
    assert [one.seq for one in rows] == [2, 3, 1]


async def test_one_that_comes_three_hours_late_stands_last_with_its_own_time(place: Place) -> None:  # T6
    now = clock.now()
    early = now - timedelta(hours=3)
    await place.hear({"id": "2", "peer": "5501", "text": "now", "order": 2, "at": now.isoformat()})
    await place.hear({"id": "1", "peer": "5501", "text": "early", "order": 1, "at": early.isoformat()})
    rows = await place.messages()
    assert [(one.text, one.sent_at, one.seq) for one in rows] == [("now", None, 1), ("early", early, 2)]


async def test_what_staff_wrote_in_the_channel_itself_is_shown_once(place: Place) -> None:
    await place.says("hello")
    echo = {"id": "x", "peer": "5501", "kind": "message.echo", "text": "from the phone", "message": "m-echo"}
    await place.hear(echo, echo | {"id": "y"})
    assert [(one.side, one.what, one.text) for one in await place.messages()][1:] == [("out", "echo", "from the phone")]
    assert len(await place.told("ConversationWaits")) == 1


async def test_a_name_of_signs_only_a_script_in_every_field_are_kept_as_they_are(place: Place) -> None:
    script = "<script>alert(1)</script>"
    await place.says(script, subject=script, who={"name": "\U0001f600\u200d", "username": script, "lang": script})
    view = await place.seeing.open((await place.conversations())[0].id, who())
    assert (view.name, view.username, view.messages[0].text) == ("\U0001f600\u200d", script, script)
    assert view.subject == script


async def test_where_he_said_his_number_is_told(place: Place) -> None:
    await place.says("hello", who={"phone": "+79990001873", "verified": True}, extra={"claim": "page"})
    assert [(one["source"], one["verified"]) for one in await place.told("PhoneClaimed")] == [("page", True)]
    assert place.kept.threads.extra_of((await place.conversations())[0]) == {"claim": "page"}


async def test_his_number_is_told_when_it_is_learnt_and_with_each_conversation(place: Place) -> None:
    for number in range(3):
        await place.hear({"id": str(number), "peer": "5501", "text": "x", "who": {"phone": "+79990001873"}})
    assert len(await place.told("PhoneClaimed")) == 1
    await place.says("shared", who={"phone": "+79990001873", "verified": True})
    await place.says("another", who={"phone": "+79990001874"})
    assert [one["verified"] for one in await place.told("PhoneClaimed")] == [False, True, False]
    await place.stands((await place.conversations())[0].id, over=True, seq=99)
    await place.says("again")
    assert [one["who"]["phone"] for one in await place.told("PhoneClaimed")][-1] == "+79990001874"
    assert len(await place.told("PhoneClaimed")) == 4
