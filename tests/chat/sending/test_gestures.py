"""Typing and reading are shown when the channel can, and nothing hangs on it."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from prometheus_client import generate_latest

from tests.chat.sending.bench import Bench, soon
from tests.chat.sending.cloud import ABLE, Account, Cloud


async def test_he_sees_that_we_type_once_in_a_while_and_that_we_have_read(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person(user="5501")
    async with bench.sending(Account(who.account, cloud.url)) as sender:
        for _ in range(5):
            sender.typing(who.conversation)
        sender.seen(who.conversation)
        await soon(lambda: len(cloud.got) == 2)
    by_what = {one["what"]: one for one in cloud.got}
    assert by_what["typing"]["peer"] == by_what["read"]["peer"] == "5501"
    assert by_what["read"]["upto"] == "in-5501"


async def test_a_cloud_that_fails_fails_nobody(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cloud.plans[""] = ["drop", "403"]
    async with bench.sending(Account(who.account, cloud.url)) as sender:
        sender.typing(who.conversation)
        sender.seen(who.conversation)
        sender.seen(uuid4())
        await soon(lambda: generate_latest(bench.metrics).count(b'account="fake:main",end="U') >= 2)
        assert (await bench.until(await bench.say(who, "a")))["state"] == "sent"


async def test_what_a_channel_cannot_is_not_asked(bench: Bench, cloud: Cloud) -> None:
    who = await bench.person()
    cannot = replace(ABLE, typing=False, read=False)
    async with bench.sending(Account(who.account, cloud.url, cannot)) as sender:
        sender.typing(who.conversation)
        sender.seen(who.conversation)
        assert (await bench.until(await bench.say(who, "a")))["state"] == "sent"
    assert [one["what"] for one in cloud.got] == ["send"]
