"""What channels say of our messages: twice, late, early, out of order."""

from __future__ import annotations

import random
from typing import Any

import pytest

from chat.wire import Envelope, Sent, mark_of
from tests.chat.sending.bench import Bench, Person
from tests.chat.sending.cloud import Account, Cloud

ACCOUNT = "fake:main"


async def told(bench: Bench, state: Sent, message: str = "", error: str = "", **extra: Any) -> bool:
    """Let the channel tell of a message."""
    envelope = Envelope(
        account=ACCOUNT, kind="status", ext_id=f"{message} {state}", message=message, state=state, error=error, extra=extra
    )
    async with bench.database.acquire() as connection, connection.transaction():
        return await bench.returning.status(connection, envelope)


async def read(bench: Bench, who: Person, message: str = "", order: int | None = None, **extra: Any) -> int:
    """Let the channel tell how far he has read."""
    envelope = Envelope(account=ACCOUNT, kind="read", ext_id="r", message=message, order=order, extra=extra)
    async with bench.database.acquire() as connection, connection.transaction():
        return await bench.returning.read(connection, envelope, who.conversation)


async def echoed(bench: Bench, who: Person, text: str, message: str, **extra: Any) -> bool:
    """Let the channel tell that something was written in it."""
    envelope = Envelope(account=ACCOUNT, kind="message.echo", ext_id=message, message=message, text=text, extra=extra)
    async with bench.database.acquire() as connection, connection.transaction():
        return await bench.returning.ours(connection, envelope, who.conversation)


async def sent(bench: Bench, cloud: Cloud, who: Person, *texts: str) -> list[Any]:
    """Send, and return the ids."""
    ids = [await bench.say(who, text) for text in texts]
    async with bench.sending(Account(ACCOUNT, cloud.url)):
        for id in ids:
            await bench.until(id)
    return ids


@pytest.mark.parametrize("seed", range(4))
async def test_words_in_any_order_twice_over_end_where_he_read_it(bench: Bench, cloud: Cloud, seed: int) -> None:
    (id,) = await sent(bench, cloud, await bench.person(), "a")
    words: list[Sent] = ["sent", "delivered", "read", "failed"] * 2
    random.Random(seed).shuffle(words)
    changed = (await bench.row(id))["changed"]
    for word in words:
        assert await told(bench, word, f"p-{id}")
    row = await bench.row(id)
    assert row["state"] == "read" and row["changed"] > changed


async def test_a_word_before_the_answer_is_kept_until_the_name_is_known(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    id = await bench.say(who, "a")
    async with bench.sending(Account(ACCOUNT, cloud.url)):
        await bench.until(id, "sending")
        assert not await told(bench, "delivered", f"p-{id}")
        assert not await told(bench, "sent", f"p-{id}")
        cloud.go.set()
        assert (await bench.until(id))["state"] == "delivered"
    assert await bench.database.fetchval("SELECT count(*) FROM told_early") == 0


async def test_a_refusal_before_the_answer_holds(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    id = await bench.say(who, "a")
    async with bench.sending(Account(ACCOUNT, cloud.url)):
        await bench.until(id, "sending")
        assert not await told(bench, "failed", f"p-{id}", "window")
        cloud.go.set()
        row = await bench.until(id, "failed")
    assert row["error"] == "window"


async def test_a_word_with_our_own_id_says_what_became_of_one_nobody_knew_of(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["drop"]
    (id,) = await sent(bench, cloud, who, "a")
    assert (await bench.row(id))["state"] == "unknown"
    assert await told(bench, "delivered", "wamid.B", ours=str(id))
    assert (await bench.row(id))["state"] == "delivered"
    assert await told(bench, "read", "wamid.B")
    assert (await bench.row(id))["state"] == "read"


async def test_another_account_s_word_says_nothing_of_ours(bench: Bench, cloud: Cloud) -> None:
    (id,) = await sent(bench, cloud, await bench.person(), "a")
    envelope = Envelope(
        account="fake:other", kind="status", ext_id="x", message=f"p-{id}", state="read", extra={"ours": str(id)}
    )
    async with bench.database.acquire() as connection, connection.transaction():
        assert not await bench.returning.status(connection, envelope)
    assert not await told(bench, "read", "", ours="no id at all")
    assert (await bench.row(id))["state"] == "sent"


async def test_what_waited_to_be_sent_again_and_has_gone_is_not_sent_again(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person("fake:main")
    id = await bench.say(who, "a")
    assert await told(bench, "delivered", "w1", ours=str(id))
    async with bench.sending(Account(ACCOUNT, cloud.url)):
        await bench.quiet()
    assert cloud.texts() == [] and (await bench.row(id))["state"] == "delivered"


async def test_up_to_where_he_has_read(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    ids = await sent(bench, cloud, who, "a", "b", "c", "d")
    assert await read(bench, who, f"p-{ids[1]}") == 3
    assert [(await bench.row(id))["state"] for id in ids] == ["read", "read", "sent", "sent"]
    assert await read(bench, who, f"p-{ids[0]}") == 0
    await bench.database.execute("UPDATE message SET place = 12 WHERE id = $1", ids[2])
    assert await read(bench, who, order=12) == 4
    assert await read(bench, who, seq=5) == 5
    assert await bench.database.fetchval("SELECT heard_seq FROM conversation") == 5


async def test_our_own_words_come_back_and_are_not_written_twice(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    (id,) = await sent(bench, cloud, who, "a")
    assert await echoed(bench, who, "a", f"p-{id}")
    assert not await echoed(bench, who, "a", "somebody's")
    cloud.plans["b"] = ["hang"]
    cut = await bench.say(who, "b")
    async with bench.sending(Account(ACCOUNT, cloud.url)):
        await bench.until(cut, "sending")
        assert await echoed(bench, who, " b", f"p-{cut}")
        assert (await bench.row(cut))["state"] == "sent"
        cloud.go.set()
        await bench.quiet()
    assert (await bench.row(cut))["state"] == "sent"


async def test_an_echo_says_what_became_of_one_nobody_knew_of(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans |= {"same": ["drop", "drop"]}
    first, second = await sent(bench, cloud, who, "same", "same")
    assert await echoed(bench, who, "same", "e2", mark=mark_of(str(second)))
    assert [(await bench.row(id))["state"] for id in (first, second)] == ["unknown", "sent"]
    assert not await echoed(bench, who, "same", "e9", mark=mark_of("00000000-0000-0000-0000-00000000beef"))
    assert await echoed(bench, who, "same", "e1")
    assert (await bench.row(first))["state"] == "sent"
    assert await echoed(bench, who, "", "", ours=str(first))


async def test_an_echo_taken_for_somebody_s_keeps_its_name(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    id = await bench.say(who, "a")
    async with bench.sending(Account(ACCOUNT, cloud.url)):
        await bench.until(id, "sending")
        await bench.say_in_the_app(who, "a, as the cloud put it", f"p-{id}")
        cloud.go.set()
        row = await bench.until(id)
    assert row["state"] == "sent" and row["ext_blind"] is None and row["ext"] is not None
