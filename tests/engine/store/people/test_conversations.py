"""Whose messengers are whose, who is owed a word, and how chat is told: in a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.feed import ConversationStands
from engine.effects import TellStanding
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.people.contacts import Contacts
from engine.store.people.conversations import Talks, stands
from engine.store.saving import TurnStore
from engine.world import Append, Call, Change, ContactPoint, Conversation, Drop, HistoryEntry, Leg, Put, Request
from okno import clock
from okno.database import Database
from okno.ids import uuid7
from okno.seal import Keyring
from tests.fixtures import OpenDatabase

T = datetime(2026, 11, 21, tzinfo=UTC)
NUMBER, WHO, OTHER = "+79990001873", str(uuid7()), str(uuid7())
POINT, SECOND = f"chat:{WHO}", f"chat:{OTHER}"


async def write(database: Database, codec: Codec, *changes: Change) -> None:
    """Write a turn."""
    await database.execute("UPDATE lease SET epoch = 1")
    batch = Batch()
    batch.add(changes, ())
    turn = await database.fetchval("SELECT turn FROM lease")
    await TurnStore(database, codec).save(1, turn + 1, batch)


def word(contact: str, point: str, second: int, actor: str = "desk7") -> list[Change]:
    """Somebody says whose a point is."""
    key = str(uuid7())
    at = T + timedelta(seconds=second)
    return [Put(ContactPoint(key=key, contact=contact, phone=point, actor=actor, at=at)), Drop(ContactPoint, key)]


def request(**fields: object) -> Request:
    given = {"key": str(uuid7()), "year": 2026, "number": 1, "kind": "chat", "status": "done", "created_at": T,
             "since": T, "first_response_at": T}  # fmt: skip
    return Request(**(given | fields))  # type: ignore[arg-type]


async def test_a_messenger_is_a_point_and_no_number(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts = Contacts(one, codec)
    hers = await contacts.of(POINT, T)
    assert (hers.phone, hers.number, hers.phones) == (POINT, "", ())
    assert await contacts.ending_in(WHO[-4:], 20) == []
    assert await contacts.before(POINT) is None
    his = await contacts.of(NUMBER, T)
    assert not await contacts.settled(POINT)
    await write(one, codec, *word(his.id, POINT, 0, actor="engine"))
    assert not await contacts.settled(POINT)
    await write(one, codec, *word(his.id, POINT, 1))
    assert await contacts.settled(POINT)
    joined = await contacts.of(POINT, T)
    assert (joined.id, joined.number, joined.phones) == (his.id, NUMBER, (NUMBER,))
    again = await contacts.get(his.id)
    assert again is not None and (again.phones, again.number) == ((POINT,), NUMBER)
    was = await contacts.before(POINT)
    assert was is not None and was.id == hers.id
    await write(one, codec, *word(was.id, POINT, 2))
    assert (await contacts.of(POINT, T)).id == hers.id
    assert await contacts.before(POINT) is None


async def test_merges_and_what_takes_them_back_are_a_stack(database: OpenDatabase, keyring: Keyring) -> None:
    """Any order of saying and taking back leaves a point with whom a stack of words says."""
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts = Contacts(one, codec)
    plans: list[list[int]] = []

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from([-1, 0, 1, 2]), max_size=8))
    def gather(plan: list[int]) -> None:
        plans.append(plan)

    gather()
    people = [(await contacts.of(f"+7999000187{number}", T)).id for number in range(3)]
    for plan in plans:
        point = f"chat:{uuid7()}"
        stack = [(await contacts.of(point, T)).id]
        for second, whom in enumerate(plan, start=1):
            if whom < 0:
                was = await contacts.before(point)
                assert (was.id if was else None) == (stack[-2] if len(stack) > 1 else None)
                if was is not None:
                    stack.pop()
                    await write(one, codec, *word(was.id, point, second))
            else:
                contact = people[whom]
                stack = [*stack[: stack.index(contact)], contact] if contact in stack else [*stack, contact]
                await write(one, codec, *word(contact, point, second))
            assert (await contacts.of(point, T)).id == stack[-1]


async def test_who_wrote_or_talked_with_him_last_is_known(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts = Contacts(one, codec)
    assert await contacts.knows(POINT) == ""
    his = await contacts.of(NUMBER, T)
    await contacts.of(POINT, T)
    call = Call(
        key=str(uuid7()), pbx="main", direction="inbound", channel="1.1", phone=NUMBER, started_at=T,
        legs=(Leg(operator="orlova", channel="1.2", rang_at=T, answered_at=T),),
    )  # fmt: skip
    await write(one, codec, Put(call))
    assert await contacts.knows(POINT) == ""
    await write(one, codec, *word(his.id, POINT, 1))
    assert await contacts.knows(POINT) == "orlova"
    wrote = request(phone=POINT, conversation=str(uuid7()), owner="ivanov", since=T + timedelta(minutes=5))
    await write(one, codec, Put(wrote))
    assert await contacts.knows(POINT) == "ivanov"
    assert (await contacts.of(NUMBER, T)).last_operator == "ivanov"


async def test_whom_nobody_reached_is_owed_a_word_once_and_not_late(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts = Contacts(one, codec)
    talks, now = Talks(one, codec, contacts), clock.now()
    over = request(kind="callback", phone=NUMBER, outcome="not_reached", number=1)
    wrong = request(kind="callback", phone=NUMBER, outcome="wrong_number", number=2)
    late = request(kind="callback", phone=NUMBER, outcome="not_reached", number=3)
    lines = [
        Append(HistoryEntry(request=one.key, at=at, actor="engine", what="given_up"))
        for one, at in ((over, now), (wrong, now), (late, now - timedelta(hours=2)))
    ]
    await write(one, codec, Put(over), Put(wrong), Put(late), *lines)
    assert [(owed.request, owed.phone) for owed in await talks.owed(["elsewhere"])] == [(over.key, NUMBER)]
    assert await talks.owed([over.queue]) == []
    told = HistoryEntry(request=over.key, at=now, actor="engine", what="wrote_instead", line=str(uuid7()))
    await write(one, codec, Append(told))
    assert await talks.owed() == []


async def test_where_he_wrote_last_comes_first(database: OpenDatabase, keyring: Keyring) -> None:
    one, codec = await database("engine"), Codec(keyring.sealer("engine"))
    contacts = Contacts(one, codec)
    talks = Talks(one, codec, contacts)
    his = await contacts.of(NUMBER, T)
    assert await talks.written_from(None, NUMBER) == []
    rows: list[Change] = []
    for minute, (identity, account) in enumerate([(WHO, "max:main"), (OTHER, "vk:group"), (WHO, "max:main")]):
        at = T + timedelta(minutes=minute)
        rows.append(Put(Conversation(
            key=str(uuid4()), identity=identity, kind="chat", channel="max", account=account, said_at=at
        )))  # fmt: skip
    await write(one, codec, *rows, *word(his.id, POINT, 1), *word(his.id, SECOND, 1))
    assert await talks.written_from(None, NUMBER) == [(WHO, "max:main"), (OTHER, "vk:group")]
    assert await talks.written_from(his.id, "") == [(WHO, "max:main"), (OTHER, "vk:group")]


@pytest.mark.parametrize("owner", ["", "orlova"])
def test_how_a_request_stands_is_told_in_the_words_agreed_upon(owner: str) -> None:
    told = TellStanding(
        at=T, request=str(uuid7()), conversation=WHO, number="2026-000001", version=3, status="in_progress",
        owner=owner, title_ru="Орлова", title_en="Orlova", queue="front", seq=7, over=False, outcome="",
    )  # fmt: skip
    _, kind, payload = stands(told)
    event = ConversationStands.model_validate(payload)
    assert (kind, event.conversation, event.version, event.seq) == ("ConversationStands", UUID(WHO), 3, 7)
    assert event.operator == ({"ru": "Орлова", "en": "Orlova"} if owner else {})
