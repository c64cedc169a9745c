"""A SIPp process of ours: started with a scenario, ended by its pid, leaving no file behind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import shutil
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import scenarios
from demo.scenarios import Call, Doing, Rule
from okno.errors import TheirFault

# What `Doing.sound` may name: a second of silence in G.711 A-law.
SOUND, SILENCE = "silence.alaw", b"\xd5"


class NoSipp(TheirFault):
    """SIPp is not installed: apt-get install sip-tester."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where SIPp listens; the trunk and the phones differ by it."""

    host: str
    port: int


class Sipp:
    """One running SIPp."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder
        # Whoever forgets to stop it still leaves no file behind when Python ends.
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    async def wait(self) -> int:
        """Wait until its calls are over; returns its exit code (0 = every call went as written)."""
        while self.running:  # noqa: ASYNC110 - a thread that waited for it could not be cancelled
            await asyncio.sleep(0.05)
        return self._process.returncode

    def stop(self) -> None:
        """End it at once, calls in progress are left to the other side; its files go too."""
        if self.running:
            self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def unexpected(self) -> str:
        """What it met that its scenario does not say; a wait that ended as written is not that."""
        text = "".join(file.read_text("utf-8", "replace") for file in sorted(self._folder.glob("*_errors.log")))
        strange = [line for line in text.splitlines() if line and not line.startswith("The following events occurred")]
        return "\n".join(line for line in strange if "receive timeout on message" not in line)

    def trace(self) -> str:
        """Every message so far, when it was started traced; its times are in UTC."""
        return "".join(file.read_text("utf-8", "replace") for file in sorted(self._folder.glob("*_messages.log")))


def phones(at: Address, rules: Sequence[Rule], *, traced: bool = False) -> Sipp:
    """Start phones that answer at `at`, one process for any number of extensions. Raises NoSipp.

    `traced`: every message is kept until `stop`, see `Sipp.trace`.
    """
    return _start(at, scenarios.phones(rules), ["-trace_msg"] if traced else [])


def calls(
    at: Address, pbx: Address, placed: Sequence[Call], *, rate: float = 10.0, patience_s: float = 60.0,
    doing: Doing | None = None,
) -> Sipp:  # fmt: skip
    """Start placing `placed` from `at`, `rate` a second; the process ends when the last call is over.

    Raises NoSipp when SIPp is not installed, ValueError when there is nothing to place.
    """
    if not placed:
        raise ValueError("no calls to place")
    holds = [call.hold_s for call in placed]
    more = [f"{pbx.host}:{pbx.port}", "-m", str(len(placed)), "-r", str(max(1, round(rate * 10))), "-rp", "10000"]
    more += ["-l", str(len(placed) + 1)]
    return _start(at, scenarios.callers(holds, patience_s, doing), more, scenarios.rows(placed))


def _media_port(host: str) -> int:
    """An even port with its next three free: SIPp takes one for sound and one for pictures, and dies of a taken one."""
    for _ in range(200):
        port = random.randrange(20000, 60000, 4)
        with contextlib.ExitStack() as taken:
            try:
                for next_one in range(4):
                    probe = taken.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    probe.bind((host, port + next_one))
            except OSError:
                continue
            return port
    raise NoSipp("no free media ports for SIPp")


# Of another range than what is spoken at, so that none is taken between our look and SIPp's; not twice in a row by us.
_CONTROL = itertools.cycle(random.sample(range(60000, 65500), 5500))


def _control_port() -> int:
    """A port where SIPp may be told to stop, which nobody does."""
    for port in itertools.islice(_CONTROL, 200):
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise NoSipp("no free control port for SIPp")


def _start(at: Address, scenario: str, more: Sequence[str], rows: str | None = None) -> Sipp:
    program = shutil.which("sipp")
    if program is None:
        raise NoSipp
    folder = Path(tempfile.mkdtemp(prefix="okno-sipp-"))
    (folder / "scenario.xml").write_text(scenario, "utf-8")
    if rows is not None:
        (folder / "rows.csv").write_text(rows, "utf-8")
        (folder / SOUND).write_bytes(SILENCE * 8000)
        more = [*more, "-inf", "rows.csv"]
    command = [
        # Should we be killed outright, no phone is left behind.
        "setpriv", "--pdeathsig", "KILL", program, "-sf", "scenario.xml", "-i", at.host, "-p", str(at.port),
        "-nostdin", "-trace_err", "-watchdog_major_threshold", "60000", "-watchdog_minor_threshold", "60000",
        # Each process needs media ports of its own; nothing is sent there.
        "-mp", str(_media_port(at.host)),
        # By default all look for a control port among the same sixty, which more processes at once exhaust.
        "-cp", str(_control_port()), *more,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | {"TZ": "UTC"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return Sipp(process, folder)
