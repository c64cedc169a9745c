"""Whether two accounts of one call agree: the PBX's journal and the live stream (or the history made of it).

The journal writes some times in whole seconds and sees each fact a moment earlier than AMI tells it, so times may
differ by a second. What it is known to know less of (names, at times who left first) is compared only when both say.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from engine.calls.ending import AT_ONCE
from engine.world import Call, Leg, Visit
from engine.world.work import LeftBy

SLACK = timedelta(seconds=1)
LOST = "lost_by_pbx"
PLAIN = ("direction", "result", "queue", "voicemail", "out_of_hours", "self_served")
TIMES = ("started_at", "queued_at", "answered_at")

# A call first seen in a snapshot has long passed what the dialplan said of it.
TAGS = ("dialled", "source")

Pair = tuple[Leg | None, Leg | None]


def differences(told: Call, ours: Call) -> tuple[str, ...]:
    """The names of the fields in which the journal's account of a call differs from ours; empty when they agree.

    Args: the call as the journal has it; the same call as we have it. When Asterisk died in it, nobody knows exactly
    when it ended: the end's time is not compared then.
    """
    if _cut_off(told, ours):
        told = replace(ours, direction=told.direction, phone=told.phone, started_at=told.started_at)
    lost = told.result == ours.result == LOST
    found = [name for name in PLAIN if getattr(told, name) != getattr(ours, name)]
    if told.phone and told.phone != ours.phone:
        found.append("phone")
    if set(told.others) != set(ours.others):
        found.append("others")
    found += [name for name in TAGS if getattr(told, name) and not getattr(ours, name)]
    found += [name for name in TIMES if not same_time(getattr(told, name), getattr(ours, name))]
    if not lost and not same_time(told.ended_at, ours.ended_at):
        found.append("ended_at")
    ended_by = said_by(told)
    if not lost and ended_by and ours.ended_by and ended_by != ours.ended_by:
        found.append("ended_by")
    if not all(_same_leg(pair, lost) for pair in paired(told.legs, ours.legs)):
        found.append("legs")
    if not all(_same_visit(one, other, lost) for one, other in zip_longest(told.visits, ours.visits)):
        found.append("visits")
    return tuple(found)


def said_by(told: Call) -> LeftBy | None:
    """Who ended a call by the journal's word; None when it cannot know.

    A channel keeps the first name it was given for its end (CEL's `hangupsource`): of a caller whose operator hung up,
    and who stayed for a survey, the journal does not tell whether he hung up then or the dialplan did.
    """
    talks = [leg for leg in told.legs if leg.answered_at and leg.left_at]
    last = max(talks, key=lambda leg: leg.left_at or leg.rang_at, default=None)
    if last is None or last.left_at is None or told.ended_at is None or last.left_by != "operator":
        return told.ended_by
    return None if told.ended_at - last.left_at > AT_ONCE - SLACK else told.ended_by


def _cut_off(told: Call, ours: Call) -> bool:
    """Whether the journal misses only the end: AMI told of it in the moment in which Asterisk died."""
    if told.result != LOST or ours.result == LOST or told.ended_at is None or ours.ended_at is None:
        return False
    return ours.ended_at >= told.ended_at - 2 * SLACK


def same_time(one: datetime | None, other: datetime | None) -> bool:
    """Whether two times may be of one moment."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SLACK


def paired(told: Iterable[Leg], ours: Iterable[Leg]) -> list[Pair]:
    """Legs of two accounts, each with its fellow: of one channel (else of one operator), in the order they rang."""
    groups: dict[str, tuple[list[Leg], list[Leg]]] = defaultdict(lambda: ([], []))
    one, other = list(told), list(ours)
    named = all(leg.channel for leg in (*one, *other))
    for side, legs in enumerate((one, other)):
        for leg in sorted(legs, key=lambda leg: leg.rang_at):
            groups[leg.channel if named else leg.operator][side].append(leg)
    return [pair for sides in groups.values() for pair in zip_longest(*sides)]


def _same_leg(pair: Pair, lost: bool) -> bool:
    one, other = pair
    if one is None or other is None:
        return False
    if (one.operator, one.result) != (other.operator, other.result):
        return False
    if not (same_time(one.rang_at, other.rang_at) and same_time(one.answered_at, other.answered_at)):
        return False
    if lost:
        return True
    if one.left_by and other.left_by and one.left_by != other.left_by:
        return False
    return same_time(one.left_at, other.left_at) and abs(one.talk_s - other.talk_s) <= SLACK.total_seconds()


def _same_visit(one: Visit | None, other: Visit | None, lost: bool) -> bool:
    if one is None or other is None:
        return False
    if (one.queue, one.exit, one.operator) != (other.queue, other.exit, other.operator):
        return False
    return same_time(one.joined_at, other.joined_at) and (lost or same_time(one.left_at, other.left_at))
