"""A program that `okno up` and the tests start: what to run, as whom, and how it ends with its parent.

Three things make sure that nothing outlives us. Each program leads its own session, so Ctrl-C in the terminal reaches
only the supervisor, and what a program forks can be ended as one group. The kernel sends `death_signal` when the
supervisor dies, even by kill -9 (prctl PR_SET_PDEATHSIG). And no program may write a core: a core holds numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """One program to run.

    `user` is honoured only as root; `ready` answers whether it serves already, expected within `ready_s`; `shows` picks
    the lines of its output a person has to see (all, when not given).
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    cwd: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    stop_s: float = 5.0
    port: int | None = None
    url: str | None = None
    ready: Callable[[], Awaitable[bool]] | None = None
    ready_s: float = 20.0
    shows: Callable[[str], bool] | None = None

    def environment(self) -> dict[str, str]:
        """Return the whole environment the program gets: ours with its own words on top."""
        return {**os.environ, **self.env}


def tie_to_parent(death_signal: int, parent: int) -> Callable[[], None]:
    """Return what runs in the child between fork and exec, so that the child cannot outlive process `parent`."""

    def tie() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the line above: the signal will never come
            os._exit(1)

    return tie


@dataclass(slots=True)
class Child:
    """A program that was started: its process, and its output, which must be closed."""

    process: asyncio.subprocess.Process
    output: asyncio.StreamReader
    pipe: asyncio.ReadTransport


async def spawn(program: Program) -> Child:
    """Start `program` with its output on one pipe. Raises OSError when it cannot be executed.

    Must run in the main thread: the kernel's death signal is tied to the thread that forks. The pipe is our own, not
    asyncio's: asyncio waits for a process only until whatever it left behind has closed its pipe as well.
    """
    reading, writing = os.pipe()
    output = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb")
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            env=program.environment(),
            cwd=program.cwd,
            user=program.user if os.geteuid() == 0 else None,
            extra_groups=[] if program.user and os.geteuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tie_to_parent(program.death_signal, os.getpid()),
        )
    except BaseException:
        pipe.close()
        raise
    finally:
        os.close(writing)
    return Child(process, output, pipe)


def end_group(pid: int) -> None:
    """Kill what is left of the session led by `pid`: the orphans of a program that was killed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


async def stop(child: Child, program: Program) -> None:
    """Ask `program` to end, wait `stop_s` seconds, then kill it and all it started."""
    process = child.process
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(program.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), program.stop_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    end_group(process.pid)
    child.pipe.close()
