"""What `okno up` runs for these settings, in which stages, on which ports."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from okno.command import state
from okno.command.processes import embedded
from okno.command.processes.program import Program
from okno.command.status import healthy
from okno.settings import EngineSettings, PbxSettings, Runtime, ServiceSettings

Say = Callable[[str, str], None]
# Callers inside flows are given 20 s to come to their end.
_ENGINE_STOP_S = 35.0
LEADING_IN = ("setpriv:", "unshare:", "mount:", "chroot:", "sh:")


@dataclass(frozen=True, slots=True)
class Listen:
    """A port somebody of ours will listen on, TCP unless `udp`, and the settings key that names it."""

    key: str
    host: str
    port: int
    udp: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Stages of programs to start, and the environment all of them get.

    `servers` are PostgreSQL and Valkey, which everything else needs; empty when both are somebody else's.
    """

    servers: list[Program]
    stages: list[list[Program]]
    environment: dict[str, str]


def listens(runtime: Runtime, *, demo: bool = False) -> list[Listen]:
    """Return every port that what `plan` starts will listen on, but for those of RTP."""
    settings, urls = runtime.settings, state.embedded_urls(runtime)
    found = [
        Listen(f"pbxes[{number}].ami.port", pbx.ami.host, pbx.ami.port)
        for number, pbx in enumerate(settings.pbxes)
        if pbx.managed
    ]
    found += [  # Asterisk would start without its SIP port, and no call would ever come
        Listen(f"pbxes[{number}].sip_port", pbx.sip_host, pbx.sip_port, udp=True)
        for number, pbx in enumerate(settings.pbxes)
        if pbx.managed
    ]
    if "OKNO_DATABASE_URL" in urls:
        found.append(Listen("database_port", "127.0.0.1", settings.database_port))
    if "OKNO_REDIS_URL" in urls:
        found.append(Listen("redis_port", "127.0.0.1", settings.redis_port))
    for name in ("engine", "chat", "chat_public", "mis", "web"):
        where: ServiceSettings = getattr(settings, name)
        found.append(Listen(f"{name}.port", where.host, where.port))
    if settings.engine.standby is not None:
        found.append(Listen("engine.standby.port", settings.engine.standby.host, settings.engine.standby.port))
    if settings.mis.push_url:
        found.append(Listen("mis.push_port", settings.mis.push_host, settings.mis.push_port))
    if demo and settings.demo.mis_port is not None:
        found.append(Listen("demo.mis_port", "127.0.0.1", settings.demo.mis_port))
    for account in import_module("demo.writers").accounts(runtime) if demo else ():
        found.append(Listen(f"chat.accounts ({account.key})", "127.0.0.1", urlsplit(account.address).port or 0))
    where = settings.pbx_service
    found += [Listen("pbx_service.port", where.host, where.port + number) for number in range(len(_managed(runtime)))]
    return found


def plan(runtime: Runtime, *, demo: bool, say: Say) -> Plan:
    """Return what to run. Makes data directories and, for a managed PBX, its configuration on the way.

    Raises EmbeddedMissing, EmbeddedBroken, or what the PBX part raises when there is no Asterisk.
    """
    settings, managed = runtime.settings, _managed(runtime)
    stages = [
        [*(_asterisk(runtime, pbx, say) for pbx in managed), *(_demo_outside(runtime, say) if demo else [])],
        [_service("mis", settings.mis), _service("chat", settings.chat), *_pbx_services(runtime, managed)],
        _engines(settings.engine),
        _web(runtime),
        [_traffic()] if demo else [],
    ]
    return Plan(_servers(runtime), [stage for stage in stages if stage], state.embedded_urls(runtime))


def _managed(runtime: Runtime) -> list[PbxSettings]:
    return [pbx for pbx in runtime.settings.pbxes if pbx.managed]


def _servers(runtime: Runtime) -> list[Program]:
    settings, urls = runtime.settings, state.embedded_urls(runtime)
    servers: list[Program] = []
    if "OKNO_DATABASE_URL" in urls:
        word = runtime.secret(f"file:{state.DATABASE_SECRET}")
        servers.append(embedded.postgres(runtime.state, settings.database_port, word))
    if "OKNO_REDIS_URL" in urls:
        word = runtime.secret(f"file:{state.REDIS_SECRET}")
        servers.append(embedded.valkey(runtime.state, settings.redis_port, word))
    return servers


def ours(*words: str) -> tuple[str, ...]:
    """Return the command line of an `okno` command, run by the Python that runs us."""
    return (sys.executable, "-P", "-m", "okno.command.cli", *words)


def _service(
    name: str, where: ServiceSettings, *more: str, label: str | None = None, port: int | None = None
) -> Program:
    number = port or where.port
    url = where.model_copy(update={"port": number}).url
    return Program(
        name=label or name,
        argv=ours("serve", name, *more),
        port=number,
        url=url,
        stop_s=10.0,
        ready=partial(healthy, url),
    )


def _engines(where: EngineSettings) -> list[Program]:
    """Start the engine and, when the settings want one, its standby."""
    engines = [_service("engine", where)]
    if where.standby is not None:
        engines.append(_service("engine", where.standby, "--standby", label="engine:standby"))
    return [replace(engine, stop_s=_ENGINE_STOP_S) for engine in engines]


def _pbx_services(runtime: Runtime, managed: list[PbxSettings]) -> list[Program]:
    where = runtime.settings.pbx_service
    return [
        _service("pbx", where, "--pbx", pbx.name, label=f"pbx:{pbx.name}", port=where.port + number)
        for number, pbx in enumerate(managed)
    ]


def _web(runtime: Runtime) -> list[Program]:
    """One process for each worker; they share the port (SO_REUSEPORT), so the kernel spreads the connections."""
    where = runtime.settings.web
    if where.workers == 1:
        return [_service("web", where)]
    workers = [_service("web", where, label=f"web:{number + 1}") for number in range(where.workers)]
    return [replace(worker, env={"OKNO_SHARED_PORT": "1"}) for worker in workers]


def _asterisk(runtime: Runtime, pbx: PbxSettings, say: Say) -> Program:
    name = f"asterisk:{pbx.name}"
    managed: Any = import_module("engine.asterisk.commands").managed(runtime, pbx.name, partial(say, name))
    return Program(
        name=name,
        argv=tuple(managed.command),
        port=pbx.ami.port,
        death_signal=signal.SIGKILL,
        stop_s=10.0,
        ready=managed.ready,
        ready_s=90.0,  # the slowest of all on a loaded machine
        shows=_of_asterisk,
    )


def _of_asterisk(line: str) -> bool:
    """What of its output a person must see: faults, and why the programs that lead into the private root gave up."""
    return " ERROR[" in line or " WARNING[" in line or line.startswith(LEADING_IN)


def _demo_outside(runtime: Runtime, say: Say) -> list[Program]:
    """What a clinic has around it and the demo's has not: a MIS, messengers with people who write."""
    writers: Program | None = import_module("demo.writers").program(runtime)
    return [*_demo_mis(runtime, say), *([writers] if writers is not None else [])]


def _demo_mis(runtime: Runtime, say: Say) -> list[Program]:
    """The MIS of a clinic that has none: the demo's."""
    if runtime.settings.demo.mis_port is None:
        return []
    made: Program | None = import_module("demo.mis.server").program(runtime)
    if made is None:
        say("demo-mis", "WARNING the demo's MIS is not installed: pip install 'okno[demo]'; going on without")
    return [made] if made is not None else []


def _traffic() -> Program:
    return Program(name="traffic", argv=(sys.executable, "-P", "-m", "demo.traffic"), death_signal=signal.SIGTERM)
