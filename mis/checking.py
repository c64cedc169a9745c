"""`okno mis check`: tries the connection to the MIS and says in plain words what it can and cannot do.

It only reads: nothing in the MIS is changed, and what is read of people is counted, never shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import get_args

from prometheus_client import CollectorRegistry

from mis.connectors import BadOptions, NoSuchConnector
from mis.finding import belongs, spellings
from mis.guard import Figures, Guarded
from mis.service import connector
from mis.terms import (
    AppointmentQuery,
    Capability,
    Connector,
    Context,
    DirectoryKind,
    MisError,
    NotConnected,
    PatientQuery,
    SlotQuery,
)
from okno import clock
from okno.command.serve import runtime_of
from okno.errors import OknoError
from okno.settings import Runtime, SecretMissing

WORDS: Mapping[Capability, str] = {
    "search_phone": "find patients by phone number",
    "search_name": "find patients by name and birth date",
    "card": "show a patient's card",
    "relations": "tell who is a patient's guardian or child",
    "directory": "give lists of doctors, branches, services and prices",
    "slots": "give free times",
    "hold": "keep a time while the operator talks (without it Okno keeps it among its own operators only)",
    "book": "book a visit",
    "request_only": "take wishes for a visit, which its own people must confirm",
    "reschedule_atomic": "move a visit in one step (without it the new one is booked before the old one is cancelled)",
    "cancel": "cancel a visit",
    "confirm": "note that a patient will come",
    "mark": "note that a patient came or did not",
    "waitlist": "keep a waiting list of its own",
    "coverage": "show insurance",
    "balance": "show a patient's balance",
    "consents": "show what a patient has agreed to",
    "create_patient": "make a patient",
    "appointments": "list visits",
    "push": "tell of changes by itself",
    "delta": "tell what changed since a moment",
    "idem_key": "recognise a booking sent twice",
    "version_lock": "refuse a change of what somebody else has changed meanwhile",
    "overlap_check": "refuse two visits at one time (without it Okno checks after each booking)",
    "report_contact": "take down what came of a contact",
    "sandbox": "be tried without harm",
}
# Of the synthetic range: nobody's, so whoever is found for it does not belong to it.
NOBODY = "+79990099999"
DAYS = 14
TRY_S = 10.0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing tried: `ok` None is a remark. `words` say how it went, without anybody's data."""

    what: str
    ok: bool | None
    words: str = ""


def run(args: argparse.Namespace) -> int:
    """Try the connection and print how it went; exit 1 when something it says it can do fails. Raises SettingsError."""
    runtime = runtime_of(args)
    lines, able = asyncio.run(tried(runtime))
    if args.json:
        told = {"connector": runtime.settings.mis.connector, "tried": [asdict(line) for line in lines],
                "capabilities": able}  # fmt: skip
        print(json.dumps(told, indent=1))
    else:
        print("\n".join(_text(runtime, lines, able)))
    return 1 if any(line.ok is False for line in lines) else 0


async def reason(runtime: Runtime) -> str:
    """Return what is wrong with the connection, in one line; empty when nothing is, or no MIS is connected."""
    lines, _ = await tried(runtime, deep=False)
    return "; ".join(line.words for line in lines if line.ok is False)


async def tried(runtime: Runtime, *, deep: bool = True) -> tuple[list[Line], list[Capability]]:
    """Try the connection; return how it went and what the MIS can do.

    Args:
        runtime: settings and secrets.
        deep: try each kind of reading too, not only whether it lets us in.
    """
    settings = runtime.settings.mis
    try:
        mis = Guarded(connector(runtime), settings, Figures(CollectorRegistry()))
    except (BadOptions, NoSuchConnector, SecretMissing) as error:
        return [Line("settings", False, str(error))], []
    try:
        began = clock.monotonic()
        try:
            await mis.state(_context())
        except NotConnected:
            return [Line("connection", None, "no MIS is connected (mis.connector: none)")], []
        except (MisError, OknoError) as error:
            return [Line("connection", False, _why(error))], []
        lines = [Line("connection", True, _took(began))]
        if deep:
            lines += [await _one(what, trial) for what, trial in _trials(runtime, mis)]
        return lines, sorted(mis.capabilities)
    finally:
        await mis.close()


def _trials(runtime: Runtime, mis: Connector) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
    """Return what this MIS says it can do and can be tried by reading."""
    trials: list[tuple[Capability, str, Callable[[], Awaitable[str]]]] = [
        ("directory", kind, lambda kind=kind: _directory(mis, kind))  # type: ignore[misc]
        for kind in get_args(DirectoryKind)
    ]
    trials += [
        ("search_phone", "search by phone", lambda: _strangers(runtime, mis)),
        ("slots", "free times", lambda: _slots(mis)),
        ("appointments", "visits", lambda: _visits(mis)),
    ]
    return [(what, trial) for capability, what, trial in trials if capability in mis.capabilities]


async def _one(what: str, trial: Callable[[], Awaitable[str]]) -> Line:
    began = clock.monotonic()
    try:
        words = await trial()
    except OknoError as error:
        return Line(what, False, _why(error))
    return Line(what, True, f"{words}, {_took(began)}")


async def _directory(mis: Connector, kind: DirectoryKind) -> str:
    return f"{len(await mis.directory(_context(), kind))} entries"


async def _strangers(runtime: Runtime, mis: Connector) -> str:
    found = await mis.find_patients(_context(), PatientQuery(phones=spellings(NOBODY), limit=50))
    clinic = runtime.settings.clinic
    wrong = [
        one for one in found.people
        if not belongs(NOBODY, one.phones, country=clinic.country, area_code=clinic.area_code)
    ]  # fmt: skip
    return (
        f"it gives strangers for a number that is nobody's ({len(wrong)}); Okno leaves them out" if wrong else "works"
    )


async def _slots(mis: Connector) -> str:
    now = clock.now()
    page = await mis.find_slots(_context(), SlotQuery(since=now, until=now + timedelta(days=DAYS)))
    return f"{len(page.slots)}{'' if page.complete else ' and more'} in {DAYS} days"


async def _visits(mis: Connector) -> str:
    now = clock.now()
    found = await mis.appointments(_context(), AppointmentQuery(since=now, until=now + timedelta(days=1)))
    return f"{len(found.items)}{'' if found.complete else ' and more'} in the next day"


def _context() -> Context:
    return Context(actor="okno", purpose="check", deadline=clock.monotonic() + TRY_S)


def _took(began: float) -> str:
    return f"{(clock.monotonic() - began) * 1000:.0f} ms"


def _why(error: Exception) -> str:
    code = f" ({error.code})" if isinstance(error, MisError) else ""
    return f"{error}{code}"


def _text(runtime: Runtime, lines: list[Line], able: list[Capability]) -> list[str]:
    marks = {True: "+", False: "-", None: " "}
    told = [f"MIS: {runtime.settings.mis.connector}"]
    told += [f"{marks[line.ok]} {line.what}{f': {line.words}' if line.words else ''}" for line in lines]
    if able:
        told += ["", "It can", *(f"  {WORDS[one]}" for one in able)]
        told += ["", "It cannot", *(f"  {words}" for one, words in WORDS.items() if one not in able)]
    return told
