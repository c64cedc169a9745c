"""Two engines on one database, each with its own line to it, beside one real Asterisk: what fail-over is tested on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import yaml

from okno.command import state
from okno.command.processes import ports
from okno.database.addresses import database_url
from okno.settings import Settings, load_settings
from okno.settings.directory import CallbackSettings
from okno.settings.model import EngineSettings, Line, OperatorSettings, QueueSettings, ServiceSettings, Standby
from okno.settings.surroundings import Runtime
from tests.pbx.bench import Bench, bench_settings
from tests.system import clinic as clinics
from tests.system.clinic import ANY_HOUR
from tests.system.line import Line as Wire

QUEUE, LINE, PHONES = "main", "+73430000001", 40
ENGINES = ("engine", "standby")


def pair_settings(pbx: str = "bench", wrap_up_s: int = 1) -> Settings:
    """A clinic with one queue that forty phones answer, and places for two engines."""
    drawn = bench_settings(pbx, ring_s=15, max_wait_s=60)
    phones = drawn.operators[0].contact or ""
    numbers = iter({ports.free() for _ in range(32)})
    return drawn.model_copy(update={
        "engine": EngineSettings(port=next(numbers), standby=Standby(port=next(numbers))),
        "chat": ServiceSettings(port=next(numbers)), "mis": ServiceSettings(port=next(numbers)),
        "chat_public": ServiceSettings(port=next(numbers)), "pbx_service": ServiceSettings(port=next(numbers)),
        "web": drawn.web.model_copy(update={"port": (port := next(numbers)), "public_url": f"http://localhost:{port}"}),
        "queues": [QueueSettings(
            name=QUEUE, title={"ru": QUEUE, "en": QUEUE}, ring_s=15, max_wait_s=60, wrap_up_s=wrap_up_s,
            callbacks=CallbackSettings(**ANY_HOUR),
        )],
        "operators": [OperatorSettings(
            name=f"op{extension}", title={"ru": f"Оператор {extension}", "en": f"Operator {extension}"},
            extension=str(extension), queues=[QUEUE], contact=phones.replace("1001", str(extension)),
        ) for extension in range(1101, 1101 + PHONES)],
        "lines": [Line(number=LINE, source={"ru": QUEUE, "en": QUEUE}, queue=QUEUE)],
    })  # fmt: skip


@dataclass
class Service:
    """One `okno serve …` of the pair."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """Everything it logged."""
        return self.log.read_text("utf-8", "replace")

    def end(self) -> None:
        """End it, frozen or not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


@dataclass
class Pair(clinics.Clinic):
    """The engines, the helpers beside the PBXs and web. `lines` are the engines' own lines to the database.

    `output` is the file of the settings.
    """

    bench: Bench = field(kw_only=True)
    runtime: Runtime = field(kw_only=True)
    database: str = field(kw_only=True)
    redis: str = field(kw_only=True)
    lines: dict[str, Wire] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    def start(self, name: str) -> Service:
        """Start `engine`, `standby` or another service; a second time after it ended."""
        if name in self.services:
            self.services[name].end()
        server = self.database
        if name in self.lines:
            server = server.replace(f":{urlsplit(server).port}", f":{self.lines[name].port}")
        words, env = ["engine", "--standby"] if name == "standby" else [name], {"OKNO_DATABASE_URL": server}
        if name.startswith("pbx:"):  # beside an Asterisk of its own machine: a port of its own
            words, place = ["pbx", "--pbx", name[4:]], self.state / f"{name[4:]}.yaml"
            place.write_text(yaml.safe_dump(yaml.safe_load(self.output.read_text()) | {"pbx_service": {"port": ports.free()}}))
            env["OKNO_CONFIG"] = str(place)
        log = self.state / f"{name}-{len(self.services)}-{time.monotonic_ns()}.out"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "okno.command.cli", "serve", *words], stdout=sink, stderr=sink,
                stdin=subprocess.DEVNULL, env=os.environ | env,
            )  # fmt: skip
        self.services[name] = Service(name, process, log)
        return self.services[name]

    def address(self, name: str) -> str:
        """Where an engine's door is."""
        return self.runtime.settings.engine.urls[ENGINES.index(name)]

    async def told(self, name: str) -> dict[str, Any] | None:
        """What an engine tells of itself; None when it does not answer."""
        headers = {"Okno-Service": self.runtime.secret("file:service.secret")}
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=0.5)) as session,
                session.get(f"{self.address(name)}/v1/status") as answer,
            ):
                return dict(await answer.json())
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def leads(self, name: str, within_s: float = 20) -> dict[str, Any]:
        """Wait until this engine leads and every link is live; returns what it tells."""
        told: dict[str, Any] | None = None

        async def leading() -> bool:
            nonlocal told
            told = await self.told(name)
            return told is not None and told["leader"] and all(link["link"] == "live" for link in told["pbxes"])

        await until(leading, within_s, lambda: f"{name} does not lead: {told}\n{self.services[name].said[-2000:]}")
        assert told is not None
        return told

    async def stands_by(self, name: str, within_s: float = 20) -> None:
        """Wait until this engine stands by for the other."""
        told: dict[str, Any] | None = None

        async def standing() -> bool:
            nonlocal told
            told = await self.told(name)
            return told is not None and not told["leader"] and told["leader_address"] not in ("", self.address(name))

        await until(standing, within_s, lambda: f"{name} does not stand by: {told}")

    async def lease(self) -> tuple[int, int]:
        """The epoch and the last turn, as the database has them."""
        row = await self.row("SELECT epoch, turn FROM lease")
        return int(row["epoch"]), int(row["turn"])

    async def row(self, sql: str) -> asyncpg.Record:
        """One row of the engine's database."""
        connection = await asyncpg.connect(database_url(self.database, "okno_engine"))
        try:
            row = await connection.fetchrow(sql)
        finally:
            await connection.close()
        assert row is not None
        return row

    async def web_ready(self) -> None:
        """Wait until the web service follows the engine that leads."""
        async def ready() -> bool:
            led = [told for name in self.lines if (told := await self.told(name)) is not None and told["leader"]]
            try:
                return bool(led) and await self._web(led[0])
            except aiohttp.ClientError:
                return False

        await until(ready, 20, lambda: self.services["web"].said[-2000:])

    async def close(self) -> None:
        """End all of it."""
        for service in self.services.values():
            service.end()
        for line in self.lines.values():
            await line.close()


@contextlib.asynccontextmanager
async def pair(
    bench: Bench, folder: Path, database: str, redis: str, *, standby: bool = True, others: tuple[Bench, ...] = ()
) -> AsyncIterator[Pair]:
    """Start the first engine, the helper beside each PBX, web, the standby; yields when the first one leads.

    Args: the Asterisk; a directory; addresses of a PostgreSQL of our own and of a Valkey; whether there is a standby;
    the settings' further Asterisks. OKNO_* in the environment must be the caller's to change: commands and services are
    started with them.
    """
    home = folder / "state"
    home.mkdir(parents=True)
    file = home / "okno.yaml"
    config = bench.settings.model_dump(mode="json", exclude_defaults=True)
    for pbx, beside in zip(config["pbxes"], (bench, *others), strict=True):
        log = beside.asterisk.home / "log"
        # Attached, not managed: these Asterisks are the test's, and their configuration stays as it is.
        pbx |= {"managed": False, "journal": {"cel": f"{log}/cel-custom/okno.csv", "queue_log": f"{log}/queue_log"}}
    file.write_text(yaml.safe_dump(config | {"log_level": "debug"}, allow_unicode=True))
    runtime = Runtime(load_settings(file), home)
    state.prepare(runtime)
    for name, word in (("events", bench.secrets.events), ("actions", bench.secrets.actions), ("watch", bench.secrets.watch)):
        secret = home / f"secrets/ami-{name}.secret"
        secret.write_text(word + "\n")
        secret.chmod(0o600)
    os.environ |= {
        "OKNO_CONFIG": str(file), "OKNO_STATE": str(home), "OKNO_DATABASE_URL": database, "OKNO_REDIS_URL": redis,
    }  # fmt: skip
    lines = {name: Wire(ports.free(), urlsplit(database).port or 5432) for name in ENGINES}
    for line in lines.values():
        await line.start()
    nobody: Any = None
    two = Pair(
        nobody, home, {"web": {"public_url": runtime.settings.web.public_url}}, 0, home / "okno.yaml", bench=bench,
        runtime=runtime, database=database, redis=redis, lines=lines,
    )  # fmt: skip
    try:
        two.start("engine")
        await two.leads("engine", 30)
        two.start("web")
        for pbx in runtime.settings.pbxes:
            two.start(f"pbx:{pbx.name}")
        if standby:
            two.start("standby")
            await two.stands_by("standby", 30)
        await two.web_ready()
        two.token = two.new_token("supervisor")
        yield two
    finally:
        await two.close()


async def until(fact: Callable[[], Any], within_s: float, why: Callable[[], str]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + within_s
    while not await fact():
        assert time.monotonic() < end, why()
        await asyncio.sleep(0.05)
