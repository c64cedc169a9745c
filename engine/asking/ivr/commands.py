"""`okno ivr check` and `okno ivr try`: the flows of the settings, looked through and walked without a phone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from engine.asking.ivr.drafts import is_open
from engine.asking.ivr.trying import Pretended, Row, Tried, texts_of, tried
from engine.directory.document import document_of
from engine.ivr import saying
from engine.ivr.checking import check_all
from engine.ivr.flow import Flow, read
from engine.ivr.orders import Caller
from okno import clock, phones
from okno.command.serve import runtime_of
from okno.errors import Refused
from okno.settings import Settings
from okno.settings.seen import lately

MOST_ASKED = 200
"""Nobody presses more often; a script that never ends does."""


class CannotTry(Refused):
    """What was asked for cannot be tried."""


def check(args: argparse.Namespace) -> int:
    """Print what is wrong with every flow; exit 1 when anything is. Raises SettingsError."""
    settings = _settings(args)
    found = check_all(settings.directory, settings.engine.http)
    if args.json:
        print(json.dumps([{"flow": flow, **flaw.row()} for flow, flaw in found], ensure_ascii=False, indent=1))
        return 1 if found else 0
    for flow, flaw in found:
        print(f"{'-' if flaw.refuses else '?'} flows.{flow}{'.' if flaw.key else ''}{flaw.key}: {flaw.message}")
    broken = {flow for flow, _ in found}
    for name, raw in settings.flows.items():
        if name not in broken:
            print(f"+ flows.{name}: {len(raw.get('steps', ()))} steps")
    if not settings.flows:
        print("no flows")
    return 1 if found else 0


def walk(args: argparse.Namespace) -> int:
    """Walk a flow at the terminal: what is heard is printed, keys are typed. Raises CannotTry, BrokenFlow."""
    settings = _settings(args)
    if args.flow not in settings.flows:
        known = ", ".join(settings.flows) or "none"
        raise CannotTry(f"there is no flow named {args.flow!r}; known: {known}")
    flow = read(settings.flows[args.flow])
    given = iter(args.keys.split(",")) if args.keys is not None else (line.rstrip("\n") for line in sys.stdin)
    trial = Trial(settings, flow, _caller(args, settings, flow), _pretended(args))
    return 0 if _talk(trial.walked, given, sys.stdout) else 1


@dataclass(frozen=True, slots=True)
class Trial:
    """One caller and what is so for him."""

    settings: Settings
    flow: Flow
    caller: Caller
    pretended: Pretended

    def walked(self, given: list[str]) -> Tried:
        """Walk from the beginning with what was pressed so far."""
        document = document_of(self.settings.directory)
        words = {**saying.pieces("ru"), **saying.pieces("en")}
        for language in ("ru", "en"):
            words |= texts_of(document["prompts"], language)
        lines = {line.number: line.hours or "" for line in self.settings.lines}
        one = self.caller
        return tried(
            self.flow,
            Caller(
                call=one.call, phone=one.phone, dialled=one.dialled, line=one.line, language=one.language, at=one.at,
                country=one.country, area_code=one.area_code,
            ),
            given,
            self.pretended,
            open_now=lambda name: is_open(document, name or lines.get(one.line, ""), one.at),
            words=lambda sound: words.get(sound) or f"[{sound}]",
        )  # fmt: skip


def _talk(walked: Callable[[list[str]], Tried], given: Iterable[str], out: TextIO) -> bool:
    """Print the walk, asking for keys; True when it came to an end of the flow, False when he hung up before."""
    pressed: list[str] = []
    keys, shown = iter(given), 0
    while True:
        told = walked(pressed)
        for line in told.lines[shown:]:
            if words := _line(line):
                print(words, file=out)
        shown = len(told.lines)
        if told.leave is not None:
            print(f"= {told.leave['to']} {told.leave['value']}".rstrip(), file=out)
            return True
        if told.wants is None:
            print("= goes round and round", file=out)
            return False
        print(_question(told.wants), file=out, flush=True)
        text = next(keys, None)
        if text is None or len(pressed) >= MOST_ASKED:
            print("= hangs up", file=out)
            return False
        pressed.append(_pressed(told.wants, text))


def _line(line: Row) -> str:
    match line["what"]:
        case "step":
            return f"[{line['step']}]"
        case "heard":
            return "  " + " ".join(one["text"] for one in line["heard"])
        case "pressed":
            return f"  > {line['keys'] or '(silent)'}"
        case what:
            return f"  {what}: {json.dumps(line['answer'], ensure_ascii=False)}"


def _question(wants: Row) -> str:
    if wants["what"] == "record":
        return "  (recording: seconds spoken, Enter alone is silence)"
    return f"  (up to {wants['most']} keys, Enter alone is silence)"


def _pressed(wants: Row, text: str) -> str:
    """The keys in what was typed; of a recording its seconds."""
    allowed = "0123456789" if wants["what"] == "record" else "0123456789*#"
    return "".join(sign for sign in text if sign in allowed)


def _caller(args: argparse.Namespace, settings: Settings, flow: Flow) -> Caller:
    clinic = settings.clinic
    phone = phones.parse(args.phone, country=clinic.country, area_code=clinic.area_code)
    if phone is None and args.phone:
        raise CannotTry("--phone: this is no phone number")
    line = args.line or next((one.number for one in settings.lines if one.flow == args.flow), "")
    return Caller(
        call="tried", phone=phone.e164 if phone else "", dialled=line, line=line, language=flow.language,
        at=_moment(args.at, ZoneInfo(clinic.timezone)), country=clinic.country, area_code=clinic.area_code,
    )  # fmt: skip


def _moment(text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        return clock.now().astimezone(zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CannotTry("--at: a time is 2026-11-21T08:00, by the clinic's clock unless it says its zone") from None
    return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)


def _pretended(args: argparse.Namespace) -> Pretended:
    known: dict[str, Any] = {name: getattr(args, name) for name in ("patient", "visit", "blocked", "promised")}
    return Pretended(**known, waiting=args.waiting, wait_s=args.wait, staffed=not args.nobody, http=not args.no_http)


def _settings(args: argparse.Namespace) -> Settings:
    """Those of --config when it is given; else with the directory the engine told of last."""
    runtime = runtime_of(args)
    return runtime.settings if args.config else lately(runtime)[0].settings
