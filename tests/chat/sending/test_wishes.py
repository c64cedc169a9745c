"""What is wished of messages of ours: done at once while he does not have them, else when the channel did it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from chat.sending.wishes import CannotBe
from chat.wire import Abilities
from okno.database import Connection
from tests.chat.sending.bench import Bench, soon
from tests.chat.sending.cloud import ABLE, Account, Cloud


async def wish(bench: Bench, what: Callable[[Connection], Awaitable[None]]) -> None:
    """Take a wish in a transaction of its own."""
    async with bench.database.acquire() as connection, connection.transaction():
        await what(connection)


def edit(bench: Bench, id: UUID, text: str, can: Abilities = ABLE) -> Awaitable[None]:
    """Wish other words."""
    return wish(bench, lambda connection: bench.wishes.edit(connection, id, text, "olga", can))


def delete(bench: Bench, id: UUID, can: Abilities = ABLE) -> Awaitable[None]:
    """Wish it taken back."""
    return wish(bench, lambda connection: bench.wishes.delete(connection, id, "olga", can))


def retry(bench: Bench, id: UUID) -> Awaitable[None]:
    """Wish it sent again."""
    return wish(bench, lambda connection: bench.wishes.retry(connection, id, "olga"))


async def refused(wished: Awaitable[None]) -> str:
    """Return why a wish is refused."""
    with pytest.raises(CannotBe) as error:
        await wished
    return error.value.why


async def versions(bench: Bench, id: UUID) -> list[str]:
    """Return what a message said before."""
    rows = await bench.database.fetch("SELECT body FROM message_version WHERE message = $1 ORDER BY version", id)
    return [bench.writing.body(id, row["body"])["text"] for row in rows]


async def test_what_waits_is_changed_or_taken_back_at_once_and_the_cloud_hears_nothing(
    bench: Bench, cloud: Cloud
) -> None:
    who = await bench.person()
    changed, gone = await bench.say(who, "one"), await bench.say(who, "two")
    await edit(bench, changed, "uno")
    await delete(bench, gone)
    row = await bench.row(gone)
    assert row["deleted_by"] == "olga" and (row["state"], row["error"]) == ("failed", "taken_back")
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(changed, "sent")
        await bench.quiet()
    assert [one["what"] for one in cloud.got] == ["send"] and cloud.texts() == ["uno"]
    assert await versions(bench, changed) == ["one"]
    assert await refused(retry(bench, gone)) == "deleted"


async def test_what_he_has_is_changed_when_the_channel_did_it(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    id = await bench.say(who, "one")
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(id, "sent")
        cloud.plans["uno"] = ["hang"]
        await edit(bench, id, "uno")
        await soon(lambda: cloud.got[-1]["what"] == "edit")
        assert await bench.text(id) == "one"
        cloud.go.set()
        await bench.quiet()
        assert await bench.text(id) == "uno" and (await bench.row(id))["version"] == 2
        await delete(bench, id)
        await bench.quiet()
    row = await bench.row(id)
    assert row["deleted_by"] == "olga" and row["state"] == "sent"
    assert [(one["what"], one["id"]) for one in cloud.got] == [
        ("send", str(id)), ("edit", f"p-{id}"), ("delete", f"p-{id}")
    ]  # fmt: skip
    assert await versions(bench, id) == ["one"]


async def test_of_several_changes_only_the_last_goes(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    id = await bench.say(who, "one")
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(id, "sent")
    for text in ("two", "three", "four"):
        await edit(bench, id, text)
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.quiet()
    assert [one["text"] for one in cloud.got] == ["one", "four"] and await bench.text(id) == "four"


@pytest.mark.parametrize(("plan", "error"), [("400", "edit_refused"), ("drop", "edit_unknown")])
async def test_a_change_that_is_refused_or_unknown_leaves_what_he_has(
    bench: Bench, cloud: Cloud, plan: str, error: str
) -> None:
    who = await bench.person()
    id = await bench.say(who, "one")
    cloud.plans["uno"] = [plan]
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(id, "sent")
        await edit(bench, id, "uno")
        await bench.quiet()
        row = await bench.row(id)
        assert (await bench.text(id), row["state"], row["error"], row["version"]) == ("one", "sent", error, 1)
        await edit(bench, id, "uno")
        await bench.quiet()
        row = await bench.row(id)
    assert (await bench.text(id), row["state"], row["error"]) == ("uno", "sent", "")


async def test_what_cannot_be_is_refused(bench: Bench, cloud: Cloud) -> None:
    who, cannot = await bench.person(), Abilities(most_text=5)
    sent, cut, hanging = [await bench.say(who, text) for text in ("sent", "cut", "hangs")]
    cloud.plans |= {"cut": ["drop"], "hangs": ["hang"]}
    assert await refused(edit(bench, sent, "  ")) == "empty"
    assert await refused(edit(bench, sent, "123456", cannot)) == "too_long"
    assert await refused(edit(bench, uuid4(), "x")) == "gone"
    assert await refused(retry(bench, sent)) == "on_its_way"
    async with bench.sending(Account(who.account, cloud.url)):
        await bench.until(hanging, "sending")
        assert await refused(edit(bench, hanging, "x")) == "on_its_way"
        assert await refused(delete(bench, hanging)) == "on_its_way"
        assert await refused(edit(bench, cut, "x")) == "unknown"
        assert await refused(delete(bench, cut)) == "unknown"
        assert await refused(retry(bench, sent)) == "sent_already"
        assert await refused(edit(bench, sent, "x", cannot)) == "cannot_edit"
        assert await refused(delete(bench, sent, cannot)) == "cannot_delete"
    row = await bench.database.fetchrow("SELECT id FROM message WHERE side = 'in'")
    assert row is not None and await refused(delete(bench, row["id"])) == "gone"


async def test_what_failed_is_sent_again_by_hand_under_the_same_id(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    id = await bench.say(who, "a")
    cloud.plans["a"] = ["400"]
    async with bench.sending(Account(who.account, cloud.url)):
        assert (await bench.until(id))["state"] == "failed"
        await edit(bench, id, "b")
        await retry(bench, id)
        assert await refused(retry(bench, id)) in ("on_its_way", "sent_already")
        row = await bench.until(id, "sent")
    assert [(one["id"], one["text"]) for one in cloud.got] == [(str(id), "a"), (str(id), "b")] and row["error"] == ""


async def test_what_its_channel_calls_failed_while_it_is_sent_once_more_is_not_sent_twice(bench: Bench) -> None:
    who = await bench.person()
    id = await bench.say(who, "a")
    await bench.database.execute("UPDATE outgoing SET taken_at = now(), taken_by = 77 WHERE message = $1", id)
    await bench.database.execute("UPDATE message SET state = 'failed' WHERE id = $1", id)
    assert await refused(retry(bench, id)) == "on_its_way"
    assert await bench.database.fetchval("SELECT count(*) FROM outgoing") == 1
