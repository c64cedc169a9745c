"""`okno check`, `okno keys init`, `okno audit verify`: looks before anything is trusted, and says what is wrong."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module

import asyncpg
from redis.exceptions import AuthenticationError, RedisError

from okno import audit, clock
from okno.bus import connect, redis_url_for
from okno.command import state, status
from okno.command.serve import runtime_of
from okno.database import Database, DatabaseDown, url_for
from okno.errors import OknoError
from okno.seal import Keyring
from okno.settings import PbxSettings, Runtime
from okno.settings.seen import lately, misfit

OWNERS = ("engine", "chat", "mis", "web")
SKEW_S = 1.0  # more than this between two clocks and the seconds of a call are wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `reason` says what is wrong, empty when nothing is."""

    what: str
    reason: str = ""


def run(args: argparse.Namespace) -> int:
    """Look at everything and print what was found; exit 1 when anything is wrong. Raises SettingsError."""
    runtime = runtime_of(args)
    _use_running_servers(runtime)
    findings = asyncio.run(look(runtime))
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(f"{'-' if finding.reason else '+'} {finding.what}{f': {finding.reason}' if finding.reason else ''}")
    return 1 if any(finding.reason for finding in findings) else 0


def init_keys(args: argparse.Namespace) -> int:
    """Make the state directory, the keyring and the secrets that are missing; print what was made."""
    runtime = runtime_of(args)
    made = state.prepare(runtime)
    print("\n".join(f"made {name}" for name in made) or f"nothing to make: {runtime.state} has its keyring and secrets")
    return 0


def verify_audit(args: argparse.Namespace) -> int:
    """Check the chain of every service's audit; exit 1 naming the first bad row of each that is broken."""
    runtime = runtime_of(args)
    _use_running_servers(runtime)
    findings = asyncio.run(_audits(runtime))
    for finding in findings:
        print(f"{finding.what}: {finding.reason or 'whole'}")
    return 1 if any(finding.reason for finding in findings) else 0


async def look(runtime: Runtime) -> list[Finding]:
    """Return what was looked at: settings, state, keys, directory, secrets, servers, MIS, accounts, PBXs, clocks."""
    findings = [Finding("settings"), await _try("state", _state_of(runtime)), await _try("keys", _keys(runtime))]
    findings += [Finding("directory", misfit(runtime)), *_flows(runtime)]
    findings += [await _try("flows served", _served(runtime)), await _try("service secret", _secret(runtime))]
    findings += [await _try(f"database of {name}", _database(runtime, name)) for name in OWNERS]
    findings += [await _try("redis", _redis(runtime)), await _try("mis", _mis(runtime)), *await _accounts(runtime)]
    return findings + await _pbxes(runtime)


Look = Callable[[], Awaitable[str]]


async def _try(what: str, look_at: Look) -> Finding:
    try:
        return Finding(what, await look_at())
    except OknoError as error:
        return Finding(what, str(error))


def _state_of(runtime: Runtime) -> Look:
    async def look_at() -> str:
        if not runtime.state.is_dir():
            return f"{runtime.state} is not there; `okno keys init` makes it"
        try:
            with tempfile.TemporaryFile(dir=runtime.state):
                return ""
        except OSError as error:
            return f"{runtime.state} cannot be written: {error.strerror}"

    return look_at


def _keys(runtime: Runtime) -> Look:
    async def look_at() -> str:
        sealer = Keyring.load(runtime.keyring_path).sealer("check")
        sealed = sealer.seal("okno", table="check", column="check", row="check")
        return "" if sealer.open(sealed, table="check", column="check", row="check") == "okno" else "does not open"

    return look_at


def _secret(runtime: Runtime) -> Look:
    async def look_at() -> str:
        runtime.secret(f"file:{state.SERVICE_SECRET}")
        return ""

    return look_at


def _database(runtime: Runtime, service: str) -> Look:
    async def look_at() -> str:
        try:
            connection = await asyncpg.connect(url_for(runtime.settings, service), timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return str(DatabaseDown.because(error))
        try:
            before = clock.now()
            theirs = await connection.fetchval("SELECT clock_timestamp()")
        finally:
            await connection.close()
        return _skew(before, theirs)

    return look_at


def _redis(runtime: Runtime) -> Look:
    async def look_at() -> str:
        client = connect(redis_url_for(runtime.settings))
        try:
            before = clock.now()
            seconds, micros = await client.time()
        except AuthenticationError:
            return "it refuses our password"
        except (RedisError, OSError, ValueError) as error:  # the last: what answers there is no Redis
            return f"does not answer: {type(error).__name__}"
        finally:
            await client.aclose()
        return _skew(before, datetime.fromtimestamp(seconds + micros / 1e6, UTC))

    return look_at


def _mis(runtime: Runtime) -> Look:
    async def look_at() -> str:
        reason: str = await import_module("mis.checking").reason(runtime)
        return reason

    return look_at


async def _accounts(runtime: Runtime) -> list[Finding]:
    """Ask `chat` what it thinks of each account of a written channel: settings, secrets, whether it answers."""
    try:
        found = await import_module("chat.checking").look(runtime)
    except OknoError as error:
        return [Finding("accounts", str(error))]
    return [
        Finding(f"advice: account {one.account}: {one.reason}") if one.advice
        else Finding(f"account {one.account}", one.reason)
        for one in found
    ]  # fmt: skip


def _skew(before: datetime, theirs: datetime) -> str:
    after = clock.now()
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    return f"its clock and ours are {apart:.1f} s apart" if apart > SKEW_S else ""


def _flows(runtime: Runtime) -> list[Finding]:
    """What is wrong with the flows of callers: what would lose one fails, what is only odd is advice."""
    settings, check_all = lately(runtime)[0].settings, import_module("engine.ivr.checking").check_all
    flaws = check_all(settings.directory, settings.engine.http)
    found = [(flaw, f"flows.{name}.{flaw.key}: {flaw.message}") for name, flaw in flaws]
    refused = [words for flaw, words in found if flaw.refuses]
    advice = [Finding(f"advice: {words}") for flaw, words in found if not flaw.refuses]
    return [Finding("flows", "; ".join(refused)), *advice]


def _served(runtime: Runtime) -> Look:
    """Whether callers are led through flows, or could be: the leader's word, else whether its port is free."""

    async def look_at() -> str:
        settings = lately(runtime)[0].settings
        place = f"{settings.engine.agi_host}:{settings.engine.agi_port}"
        if not settings.flows and not any(queue.callbacks.offer for queue in settings.queues):
            return ""
        told = [one for one in (await status.ask_engines(runtime)).values() if one]
        if told:
            refused = any(one["leader"] and one.get("flows") == status.REFUSED for one in told)
        else:
            refused = not await asyncio.to_thread(_free, settings.engine.agi_host, settings.engine.agi_port)
        return f"the engine cannot listen at {place}: callers go to the queue without their menu" if refused else ""

    return look_at


def _free(host: str, port: int) -> bool:
    """Whether nobody listens there, and it is an address of this machine."""
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


async def _pbxes(runtime: Runtime) -> list[Finding]:
    """Ask the engine's AMI part what it thinks of each PBX: reachable, new enough, rights, filter, clock."""
    if not runtime.settings.pbxes or importlib.util.find_spec("engine.ami.commands") is None:
        return []
    commands = import_module("engine.ami.commands")
    findings = []
    for pbx in runtime.settings.pbxes:
        findings += _journal(runtime, pbx)
        try:
            found = await commands.check(pbx, runtime.secret)
        except OknoError as error:
            findings.append(Finding(f"pbx {pbx.name}", str(error)))
            continue
        findings += [Finding(f"pbx {pbx.name}", one.text.partition(": ")[2]) for one in found if one.level == "error"]
        # Advice is shown and fails nothing.
        findings += [Finding(f"advice: {one.text}") for one in found if one.level == "warning"]
        findings += [] if found else [Finding(f"pbx {pbx.name}")]
    if len(runtime.settings.pbxes) > 1:
        alike = await commands.twins(runtime.settings.pbxes, runtime.secret)
        findings += [Finding(*one.text.split(": ", 1)) for one in alike]
    return findings


def _journal(runtime: Runtime, pbx: PbxSettings) -> list[Finding]:
    """Whether the journal can be read where we are; one of a PBX elsewhere is read there."""
    places = import_module("engine.shipping.places")
    files = places.files_of(runtime, pbx)
    if not files:
        words = "its journal is not on this machine; `okno serve pbx` beside it has to read it"
        return [Finding(f"advice: pbx {pbx.name}: {words}")]
    return [Finding(f"journal of {pbx.name}", places.unreadable(files) or "")]


async def _audits(runtime: Runtime) -> list[Finding]:
    keyring = Keyring.load(runtime.keyring_path)
    findings = []
    for name in OWNERS:
        try:
            database = await Database.open(url_for(runtime.settings, name), name="audit-verify", size=1)
        except DatabaseDown as error:
            findings.append(Finding(f"audit of {name}", str(error)))
            continue
        try:
            bad = await audit.verify(database, keyring.sealer(name))
        finally:
            await database.close()
        findings.append(Finding(f"audit of {name}", "" if bad is None else f"row {bad} does not fit the chain"))
    return findings


def _use_running_servers(runtime: Runtime) -> None:
    """Find the embedded servers' passwords in the state, as `okno up` does, when no URL names other servers."""
    for variable, url in state.embedded_urls(runtime).items():
        os.environ.setdefault(variable, url)
