"""`okno journal check`: the PBX's files read anew, call by call against what Okno keeps."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from engine.calls.repairs.comparing import SLACK, differences
from engine.client import EngineClient
from engine.journal.checking import calls_of
from engine.shipping import places
from engine.turns.configuration import configuration
from engine.world import Call, Entity, Leg, Visit
from okno import clock, phones
from okno.command.serve import runtime_of
from okno.errors import Refused, TheirFault
from okno.settings import PbxSettings, Runtime

Timed = TypeVar("Timed", Call, Leg, Visit)

DAY = timedelta(days=1)
# What ended this very moment is still on its way from the journal to the history.
FRESH = timedelta(seconds=15)
WHO = {"actor": "okno journal check", "role": "administrator", "purpose": "journal check"}


class NoJournal(TheirFault):
    """The journal cannot be read on this machine."""


class BadTime(Refused):
    """A time cannot be understood: 2026-11-21, 2026-11-21T08:00 (the clinic's time) or one with its zone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A call of which the journal and Okno tell different things; one side is None when it has none."""

    journal: Call | None
    okno: Call | None
    fields: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What is wrong, in a word."""
        if self.okno is None:
            return "missing in Okno"
        if self.journal is None:
            return "not in the journal"
        return "differs" if self.okno.ended_at else "still open in Okno"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many calls of one PBX the journal has, how many agree, and what differs."""

    pbx: str
    told: int
    agree: int
    differences: tuple[Difference, ...]


def check(args: argparse.Namespace) -> int:
    """Print what differs; 1 when anything does.

    Raises:
        NoJournal: no PBX's files can be read here.
        ServiceDown: the engine does not answer.
        BadTime, Refused: of the arguments.
    """
    runtime = runtime_of(args)
    now, zone = clock.now(), ZoneInfo(runtime.settings.clinic.timezone)
    until = _time(args.to, zone) if args.to else now
    since = _time(args.since, zone) if args.since else until - DAY
    if since >= until:
        raise BadTime("--from must be before --to")
    verdicts = asyncio.run(_all(runtime, _pbxes(runtime, args.pbx), since, min(until, now)))
    print(json.dumps([_plain(one) for one in verdicts], indent=1) if args.json else "\n".join(map(_text, verdicts)))
    return int(any(one.differences for one in verdicts))


def compare(pbx: str, told: Iterable[Call], kept: Iterable[Call], now: datetime) -> Verdict:
    """Hold two accounts of the same time against each other; what ended just now is nobody's fault.

    Args: whose; the journal's calls; Okno's, as `call_of` makes them; the moment.
    """
    journal = {call.key: call for call in told if call.ended_at and now - call.ended_at > FRESH}
    ours = {call.key: call for call in kept if call.pbx == pbx}
    found, agree = [], 0
    for key, call in journal.items():
        other = ours.get(key)
        fields = differences(_seen(call), _seen(other)) if other is not None else ()
        if other is None or fields:
            found.append(Difference(call, other, fields))
        else:
            agree += 1
    for key, call in ours.items():
        if key not in journal and call.ended_at and now - call.ended_at > FRESH:
            found.append(Difference(None, call))
    found.sort(key=lambda one: (cast("Call", one.journal or one.okno)).started_at)
    return Verdict(pbx, len(journal), agree, tuple(found))


def call_of(row: Mapping[str, Any]) -> Call:
    """Return a row of the engine (`engine.feed.CallRow`) as a call; what rows do not tell is left as it begins."""
    legs = tuple(
        Leg(
            operator=leg["operator"], channel="", queue=leg["queue"], rang_at=cast("datetime", _moment(leg["rang_at"])),
            answered_at=_moment(leg["answered_at"]), left_at=_moment(leg["left_at"]), result=leg["result"],
            left_by=leg["left_by"], talk_s=leg["talk_s"],
        )
        for leg in row["legs"]
    )  # fmt: skip
    return Call(
        key=row["id"], pbx=row["pbx"], direction=row["direction"], channel="", phone=row["phone"], queue=row["queue"],
        started_at=cast("datetime", _moment(row["started_at"])), result=row["result"], ended_by=row["ended_by"],
        legs=legs, queued_at=_moment(row["queued_at"]), answered_at=_moment(row["answered_at"]),
        ended_at=_moment(row["ended_at"]), visits=tuple(map(_visit, row["visits"])), dialled=row["dialled"],
        source=row["source"]["en"], others=tuple(row["others"]),
    )  # fmt: skip


def _visit(row: Mapping[str, Any]) -> Visit:
    return Visit(
        queue=row["queue"], joined_at=cast("datetime", _moment(row["joined_at"])), left_at=_moment(row["left_at"]),
        exit=row["exit"], operator=row["operator"],
    )  # fmt: skip


def _seen(call: Call) -> Call:
    """A call without what a row does not tell."""
    return replace(call, voicemail=False, out_of_hours=False, self_served=False)


async def _all(runtime: Runtime, pbxes: list[PbxSettings], since: datetime, until: datetime) -> list[Verdict]:
    told = configuration(runtime.settings, until)
    entities: list[Entity] = [*told.pbxes, *told.operators, *told.lines, *told.queues]
    # Before the rows are fetched: a call that ends while the files are read is open in the rows and is nobody's fault.
    at = clock.now()
    async with EngineClient(runtime) as engine:
        kept = [call_of(row) for row in await _rows(engine, since, until)]
    verdicts = []
    for pbx in pbxes:
        files = places.files_of(runtime, pbx)
        calls = await asyncio.to_thread(calls_of, files, pbx.name, entities, since - DAY, until + DAY)
        calls = [call for call in by_our_clock(calls, kept) if since <= call.started_at < until]
        verdicts.append(compare(pbx.name, calls, kept, at))
    return verdicts


def by_our_clock(told: Sequence[Call], kept: Iterable[Call]) -> Sequence[Call]:
    """The journal's calls with our times, when the PBX's clock differs: the engine corrected what it was told, too.

    How much it differs, the calls that both know tell; in the middle of them none that is wrong counts.
    """
    ours = {call.key: call.started_at for call in kept}
    apart = [(ours[call.key] - call.started_at).total_seconds() for call in told if call.key in ours]
    difference = timedelta(seconds=median(apart)) if apart else timedelta()
    return told if abs(difference) <= SLACK else [_moved(call, difference) for call in told]


def _moved(call: Call, by: timedelta) -> Call:
    """A call with all its times moved."""
    return replace(
        _shifted(call, by), legs=tuple(_shifted(leg, by) for leg in call.legs),
        visits=tuple(_shifted(visit, by) for visit in call.visits),
    )  # fmt: skip


def _shifted(one: Timed, by: timedelta) -> Timed:
    told = {field.name: getattr(one, field.name) for field in fields(one)}
    times: dict[str, Any] = {name: value + by for name, value in told.items() if isinstance(value, datetime)}
    return replace(one, **times)


async def _rows(engine: EngineClient, since: datetime, until: datetime) -> list[dict[str, Any]]:
    params = {"from": since.isoformat(), "to": until.isoformat(), "limit": "500"}
    rows: list[dict[str, Any]] = []
    while True:
        page = await engine.calls(params=params, **WHO)
        rows += page["items"]
        if not page["cursor"]:
            return rows
        params["cursor"] = page["cursor"]


def _pbxes(runtime: Runtime, name: str | None) -> list[PbxSettings]:
    """The PBXs whose files are here."""
    known = {pbx.name: pbx for pbx in runtime.settings.pbxes}
    if name is not None and name not in known:
        raise Refused(f"--pbx must be one of the settings' pbxes: {', '.join(known) or 'there are none'}")
    wanted = [known[name]] if name is not None else list(known.values())
    found, reasons = [], []
    for pbx in wanted:
        files = places.files_of(runtime, pbx)
        why = places.unreadable(files) if files else "it is on another machine, or pbxes[].journal is to be set"
        if why is None:
            found.append(pbx)
        else:
            reasons.append(f"the journal of {pbx.name} cannot be read here: {why}")
    if not found:
        raise NoJournal("\n".join(reasons) or "the settings name no PBX")
    return found


def _time(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(verdict: Verdict) -> str:
    lines = [
        f"{verdict.pbx}: {verdict.told} calls in the journal, {verdict.agree} agree, {len(verdict.differences)} differ"
    ]
    for one in verdict.differences:
        call = cast("Call", one.journal or one.okno)
        fields = f": {', '.join(one.fields)}" if one.fields else ""
        lines.append(f"  {call.key}  {phones.mask(call.phone) or 'no number'}  {one.kind}{fields}")
        lines.append(f"    journal: {_side(one.journal)}")
        lines.append(f"    okno:    {_side(one.okno)}")
    return "\n".join(lines)


def _side(call: Call | None) -> str:
    if call is None:
        return "nothing"
    legs = "; ".join(
        f"{leg.operator or 'unknown'} {leg.result} {_clock(leg.rang_at)}-{_clock(leg.left_at)}, talk {leg.talk_s:.1f} s"
        for leg in call.legs
    )
    when = f"{call.started_at:%Y-%m-%d} {_clock(call.started_at)}-{_clock(call.ended_at)}"
    return f"{when} {call.direction} {call.result} queue {call.queue or 'none'} by {call.ended_by}; {legs or 'no legs'}"


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%H:%M:%S}" if moment else "..."


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "pbx": verdict.pbx, "calls": verdict.told, "agree": verdict.agree,
        "differences": [
            {
                "call": cast("Call", one.journal or one.okno).key, "kind": one.kind, "fields": list(one.fields),
                "journal": _row(one.journal), "okno": _row(one.okno),
            }
            for one in verdict.differences
        ],
    }  # fmt: skip


def _row(call: Call | None) -> dict[str, Any] | None:
    """A side for programs, its number masked."""
    if call is None:
        return None
    names = ("direction", "result", "queue", "started_at", "queued_at", "answered_at", "ended_at", "ended_by")
    row: dict[str, Any] = {name: getattr(call, name) for name in names}
    row |= {"phone": phones.mask(call.phone), "talk_s": round(call.talk_s, 3)}
    row["legs"] = [{key: value for key, value in asdict(leg).items() if key != "channel"} for leg in call.legs]
    return cast("dict[str, Any]", json.loads(json.dumps(row, default=str)))
