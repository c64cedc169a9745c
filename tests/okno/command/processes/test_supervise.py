"""Programs are brought back, and end with all they started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from okno.command.processes.program import Program
from okno.command.processes.supervise import Keeper, Supervisor, short

SLEEPS = "import time; print('here', flush=True); time.sleep(600)"
FORKS = """
import subprocess, time
print('child', subprocess.Popen(['sleep', '600']).pid, flush=True)
time.sleep(600)
"""
DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


class Heard:
    """What the keepers said, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, name: str, line: str) -> None:
        self.lines.append(line)

    async def wait(self, part: str) -> str:
        async with asyncio.timeout(10):
            while not (found := [line for line in self.lines if part in line]):
                await asyncio.sleep(0.01)
        return found[-1]


def _keeper(script: str, heard: Heard, **more: object) -> Keeper:
    argv = (sys.executable, "-c", script)
    return Keeper(Program("it", argv, **more), heard.say, lambda: None)  # type: ignore[arg-type]


async def test_a_killed_program_is_back_within_a_second() -> None:
    heard = Heard()
    keeper = _keeper(SLEEPS, heard)
    keeper.start()
    try:
        await heard.wait("here")
        first = keeper.now().pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await heard.wait("ended (signal 9)")
        heard.lines.clear()
        async with asyncio.timeout(1):
            await heard.wait("here")
        assert keeper.now().pid != first
        assert keeper.now().restarts == 1
    finally:
        await keeper.stop()
    assert keeper.now().state == "stopped"


async def test_what_a_killed_program_started_is_ended_too() -> None:
    heard = Heard()
    keeper = _keeper(FORKS, heard)
    keeper.start()
    try:
        child = int((await heard.wait("child")).split()[1])
        pid = keeper.now().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await _gone(child)
    finally:
        await keeper.stop()


async def test_a_deaf_program_is_killed_in_the_end() -> None:
    heard = Heard()
    keeper = _keeper(DEAF, heard, stop_s=0.3)
    keeper.start()
    await heard.wait("deaf")
    pid = keeper.now().pid
    assert pid is not None
    await keeper.stop()
    await _gone(pid)


async def test_a_program_that_cannot_be_started_is_said_and_tried_again() -> None:
    heard = Heard()
    keeper = Keeper(Program("it", ("/nowhere/program",)), heard.say, lambda: None)
    keeper.start()
    await heard.wait("cannot be started")
    await heard.wait("not started")
    await keeper.stop()


async def test_stages_start_in_order_and_end_in_reverse(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    script = (
        "import signal,sys,time\n"
        f"def note(word): open({str(diary)!r}, 'a').write(word + ' ' + sys.argv[1] + '\\n')\n"
        "def end(*_): note('end'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); note('start'); time.sleep(600)\n"
    )

    def program(name: str) -> Program:
        async def wrote() -> bool:
            return diary.exists() and f"start {name}" in diary.read_text()

        return Program(name, (sys.executable, "-c", script, name), ready=wrote)

    heard = Heard()
    stages = [[Keeper(program(name), heard.say, lambda: None)] for name in ("first", "second")]
    supervisor = Supervisor(stages)
    assert [await supervisor.start_stage(0), await supervisor.start_stage(1)] == [[], []]
    assert [one.state for one in supervisor.now()] == ["running", "running"]
    await supervisor.stop()
    assert diary.read_text().split("\n")[:4] == ["start first", "start second", "end second", "end first"]


async def test_a_program_that_never_gets_ready_is_named() -> None:
    async def never() -> bool:
        return False

    keeper = Keeper(
        Program("late", (sys.executable, "-c", SLEEPS), ready=never, ready_s=0.3), Heard().say, lambda: None
    )
    supervisor = Supervisor([[keeper]])
    assert await supervisor.start_stage(0) == ["late"]
    await supervisor.stop()


async def test_only_what_a_person_has_to_see_is_shown() -> None:
    heard = Heard()
    script = "print('LOG: noise'); print('ERROR: x'); print('end', flush=True); import time; time.sleep(600)"
    keeper = _keeper(script, heard, shows=lambda line: "LOG" not in line)
    keeper.start()
    await heard.wait("end")
    await keeper.stop()
    assert heard.lines[:2] == ["ERROR: x", "end"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain words ", "plain words"),
        ("{not json", "{not json"),
        (json.dumps({"at": "x", "level": "info", "service": "mis", "event": "begun", "port": 1}), "begun port=1"),
        (json.dumps({"level": "warning", "event": "slow"}), "WARNING slow"),
        (json.dumps({"level": "error", "event": "no", "error": {"kind": "A", "words": "b"}}), "ERROR no A: b"),
    ],
)
def test_a_log_line_becomes_words(line: str, shown: str) -> None:
    assert short(line) == shown


async def _gone(pid: int) -> None:
    async with asyncio.timeout(5):
        while _runs(pid):
            await asyncio.sleep(0.02)


def _runs(pid: int) -> bool:
    """Say whether the process runs; a dead one nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
