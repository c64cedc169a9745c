"""One chaos run from an empty directory to its report; it leaves no process and no file behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg

from okno.command.processes.embedded import postgres_answers
from tests.chaos import clinic as clinics
from tests.chaos import faults, journal, traffic, wire
from tests.chaos.clinic import ChaosClinic
from tests.chaos.faults import Saboteur
from tests.chaos.report import Report
from tests.chaos.tap import Tap
from tests.chaos.verdict import Row, Seen, judge
from tests.system import truth
from tests.system.leaks import leaks

Say = Callable[[str], None]
# A call that SIPp began in the last moment, that Asterisk never heard, is given up after half a minute.
LAST_CALLS_S = 60.0
STEADY = 3
CHECKS = ("journal check", "audit verify")
GOOD = re.compile(r", 0 differ$|: whole$")
LOOK_S = 2.0
SHOULD_STAY_0 = re.compile(
    r"^(okno_(?:poisoned|poison_lost|loop_dropped|ami_garbage|ami_take_failures|ami_repairs|journal_disagreements)_total)"
    r"(\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a run: calls, faults of each kind, calls a second, the seed; where to keep everything, if at all."""

    calls: int
    kills: int
    rate: float
    seed: int
    settle_s: float = 120.0
    keep: Path | None = None
    log_level: str = "info"
    look_for_leaks: bool = False


async def run(wanted: Wanted, say: Say = print) -> Report:
    """Place the calls, make the faults, wait until all is quiet, compare. Everything it started is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="okno-chaos-"))
    # As root the databases run as another user, who must pass through.
    home.chmod(0o711)
    say(f"seed {wanted.seed}: {wanted.calls} calls at {wanted.rate:g}/s, {wanted.kills} faults of each kind")
    try:
        clinic = await clinics.start(home / "state", wanted.log_level)
        try:
            return await _in(clinic, home, wanted, say)
        finally:
            await clinics.stop(clinic)
    finally:
        if wanted.keep is not None:
            shutil.copytree(home, wanted.keep, dirs_exist_ok=True, ignore=_not_files)
        shutil.rmtree(home, ignore_errors=True)


async def _in(clinic: ChaosClinic, home: Path, wanted: Wanted, say: Say) -> Report:
    dice = random.Random(wanted.seed)
    planned = traffic.mix(wanted.calls, dice)
    length_s = wanted.calls / wanted.rate
    saboteur = Saboteur(clinic, faults.plan(wanted.kills, length_s, dice) if wanted.kills else [])
    tap = Tap(clinic, dice, {each.tail for each in planned if each.kind == "transferred"})
    callers = traffic.Callers(clinic, home / "sip")
    beside = [asyncio.create_task(tap.run()), asyncio.create_task(_rotate(clinic, length_s, dice))]
    began = time.monotonic()
    try:
        callers.answer()
        await asyncio.sleep(1)
        callers.place(planned, wanted.rate)
        await saboteur.run()
        say(f"{len(saboteur.done)} faults made and watched, {time.monotonic() - began:.0f} s")
        while callers.placing and time.monotonic() - began < length_s + LAST_CALLS_S:
            await asyncio.sleep(0.2)
        assert not callers.fault(), f"SIPp died: {callers.fault()}"
        settled = time.monotonic()
        calls, requests = await _quiet(clinic, tap, wanted.settle_s)
    finally:
        for task in beside:
            task.cancel()
        ends = await asyncio.gather(*beside, return_exceptions=True)
        callers.stop()
    for end in ends:
        if isinstance(end, Exception):
            raise end
    seen = Seen(
        planned, [*wire.read(callers.folder("trunk")), *wire.read(callers.folder("desks"))],
        truth.read(callers.folder("phones")), truth.read(callers.folder("outside")),
        journal.read(clinic.journal), list(tap.channels.values()), calls, requests,
        [one.at for one in saboteur.done if one.fault.kind == "asterisk"], saboteur.dead_times(),
    )  # fmt: skip
    told = {"calls": calls, "requests": requests} | await _evidence(clinic)
    (home / "okno.json").write_text(json.dumps(told, indent=1, ensure_ascii=False, default=str))
    report = Report(
        wanted.seed, len(seen.placed), time.monotonic() - began, time.monotonic() - settled, judge(seen), saboteur.done,
        transfers=tap.ordered,
    )  # fmt: skip
    await _look(clinic, report)
    if wanted.look_for_leaks:
        report.leaks = await leaks(clinic, [each.call.number for each in planned if not each.from_phone])
    return report


async def _look(clinic: ChaosClinic, report: Report) -> None:
    """What else can be seen of a clinic at rest."""
    report.repairs, report.repaired_fields = await _repairs(clinic)
    report.alarms = await _alarms(clinic)
    report.checks = await _checks(clinic)
    report.stuck = await _stuck(clinic)
    report.errors = _errors(clinic.output)


async def _quiet(clinic: ChaosClinic, tap: Tap, within_s: float) -> tuple[list[Row], list[Row]]:
    """Wait until no call is open, every channel we know of has one and nothing changes any more."""
    end = time.monotonic() + within_s
    before: object = None
    steady = 0
    calls: list[Row] = []
    requests: list[Row] = []
    while time.monotonic() < end and steady < STEADY:
        await asyncio.sleep(LOOK_S)
        with contextlib.suppress(AssertionError, aiohttp.ClientError, TimeoutError):
            calls, requests = await clinic.every("/calls"), await clinic.every("/requests")
            known = {channel.uniqueid for channel in journal.read(clinic.journal)} | set(tap.channels)
            shown = ([(call["id"], call["result"], call["talk_s"]) for call in calls], len(requests))
            complete = len(calls) >= len(known) and not any(call["ended_at"] is None for call in calls)
            steady = steady + 1 if complete and shown == before else 0
            before = shown
    return calls, requests


async def _rotate(clinic: ChaosClinic, length_s: float, dice: random.Random) -> None:
    """The night's rotation of the PBX's logs, in either way, at a moment of each half of the run."""
    for copying in dice.sample((True, False), 2):
        await asyncio.sleep(length_s * dice.uniform(0.1, 0.4))
        await clinic.rotate(copying=copying)


async def _checks(clinic: ChaosClinic) -> dict[str, str]:
    """What the engineer's own commands find wrong after all this, by command; nothing for one that finds all well."""
    told = {}
    for words in CHECKS:
        said = await asyncio.to_thread(clinic.run, *words.split(), codes=(0, 1))
        told[words] = "" if all(GOOD.search(line) for line in said.splitlines()) and said else said
    return told


async def _stuck(clinic: ChaosClinic) -> list[str]:
    """Who is still busy or paused and what still waits though nobody calls: waits a little for the last wrap-ups."""
    found: list[str] = []
    for _ in range(10):
        operators = (await clinic.get("/operators"))["items"]
        queues = (await clinic.get("/queues"))["items"]
        members = (await clinic.console("queue show")).splitlines()
        found = [f"{one['id']} is {one['voice']}" for one in operators if one["voice"] != "idle"]
        found += [f"{one['waiting']} wait in {one['id']}" for one in queues if one["waiting"]]
        found += [f"paused: {line.strip()}" for line in members if "(paused" in line]
        found += [f"in use: {line.strip()}" for line in members if "(In use)" in line or "(Ringing)" in line]
        if not found:
            break
        await asyncio.sleep(1)
    return found


async def _repairs(clinic: ChaosClinic) -> tuple[dict[str, int], dict[str, int]]:
    """What the journal mended, by kind, and in which fields; of the engine's own table."""
    assert await postgres_answers(clinic.database_url), "the database is away though all is quiet"
    connection = await asyncpg.connect(clinic.database_url)
    try:
        kinds = await connection.fetch("SELECT kind, count(*) FROM journal_repairs GROUP BY kind ORDER BY kind")
        fields = await connection.fetch(
            "SELECT field, count(*) FROM journal_repairs, unnest(fields) AS field WHERE kind = 'differs'"
            " GROUP BY field ORDER BY field"
        )
    finally:
        await connection.close()
    return {row["kind"]: row["count"] for row in kinds}, {row["field"]: row["count"] for row in fields}


async def _evidence(clinic: ChaosClinic) -> dict[str, list[Row]]:
    """What the engine wrote down of its requests and repairs, to be kept: rows without anything sealed."""
    wanted = {
        "history": "SELECT request, at, actor, what, call, operator, queue FROM history ORDER BY id",
        "repairs": "SELECT at, call, kind, fields FROM journal_repairs ORDER BY at",
    }
    connection = await asyncpg.connect(clinic.database_url)
    try:
        return {name: [dict(row) for row in await connection.fetch(query)] for name, query in wanted.items()}
    finally:
        await connection.close()


async def _alarms(clinic: ChaosClinic) -> dict[str, float]:
    """Figures of the last engine that should stay 0."""
    status, text = await clinic.ask("engine", "/metrics")
    assert status == 200, "the engine does not answer though all is quiet"
    return {name + (labels or ""): float(value) for name, labels, value in SHOULD_STAY_0.findall(text) if float(value)}


def _errors(output: Path) -> dict[str, int]:
    """What `okno up` showed as errors of our services, counted by service and event."""
    lines = output.read_text("utf-8", "replace").splitlines()
    found = (re.match(r"[0-9:]{8} (engine|web|chat|mis|pbx)\S* +(?:ERROR|CRITICAL) (\S+)", line) for line in lines)
    return dict(Counter(f"{one[1]} {one[2]}" for one in found if one))


def _not_files(folder: str, names: list[str]) -> set[str]:
    """Sockets and the databases are not worth keeping."""
    where = Path(folder)
    return {
        name
        for name in names
        if name in ("postgres", "valkey", "data") or not ((where / name).is_file() or (where / name).is_dir())
    }
