"""Whether the calls of a feed are the calls that were made; what differs is said line by line."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.world import Call
from tests.pbx.matrix.play import ANY, Expected, Leg, Scenario

TALK_S = 1.0
# Phones rung in the same moment are rung in no order.
TOGETHER_S = 1.0


@dataclass(frozen=True, slots=True)
class Got:
    """One call as a feed has it, in the words of `Expected`. `rang`: when each leg rang."""

    call: Expected
    rang: tuple[datetime, ...]
    began: datetime
    ended: bool


def got(calls: Iterable[Call]) -> list[Got]:
    """The calls of a feed."""
    made = list(calls)
    phones = {call.key: call.phone for call in made}
    return [_got(call, phones) for call in made]


def _got(call: Call, phones: dict[str, str]) -> Got:
    legs = sorted(call.legs, key=lambda leg: leg.rang_at)
    return Got(
        Expected(
            phone=call.phone, direction=call.direction, result=call.result, queue=call.queue, ended_by=call.ended_by,
            legs=[Leg(_extension(leg.operator), leg.result, leg.talk_s, leg.left_by) for leg in legs],
            visits=[(visit.queue, visit.exit) for visit in call.visits],
            others=sorted(phones.get(other, f"unknown call {other}") for other in call.others),
        ),
        tuple(leg.rang_at for leg in legs), call.started_at, call.ended_at is not None,
    )  # fmt: skip


def told(rows: Sequence[Mapping[str, Any]]) -> list[Got]:
    """The calls of /v1/calls."""
    phones = {row["id"]: row["phone"] for row in rows}
    return [_told(row, phones) for row in rows]


def _told(row: Mapping[str, Any], phones: dict[str, str]) -> Got:
    legs = sorted(row["legs"], key=lambda leg: leg["rang_at"])
    return Got(
        Expected(
            phone=row["phone"], direction=row["direction"], result=row["result"], queue=row["queue"],
            ended_by=row["ended_by"],
            legs=[Leg(_extension(leg["operator"]), leg["result"], leg["talk_s"], leg["left_by"]) for leg in legs],
            visits=[(visit["queue"], visit["exit"]) for visit in row["visits"]],
            others=sorted(phones.get(other, f"unknown call {other}") for other in row["others"]),
        ),
        tuple(datetime.fromisoformat(leg["rang_at"]) for leg in legs), datetime.fromisoformat(row["started_at"]),
        row["ended_at"] is not None,
    )  # fmt: skip


def _extension(operator: str) -> str:
    return operator.removeprefix("op-")


def differences(scenario: Scenario, expected: Sequence[Expected], feed: Iterable[Got]) -> str:
    """What is not as expected of a scenario's calls, as a diff (`-` expected, `+` got); empty when all is."""
    mine: dict[str, list[Got]] = defaultdict(list)
    for one in feed:
        if scenario.owns(one.call.phone):
            mine[one.call.phone].append(one)
    wanted, had = [], []
    for one in expected:
        rest = sorted(mine[one.phone], key=lambda call: call.began)
        match = _nearest(one, rest)
        if match is not None:
            mine[one.phone].remove(match)
        left, right = _lines(one, match)
        wanted += left
        had += right
    for rest in mine.values():
        for one in rest:
            had += _said(one.call, one.ended)
    return "" if wanted == had else "\n".join(difflib.ndiff(wanted, had))


def strangers(scenarios: Sequence[Scenario], feed: Iterable[Got]) -> str:
    """Calls of a feed that no scenario can have made, one a line; empty when there are none."""
    nobodys = [one for one in feed if not any(scenario.owns(one.call.phone) for scenario in scenarios)]
    return "\n".join(line for one in nobodys for line in _said(one.call, one.ended))


def _nearest(wanted: Expected, among: Sequence[Got]) -> Got | None:
    """The call meant: the earliest of those with the same direction and result, else the earliest."""
    same = [one for one in among if (one.call.direction, one.call.result) == (wanted.direction, wanted.result)]
    return next(iter([*same, *among]), None)


def _lines(wanted: Expected, match: Got | None) -> tuple[list[str], list[str]]:
    if match is None:
        return _said(wanted, True), []
    call, order = match.call, _together(match)
    pairs = list(zip(_sorted(wanted.legs, order), _sorted(call.legs, order), strict=False))
    legs = [_close(theirs, mine) for mine, theirs in pairs]
    legs += [*_sorted(call.legs, order)][len(pairs) :]
    wanted_legs = [*(mine for mine, _ in pairs), *wanted.legs[len(pairs) :]]
    left = Expected(
        phone=wanted.phone, direction=wanted.direction, result=wanted.result, legs=wanted_legs,
        queue=call.queue if wanted.queue == ANY else wanted.queue,
        ended_by=call.ended_by if wanted.ended_by == ANY else wanted.ended_by,
        visits=call.visits if wanted.visits is None else wanted.visits, others=sorted(wanted.others),
    )  # fmt: skip
    right = Expected(
        phone=call.phone, direction=call.direction, result=call.result, legs=legs, queue=call.queue,
        ended_by=call.ended_by, visits=call.visits, others=call.others,
    )  # fmt: skip
    return _said(left, True), _said(right, match.ended)


def _together(match: Got) -> list[int]:
    """The sizes of the groups of legs that rang in one moment."""
    sizes: list[int] = []
    first: datetime | None = None
    for at in match.rang:
        if first is None or (at - first).total_seconds() > TOGETHER_S:
            sizes.append(0)
            first = at
        sizes[-1] += 1
    return sizes


def _sorted(legs: Sequence[Leg], groups: Sequence[int]) -> list[Leg]:
    made, place = [], 0
    for size in groups:
        made += sorted(legs[place : place + size], key=lambda leg: (leg.operator, leg.result))
        place += size
    return [*made, *legs[place:]]


def _close(theirs: Leg, mine: Leg) -> Leg:
    """The leg as the feed has it, in the expected words where the two agree."""
    talk = mine.talk_s if abs(theirs.talk_s - mine.talk_s) <= TALK_S else theirs.talk_s
    return Leg(theirs.operator, theirs.result, talk, ANY if mine.left_by == ANY else theirs.left_by)


def _said(call: Expected, ended: bool) -> list[str]:
    lines = [f"call {call.phone} {call.direction} {call.result}{'' if ended else ' NOT ENDED'}"]
    lines += [f"  queue {call.queue}", f"  ended by {call.ended_by}"]
    lines += [f"  visit {queue} {way}" for queue, way in call.visits or ()]
    lines += [f"  leg {leg.operator} {leg.result} talk {leg.talk_s:.1f} left by {leg.left_by}" for leg in call.legs]
    return [*lines, *(f"  with {other}" for other in call.others)]
