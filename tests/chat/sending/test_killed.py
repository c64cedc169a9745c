"""Senders in processes of their own: killed between the wire and the answer, and several beside one another (P2)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from chat.sending import attempts, sender
from tests.chat.sending.bench import Bench, soon
from tests.chat.sending.cloud import LOOK, SAFE, Account, Cloud, Looked
from tests.chat.sending.process import sender_of


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in life takes moments here."""
    monkeypatch.setattr(attempts, "LOOKS_S", (0.05, 0.05, 0.05))
    monkeypatch.setattr(sender, "LOST_EVERY_S", 0.2)
    monkeypatch.setattr(sender, "GRACE_S", 0.3)


async def killed(bench: Bench, cloud: Cloud, keyring: Path, resend: str) -> None:
    """Kill a sender while the cloud holds its answer."""
    async with sender_of(bench.database, keyring, cloud.url, resend) as process:
        await soon(lambda: "a" in cloud.texts(), within_s=40)
        process.kill()
        await process.wait()
    cloud.go.set()


async def test_killed_before_the_answer_it_is_unknown_and_was_asked_once(
    bench: Bench, cloud: Cloud, tmp_path: Path
) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    first, second = await bench.say(who, "a"), await bench.say(who, "b")
    await killed(bench, cloud, tmp_path / "keyring.json", "ask")
    assert (await bench.row(first))["state"] == "sending"
    async with bench.sending(Account(who.account, cloud.url)):
        assert (await bench.until(first))["state"] == "unknown"
        assert (await bench.until(second))["state"] == "sent"
    assert cloud.texts() == ["a", "b"]


@pytest.mark.parametrize(("resend", "asked"), [("safe", 2), ("look", 1)])
async def test_killed_before_the_answer_a_channel_that_can_tells(
    bench: Bench, cloud: Cloud, tmp_path: Path, resend: str, asked: int
) -> None:
    who = await bench.person()
    cloud.plans["a"] = ["hang"]
    first, second = await bench.say(who, "a"), await bench.say(who, "b")
    await killed(bench, cloud, tmp_path / "keyring.json", resend)
    able = {"safe": SAFE, "look": LOOK}[resend]
    async with bench.sending(Looked(who.account, cloud.url, able)):
        assert (await bench.until(first))["state"] == (await bench.until(second))["state"] == "sent"
    assert cloud.texts() == ["a"] * asked + ["b"]
    assert [one["text"] for one in cloud.taken.values()] == ["a", "b"]


async def test_two_senders_send_each_message_once_and_each_person_s_in_order(
    bench: Bench, cloud: Cloud, tmp_path: Path
) -> None:
    people = [await bench.person(user=f"u{n}") for n in range(15)]
    keyring = tmp_path / "keyring.json"
    async with (
        sender_of(bench.database, keyring, cloud.url, "ask"), sender_of(bench.database, keyring, cloud.url, "ask")
    ):  # fmt: skip
        ids = [await bench.say(who, f"{who.user} {n}") for n in range(12) for who in people]
        await bench.quiet(within_s=60)
    assert max(Counter(cloud.texts()).values()) == 1
    for who in people:
        assert cloud.texts(who.user) == [f"{who.user} {n}" for n in range(12)]
        assert cloud.most[who.user] == 1
    states = await bench.database.fetch("SELECT state, count(*) AS n FROM message WHERE side = 'out' GROUP BY state")
    assert {row["state"]: row["n"] for row in states} == {"sent": len(ids)}
