"""A program ends with the one that started it, even when that one is killed outright."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from okno.command.processes.program import Program, spawn, stop

STARTER = """
import asyncio, sys
from okno.command.processes.program import Program, spawn
async def main():
    process = await spawn(Program("child", ("sleep", "600")))
    print(process.process.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_kill_minus_nine_of_the_parent_leaves_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    end = time.monotonic() + 5
    while Path(f"/proc/{child}/exe").is_symlink() and _state(child) not in "ZX" and time.monotonic() < end:
        time.sleep(0.02)
    assert _state(child) in "ZX"


async def test_it_leads_its_own_session_and_writes_no_core() -> None:
    program = Program("it", ("sleep", "600"))
    child = await spawn(program)
    assert os.getsid(child.process.pid) == child.process.pid
    assert resource.prlimit(child.process.pid, resource.RLIMIT_CORE) == (0, 0)
    await stop(child, program)
    assert child.process.returncode == -signal.SIGTERM


async def test_the_environment_is_ours_and_its_own_words() -> None:
    program = Program("it", ("sh", "-c", "echo $OKNO_WORD"), env={"OKNO_WORD": "hello"})
    child = await spawn(program)
    assert await asyncio.wait_for(child.output.read(), 5) == b"hello\n"
    await stop(child, program)
    assert program.environment()["PATH"] == os.environ["PATH"]


async def test_what_cannot_be_executed_leaves_no_pipe_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(FileNotFoundError):
        await spawn(Program("it", ("/nowhere/program",)))
    await asyncio.sleep(0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "X"
