"""`okno ami replay FILE …`: what a recording says, through the real tracker."""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.ami.replay import UNDATED, facts_of
from engine.events.facts import Fact
from engine.recording.files import NoRecording, Reading, is_sealed
from engine.reducer import reduce, reduce_calls
from engine.turns.configuration import configuration
from engine.world import Call, Leg, Line, Put, World
from okno import phones
from okno.command.serve import runtime_of
from okno.errors import Refused
from okno.seal import Keyring, Sealer
from okno.settings import PbxSettings, Settings

CHUNK = 1 << 16
# Fields of facts that name no person: ids, contexts, queues, states. Any other text may, a new one too.
OPEN = frozenset({
    "pbx", "uniqueid", "linkedid", "dest", "dest_linkedid", "first", "second", "transferee", "target", "retriever",
    "bridge", "bridge_type", "swap", "context", "queue", "state", "status", "kind",
})  # fmt: skip
# What stands between is a phone's name, or the number that a Local channel was made for.
CHANNELS = frozenset({"name", "dest_name"})
CHANNEL = re.compile(r"(PJSIP|SIP|Local|IAX2|DAHDI|Message)/.*?(-[0-9a-f]{8}(?:;[12])?)?", re.DOTALL)
NUMBER = re.compile(r"\+?[0-9]{8,15}", re.ASCII)
HIDDEN = "•••"


class NotInFull(Refused):
    """What was sealed is not shown in full."""


def replay(args: Namespace) -> int:
    """Print the calls the recordings make; return 0, or 1 when not all of them could be read.

    Args:
        args: `files` in the order they were recorded; `pbx` whose they are (default: as they say, else the first of the
            settings); `facts` prints facts instead of calls; `json`; `full` shows numbers, of raw bytes only.

    Raises:
        NoRecording, NotInFull, KeyringBroken, SettingsError: what stands in the way.
    """
    runtime = runtime_of(args)
    sealed = [path for path in args.files if is_sealed(path)]
    if sealed and args.full:
        raise NotInFull(f"{sealed[0]}: a sealed recording is shown with numbers masked only; leave --full out")
    sealer = Keyring.load(runtime.keyring_path).sealer("engine") if sealed else None
    stream = Stream(args.files, sealer)
    pbx = args.pbx or stream.pbx or next((one.name for one in runtime.settings.pbxes), "replay")
    facts = facts_of(stream, pbx)
    if args.facts:
        for fact in facts:
            _say(json.dumps(dict(_shown(fact, args.full)), ensure_ascii=False))
    else:
        show = _json if args.json else _text
        tracker = Tracker(runtime.settings, pbx)
        for call in tracker.calls(facts):
            _say(show(row(call, tracker.world, full=args.full)))
        stream.troubles += [f"{count} facts could not be reduced: {why}" for why, count in tracker.poisoned.items()]
    for words in stream.troubles:
        print(f"okno: {words}", file=sys.stderr)
    return 1 if stream.troubles else 0


class Stream:
    """The bytes of several files, one after the other; None where they do not continue."""

    def __init__(self, files: Iterable[Path], sealer: Sealer | None) -> None:
        self.troubles: list[str] = []
        self._parts: list[tuple[Path, Reading | None]] = [
            (path, Reading(path, sealer) if sealer is not None and is_sealed(path) else None) for path in files
        ]

    @property
    def pbx(self) -> str | None:
        """Whose the first sealed recording is."""
        return next((reading.pbx for _, reading in self._parts if reading is not None), None)

    def __iter__(self) -> Iterator[bytes | None]:
        """Yield the pieces. Raises NoRecording."""
        for path, reading in self._parts:
            if reading is None:
                yield None
                yield from _raw(path)
                continue
            for chunk in reading:
                if chunk.fresh:
                    yield None
                yield chunk.data
            if reading.torn:
                self.troubles.append(f"{path}: ends in the middle of a chunk; read up to the last whole one")
            if reading.damaged:
                self.troubles.append(f"{path}: {reading.damaged} chunks cannot be opened and were passed over")


class Tracker:
    """The engine's own calls room over a world of its own. Args: what it must know of the clinic; whose facts come."""

    def __init__(self, settings: Settings, pbx: str) -> None:
        if pbx not in {one.name for one in settings.pbxes}:
            settings = settings.model_copy(update={"pbxes": [*settings.pbxes, PbxSettings(name=pbx)]})
        self.world = World()
        self.poisoned: Counter[str] = Counter()
        self.world.apply(reduce(self.world, configuration(settings, UNDATED)).changes)

    def calls(self, facts: Iterable[Fact]) -> Iterator[Call]:
        """Yield each call when it has ended, then those that had not."""
        for fact in facts:
            waiting: list[Any] = [fact]
            while waiting:
                try:
                    outcome = reduce_calls(self.world, waiting.pop(0))
                except Exception as error:  # a fault of ours: the engine would set the event aside and go on, too
                    self.poisoned[type(error).__name__] += 1
                    continue
                self.world.apply(outcome.changes)
                waiting += outcome.again
                for change in outcome.changes:
                    if isinstance(change, Put) and isinstance(change.entity, Call) and change.entity.phase == "ended":
                        yield change.entity
        yield from self.world.all(Call)


def row(call: Call, world: World, *, full: bool) -> dict[str, Any]:
    """Return a call as the REST API shows it, numbers masked unless `full`; a line of ours is nobody's number."""
    ours = call.direction == "inbound" or world.get(Line, call.dialled) is not None
    return {
        "id": call.key, "pbx": call.pbx, "direction": call.direction, "number": _number(call.phone, full),
        "dialled": call.dialled if ours else _number(call.dialled, full), "source": call.source, "queue": call.queue,
        "started_at": _time(call.started_at), "answered_at": _time(call.answered_at), "ended_at": _time(call.ended_at),
        "result": call.result, "wait_s": round(call.wait_s, 3), "talk_s": round(call.talk_s, 3),
        "ended_by": call.ended_by, "legs": [_leg(leg) for leg in call.legs], "others": list(call.others),
    }  # fmt: skip


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "operator": leg.operator, "rang_at": _time(leg.rang_at), "answered_at": _time(leg.answered_at),
        "left_at": _time(leg.left_at), "result": leg.result, "left_by": leg.left_by, "talk_s": round(leg.talk_s, 3),
    }  # fmt: skip


def _json(call: dict[str, Any]) -> str:
    return json.dumps(call, ensure_ascii=False)


def _text(call: dict[str, Any]) -> str:
    """A line for a person: when, which way, who, what came of it."""
    legs = ", ".join(f"{leg['operator'] or '?'} {leg['result']} {leg['talk_s']:.0f} s" for leg in call["legs"])
    words = [call["started_at"], call["direction"], call["number"] or "anonymous", call["queue"] or "-", call["result"]]
    return "  ".join([*words, f"wait {call['wait_s']:.0f} s", f"talk {call['talk_s']:.0f} s", legs]).rstrip()


def _number(number: str, full: bool) -> str:
    return number if full or not number else phones.mask(number)


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at is not None else None


def _raw(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                yield data
    except OSError as error:
        raise NoRecording(f"{path}: {error.strerror}") from error


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _shown(fact: Fact, full: bool) -> Iterator[tuple[str, object]]:
    yield "fact", type(fact).__name__
    for field in fields(fact):
        value = getattr(fact, field.name)
        if isinstance(value, datetime):
            value = value.isoformat().replace("+00:00", "Z")
        elif not full and field.name not in OPEN:
            value = _hidden(field.name, value)
        yield field.name, value


def _hidden(name: str, value: object) -> object:
    """A field that may say who: a number is masked, of a channel its technology and Asterisk's counter stay."""
    if not value or isinstance(value, int):
        return value
    text = value if isinstance(value, str) else ""
    if NUMBER.fullmatch(text):
        return phones.mask(text)
    channel = CHANNEL.fullmatch(text) if name in CHANNELS else None
    return f"{channel[1]}/{HIDDEN}{channel[2] or ''}" if channel is not None else HIDDEN
