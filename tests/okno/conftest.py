"""For the kernel's tests: servers of their own, which a test may kill, freeze and start again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from okno.command.processes import embedded, ports
from okno.command.processes.program import Program, tie_to_parent

# Two cores shared with real servers: a slow example is no failure.
hypothesis.settings.register_profile("okno", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("okno")

PASSWORD = "only-for-tests"


class OwnServer:
    """A server that belongs to one test. `url` is its address; a restart keeps port and data."""

    def __init__(self, program: Program, url: str) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.url = url

    async def start(self) -> None:
        """Start it and wait until it serves."""
        program = self._program
        self._process = subprocess.Popen(
            program.argv,
            env=program.environment(),
            cwd=program.cwd,
            user=program.user,
            extra_groups=None if program.user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=tie_to_parent(program.death_signal, os.getpid()),
        )
        assert await embedded.until_ready(program, 30)

    def kill(self) -> None:
        """End it with everything it has forked, as a power cut does."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Stop it where it stands: connections stay, answers stop."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and to each process it forked: PostgreSQL's lead sessions of their own."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in [self._process.pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@pytest.fixture
def own_home() -> Iterator[Path]:
    """A directory the servers' user can pass through, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="okno-own-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.fixture
def own_postgres(own_home: Path) -> Iterator[OwnServer]:
    """A PostgreSQL of this test's own, not started."""
    port = ports.free()
    server = OwnServer(
        embedded.postgres(own_home, port, PASSWORD, durable=False), f"postgresql://okno:{PASSWORD}@127.0.0.1:{port}"
    )
    yield server
    server.kill()


@pytest.fixture
def own_valkey(own_home: Path) -> Iterator[OwnServer]:
    """A Valkey of this test's own, not started; it keeps nothing over a restart."""
    port = ports.free()
    server = OwnServer(embedded.valkey(own_home, port, PASSWORD), f"redis://:{PASSWORD}@127.0.0.1:{port}/0")
    yield server
    server.kill()
