"""The keeper beside an Asterisk: it follows versions, tells what came of each, and leaves alone what it cannot bring."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.asking.directory.letters import AppliedAsked
from engine.asterisk import commands
from engine.asterisk.install import Installed
from engine.following import Keeper
from engine.following.keeper import BY_HAND
from okno.service import ServiceDown
from okno.settings import Runtime, Settings
from okno.settings.seen import keep, lately

QUEUE = {"name": "front", "title": {"ru": "Front"}}


@dataclass
class Scripted:
    """An engine with a directory, or without an answer."""

    version: int = 1
    epoch: str = "1"
    document: dict[str, Any] = field(default_factory=lambda: {"queues": [QUEUE]})
    down: bool = False
    told: list[tuple[int, str]] = field(default_factory=list)

    async def directory(self, after: int = 0, *, epoch: str = "", wait_s: float = 0) -> dict[str, Any]:
        """The directory in force."""
        await asyncio.sleep(0.005)
        if self.down:
            raise ServiceDown("it is away")
        answer: dict[str, Any] = {"version": self.version, "epoch": self.epoch}
        return answer if after == self.version else answer | {"document": self.document}

    async def directory_applied(self, pbx: str, version: int, reason: str) -> dict[str, Any]:
        """What a PBX tells."""
        self.told.append((version, reason))
        return {"ok": True}

    async def until(self, *told: tuple[int, str]) -> None:
        """Wait until exactly this was told."""
        async with asyncio.timeout(5):
            while self.told != list(told):
                await asyncio.sleep(0.01)


@dataclass
class Asterisk:
    """What was brought to it; `fault` is what stands in the way."""

    brought: list[tuple[list[str], frozenset[str]]] = field(default_factory=list)
    fault: Exception | None = None

    async def take(self, runtime: Runtime, pbx: Any, unloaded: frozenset[str] = frozenset()) -> Installed:
        """In the place of `bring_up_to_date`."""
        self.brought.append(([queue.name for queue in runtime.settings.queues], unloaded))
        if self.fault is not None:
            raise self.fault
        return Installed(("okno-queues.conf",))


@pytest.fixture
def asterisk(monkeypatch: pytest.MonkeyPatch) -> Asterisk:
    """An Asterisk that takes anything."""
    made = Asterisk()
    monkeypatch.setattr(commands, "bring_up_to_date", made.take)
    return made


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """A machine with one managed PBX and an empty directory in its YAML."""
    return Runtime(Settings.model_validate({"pbxes": [{"name": "main", "managed": True}]}), tmp_path)


@asynccontextmanager
async def keeping(runtime: Runtime, engine: Scripted | None) -> AsyncIterator[Keeper]:
    """A keeper at work."""
    keeper = Keeper(runtime, runtime.settings.pbxes[0], engine, retry_s=0.02)
    task = asyncio.create_task(keeper.keep())
    try:
        yield keeper
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_each_version_is_brought_remembered_and_told_once(runtime: Runtime, asterisk: Asterisk) -> None:
    engine = Scripted()
    async with keeping(runtime, engine) as keeper:
        await engine.until((1, ""))
        engine.version, engine.document = 2, {"queues": [QUEUE, QUEUE | {"name": "lab"}]}
        await engine.until((1, ""), (2, ""))
        assert (keeper.version, keeper.problem) == (2, None)
        engine.epoch = "2"  # another life of the engine knows nothing of us
        await engine.until((1, ""), (2, ""), (2, ""))
    assert [queues for queues, _ in asterisk.brought] == [[], ["front"], ["front", "lab"]]
    assert lately(runtime)[1] == 2


async def test_without_an_engine_the_last_version_seen_is_kept(runtime: Runtime, asterisk: Asterisk) -> None:
    keep(runtime, 5, {"queues": [QUEUE]})
    engine = Scripted(down=True)
    async with keeping(runtime, engine):
        async with asyncio.timeout(5):
            while not asterisk.brought:
                await asyncio.sleep(0.01)
        assert asterisk.brought[0][0] == ["front"]
        engine.version, engine.down = 5, False
        await engine.until((5, ""))
    assert len(asterisk.brought) == 1


async def test_a_refused_reload_is_told_in_words_and_tried_again(runtime: Runtime, asterisk: Asterisk) -> None:
    engine = Scripted()
    asterisk.fault = commands.ReloadRefused("Asterisk refused it; the configuration of before is in place")
    async with keeping(runtime, engine):
        await engine.until((1, "Asterisk refused it; the configuration of before is in place"))
        asterisk.fault = None
        await engine.until((1, "Asterisk refused it; the configuration of before is in place"), (1, ""))


async def test_files_no_reload_has_taken_in_are_not_forgotten(runtime: Runtime, asterisk: Asterisk) -> None:
    engine = Scripted()
    asterisk.fault = commands.NotReloaded("the console does not answer", frozenset({"okno-queues.conf"}))
    async with keeping(runtime, engine):
        await engine.until((1, "the console does not answer"))
        asterisk.fault = None
        await engine.until((1, "the console does not answer"), (1, ""))
    assert asterisk.brought[-1][1] == {"okno-queues.conf"}


async def test_a_directory_that_does_not_fit_this_machine_changes_nothing(runtime: Runtime, asterisk: Asterisk) -> None:
    engine = Scripted(document={"operators": [
        {"name": "a", "title": {"ru": "A"}, "extension": "1001", "pbx": "elsewhere"}
    ]})  # fmt: skip
    async with keeping(runtime, engine):
        await engine.until((1, "operators[0].pbx: there is no PBX named 'elsewhere'"))
        brought = len(asterisk.brought)
        engine.version, engine.document = 2, {"queues": [QUEUE]}
        await engine.until((1, "operators[0].pbx: there is no PBX named 'elsewhere'"), (2, ""))
    assert len(asterisk.brought) == brought + 1 and lately(runtime)[1] == 2


async def test_a_long_list_of_what_does_not_fit_is_told_as_far_as_the_engine_takes_it(runtime: Runtime, asterisk: Asterisk) -> None:
    engine = Scripted(document={"operators": [
        {"name": f"a{n}", "title": {"ru": "A"}, "extension": str(1000 + n), "pbx": "elsewhere"} for n in range(40)
    ]})  # fmt: skip
    async with keeping(runtime, engine):
        async with asyncio.timeout(5):
            while not engine.told:
                await asyncio.sleep(0.01)
    [(version, reason)] = engine.told
    assert AppliedAsked(pbx="main", version=version, reason=reason).reason.startswith("operators[0].pbx: there is no PBX")


async def test_a_pbx_configured_by_hand_says_so(tmp_path: Path, asterisk: Asterisk) -> None:
    runtime = Runtime(Settings.model_validate({"pbxes": [{"name": "main"}]}), tmp_path)
    engine = Scripted()
    async with keeping(runtime, engine):
        await engine.until((1, BY_HAND))
    assert asterisk.brought == []
