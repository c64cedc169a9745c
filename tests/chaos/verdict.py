"""The comparison after a run: SIPp's wire, the PBX's journal and AMI on one side, Okno's calls and requests on the other.

Pure: everything it judges is handed in, so that the judge himself can be tried with calls that are wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.chaos.journal import Channel
from tests.chaos.traffic import Planned
from tests.chaos.wire import Placed
from tests.system.truth import Ring

# Channels of one number are told apart by when they began; a call is known to begin within this of its channel.
SAME = timedelta(seconds=2)
# What happens so shortly before a kill may or may not have reached anybody.
MOMENT = timedelta(seconds=0.5)
MET_S = 0.3
SECOND = timedelta(seconds=1)
REFUSALS = {"486": "busy", "603": "refused"}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was seen of a run.

    `rings` are those at operators' phones and `outside` those of people outside; `dead` are the times in which
    Asterisk may have heard nothing, `kills` the moments it was killed.
    """

    planned: Sequence[Planned]
    placed: Sequence[Placed]
    rings: Sequence[Ring]
    outside: Sequence[Ring]
    journal: Sequence[Channel]
    tapped: Sequence[Channel]
    calls: Sequence[Row]
    requests: Sequence[Row]
    kills: Sequence[datetime]
    dead: Sequence[tuple[datetime, datetime]]


@dataclass(slots=True)
class Verdict:
    """What is wrong, in lines a person can follow up; empty lists are what is wanted.

    `only_sipp` are calls nobody but SIPp knows and `unexcused` those of them that began while Asterisk lived.
    """

    known: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    without_request: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    only_sipp: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> bool:
        """Whether promise P1 was kept."""
        return not (self.lost or self.duplicated or self.invented or self.without_request or self.unexcused)


def judge(seen: Seen) -> Verdict:
    """Compare everything with everything."""
    verdict = Verdict()
    known = {channel.uniqueid: channel for channel in [*seen.tapped, *seen.journal]}
    verdict.known = sum(1 for channel in known.values() if channel.direction != "internal")
    verdict.results.update(call["result"] for call in seen.calls)
    pairs = _pair(list(known.values()), seen, verdict)
    _requests(seen, verdict)
    _only_sipp(known.values(), seen, verdict)
    plans = {each.tail: each for each in seen.planned}
    journalled = {channel.uniqueid for channel in seen.journal}
    for channel, call in pairs:
        for problem in _problems(channel, call, plans.get(channel.tail), seen, channel.uniqueid in journalled):
            verdict.disagreements.append(f"{_name(channel)} {call['id']}: {problem}")
    return verdict


def tail_of(call: Row) -> str:
    """The last four digits a mask leaves; of an internal call both extensions."""
    if call["direction"] == "internal":
        return f"{call['number']}-{call['dialled']}"
    return str(call["number"])[-5:].replace("-", "")


def _pair(known: list[Channel], seen: Seen, verdict: Verdict) -> list[tuple[Channel, Row]]:
    """Each channel with its call: by number and beginning; what is left over on either side is wrong."""
    calls: dict[str, list[Row]] = defaultdict(list)
    for call in seen.calls:
        calls[tail_of(call)].append(call)
    pairs: list[tuple[Channel, Row]] = []
    tails = {channel.tail for channel in known}
    for channel in sorted(known, key=lambda one: one.started_at):
        near = [call for call in calls[channel.tail] if abs(_at(call["started_at"]) - channel.started_at) <= SAME]
        if near:
            nearest = min(near, key=lambda call: abs(_at(call["started_at"]) - channel.started_at))
            calls[channel.tail].remove(nearest)
            pairs.append((channel, nearest))
        else:
            others = [f"{call['id']} at {call['started_at']}" for call in calls[channel.tail]]
            verdict.lost.append(
                f"{_name(channel)} since {channel.started_at:%T.%f}" + (f"; has {others}" if others else "")
            )
    for tail, left in calls.items():
        (verdict.duplicated if tail in tails else verdict.invented).extend(
            f"{tail}: {call['id']} {call['direction']} {call['result']} since {call['started_at']}" for call in left
        )
    return pairs


def _requests(seen: Seen, verdict: Verdict) -> None:
    """Every external call names one request and exactly that request names it; an internal one has none."""
    owners: dict[str, list[str]] = defaultdict(list)
    for request in seen.requests:
        for call in request["calls"]:
            owners[call].append(request["id"])
    for call in seen.calls:
        wanted = [] if call["direction"] == "internal" else [call["request_id"]]
        if owners.pop(call["id"], []) != wanted or wanted == [None]:
            verdict.without_request.append(
                f"{tail_of(call)} {call['id']} {call['result']}: request {call['request_id']}"
            )
    verdict.without_request.extend(
        f"request {ids} names a call that is not there: {call}" for call, ids in owners.items()
    )


def _only_sipp(known: Iterable[Channel], seen: Seen, verdict: Verdict) -> None:
    tails = {channel.tail for channel in known}
    for call in seen.placed:
        internal = len(call.number) == 4 and len(call.called) == 4
        tail = (
            f"{call.number}-{call.called}" if internal else (call.called if len(call.number) == 4 else call.number)[-4:]
        )
        if tail in tails:
            continue
        line = f"{tail} at {call.began_at:%T.%f}, {call.tries} tries, " + (
            f"refused {call.code}"
            if call.code
            else "answered"
            if call.answered_at
            else "heard"
            if call.heard_at
            else "silence"
        )
        verdict.only_sipp.append(line)
        if not any(since <= call.began_at <= until for since, until in seen.dead):
            verdict.unexcused.append(line)


def _problems(channel: Channel, call: Row, planned: Planned | None, seen: Seen, journalled: bool) -> list[str]:
    """Where a call differs from what its wire and its channel say."""
    if call["ended_at"] is None or call["result"] == "in_progress":
        return [f"still open, {call['result']}"]
    found = []
    if call["direction"] != channel.direction:
        found.append(f"is {call['direction']}, the channel {channel.direction}")
    if channel.ended_at is None:
        # Nobody wrote its end: it lived when Asterisk was killed, or ended in that very moment.
        if call["result"] != "lost_by_pbx" and not _near_kill(_at(call["ended_at"]), seen.kills):
            found.append(f"{call['result']}, but lived when Asterisk was killed (journalled: {journalled})")
        return found + (_promised(call, seen) if channel.direction == "inbound" else [])
    rings = _rings(channel, seen)
    if call["result"] == "lost_by_pbx":
        if not _near_kill(channel.ended_at, seen.kills):
            found.append("lost_by_pbx, but the journal has its end")
        return found
    wanted = _results(channel, planned, rings, seen)
    if call["result"] not in wanted:
        found.append(f"{call['result']}, the wire says {' or '.join(sorted(wanted))}")
    if channel.direction == "inbound":
        found += _legs(call, rings) + _promised(call, seen)
        if planned is not None and call["dialled"].lstrip("+") != planned.call.called:
            found.append(f"dialled {call['dialled']}, the wire says {planned.call.called}")
    return found


def _legs(call: Row, rings: list[Ring]) -> list[str]:
    """Where a call's legs differ from what the phones saw, by more than a second."""
    legs = call["legs"]
    if [leg["operator"] for leg in legs] != [f"op{ring.extension}" for ring in rings]:
        return [f"legs {[leg['operator'] for leg in legs]} for rings {[ring.extension for ring in rings]}"]
    found = []
    for leg, ring in zip(legs, rings, strict=True):
        who = leg["operator"]
        if abs(_at(leg["rang_at"]) - ring.rang_at) > SECOND:
            found.append(f"{who} rang at {leg['rang_at']}, his phone says {ring.rang_at:%T.%f}")
        if (leg["result"] == "answered") != (ring.talk_s >= MET_S) and (
            leg["result"] == "answered" or ring.talk_s >= 1
        ):
            found.append(f"{who} {leg['result']}, his phone talked {ring.talk_s:.1f} s")
        elif ring.refused in REFUSALS and leg["result"] != REFUSALS[ring.refused]:
            found.append(f"{who} {leg['result']}, his phone said {ring.refused}")
        talked = _between(leg["answered_at"], leg["left_at"]) if leg["result"] == "answered" else 0.0
        if leg["result"] == "answered" and (talked is None or abs(talked - ring.talk_s) > 1):
            found.append(f"{who} talked {leg['answered_at']} to {leg['left_at']}, his phone says {ring.talk_s:.1f} s")
    if abs(call["talk_s"] - sum(ring.talk_s for ring in rings)) > 1:
        found.append(f"talk_s {call['talk_s']}, the phones talked {sum(ring.talk_s for ring in rings):.1f} s")
    return found


def _between(start: str | None, end: str | None) -> float | None:
    return (_at(end) - _at(start)).total_seconds() if start and end else None


def _promised(call: Row, seen: Seen) -> list[str]:
    """Whether what is left to do for a patient is in the list: nothing when he talked, else to call him back."""
    request = next((one for one in seen.requests if one["id"] == call["request_id"]), None)
    if request is None:
        return []
    wanted = ("call", "done") if call["result"] == "answered" else ("missed_call", "queued")
    is_now = (request["kind"], request["status"])
    said = f"{call['result']}, and its request is {is_now}, not {wanted}; of queue {request.get('queue')!r}"
    return [] if is_now == wanted else [said]


def _rings(channel: Channel, seen: Seen) -> list[Ring]:
    """The rings at operators' phones that a caller from outside caused, or those outside that an operator did."""
    until = channel.ended_at or datetime.max.replace(tzinfo=channel.started_at.tzinfo)
    if channel.direction == "outbound":
        return [
            r
            for r in seen.outside
            if r.extension[-4:] == channel.tail and channel.started_at - MOMENT <= r.rang_at <= until
        ]
    if channel.direction == "internal":
        caller, called = channel.tail.split("-")
        rings = [r for r in seen.rings if (r.caller, r.extension) == (caller, called)]
    else:
        rings = [r for r in seen.rings if len(r.caller) > 4 and r.caller[-4:] == channel.tail]
    return [ring for ring in rings if channel.started_at - MOMENT <= ring.rang_at <= until + MOMENT]


def _results(channel: Channel, planned: Planned | None, rings: list[Ring], seen: Seen) -> set[str]:
    talked = [ring.talk_s for ring in rings if ring.answered_at]
    if channel.direction == "outbound":
        if talked:
            return {"answered"} if max(talked) >= MET_S else {"answered", "unanswered"}
        return {"busy"} if any(ring.refused == "486" for ring in rings) else {"unanswered", "failed"}
    if talked and max(talked) >= MET_S:
        return {"answered"}
    unmet = {"answered"} if talked else set()
    if channel.direction == "internal":
        return unmet | {"unanswered", "busy", "abandoned", "failed"}
    if planned is not None and planned.kind == "out_of_hours":
        return {"out_of_hours"}
    calls = [one for one in seen.placed if one.number[-4:] == channel.tail and len(one.number) > 4]
    left = any(one.ended_by == "caller" for one in calls)
    return unmet | ({"abandoned"} if left else {"unanswered"})


def _near_kill(at: datetime, kills: Sequence[datetime]) -> bool:
    return any(kill - MOMENT <= at <= kill + MOMENT for kill in kills)


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def _name(channel: Channel) -> str:
    return f"{channel.tail} {channel.direction} {channel.uniqueid}"
