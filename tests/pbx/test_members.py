"""Where who logs in stands in the queues, on a real Asterisk: by phone codes with no engine, and by the engine's orders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from demo.scenarios import Call
from engine.ami.link import PbxLink
from engine.ami.metrics import Metrics
from engine.ami.protocol import ActionFailed
from engine.effects import ChangeMember, PauseMember
from okno.settings import Settings
from tests.pbx.bench import Bench, Tap, bench_settings, build

PHONE, OTHER = "PJSIP/1003", "PJSIP/1004"


def settings() -> Settings:
    """The bench's clinic where members log in; 1003 works in two queues, one of which wants a skill."""
    values = bench_settings("own").model_dump()
    values["pbxes"][0]["members"] = "logged_in"
    values["skills"] = {"english": {"en": "English"}}
    for queue in values["queues"]:
        if queue["name"] == "silent":
            queue["skills"] = {"english": 2}
    for operator in values["operators"]:
        if operator["extension"] == "1003":
            operator |= {"queues": ["registry", "silent"], "penalty": 2, "skills": {"english": 4}}
        elif operator["extension"] == "1004":
            operator |= {"queues": ["registry", "silent"]}
    return Settings.model_validate(values)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Such an Asterisk with every phone."""
    with build(tmp_path_factory.mktemp("members"), settings()) as made:
        made.phones()
        yield made


@asynccontextmanager
async def asking(own: Bench) -> AsyncIterator[PbxLink]:
    """The engine's link to it, live: what it is told nobody hears here."""
    words = {own.pbx.ami.events_secret: own.secrets.events, own.pbx.ami.actions_secret: own.secrets.actions}
    link = PbxLink(own.pbx, words.__getitem__, lambda fact: None, Metrics())
    task = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(20):
            while not (link.state == "live" and link.can_order):
                await asyncio.sleep(0.05)
        yield link
    finally:
        await link.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def members(own: Bench, link: PbxLink) -> dict[tuple[str, str], tuple[str, str, str, str]]:
    """Who stands where: name, penalty, paused, reason."""
    items = await link._events.action("QueueStatus", complete="QueueStatusComplete")
    return {
        (item["Queue"], item["Location"]): (item["Name"], item["Penalty"], item["Paused"], item["PausedReason"])
        for item in items if item.get("Event") == "QueueMember"
    }  # fmt: skip


async def dial(own: Bench, extension: str, code: str) -> None:
    """A phone dials a code."""
    process = own.operators([Call(extension, code, None)])
    assert await process.wait() == 0, process.unexpected()


def told(tap: Tap, event: str) -> list[tuple[str, str]]:
    """Queue and phone of every event of this name."""
    return [(e["Queue"], e["Interface"]) for e in tap.events() if e["Event"] == event]


async def test_codes_log_in_pause_and_log_off_with_no_engine_and_over_a_restart(own: Bench) -> None:
    async with asking(own) as link, own.tap() as tap:
        assert await members(own, link) == {}
        await dial(own, "1003", "*41")
        await dial(own, "1003", "*41")  # twice is once
        await dial(own, "1004", "*41")
        assert told(tap, "QueueMemberAdded") == [
            ("registry", PHONE), ("silent", PHONE), ("registry", OTHER), ("silent", OTHER)
        ]
        assert await members(own, link) == {
            ("registry", PHONE): ("operator-1003", "2", "0", ""), ("silent", PHONE): ("operator-1003", "3", "0", ""),
            ("registry", OTHER): ("operator-1004", "0", "0", ""), ("silent", OTHER): ("operator-1004", "20", "0", ""),
        }
        await dial(own, "1003", "*45")
        # A call finds the one who is not on a break.
        assert await own.patients([Call("+79990001501", own.number("registry"), 4)]).wait() == 0
        answered = await tap.until("AgentConnect")
        assert answered["Interface"] == OTHER
    await own.running.stop()
    await own.running.start()
    async with asking(own) as link, own.tap() as tap:
        seen = await members(own, link)
        assert {key: (paused, reason) for key, (_, _, paused, reason) in seen.items() if key[1] == PHONE} == {
            ("registry", PHONE): ("1", "human:break"), ("silent", PHONE): ("1", "human:break"),
        }
        assert [name for name, *_ in seen.values()].count("operator-1004") == 2
        await dial(own, "1003", "*46")
        assert {paused for (_, face), (_, _, paused, _) in (await members(own, link)).items() if face == PHONE} == {"0"}
        # Somebody steered him into a queue his code knows nothing of: he leaves that one too.
        await link.perform(ChangeMember(pbx="own", interface=PHONE, queue="busy", change="add", name="operator-1003"))
        for extension in ("1003", "1004"):
            await dial(own, extension, "*42")
        assert await members(own, link) == {}
        assert ("busy", PHONE) in told(tap, "QueueMemberRemoved")


async def test_the_engines_orders_are_done_and_what_is_so_already_is_no_mistake(own: Bench) -> None:
    add = ChangeMember(
        pbx="own", interface=PHONE, queue="registry", change="add", penalty=4, name="operator-1003", reason="human:lunch"
    )
    async with asking(own) as link:
        for _ in range(2):
            await link.perform(add)
            assert await members(own, link) == {("registry", PHONE): ("operator-1003", "4", "1", "human:lunch")}
        await link.perform(ChangeMember(pbx="own", interface=PHONE, queue="registry", change="penalty", penalty=9))
        await link.perform(PauseMember(pbx="own", interface=PHONE, paused=False, reason="human:lunch"))
        assert await members(own, link) == {("registry", PHONE): ("operator-1003", "9", "0", "")}
        remove = ChangeMember(pbx="own", interface=PHONE, queue="registry", change="remove")
        for _ in range(2):
            await link.perform(remove)
            assert await members(own, link) == {}
        await link.perform(ChangeMember(pbx="own", interface=PHONE, queue="gone", change="remove"))
        with pytest.raises(ActionFailed):
            await link.perform(ChangeMember(pbx="own", interface=PHONE, queue="gone", change="add", name="x"))
        with pytest.raises(ActionFailed):
            await link.perform(ChangeMember(pbx="own", interface=PHONE, queue="registry", change="penalty", penalty=1))
