"""The helper beside each PBX: nothing a dead engine paused stays paused, no human's pause is touched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from engine import pbx
from engine.ami.client import AmiClient, Credentials
from engine.ami.metrics import Figures
from engine.asterisk import console
from engine.pbx import Pulse, Watchdog
from okno.files import write_private
from okno.settings import Runtime
from tests.pbx.bench import Bench

MEMBER = {"Queue": "nobody", "Interface": "PJSIP/1051"}


@pytest.fixture
def runtime(bench: Bench, tmp_path: Path) -> Runtime:
    """The bench's settings with its secrets on disk."""
    words = {"events": bench.secrets.events, "actions": bench.secrets.actions, "watch": bench.secrets.watch}
    for name, word in words.items():
        write_private(tmp_path / "secrets" / f"ami-{name}.secret", word)
    write_private(tmp_path / "secrets/service.secret", "word")
    for extension, word in bench.secrets.phones.items():
        write_private(tmp_path / f"secrets/phone-{extension}.secret", word)
    (tmp_path / "pbx").mkdir()
    (tmp_path / "pbx/bench").symlink_to(bench.asterisk.home)
    return Runtime(bench.settings, tmp_path)


@pytest_asyncio.fixture
async def engine(bench: Bench, runtime: Runtime) -> AsyncIterator[AmiClient]:
    """The engine's hands: its actions login."""
    ami = bench.pbx.ami
    client = AmiClient(ami, Credentials(ami.actions_user, lambda: bench.secrets.actions, "off"), Figures())
    await client.connect_once()
    yield client
    await client.action("QueuePause", {**MEMBER, "Paused": "false"})
    await client.action("Setvar", {"Variable": pbx.ALIVE, "Value": ""})
    await client.close()


@pytest_asyncio.fixture
async def watchdog(bench: Bench, runtime: Runtime) -> AsyncIterator[Watchdog]:
    """A connected watchdog that looks when told."""
    releases: list[str] = []
    dog = Watchdog(runtime, bench.pbx, lambda: releases.append("released"))
    await dog.client.connect_once()
    dog.releases = releases  # type: ignore[attr-defined]
    yield dog
    await dog.client.close()


async def paused(engine: AmiClient) -> tuple[str, str]:
    """Whether the member is paused, and why."""
    for item in await engine.action("QueueStatus", complete="QueueStatusComplete"):
        if item.get("Event") == "QueueMember" and item["Location"] == MEMBER["Interface"]:
            return item["Paused"], item["PausedReason"]
    raise AssertionError("the member is not in the queue")


async def pause(engine: AmiClient, reason: str) -> None:
    """Pause the member."""
    await engine.action("QueuePause", {**MEMBER, "Paused": "true", "Reason": reason})


async def beat(engine: AmiClient, value: str) -> None:
    """The engine's sign of life."""
    await engine.action("Setvar", {"Variable": pbx.ALIVE, "Value": value})


def test_a_pulse_ages_from_its_last_change() -> None:
    pulse = Pulse().seen("7", 100.0)
    assert Pulse().dead(0.0)
    assert not pulse.seen("7", 139.0).dead(139.0) and pulse.seen("7", 140.0).dead(140.0)
    assert not pulse.seen("8", 140.0).dead(179.0)
    assert pulse.seen("", 101.0).dead(101.0)


async def test_while_the_engine_lives_its_pauses_stay(engine: AmiClient, watchdog: Watchdog) -> None:
    await beat(engine, "1")
    await pause(engine, "eng:acw")
    await watchdog.look(100.0)
    await watchdog.look(139.0)
    assert watchdog.engine_alive and await paused(engine) == ("1", "eng:acw")


@pytest.mark.parametrize("reason", ["eng:acw", "eng:rona", "eng:cb:018f0000-0000-7000-8000-00000000cb01"])
async def test_r12_when_it_stops_beating_its_pauses_end(engine: AmiClient, watchdog: Watchdog, reason: str) -> None:
    await beat(engine, "1")
    await pause(engine, reason)
    await watchdog.look(100.0)
    await watchdog.look(140.0)
    assert await paused(engine) == ("0", "")
    assert watchdog.releases == ["released"]  # type: ignore[attr-defined]


async def test_when_it_never_beat_its_pauses_end_at_once(engine: AmiClient, watchdog: Watchdog) -> None:
    await pause(engine, "eng:acw")
    await watchdog.look(0.0)
    assert await paused(engine) == ("0", "")


@pytest.mark.parametrize("reason", ["human:break", "human:offline", "Auto-Pause", ""])
async def test_r12_a_humans_pause_is_never_touched(engine: AmiClient, watchdog: Watchdog, reason: str) -> None:
    await pause(engine, reason)
    await watchdog.look(0.0)
    await watchdog.look(500.0)
    assert await paused(engine) == ("1", reason)


async def test_r13_a_break_that_joined_our_pause_is_a_persons(engine: AmiClient, watchdog: Watchdog) -> None:
    """The engine pauses anew by the person's reason; the one before it is forgotten by app_queue."""
    await pause(engine, "eng:acw")
    await pause(engine, "human:lunch")
    await watchdog.look(0.0)
    assert await paused(engine) == ("1", "human:lunch")


async def test_the_release_names_itself_in_the_event(bench: Bench, engine: AmiClient, watchdog: Watchdog) -> None:
    async with bench.tap() as tap:
        await pause(engine, "eng:acw")
        await watchdog.look(0.0)
        event = await tap.until("QueueMemberPause", Paused="0")
    assert event["PausedReason"] == pbx.REASON


async def test_the_service_answers_health_watches_and_counts(bench: Bench, runtime: Runtime, engine: AmiClient) -> None:
    await pause(engine, "eng:acw")
    service = pbx.compose(runtime, "bench")
    port = pbx.port_of(runtime, "bench")
    serving = asyncio.create_task(service.run("127.0.0.1", port))
    try:
        async with asyncio.timeout(10), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            while service.reasons() or await paused(engine) != ("0", ""):
                await asyncio.sleep(0.1)
            async with session.get("/health") as answer:
                assert (await answer.json())["service"] == "pbx"
            async with session.get("/metrics") as answer:
                text = await answer.text()
        assert "okno_pbx_released_total 1.0" in text and "okno_pbx_watch_up 1.0" in text
    finally:
        service.stop()
        await serving


async def test_changed_settings_are_installed_and_reloaded(bench: Bench, runtime: Runtime) -> None:
    values = runtime.settings.model_dump()
    values["queues"][0]["ring_s"] = 17
    newer = replace(runtime, settings=type(runtime.settings).model_validate(values))
    assert await pbx.Keeper(newer, newer.settings.pbxes[0])._once() is None
    assert "timeout = 17" in (bench.asterisk.etc / "okno-queues.conf").read_text()
    async with bench.tap() as tap:
        assert await pbx.Keeper(runtime, bench.pbx)._once() is None
        # Asterisk really took it: a reloaded member is announced, and nobody's phone was lost on the way.
        await asyncio.sleep(0.5)
        assert "QueueMemberRemoved" not in tap.names()
    assert "timeout = 3" in (bench.asterisk.etc / "okno-queues.conf").read_text()


async def test_a_reload_takes_no_member_away_that_was_added_by_hand(bench: Bench, runtime: Runtime) -> None:
    values = runtime.settings.model_dump()
    queue = values["queues"][0]["name"]
    values["queues"].append(values["queues"][0] | {"name": "added"})
    newer = replace(runtime, settings=type(runtime.settings).model_validate(values))
    console_of = bench.asterisk.control
    await console.ask(console_of, f"queue add member Local/9@nowhere to {queue} penalty 4 as by-hand")
    try:
        assert await pbx.Keeper(newer, newer.settings.pbxes[0])._once() is None
        assert "added" in await console.ask(console_of, "queue show")
        shown = await console.ask(console_of, f"queue show {queue}")
        assert "by-hand" in shown and "penalty 4" in shown.replace("penalty: 4", "penalty 4")
        assert await pbx.Keeper(runtime, bench.pbx)._once() is None
        assert "added" not in await console.ask(console_of, "queue show")
        assert "by-hand" in await console.ask(console_of, f"queue show {queue}")
    finally:
        await console.ask(console_of, f"queue remove member Local/9@nowhere from {queue}")


async def test_without_its_asterisk_it_says_so_and_tries_again(bench: Bench, runtime: Runtime) -> None:
    (runtime.state / "pbx/bench").unlink()
    keeper = pbx.Keeper(runtime, bench.pbx, retry_s=0.05)
    keeping = asyncio.create_task(keeper.keep())
    async with asyncio.timeout(5):
        while "does not answer" not in (keeper.problem or ""):
            await asyncio.sleep(0.02)
    # A home without a console is replaced by the real one: the next try succeeds.
    (runtime.state / "pbx/bench").rename(runtime.state / "pbx/gone")
    (runtime.state / "pbx/bench").symlink_to(bench.asterisk.home)
    async with asyncio.timeout(5):
        while keeper.problem is not None:
            await asyncio.sleep(0.02)
    keeping.cancel()


async def test_a_pbx_that_keeps_its_own_configuration_is_only_watched(bench: Bench, runtime: Runtime) -> None:
    attached = type(bench.pbx).model_validate(bench.pbx.model_dump() | {"managed": False, "config_dir": None})
    keeper = pbx.Keeper(runtime, attached)
    assert await keeper._once() is None


def test_each_managed_pbx_on_a_machine_has_its_own_port(runtime: Runtime) -> None:
    values = runtime.settings.model_dump()
    values["pbxes"] = [values["pbxes"][0], values["pbxes"][0] | {"name": "second", "ami": {"port": 5039}}]
    two = replace(runtime, settings=type(runtime.settings).model_validate(values))
    assert pbx.port_of(two, "second") == pbx.port_of(two, "bench") + 1
