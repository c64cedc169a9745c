"""A real engine process beside the matrix's Asterisk, with its journal's shipper: started, killed, started again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from engine.client import EngineClient
from okno.command import state as states
from okno.command.processes.program import tie_to_parent
from okno.command.status import healthy
from okno.database import Database, ensure_databases
from okno.database.addresses import database_url
from okno.errors import OknoError
from okno.settings import Runtime
from okno.settings.model import Settings
from tests.pbx.matrix.stage import Stage

Row = dict[str, Any]
DATABASE = "okno_engine"
READY_S, SETTLED_S, CALM_S = 40.0, 45.0, 2


class Beside:
    """The engine of a stage. `runtime` is what its processes run with; `servers` the addresses of what they need."""

    def __init__(self, stage: Stage, folder: Path, servers: dict[str, str]) -> None:
        self.stage = stage
        self.runtime = Runtime(_settings(stage), folder)
        self._servers = servers
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self) -> None:
        """Make the state directory: its own keyring, the PBX's passwords."""
        secrets, pbx = self.stage.bench.secrets, self.stage.bench.pbx
        folder = self.runtime.path(self.runtime.settings.paths.secrets)
        folder.mkdir(parents=True, mode=0o700)
        known = {
            pbx.ami.events_secret: secrets.events, pbx.ami.actions_secret: secrets.actions,
            pbx.ami.watch_secret: secrets.watch,
        }  # fmt: skip
        for reference, secret in known.items():
            file = folder / reference.removeprefix("file:")
            file.touch(mode=0o600)
            file.write_text(secret)
        states.prepare(self.runtime)
        settings = self.runtime.settings.model_dump(mode="json")
        (self.runtime.state / "okno.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")

    def start(self, service: str) -> None:
        """Start `okno serve engine` or `okno serve pbx`."""
        with (self.runtime.state / f"{service}.out").open("ab") as output:
            self._processes[service] = subprocess.Popen(
                [sys.executable, "-m", "okno.command.cli", "serve", service], stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, env=self._environment(),
                preexec_fn=tie_to_parent(9, os.getpid()),
            )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        place = {"OKNO_CONFIG": str(self.runtime.state / "okno.yaml"), "OKNO_STATE": str(self.runtime.state)}
        return os.environ | self._servers | place

    def kill(self, service: str) -> None:
        """End it without a word."""
        process = self._processes.pop(service)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End both politely."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    async def shipping(self) -> None:
        """Wait until the shipper serves: it reads from where the journal ended when it came."""
        port = self.runtime.settings.pbx_service.port
        for _ in range(int(READY_S / 0.1)):
            if await healthy(f"http://127.0.0.1:{port}"):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"the shipper does not serve; {self.last_words()}")

    async def ready(self) -> None:
        """Wait until the engine leads and hears the PBX. Raises AssertionError with its last words."""
        async with EngineClient(self.runtime) as client:
            said: Any = "nothing"
            for _ in range(int(READY_S / 0.2)):
                try:
                    said = await client.status()
                    if said["leader"] and all(pbx["link"] == "live" for pbx in said["pbxes"]):
                        return
                except OknoError as problem:
                    said = problem
                await asyncio.sleep(0.2)
        raise AssertionError(f"the engine is not ready: {said}; {self.last_words()}")

    def last_words(self) -> str:
        """The end of what the processes printed."""
        return "\n".join(file.read_text("utf-8", "replace")[-1500:] for file in self.runtime.state.glob("*.out"))

    async def settled(self) -> tuple[list[Row], list[Row]]:
        """Every call and request of /v1, when the journal was read to its end and nothing has changed for a while.

        Raises AssertionError when that takes too long.
        """
        calls: list[Row] = []
        async with EngineClient(self.runtime) as client, self._database() as database:
            calm = 0
            for _ in range(int(SETTLED_S)):
                await asyncio.sleep(1)
                before, calls = calls, await _all(client.calls)
                behind = await self._behind(database)
                calm = calm + 1 if calls == before and not behind and all(call["ended_at"] for call in calls) else 0
                if calm >= CALM_S:
                    return calls, await _all(client.requests)
        still = sum(not call["ended_at"] for call in calls)
        raise AssertionError(f"not settled: {behind} bytes of journal to read, {still} calls open; {self.last_words()}")

    async def _behind(self, database: Database) -> int:
        """Bytes of the journal that the engine has not confirmed."""
        journal = self.runtime.settings.pbxes[0].journal
        assert journal.cel is not None and journal.queue_log is not None
        rows = await database.fetch("SELECT file, position FROM journal_offsets")
        read = {row["file"]: row["position"] for row in rows}
        written = {"cel": journal.cel.stat().st_size, "queue_log": journal.queue_log.stat().st_size}
        return sum(size - read.get(file, 0) for file, size in written.items())

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        database = await Database.open(database_url(self._servers["OKNO_DATABASE_URL"], DATABASE), name="test-matrix")
        try:
            yield database
        finally:
            await database.close()

    async def check(self) -> tuple[int, str]:
        """What `okno journal check` says of what ended some time ago: its exit code and its words."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "okno.command.cli", "journal", "check", env=self._environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def repairs(self) -> list[tuple[str, list[str]]]:
        """What the journal mended: the kind of each repair, and the fields that differed."""
        async with self._database() as database:
            rows = await database.fetch("SELECT kind, fields FROM journal_repairs ORDER BY at")
            return [(row["kind"], list(row["fields"])) for row in rows]


async def _all(ask: Callable[..., Awaitable[Row]]) -> list[Row]:
    items: list[Row] = []
    asked = {"limit": "500"}
    while True:
        page = await ask(actor="matrix", role="auditor", purpose="the matrix's test", params=asked)
        items += page["items"]
        if not page["cursor"]:
            return items
        asked["cursor"] = page["cursor"]


def _settings(stage: Stage) -> Settings:
    """The stage's settings as the engine is to have them: its PBX keeps the configuration the test gave it."""
    settings = stage.bench.settings
    log = stage.bench.asterisk.home / "log"
    journal = {"cel": str(log / "cel-custom/okno.csv"), "queue_log": str(log / "queue_log")}
    pbx = settings.pbxes[0].model_dump(mode="json") | {"managed": False, "journal": journal}
    return Settings.model_validate(settings.model_dump(mode="json") | {"pbxes": [pbx]})


def requests_of(calls: Sequence[Row], requests: Sequence[Row]) -> list[str]:
    """What is wrong with the requests of these calls: every external call belongs to exactly one (P1)."""
    owners: dict[str, list[str]] = {}
    for request in requests:
        for call in request["calls"]:
            owners.setdefault(call, []).append(request["id"])
    flaws = []
    for call in calls:
        mine = owners.get(call["id"], [])
        if len(mine) != (0 if call["direction"] == "internal" else 1) or call["request"] != next(iter(mine), None):
            flaws.append(f"{call['phone']} {call['direction']} {call['result']}: {len(mine)} requests")
    return flaws


@asynccontextmanager
async def beside(stage: Stage, folder: Path, servers: dict[str, str]) -> AsyncIterator[Beside]:
    """A working engine and shipper beside the stage, ended after the body."""
    await ensure_databases(servers["OKNO_DATABASE_URL"], [DATABASE])
    made = Beside(stage, folder, servers)
    made.prepare()
    try:
        made.start("engine")
        made.start("pbx")
        await made.ready()
        await made.shipping()
        yield made
    finally:
        made.stop()
