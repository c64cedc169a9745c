"""What `chat` tells is written once, whoever dies in between: real loop, real database, real Valkey."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from chat.feed import (
    CALLBACKS,
    CONVERSATIONS,
    FORM_PLACE,
    STANDINGS,
    WHO_PLACE,
    CallbackAskedFor,
    ConversationAnswered,
    ConversationOver,
    ConversationRated,
    ConversationStands,
    ConversationWaits,
    PhoneClaimed,
)
from engine.chats.listening import Listening
from engine.store.history import History
from engine.store.people.contacts import Contacts
from engine.told import NotUnderstood
from engine.world import Callback, Conversation, Drop, Queue, Request, World
from okno import clock
from okno.bus import BusEvent, Outbox, Relay, connect
from okno.database import Database
from okno.ids import uuid7
from okno.seal import Keyring, SealBroken
from tests.engine.rig import Rig, running
from tests.fixtures import OpenDatabase

NUMBER = "+79990001873"
TALK, PERSON = uuid7(), uuid7()


@dataclass
class Told:
    """A loop that listens, and short ways to tell it something."""

    rig: Rig
    listening: Listening
    keyring: Keyring

    def wish(self, key: UUID, *, who: Any = None, row: UUID | None = None, **more: Any) -> dict[str, Any]:
        """The payload of a wish."""
        text = json.dumps(who if who is not None else {"phone": NUMBER, "name": "Anna", "topic": "a tooth", "new": 1})
        blob = base64.b64encode(self.keyring.sealer("bus").seal(text, row=str(row or key), **FORM_PLACE)).decode()
        given = {"key": key, "first": key, "site": "clinic", "queue": "registry", "at": clock.now(), "who": blob}
        return CallbackAskedFor(**(given | more)).model_dump(mode="json")

    async def tell(self, payload: dict[str, Any]) -> None:
        """Give it straight to the handler, as a bus that forgot what it had noted would."""
        event = BusEvent(uuid7(), CALLBACKS, "CallbackAskedFor", payload, clock.now())
        async with self.rig.database.acquire() as connection, connection.transaction():
            await self.listening.asked(event, connection)

    async def said(self, event: Any) -> None:
        """The same for an event of `chat.conversations`."""
        told = BusEvent(uuid7(), CONVERSATIONS, type(event).__name__, event.model_dump(mode="json"), clock.now())
        async with self.rig.database.acquire() as connection, connection.transaction():
            await self.listening.said(told, connection)

    def who(self, key: UUID, **who: str) -> str:
        """Somebody, sealed for the bus."""
        text = json.dumps({"phone": "", "name": "Anna", "topic": ""} | who)
        return base64.b64encode(self.keyring.sealer("bus").seal(text, row=str(key), **WHO_PLACE)).decode()

    def waits(self, seq: int, **more: Any) -> ConversationWaits:
        """He wrote message `seq`."""
        key = uuid7()
        given = {
            "key": key, "conversation": TALK, "identity": PERSON, "kind": "chat", "channel": "max",
            "account": "max:main", "queue": "registry", "seq": seq, "at": clock.now(), "who": self.who(key),
        }  # fmt: skip
        return ConversationWaits(**(given | more))

    def request(self, key: UUID) -> Request:
        """The request of a wish."""
        made = self.rig.loop.world.get(Request, str(key))
        assert made is not None
        return made

    async def lines(self, key: UUID) -> list[tuple[str, str]]:
        """What a request's history says."""
        entries = await History(self.rig.database, self.rig.codec).entries(str(key))
        return [(entry.what, entry.note) for entry in entries]


@asynccontextmanager
async def told(database: Database, keyring: Keyring, redis_url: str) -> AsyncIterator[Told]:
    """A loop that listens; its Valkey is a database of its own."""
    redis = connect(redis_url.rpartition("/")[0] + "/9")
    queues = [Queue(key=name, title_ru=name, title_en=name) for name in ("dental", "registry")]
    async with running(database, keyring, world=World(queues)) as rig:
        history = History(database, rig.codec)
        listening = Listening(
            database, redis, keyring.sealer("bus"), take=rig.loop.take, history=history,
            contacts=Contacts(database, rig.codec), registry=rig.registry,
        )  # fmt: skip
        yield Told(rig, listening, keyring)
    await redis.flushdb()
    await redis.aclose()


async def test_a_wish_is_one_promise_however_often_it_is_told(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        when = clock.now().replace(microsecond=0) + timedelta(hours=3)
        payload = one.wish(key := uuid7(), wanted_at=when)
        for _ in range(3):
            await one.tell(payload)
        request = one.request(key)
        assert (request.kind, request.phone, request.queue) == ("callback", NUMBER, "registry")
        assert request.source == "form:clinic"
        promise = one.rig.loop.world.get(Callback, str(key))
        assert promise is not None and (promise.origin, promise.wanted_at) == ("form", when)
        assert [line for line in await one.lines(key) if line[0] == "promised"] == [("promised", "Anna · a tooth")]


async def test_a_wish_told_again_after_he_was_called_makes_no_other(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        payload = one.wish(key := uuid7())
        await one.tell(payload)
        request = one.request(key)
        one.rig.loop.world.apply([Drop(Request, request.key)])
        await one.tell(payload)
        assert one.rig.loop.world.get(Request, str(key)) is None


async def test_asked_again_it_is_the_same_promise_and_rises(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        await one.tell(one.wish(first := uuid7()))
        for _ in range(5):
            payload = one.wish(again := uuid7(), first=first)
            for _ in range(2):
                await one.tell(payload)
            assert one.rig.loop.world.get(Request, str(again)) is None
        assert one.request(first).priority == 30
        assert len([what for what, _ in await one.lines(first) if what == "promised"]) == 6


async def test_nobody_is_lost_for_a_queue_that_is_gone(database: OpenDatabase, keyring: Keyring, redis_url: str) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        await one.tell(one.wish(key := uuid7(), queue="removed"))
        assert one.request(key).queue == "dental"


async def test_what_is_not_in_our_words_or_under_our_seal_is_refused_with_nobody_s_data(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        key = uuid7()
        for payload, error in (
            (one.wish(key, row=uuid7()), SealBroken), (one.wish(key) | {"who": "%"}, NotUnderstood),
            (one.wish(key) | {"who": ""}, SealBroken), (one.wish(key, who={"phone": "103"}), NotUnderstood),
            (one.wish(key, who={"name": "Anna"}), ValidationError), (one.wish(key) | {"key": "x"}, ValidationError),
        ):  # fmt: skip
            with pytest.raises(error) as caught:
                await one.tell(payload)
            if error is not ValidationError:  # of pydantic's own words the log keeps places only
                assert "103" not in str(caught.value) and "Anna" not in str(caught.value)
        assert one.rig.loop.world.get(Request, str(key)) is None


async def test_over_the_bus_and_confirmed(database: OpenDatabase, keyring: Keyring, redis_url: str) -> None:
    source = await database("chat")
    async with told(await database("engine"), keyring, redis_url) as one:
        redis = connect(redis_url.rpartition("/")[0] + "/9")
        relay = Relay(source, redis, {CALLBACKS: ["engine"]}, CollectorRegistry())
        tasks = [asyncio.create_task(one.listening.run()), asyncio.create_task(relay.run())]
        key = uuid7()
        async with source.acquire() as connection, connection.transaction():
            await Outbox.add(connection, CALLBACKS, key, "CallbackAskedFor", one.wish(key))
        for _ in range(1000):
            if await source.fetchval("SELECT count(*) FROM outbox") == 0:
                break
            await asyncio.sleep(0.01)
        assert one.request(key).phone == NUMBER
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await redis.aclose()


async def test_a_conversation_is_one_request_however_often_and_late_it_is_told(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        world = one.rig.loop.world
        first = one.waits(1, emergency=True, priority=20)
        for event in (first, first, one.waits(3), one.waits(2), first):
            await one.said(event)
        (request,) = world.all(Request)
        assert (request.key, request.kind, request.queue) == (str(first.key), "chat", "registry")
        assert (request.phone, request.conversation, request.priority) == (f"chat:{PERSON}", str(TALK), 20)
        talk = world.get(Conversation, str(TALK))
        assert talk is not None and (talk.seq, talk.name, talk.emergency, talk.channel) == (3, "Anna", True, "max")
        answer = ConversationAnswered(key=uuid7(), conversation=TALK, seq=3, at=clock.now(), operator="orlova")
        for _ in range(2):
            await one.said(answer)
        answered = world.get(Request, request.key)
        assert answered is not None and (answered.first_response_at, answered.due_at) == (answer.at, None)
        await one.said(ConversationOver(key=uuid7(), conversation=TALK, seq=3, at=clock.now(), why="idle"))
        assert world.get(Request, request.key) is None and world.get(Conversation, str(TALK)) is None
        await one.said(first)
        assert not list(world.all(Request))
        lines = [what for what, _ in await one.lines(first.key)]
        assert lines == ["wrote", "emergency", "replied", "chat_idle", "done"]


async def test_chat_is_told_in_the_turn_of_each_change(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    store = await database("engine")
    async with told(store, keyring, redis_url) as one:
        await one.said(first := one.waits(1))
        await one.said(ConversationOver(key=uuid7(), conversation=TALK, seq=1, at=clock.now(), why="spam"))
        rows = await store.fetch("SELECT kind, payload FROM outbox WHERE stream = $1 ORDER BY id", STANDINGS)
        stands = [ConversationStands.model_validate(row["payload"]) for row in rows]
        assert [(row.status, row.over, row.outcome) for row in stands] == [
            ("queued", False, ""), ("done", True, "blocked")
        ]
        assert {(row.conversation, row.request) for row in stands} == {(TALK, first.key)}
        assert stands[-1].version > stands[0].version and stands[-1].seq == 1
        assert "Anna" not in str([row["payload"] for row in rows])


async def test_a_number_his_channel_vouches_for_joins_him_and_the_rest_is_history(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    store = await database("engine")
    async with told(store, keyring, redis_url) as one:
        contacts = Contacts(store, one.rig.codec)
        his = await contacts.of(NUMBER, clock.now())
        await one.said(one.waits(1))
        key = uuid7()
        claim = PhoneClaimed(
            key=key, identity=PERSON, conversation=TALK, source="max", verified=True, at=clock.now(),
            who=one.who(key, phone=NUMBER),
        )  # fmt: skip
        for _ in range(2):
            await one.said(claim)
        assert [one.phone for one in one.rig.performed if getattr(one, "phone", "") == NUMBER] == [NUMBER]
        assert his.phone == NUMBER
        bad = claim.model_copy(update={"key": uuid7()})
        with pytest.raises(SealBroken):
            await one.said(bad)


async def test_a_number_vouched_for_joins_nobody_once_a_person_said_whose_he_is(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    """`chat` tells it anew with each conversation; what a person separated in an earlier one stays so."""
    store = await database("engine")
    async with told(store, keyring, redis_url) as one:
        contacts, point = Contacts(store, one.rig.codec), f"chat:{PERSON}"
        await contacts.of(NUMBER, clock.now())
        hers, blind = await contacts.of(point, clock.now()), one.rig.codec.blind(point)
        await store.execute(
            "INSERT INTO contact_points (id, open, contact, actor, at, phone, phone_blind, phone_last4)"
            " VALUES ($1, false, $2, 'orlova', $3, $4, $4, $4)", uuid7(), UUID(hers.id), clock.now(), blind,
        )  # fmt: skip
        await one.said(one.waits(1))
        key = uuid7()
        await one.said(PhoneClaimed(
            key=key, identity=PERSON, conversation=TALK, source="max", verified=True, at=clock.now(),
            who=one.who(key, phone=NUMBER),
        ))  # fmt: skip
        assert [one.phone for one in one.rig.performed if getattr(one, "phone", "") == NUMBER] == []
        talk = one.rig.loop.world.get(Conversation, str(TALK))
        assert talk is not None and (talk.phone, talk.verified, talk.joined) == (NUMBER, True, True)


async def test_what_he_says_of_it_is_kept_with_who_had_it(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    store = await database("engine")
    async with told(store, keyring, redis_url) as one:
        await one.said(first := one.waits(1))
        rated = ConversationRated(key=uuid7(), conversation=TALK, request=first.key, score=5, at=clock.now())
        for _ in range(2):
            await one.said(rated)
        rows = await store.fetch("SELECT * FROM survey_scores")
        assert [(row["request"], row["call"], row["score"], row["queue"], row["question"]) for row in rows] == [
            (first.key, None, 5, "registry", "chat")
        ]
        assert ("rated", "5") in await one.lines(first.key)


async def test_a_word_nobody_here_knows_yet_is_passed_over(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    store = await database("engine")
    async with told(store, keyring, redis_url) as one:
        event = BusEvent(uuid7(), CONVERSATIONS, "ConversationDanced", {}, clock.now())
        async with store.acquire() as connection, connection.transaction():
            await one.listening.said(event, connection)
        assert not list(one.rig.loop.world.all(Request))


async def test_who_asks_in_a_conversation_is_promised_a_call_like_any_other(
    database: OpenDatabase, keyring: Keyring, redis_url: str
) -> None:
    async with told(await database("engine"), keyring, redis_url) as one:
        await one.tell(one.wish(key := uuid7(), origin="messenger"))
        promise = one.rig.loop.world.get(Callback, str(key))
        assert promise is not None and promise.origin == "messenger"
        assert (one.request(key).kind, one.request(key).source) == ("callback", "messenger:clinic")

