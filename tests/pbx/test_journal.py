"""What a real Asterisk writes to its journal: the columns we ask for, and what a kill, a start and a reload leave there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from demo.scenarios import Call
from engine.asterisk import console
from engine.asterisk.private import Running
from engine.journal import cel, queue_log
from engine.journal.checking import calls_of
from engine.journal.files.records import cut
from engine.journal.parts import FileName
from engine.turns.configuration import configuration
from engine.world import Line, Operator, Pbx, Queue, World
from tests.engine.playbook import perform
from tests.pbx.bench import PBX, build

LOST, TALKED, LATER = "+79990001961", "+79990001962", "+79990001963"
START, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


async def test_calls_live_at_a_kill_are_lost_by_the_pbx_and_a_reload_loses_none(tmp_path: Path) -> None:
    bench = build(tmp_path)
    log = bench.asterisk.home / "log"
    files: dict[FileName, Path] = {"cel": log / "cel-custom/okno.csv", "queue_log": log / "queue_log"}
    async with bench:
        bench.phones()
        async with bench.tap() as tap:
            bench.patients([Call(LOST, bench.number("registry"), 60)])
            await tap.until("AgentConnect")
            assert await bench.patients([Call(TALKED, bench.number("second"), 1)]).wait() == 0
            for command in ("queue reload all", "module reload app_queue.so", "logger rotate"):
                await console.ask(bench.asterisk.control, command)
            await asyncio.sleep(1)
        killed = datetime.now(UTC)
        bench.running.kill()
        bench.running = Running(bench.asterisk)
        await bench.running.start()
        assert await bench.patients([Call(LATER, bench.number("closed"))]).wait() == 0
        await asyncio.sleep(0.5)
    assert (log / "queue_log.0").is_file(), "it was rotated in the middle of a call"
    for record in cut("cel", files["cel"].read_text("latin-1"), 10_000).records:
        cel.parse(record)
    lines = [queue_log.parse(text) for text in files["queue_log"].read_text("latin-1").splitlines(keepends=True)]
    assert [line.event for line in lines].count("QUEUESTART") == 1, "the kill's; reloads leave none"
    world = World()
    perform(world, configuration(bench.settings, START))
    rows = [row for kind in (Pbx, Operator, Line, Queue) for row in world.all(kind)]
    calls = {call.phone: call for call in calls_of(files, PBX, rows, START, END)}
    assert {phone: call.result for phone, call in calls.items()} == {
        LOST: "lost_by_pbx", TALKED: "abandoned", LATER: "out_of_hours",
    }  # fmt: skip
    lost = calls[LOST]
    assert [leg.result for leg in lost.legs] == ["answered"]
    assert lost.ended_at is not None and START < lost.ended_at <= killed
