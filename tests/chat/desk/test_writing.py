"""What people of the clinic write: by the owner only, once for each id, within what the channel can."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from chat.desk.asked import Changed, No, Sent, Started, Told
from okno import clock
from okno.seal import Keyring
from tests.chat.clinic import ABLE, KEY, Place, listening, who
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    one = Place(await database("chat"), keyring)
    await one.says("hello")
    return one


async def id_of(place: Place) -> UUID:
    """The newest conversation."""
    return (await place.conversations())[-1].id


def sent(text: str = "Good day", operator: str = "anna", **more: Any) -> Sent:
    """A message somebody sends."""
    return Sent(**{"who": who(operator), "id": uuid4(), "text": text} | more)


async def why(wish: Any) -> str:
    """Why a wish is refused."""
    with pytest.raises(No) as refused:
        await wish
    return refused.value.why


async def test_an_answer_is_written_left_to_the_sender_told_and_audited(place: Place) -> None:
    id = await id_of(place)
    row = await place.writing.send(id, sent())
    assert (row.side, row.text, row.author, row.state, row.seq) == ("out", "Good day", "anna", "queued", 2)
    assert await place.outgoing() == 1
    (told,) = await place.told("ConversationAnswered")
    assert (told["conversation"], told["seq"], told["operator"]) == (str(id), 2, "anna")
    (entry,) = await place.audit.page()
    conversation = (await place.conversations())[0]
    assert (entry.actor, entry.action, entry.subject) == ("anna", "message.send", str(conversation.identity))


async def test_the_same_id_is_the_same_message(place: Place) -> None:  # T4
    id, message = await id_of(place), sent()
    first = await place.writing.send(id, message)
    assert await place.writing.send(id, message) == first
    assert await place.outgoing() == 1
    await place.says("hi", peer="5502")
    other = (await place.conversations())[-1].id
    assert await why(place.writing.send(other, message)) == "other_conversation"


async def test_the_same_id_at_the_same_moment_is_the_same_message(place: Place) -> None:
    id, message = await id_of(place), sent()
    rows = await asyncio.gather(*(place.writing.send(id, message) for _ in range(8)))
    assert len({row.seq for row in rows}) == 1
    assert await place.outgoing() == 1


async def test_only_the_owner_writes(place: Place) -> None:
    id = await id_of(place)
    await place.stands(id, version=5, owner="boris", status="in_progress")
    assert await why(place.writing.send(id, sent(version=5))) == "not_yours"
    assert await why(place.writing.send(id, sent(version=0))) == "not_yours"
    # Whoever asks has seen a newer word than we: the gateway looked at it, and it will come.
    assert (await place.writing.send(id, sent(version=6))).seq == 2
    row = await place.writing.send(id, sent(operator="boris", version=5))
    assert row.author == "boris"
    # The same holds for what is done with a message: with the bus away nobody is told who has it now.
    for version, word in ((5, "not_yours"), (6, "on_its_way")):
        assert await why(place.writing.change(UUID(row.id), "retry", Changed(who=who(), version=version))) == word


async def test_a_supervisor_writes_notes_and_no_messages(place: Place) -> None:
    id = await id_of(place)
    await place.stands(id, version=1, owner="anna")
    supervisor = who("", actor="chief", role="supervisor")
    assert await why(place.writing.send(id, sent(who=supervisor, version=1))) == "not_yours"
    row = await place.writing.note(id, sent("look at his X-ray", who=supervisor))
    assert (row.side, row.author, row.state) == ("note", "chief", "")
    assert await place.outgoing() == 0
    assert await place.told("ConversationAnswered") == []


@pytest.mark.parametrize(("change", "message", "word"), [
    ({}, {"text": "x" * 201}, "too_long"),
    ({}, {"text": "  "}, "empty"),
    ({"window_s": 60}, {}, "window"),
    ({}, {"template": {"name": "t"}}, "no_templates"),
    ({"most_file": 0}, {"attachments": [uuid4()]}, "no_files"),
    ({}, {"attachments": [uuid4(), uuid4(), uuid4()]}, "too_many_files"),
    ({}, {"attachments": [uuid4()]}, "no_such_file"),
])  # fmt: skip
async def test_what_the_channel_cannot_is_refused(
    place: Place, change: dict[str, Any], message: dict[str, Any], word: str
) -> None:
    place.echo.abilities = replace(ABLE, **change)
    assert await why(place.writing.send(await id_of(place), sent(**message))) == word
    assert await place.outgoing() == 0
    assert len(await place.messages()) == 1


async def test_within_its_window_one_may_write_and_by_a_template_always(place: Place) -> None:
    place.echo.abilities = replace(ABLE, window_s=60, templates=True)
    await place.says("again")
    id = await id_of(place)
    assert (await place.writing.send(id, sent())).state == "queued"
    await place.database.execute("UPDATE conversation SET window_until = $1", clock.now() - timedelta(seconds=1))
    assert await why(place.writing.send(id, sent())) == "window"
    assert (await place.writing.send(id, sent(template={"name": "t"}))).state == "queued"


async def test_files_he_uploaded_go_with_it_and_only_his(place: Place) -> None:
    id, mine, big, others = await id_of(place), uuid4(), uuid4(), uuid4()
    for file, size, by in ((mine, 10, "anna"), (big, 5000, "anna"), (others, 10, "boris")):
        await place.database.execute(
            "INSERT INTO attachment (id, kind, size, state, next_at, at, by) VALUES ($1, 'file', $2, 'ready', now(),"
            " now(), $3)", file, size, by,
        )  # fmt: skip
    row = await place.writing.send(id, sent("", attachments=[mine]))
    assert [one.id for one in row.attachments] == [str(mine)]
    assert await why(place.writing.send(id, sent(attachments=[big]))) == "too_big"
    assert await why(place.writing.send(id, sent(attachments=[others]))) == "no_such_file"
    assert await why(place.writing.send(id, sent(attachments=[mine]))) == "no_such_file"  # it went already


async def test_to_a_closed_one_a_blocked_one_and_one_who_is_away_nothing_is_sent(place: Place) -> None:
    id = await id_of(place)
    await place.database.execute("UPDATE identity SET unreachable = 'blocked'")
    assert await why(place.writing.send(id, sent())) == "unreachable"
    await place.writing.tell(id, "block", Told(who=who(), reason="spam"))
    assert await why(place.writing.send(id, sent())) == "closed"
    assert await why(place.writing.send(uuid4(), sent())) == "gone"


async def test_one_who_is_blocked_is_nobodys_work_until_that_is_taken_back(place: Place) -> None:
    id = await id_of(place)
    await place.writing.tell(id, "block", Told(who=who(), reason="spam"))
    assert [one["why"] for one in await place.told("ConversationOver")] == ["spam"]
    assert [row.what for row in await place.messages()] == ["text", "blocked"]
    await place.says("more")
    assert len(await place.told("ConversationWaits")) == 1
    await place.writing.tell(id, "unblock", Told(who=who()))
    await place.says("sorry")
    assert [one.open for one in await place.conversations()] == [False, True]
    assert len(await place.told("ConversationWaits")) == 2
    assert {one.action for one in await place.audit.page()} == {"person.block", "person.unblock"}


async def test_up_to_where_it_was_read_is_kept_and_never_goes_back(place: Place) -> None:
    id = await id_of(place)
    async with listening(place.hub) as said:
        await place.writing.tell(id, "seen", Told(who=who(), seq=99))
        await place.writing.tell(id, "seen", Told(who=who(), seq=0))
        async with asyncio.timeout(10):
            while len(said) < 3:
                await asyncio.sleep(0.01)
    assert (await place.conversations())[0].seen_seq == 1
    assert said[1] == {"what": "conversation", "conversation": str(id), "seq": 1, "only": "read"}


async def test_a_message_still_here_is_changed_at_once_and_an_unknown_wish_is_refused(place: Place) -> None:
    id = await id_of(place)
    row = await place.writing.send(id, sent())
    changed = await place.writing.change(UUID(row.id), "edit", Changed(who=who(), text="Good evening"))
    assert (changed.text, changed.edited, changed.seq, changed.changed) == ("Good evening", True, 2, 3)
    assert await why(place.writing.change(UUID(row.id), "retry", Changed(who=who()))) == "on_its_way"
    gone = await place.writing.change(UUID(row.id), "delete", Changed(who=who()))
    assert (gone.deleted, gone.text) == (True, "")
    assert await place.outgoing() == 0
    assert await why(place.writing.change(uuid4(), "edit", Changed(who=who(), text="x"))) == "gone"


@pytest.mark.parametrize(("change", "word"), [
    ("UPDATE conversation SET open = false", "closed"),
    ("UPDATE identity SET blocked_at = now()", "blocked"),
    ("UPDATE identity SET unreachable = 'blocked'", "unreachable"),
    ("UPDATE conversation SET window_until = now() - interval '1 s'", "window"),
])  # fmt: skip
async def test_what_failed_is_not_tried_again_where_nothing_may_be_sent(place: Place, change: str, word: str) -> None:
    place.echo.abilities = replace(ABLE, window_s=60, templates=True)
    await place.says("again")
    id = await id_of(place)
    rows = [await place.writing.send(id, one) for one in (sent(), sent("", template={"name": "t"}))]
    await place.database.execute("DELETE FROM outgoing")
    await place.database.execute("UPDATE message SET state = 'failed' WHERE side = 'out'")
    await place.database.execute(change)
    plain, template = (UUID(row.id) for row in rows)
    assert await why(place.writing.change(plain, "retry", Changed(who=who()))) == word
    if word == "window":  # a template goes
        assert (await place.writing.change(template, "retry", Changed(who=who()))).state == "queued"
    else:
        assert await why(place.writing.change(template, "retry", Changed(who=who()))) == word


async def test_one_who_is_no_operator_writes_nothing_even_where_nobody_answers_yet(place: Place) -> None:
    id = await id_of(place)
    row = await place.writing.send(id, sent())
    chief = who("", actor="chief", role="supervisor")
    assert await why(place.writing.send(id, sent(who=chief))) == "not_yours"
    await place.stands(id, version=1, status="queued")
    assert await why(place.writing.send(id, sent(who=chief, version=1))) == "not_yours"
    assert await why(place.writing.change(UUID(row.id), "delete", Changed(who=chief))) == "not_yours"


async def test_begun_twice_at_one_moment_it_is_begun_once(place: Place) -> None:
    place.echo.abilities = replace(ABLE, first=True)
    wanted = Started(who=who(), id=uuid4(), account=KEY, phone="+79990001875", text="We called you")
    begun = await asyncio.gather(*(place.writing.start(wanted) for _ in range(8)))
    assert len({one["conversation"] for one in begun}) == 1
    assert await place.outgoing() == 1


async def test_a_conversation_is_begun_with_one_we_know_or_at_a_number(place: Place) -> None:
    identity = (await place.conversations())[0].identity
    await place.writing.tell(await id_of(place), "block", Told(who=who()))
    await place.writing.tell(await id_of(place), "unblock", Told(who=who()))
    wanted = Started(who=who(), id=uuid4(), account=KEY, identity=identity, text="We called you")
    begun = await place.writing.start(wanted)
    assert await place.writing.start(wanted) == begun  # once for each id
    assert (await place.conversations())[-1].id == UUID(begun["conversation"])
    number = Started(who=who(), id=uuid4(), account=KEY, phone="8 999 000-18-73", text="We called you")
    assert await why(place.writing.start(number)) == "first"
    place.echo.abilities = replace(ABLE, first=True)
    begun = await place.writing.start(number)
    assert [row.text for row in await place.messages(UUID(begun["conversation"]))] == ["We called you"]
    assert await place.outgoing() == 2
    await place.hear({"id": "sms", "peer": "+79990001873", "text": "thanks"})
    assert [row.text for row in await place.messages(UUID(begun["conversation"]))] == ["We called you", "thanks"]


async def test_one_who_has_an_owner_or_does_not_want_to_be_written_to_is_not_begun_with(place: Place) -> None:
    conversation = (await place.conversations())[0]
    wanted = Started(who=who(), id=uuid4(), account=KEY, identity=conversation.identity, text="We called you")
    await place.stands(conversation.id, owner="boris", status="in_progress")
    assert await why(place.writing.start(wanted)) == "not_yours"
    # What nobody of us wrote (the engine, when a callback was given up) stands beside whoever owns it.
    automatic = wanted.model_copy(update={"who": who("", actor="engine", role="service"), "id": uuid4()})
    assert (await place.writing.start(automatic))["conversation"] == str(conversation.id)
    await place.hear({"id": "b", "peer": "5501", "kind": "blocked"})
    again = automatic.model_copy(update={"id": uuid4()})
    assert await why(place.writing.start(again)) == "unreachable"


async def test_what_we_begin_is_told_only_when_he_writes(place: Place) -> None:
    place.echo.abilities = replace(ABLE, first=True)
    before = len(await place.told())
    await place.writing.start(Started(who=who(), id=uuid4(), account=KEY, phone="+79990001874", text="We called you"))
    assert len(await place.told()) == before
    await place.says("thanks", peer="+79990001874")
    assert (await place.told("ConversationWaits"))[-1]["first"] is True
    assert await why(place.writing.start(
        Started(who=who(), id=uuid4(), account="max:main", phone="+79990001874", text="x")
    )) == "off"  # fmt: skip
    assert await why(place.writing.start(
        Started(who=who(), id=uuid4(), account=KEY, phone="no number", text="x")
    )) == "address"  # fmt: skip


async def test_a_message_of_an_account_that_is_off_is_refused(place: Place) -> None:
    id = await id_of(place)
    place.accounts._running.clear()
    assert await why(place.writing.send(id, sent())) == "off"


async def test_nothing_is_written_without_its_audit(place: Place) -> None:
    id = await id_of(place)
    await place.database.execute("ALTER TABLE audit RENAME TO audit_away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await place.writing.send(id, sent())
    await place.database.execute("ALTER TABLE audit_away RENAME TO audit")
    assert len(await place.messages()) == 1
