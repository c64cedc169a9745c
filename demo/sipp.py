"""A SIPp process of ours: started with a scenario, ended by its pid, leaving no file behind."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import scenarios
from demo.scenarios import Call, Rule
from okno.errors import TheirFault


class NoSipp(TheirFault):
    """SIPp is not installed: apt-get install sip-tester."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where SIPp listens; the trunk and the phones differ by it."""

    host: str
    port: int


class Sipp:
    """One running SIPp."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait until its calls are over; returns its exit code (0 = every call went as written)."""
        code = await self._process.wait()
        self._clean()
        return code

    async def stop(self) -> None:
        """End it at once; calls in progress are left to the other side."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._clean()

    def errors(self) -> str:
        """What it found unexpected, if anything."""
        return "".join(file.read_text("utf-8", "replace") for file in sorted(self._folder.glob("*_errors.log")))

    def _clean(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


async def phones(at: Address, rules: Sequence[Rule]) -> Sipp:
    """Start phones that answer at `at`, one process for any number of extensions. Raises NoSipp."""
    return await _start(at, scenarios.phones(rules), [])


async def calls(
    at: Address, pbx: Address, placed: Sequence[Call], *, rate: float = 10.0, patience_s: float = 60.0
) -> Sipp:
    """Start placing `placed` from `at`, `rate` a second; the process ends when the last call is over.

    Raises NoSipp when SIPp is not installed, ValueError when there is nothing to place.
    """
    if not placed:
        raise ValueError("no calls to place")
    holds = [call.hold_s for call in placed]
    more = [f"{pbx.host}:{pbx.port}", "-m", str(len(placed)), "-r", str(max(1, round(rate * 10))), "-rp", "10000"]
    more += ["-l", str(len(placed) + 1)]
    return await _start(at, scenarios.callers(holds, patience_s), more, scenarios.rows(placed))


async def _start(at: Address, scenario: str, more: Sequence[str], rows: str | None = None) -> Sipp:
    program = shutil.which("sipp")
    if program is None:
        raise NoSipp
    folder = Path(tempfile.mkdtemp(prefix="okno-sipp-"))
    (folder / "scenario.xml").write_text(scenario, "utf-8")
    if rows is not None:
        (folder / "rows.csv").write_text(rows, "utf-8")
        more = [*more, "-inf", "rows.csv"]
    command = [
        "setpriv", "--pdeathsig", "KILL", program, "-sf", "scenario.xml", "-i", at.host, "-p", str(at.port),
        "-nostdin", "-trace_err", "-watchdog_major_threshold", "60000", "-watchdog_minor_threshold", "60000",
        # Each process needs media ports of its own; nothing is sent there.
        "-mp", str(20000 + at.port % 20000 // 4 * 4), *more,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return Sipp(process, folder)
