"""What `okno up` runs for these settings, in which stages, on which ports."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from okno.command import state
from okno.command.processes import embedded
from okno.command.processes.program import Program
from okno.command.status import healthy
from okno.settings import PbxSettings, Runtime, ServiceSettings

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Listen:
    """A TCP port somebody of ours will listen on, and the settings key that names it."""

    key: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Stages of programs (the first holds the servers everything else needs), their ports and their environment."""

    stages: list[list[Program]]
    listens: list[Listen]
    environment: dict[str, str]


def plan(runtime: Runtime, *, demo: bool, say: Say) -> Plan:
    """Return what to run. Makes data directories and, for a managed PBX, its configuration on the way.

    Raises EmbeddedMissing, EmbeddedBroken, or what the PBX part raises when there is no Asterisk.
    """
    servers, listens, environment = _servers(runtime)
    settings = runtime.settings
    managed = [pbx for pbx in settings.pbxes if pbx.managed]
    listens += [
        Listen(f"pbxes[{i}].ami.port", p.ami.host, p.ami.port) for i, p in enumerate(settings.pbxes) if p.managed
    ]
    listens += [
        Listen("engine.port", settings.engine.host, settings.engine.port),
        Listen("chat.port", settings.chat.host, settings.chat.port),
        Listen("chat_public.port", settings.chat_public.host, settings.chat_public.port),
        Listen("mis.port", settings.mis.host, settings.mis.port),
        Listen("web.port", settings.web.host, settings.web.port),
    ]
    listens += [
        Listen("pbx_service.port", settings.pbx_service.host, settings.pbx_service.port + number)
        for number in range(len(managed))
    ]
    stages = [
        servers,
        [_asterisk(runtime, pbx, say) for pbx in managed],
        [_service("mis", settings.mis), _service("chat", settings.chat), *_pbx_services(runtime, managed)],
        [_service("engine", settings.engine)],
        _web(runtime),
        [_traffic()] if demo else [],
    ]
    return Plan([stage for stage in stages if stage], listens, environment)


def _servers(runtime: Runtime) -> tuple[list[Program], list[Listen], dict[str, str]]:
    settings = runtime.settings
    programs: list[Program] = []
    listens: list[Listen] = []
    urls = state.embedded_urls(runtime)
    if "OKNO_DATABASE_URL" in urls:
        word = runtime.secret(f"file:{state.DATABASE_SECRET}")
        programs.append(embedded.postgres(runtime.state, settings.database_port, word))
        listens.append(Listen("database_port", "127.0.0.1", settings.database_port))
    if "OKNO_REDIS_URL" in urls:
        word = runtime.secret(f"file:{state.REDIS_SECRET}")
        programs.append(embedded.valkey(runtime.state, settings.redis_port, word))
        listens.append(Listen("redis_port", "127.0.0.1", settings.redis_port))
    return programs, listens, urls


def ours(*words: str) -> tuple[str, ...]:
    """Return the command line of an `okno` command, run by the Python that runs us."""
    return (sys.executable, "-P", "-m", "okno.command.cli", *words)


def _service(
    name: str, where: ServiceSettings, *more: str, label: str | None = None, port: int | None = None
) -> Program:
    number = port or where.port
    host = "127.0.0.1" if where.host in ("0.0.0.0", "::") else where.host  # noqa: S104 - compared, not bound
    return Program(
        name=label or name,
        argv=ours("serve", name, *more),
        port=number,
        url=f"http://{host}:{number}",
        stop_s=10.0,
        ready=partial(healthy, f"http://{host}:{number}"),
    )


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
    return [_service("web", where, label=f"web:{number + 1}") for number in range(where.workers)]


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
    )


def _traffic() -> Program:
    return Program(name="traffic", argv=(sys.executable, "-P", "-m", "demo.traffic"), death_signal=signal.SIGTERM)
