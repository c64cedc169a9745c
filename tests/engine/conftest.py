"""An engine as a child process on a fresh database, and what tests of the engine's parts share."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
import yaml

from engine.client import EngineClient
from okno.command import state
from okno.command.processes import ports
from okno.settings import Runtime, load_settings
from tests.okno.conftest import own_home, own_postgres

__all__ = ["Child", "StartEngine", "own_home", "own_postgres", "start_engine"]

CLINIC = {
    "clinic": {"name": "Test"},
    "queues": [{"name": "main", "title": {"ru": "Main", "en": "Main"}, "wrap_up_s": 5}],
    "operators": [
        {"name": name, "title": {"ru": name, "en": name}, "extension": extension, "queues": ["main"]}
        for name, extension in (("orlova", "1001"), ("klimov", "1002"))
    ],
    "lines": [{"number": "+73430000001", "source": {"ru": "Site", "en": "Site"}, "queue": "main"}],
    "outcomes": {"booked": {"ru": "Booked", "en": "Booked"}},
    "pause_reasons": {"lunch": {"ru": "Lunch", "en": "Lunch"}},
}


@dataclass
class Child:
    """A running `okno serve engine`."""

    runtime: Runtime
    process: subprocess.Popen[bytes]
    client: EngineClient
    log: Path
    database_url: str

    async def ready(self, within_s: float = 20) -> None:
        """Wait until it leads."""
        url = f"http://127.0.0.1:{self.runtime.settings.engine.port}/ready"
        async with aiohttp.ClientSession() as session:
            for _ in range(int(within_s / 0.05)):
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                try:
                    async with session.get(url) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"not ready: {self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """End it without a farewell."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


StartEngine = Callable[..., Awaitable[Child]]


@pytest_asyncio.fixture
async def start_engine(
    new_database_url: Callable[..., Awaitable[str]], redis_url: str, tmp_path: Path
) -> AsyncIterator[StartEngine]:
    """`await start_engine()` starts an engine; again, another one on the same database and state; `more` are settings.

    `redis` is another address of the bus than the session's.
    """
    children: list[Child] = []
    database: list[str] = []

    async def start(*, port: int | None = None, redis: str = redis_url, **more: Any) -> Child:
        if not database:
            database.append(await new_database_url("okno"))
        number = port or (children[-1].runtime.settings.engine.port if children else ports.free())
        file = tmp_path / f"okno-{number}.yaml"
        file.write_text(yaml.safe_dump(CLINIC | {"engine": {"port": number}, "log_level": "debug"} | more))
        runtime = Runtime(load_settings(file), tmp_path / "state")
        state.prepare(runtime)
        log = tmp_path / f"engine-{len(children)}.out"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-c", _MAIN, database[0]], stdout=sink, stderr=sink,
                env=os.environ | {
                    "OKNO_CONFIG": str(file), "OKNO_STATE": str(tmp_path / "state"), "OKNO_REDIS_URL": redis,
                },
            )  # fmt: skip
        child = Child(runtime, process, EngineClient(runtime), log, database[0])
        children.append(child)
        return child

    yield start
    for child in children:
        await child.client.close()
        if child.process.poll() is None:
            child.kill()


# The tests' databases have names of their own; all else is as `okno serve engine` does it.
_MAIN = """
import asyncio, sys
from okno import logs
from okno.settings import runtime
import engine.service as service
service.url_for = lambda settings, name: sys.argv[1]
logs.setup("engine", "debug")
asyncio.run(service.main(runtime()))
"""
