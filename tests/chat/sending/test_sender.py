"""Sending to a cloud on a real socket: in order, once, whatever the cloud does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from prometheus_client import generate_latest

from chat.conversations.sealing import BODY
from chat.media.keeping import Media
from chat.sending import attempts, sender
from chat.sending.line import Head, Line
from chat.sending.loading import Taken
from chat.sending.settling import Settling
from chat.wire import Undelivered
from okno import clock
from okno.database import DatabaseDown
from tests.chat.sending.bench import Bench, soon
from tests.chat.sending.cloud import LOOK, SAFE, Account, Cloud, Looked


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes minutes in life takes moments here."""
    monkeypatch.setattr(attempts, "LOOKS_S", (0.05, 0.05, 0.05))
    monkeypatch.setattr(attempts, "ILL_S", 0.5)
    monkeypatch.setattr(sender, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(sender, "LOST_EVERY_S", 0.2)
    monkeypatch.setattr(sender, "GRACE_S", 0.3)


async def test_one_person_gets_them_one_after_another_in_order(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    texts = [f"n{n}" for n in range(8)]
    for text in texts:
        cloud.plans[text] = ["slow"]
    ids = [await bench.say(who, text) for text in texts]
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.quiet()
    assert cloud.texts("5501") == texts
    assert cloud.most["5501"] == 1
    rows = [await bench.row(id) for id in ids]
    assert [row["state"] for row in rows] == ["sent"] * 8
    assert all(row["ext_blind"] == bench.seals.message(who.account, f"p-{id}") for id, row in zip(ids, rows, strict=True))
    assert [row["seq"] for row in rows] == list(range(2, 10))


async def test_whoever_is_slow_delays_nobody_else(bench: Bench, cloud: Cloud) -> None:
    slow = await bench.person(user="slow")
    cloud.plans["first"] = ["hang"]
    hanging = await bench.say(slow, "first")
    behind = await bench.say(slow, "second")
    async with bench.sending(Account(slow.account, cloud.url)):
        await bench.until(hanging, "sending")
        for n in range(20):
            await bench.until(await bench.say(await bench.person(user=f"u{n}"), "x"), "sent")
        assert [(await bench.row(one))["state"] for one in (hanging, behind)] == ["sending", "queued"]
        assert cloud.texts("slow") == ["first"]
        cloud.go.set()
        await bench.until(behind, "sent")
    assert cloud.texts("slow") == ["first", "second"]


async def test_a_line_cut_after_the_request_leaves_it_unknown_and_asks_once(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["cut"] = ["drop"]
    cut, after = await bench.say(who, "cut"), await bench.say(who, "after")
    async with bench.sending(Account(who.account, cloud.url)):
        assert (await bench.until(cut))["state"] == "unknown"
        assert (await bench.until(after))["state"] == "sent"
        await asyncio.sleep(0.5)
        assert cloud.texts() == ["cut", "after"]
        async with bench.database.acquire() as connection, connection.transaction():
            await bench.wishes.retry(connection, cut, "olga")
        assert (await bench.until(cut, "sent", "failed"))["state"] == "sent"
    assert cloud.texts() == ["cut", "after", "cut"]


async def test_an_answer_that_does_not_come_in_time_is_no_answer(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["late"] = ["hang"]
    late = await bench.say(who, "late")
    async with bench.sending(Account(who.account, cloud.url, answer_s=-9.7)):
        assert (await bench.until(late))["state"] == "unknown"
    assert cloud.texts() == ["late"]


async def test_a_channel_that_knows_our_id_is_asked_again(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["cut"], cloud.plans["lost"] = ["drop"], ["lose"]
    async with bench.sending(Account(who.account, cloud.url, SAFE)):
        for text in ("cut", "lost"):
            id = await bench.say(who, text)
            assert (await bench.until(id))["state"] == "sent"
    assert cloud.texts() == ["cut", "cut", "lost", "lost"]
    assert [one["text"] for one in cloud.taken.values()] == ["cut", "lost"]


async def test_a_channel_that_can_be_looked_into_is(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["same"], cloud.plans["lost"] = ["ok", "drop"], ["lose"]
    async with bench.sending(Looked(who.account, cloud.url, LOOK)):
        first, second = await bench.say(who, "same"), await bench.say(who, "cut")
        assert (await bench.until(first))["state"] == (await bench.until(second))["state"] == "sent"
        again = await bench.say(who, "same")  # it is there, and so is another with the same words
        assert (await bench.until(again))["state"] == "sent"
        lost = await bench.say(who, "lost")
        assert (await bench.until(lost))["state"] == "sent"
    assert cloud.texts() == ["same", "cut", "same", "lost", "lost"]
    names = [(await bench.row(id))["ext_blind"] for id in (first, second, again, lost)]
    assert len(set(names)) == 4


async def test_a_channel_that_cannot_be_looked_into_just_now_leaves_it_unknown(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()

    class Blind(Looked):
        async def look(self, message: Any, since: Any) -> None:
            raise Undelivered("offline")

    cloud.plans["cut"] = ["drop"]
    async with bench.sending(Blind(who.account, cloud.url, LOOK)):
        assert (await bench.until(await bench.say(who, "cut")))["state"] == "unknown"
    assert cloud.texts() == ["cut"]


async def test_whoever_is_told_to_wait_waits_and_it_was_no_attempt(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["429"] * 12
    ids = [await bench.say(who, text) for text in ("a", "b")]
    async with bench.sending(Account(who.account, cloud.url)):
        row = await bench.until(ids[0], "sent", "failed", "unknown", within_s=30)
        assert row["state"] == "sent" and not row["error"]
        assert (await bench.until(ids[1]))["state"] == "sent"
    assert cloud.texts() == ["a"] * 13 + ["b"]


async def test_whoever_blocked_us_is_marked_and_the_others_are_not(bench: Bench, cloud: Cloud) -> None:
    who, other = await bench.person(), await bench.person(user="5502")
    cloud.plans["no"], cloud.plans["bad"] = ["403"], ["400"]
    async with bench.sending(Account(who.account, cloud.url)):
        blocked = await bench.until(await bench.say(who, "no"))
        refused = await bench.until(await bench.say(other, "bad"))
        assert (await bench.until(await bench.say(other, "yes")))["state"] == "sent"
    assert (blocked["state"], blocked["error"]) == ("failed", "blocked")
    assert (refused["state"], refused["error"]) == ("failed", "refused")
    rows = await bench.database.fetch("SELECT id, unreachable FROM identity")
    assert {row["id"]: row["unreachable"] for row in rows} == {who.identity: "blocked", other.identity: ""}


async def test_an_account_that_is_ill_is_told_and_its_messages_wait(bench: Bench, cloud: Cloud) -> None:
    who, other = await bench.person(), await bench.person("fake:second")
    cloud.plans["a"] = ["401", "401"]
    async with bench.sending(Account(who.account, cloud.url), Account(other.account, cloud.url)):
        id = await bench.say(who, "a")
        await soon(lambda: bool(bench.ill))
        assert (await bench.until(await bench.say(other, "b")))["state"] == "sent"
        assert (await bench.until(id))["state"] == "sent"
    assert bench.ill == [("fake:main", "token")] * 2
    assert b'okno_chat_sent_total{account="fake:main",end="ill"} 2.0' in generate_latest(bench.metrics)


async def test_a_mistake_of_a_channel_is_an_outcome_nobody_knows(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()

    class Wrong(Account):
        async def send(self, message: Any) -> Any:
            await super().send(message)
            raise KeyError(message.text)

    async with bench.sending(Wrong(who.account, cloud.url)):
        assert (await bench.until(await bench.say(who, "a")))["state"] == "unknown"
    assert cloud.texts() == ["a"]


async def test_what_waited_for_a_day_is_sent_to_nobody(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person("fake:off")
    id = await bench.say(who, "old")
    await bench.database.execute("UPDATE message SET at = at - interval '25 hours' WHERE id = $1", id)
    async with bench.sending(Account("fake:main", cloud.url)):
        row = await bench.until(id)
    assert (row["state"], row["error"], cloud.texts()) == ("failed", "late", [])


async def test_what_cannot_be_read_lets_the_others_pass(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    bad, good = await bench.say(who, "bad"), await bench.say(who, "good")
    await bench.database.execute(
        "UPDATE message SET body = $2 WHERE id = $1", bad, bench.seals.put(BODY, good, {"text": "moved"})
    )
    async with bench.sending(Account(who.account, cloud.url)):
        assert (await bench.until(bad))["error"] == "broken"
        assert (await bench.until(good))["state"] == "sent"
    assert cloud.texts() == ["good"]


async def test_who_is_asked_to_end_hears_what_is_on_the_wire(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    id = await bench.say(who, "a")
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(id, "sending")
        asyncio.get_running_loop().call_later(0.3, cloud.go.set)
    assert (await bench.row(id))["state"] == "sent"


async def test_who_says_farewell_takes_nothing_more(bench: Bench, cloud: Cloud) -> None:
    who, other = await bench.person(), await bench.person(user="5502")
    cloud.plans["a"] = ["hang"]
    id, behind = await bench.say(who, "a"), await bench.say(who, "b")
    async with bench.sending(Account(who.account, cloud.url)) as one:
        await bench.until(id, "sending")
        leaving = asyncio.create_task(one.farewell())
        await asyncio.sleep(0.1)
        third = await bench.say(other, "c")
        await asyncio.sleep(0.4)
        assert not leaving.done()
        cloud.go.set()
        await leaving
        assert (await bench.row(id))["state"] == "sent"
    assert [(await bench.row(one))["state"] for one in (behind, third)] == ["queued", "queued"]
    assert cloud.texts() == ["a"]


async def test_an_ill_account_is_tried_with_one_message(bench: Bench, cloud: Cloud) -> None:
    people = [await bench.person(user=f"u{n}") for n in range(10)]
    for n in range(10):
        cloud.plans[f"m{n}"] = ["401"] * 30
    async with bench.sending(Account("fake:main", cloud.url)):
        await bench.say(people[0], "m0")
        await soon(lambda: bool(bench.ill))
        ids = [await bench.say(who, f"m{n}") for n, who in enumerate(people) if n]
        await soon(lambda: len(bench.ill) >= 3)
        assert len(cloud.got) <= len(bench.ill) + 1
        cloud.plans.clear()
        for id in ids:
            await bench.until(id, "sent")


async def test_what_the_dead_had_taken_is_found_and_not_repeated(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cut, after = await bench.say(who, "cut"), await bench.say(who, "after")
    long_ago = clock.now() - timedelta(seconds=60)
    await bench.database.execute(
        "UPDATE outgoing SET taken_at = $2, taken_by = 77, attempt = 1 WHERE message = $1", cut, long_ago
    )
    await bench.database.execute("UPDATE message SET state = 'sending' WHERE id = $1", cut)
    async with bench.sending(Account(who.account, cloud.url)):
        assert (await bench.until(cut))["state"] == "unknown"
        assert (await bench.until(after))["state"] == "sent"
    assert cloud.texts() == ["after"]


async def test_of_two_that_find_out_about_one_taking_the_later_puts_nothing_back(bench: Bench) -> None:
    """A sender that was taken for dead, and the one that took over, both learn that it did not go."""
    who = await bench.person()
    await bench.say(who, "a")
    line = Line(bench.database, bench.own, bench.writing, 7)
    settling = Settling(bench.database, bench.seals, bench.writing)
    (head,) = await line.heads([who.account], [], 10)
    first = await line.take(head)
    assert first is not None
    await settling.again(first, 0.0, "", counts=True)
    second = await line.take(head)
    assert second is not None
    await settling.again(first, 0.0, "", counts=True)
    assert await line.take(head) is None  # the second is on the wire
    await settling.again(second, 0.0, "", counts=True)
    assert await line.take(head) is not None


async def test_a_conversation_somebody_holds_too_long_holds_up_no_other(
    bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited a day for nobody's answer is given up; where its conversation is held meanwhile, that is for later."""
    given_up, troubles = Settling.given_up, [asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError]

    async def held(self: Settling, n: int, message: UUID, code: str) -> None:
        if troubles:
            raise troubles.pop()("held")
        await given_up(self, n, message, code)

    monkeypatch.setattr(Settling, "given_up", held)
    late = await bench.say(await bench.person(user="late", account="fake:off"), "too late")
    await bench.database.execute("UPDATE message SET at = at - interval '2 days' WHERE id = $1", late)
    async with bench.sending(Account("fake:main", cloud.url)):
        assert (await bench.until(await bench.say(await bench.person(), "x")))["state"] == "sent"
        assert (await bench.until(late))["error"] == "late"
    assert troubles == []


async def test_the_outcome_is_noted_when_the_database_is_back(
    bench: Bench, cloud: Cloud, hold: Callable[[bool], Awaitable[None]]
) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    id = await bench.say(who, "a")
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(id, "sending")
        await hold(False)
        cloud.go.set()
        await asyncio.sleep(1.5)
        assert not bench.database.available
        await hold(True)
        assert (await bench.until(id))["state"] == "sent"
        assert (await bench.until(await bench.say(who, "b")))["state"] == "sent"
    assert cloud.texts() == ["a", "b"]


async def test_nothing_of_a_person_is_told_to_metrics_or_logs(
    bench: Bench, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    who = await bench.person(user="79990000001")
    cloud.plans["secret words"] = ["drop"]
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(await bench.say(who, "secret words"))
        figures = generate_latest(bench.metrics).decode()
    for word in ("79990000001", "secret words", "Anna"):
        assert word not in figures + caplog.text


async def test_few_messages_with_files_lie_in_memory_at_once_and_words_pass_them(bench: Bench, cloud: Cloud) -> None:
    people = [await bench.person(user=f"u{n}") for n in range(8)]
    media = Media(bench.database, bench.own, 1 << 20)
    cloud.plans["file"] = ["hang"] * 8
    ids = [await bench.say(who, "file") for who in people]
    for id in ids:
        await bench.files(id, (await media.upload("plan.png", "olga", content())).id)
    async with bench.sending(Account("fake:main", cloud.url)):
        await soon(lambda: len(cloud.got) == sender.HEAVY_AT_ONCE)
        words = await bench.until(await bench.say(await bench.person(user="w"), "words"))
        assert words["state"] == "sent" and len(cloud.texts()) == sender.HEAVY_AT_ONCE + 1
        cloud.go.set()
        for id in ids:
            assert (await bench.until(id))["state"] == "sent"
    assert [one["files"] for one in cloud.taken.values() if one["text"] == "file"] == [[["plan.png", 100_008]]] * 8


async def content() -> AsyncIterator[bytes]:
    """Yield a picture."""
    yield b"\x89PNG\r\n\x1a\n" + bytes(100_000)


async def test_what_was_taken_and_surely_not_written_is_sent(
    bench: Bench, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await bench.person()
    first, second = await bench.say(who, "a"), await bench.say(who, "b")
    take, answers = Line.take, iter([False])

    async def lost(self: Line, head: Head) -> Taken | None:
        """The commit is carried out, and its answer lost."""
        taken = await take(self, head)
        if next(answers, True):
            return taken
        raise DatabaseDown("the database is away")

    monkeypatch.setattr(Line, "take", lost)
    async with bench.sending(Account(who.account, cloud.url)):
        assert (await bench.until(first))["state"] == (await bench.until(second))["state"] == "sent"
    assert cloud.texts() == ["a", "b"]
