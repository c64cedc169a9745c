"""Keeps programs running: starts them in stages, brings a dead one back, ends all of them in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from okno import clock
from okno.command.processes.embedded import until_ready
from okno.command.processes.program import Child, Program, end_group, spawn, stop
from okno.command.state import Running

FIRST_WAIT_S = 0.2  # a killed service is back within a second, start-up included
LAST_WAIT_S = 10.0
CALM_S = 10.0  # a program that ran this long has earned a fresh start of the back-off
LINE_BYTES = 8000
LAST_LINES_S = 0.1
_NOT_SHOWN = frozenset({"at", "service", "from"})

Say = Callable[[str, str], None]


class Keeper:
    """Keeps one program alive until told to stop."""

    def __init__(self, program: Program, say: Say, changed: Callable[[], None]) -> None:
        self.program = program
        self.restarts = 0
        self.ready = asyncio.Event()
        self._say = say
        self._changed = changed
        self._child: Child | None = None
        self._state = "starting"
        self._since = clock.now()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the program."""
        self._task = asyncio.create_task(self._keep(), name=self.program.name)

    async def stop(self) -> None:
        """End the program and all it started; return when it is gone."""
        self._stopping = True
        if self._child is not None:
            await stop(self._child, self.program)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._child is not None:  # it may have been started while we were waiting
            await stop(self._child, self.program)
        self._mark("stopped")

    def now(self) -> Running:
        """Return how the program is."""
        process = self._child.process if self._child is not None else None
        pid = process.pid if process is not None and process.returncode is None else None
        return Running(
            self.program.name,
            pid,
            self.program.port,
            self._state,
            self.restarts,
            self._since.isoformat(),
            self.program.url,
        )

    async def _keep(self) -> None:
        wait = FIRST_WAIT_S
        while True:
            began = clock.monotonic()
            code = await self._live_once()
            if self._stopping:
                return
            wait = FIRST_WAIT_S if clock.monotonic() - began > CALM_S else wait
            self.restarts += 1
            self._say(self.program.name, f"ended ({_ending(code)}); starting it again in {wait:.1f} s")
            self._mark("waiting")
            await asyncio.sleep(wait)
            wait = min(wait * 2, LAST_WAIT_S)

    async def _live_once(self) -> int | None:
        self._mark("starting")
        try:
            child = self._child = await spawn(self.program)
        except OSError as error:
            self._say(self.program.name, f"cannot be started: {error.strerror}")
            return None
        self._changed()
        waiting = asyncio.create_task(self._until_ready())
        try:
            return await self._forward(child)
        finally:
            waiting.cancel()
            self.ready.clear()
            end_group(child.process.pid)
            child.pipe.close()

    async def _until_ready(self) -> None:
        if await until_ready(self.program, self.program.ready_s):
            self.ready.set()
            self._mark("running")

    async def _forward(self, child: Child) -> int:
        """Pass the program's lines on until it ends; return its exit code."""
        reader = asyncio.create_task(self._read(child.output))
        try:
            code = await child.process.wait()
            await asyncio.wait({reader}, timeout=LAST_LINES_S)  # what it left behind may keep the pipe open for ever
            return code
        finally:
            reader.cancel()

    async def _read(self, pipe: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await pipe.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-LINE_BYTES:]
            for line in lines:
                self._show(line)
        self._show(rest)

    def _show(self, line: bytes) -> None:
        text = short(line[:LINE_BYTES].decode("utf-8", "replace"))
        if text and (self.program.shows is None or self.program.shows(text)):
            self._say(self.program.name, text)

    def _mark(self, state: str) -> None:
        self._state, self._since = state, clock.now()
        self._changed()


@dataclass(slots=True)
class Supervisor:
    """All programs, in stages: a stage starts when the one before serves; they end in reverse order."""

    stages: Sequence[Sequence[Keeper]]

    async def start_stage(self, number: int) -> list[str]:
        """Start one stage; return the names of its programs that did not get ready in time."""
        stage = self.stages[number]
        for keeper in stage:
            keeper.start()
        return [keeper.program.name for keeper in stage if not await _ready(keeper)]

    async def stop(self) -> None:
        """End every program; the last stage first."""
        for stage in reversed(self.stages):
            await asyncio.gather(*(keeper.stop() for keeper in stage))

    def now(self) -> list[Running]:
        """Return how every program is."""
        return [keeper.now() for stage in self.stages for keeper in stage]


async def _ready(keeper: Keeper) -> bool:
    try:
        await asyncio.wait_for(keeper.ready.wait(), keeper.program.ready_s)
    except TimeoutError:
        return False
    return True


def short(line: str) -> str:
    """Return a program's log line as a person reads it: JSON becomes "level event key=value"."""
    line = line.strip()
    if not line.startswith("{"):
        return line
    try:
        record = json.loads(line)
    except ValueError:
        return line
    event, level = record.pop("event", ""), str(record.pop("level", "info"))
    error = record.pop("error", None)
    words = [event] + [f"{key}={value}" for key, value in record.items() if key not in _NOT_SHOWN]
    if isinstance(error, dict):
        words.append(f"{error.get('kind')}: {error.get('words')}")
    text = " ".join(str(word) for word in words if word)
    return text if level in ("info", "debug") else f"{level.upper()} {text}"


def _ending(code: int | None) -> str:
    if code is None:
        return "not started"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
