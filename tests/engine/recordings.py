"""Recorded streams of a real Asterisk, told in other orders than they came, or cut and resynchronised."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import fields
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine import events as ev
from engine.ami.replay import facts
from engine.world import Call, Line, Operator, Pbx, Queue, World
from tests.engine.clinic import Ended, T
from tests.engine.playbook import perform

REPLAYS = Path(__file__).parent.parent / "replays"
RECORDINGS = sorted(file.relative_to(REPLAYS).with_suffix("").as_posix() for file in REPLAYS.rglob("*.ami"))
# What ties a fact to channels and bridges: facts that share one keep their order, as Asterisk's threads do.
TIES = frozenset({"uniqueid", "dest", "swap", "bridge", "first", "second", "transferee", "target", "retriever"})
# Events of different threads may pass each other by about so much.
APART = timedelta(milliseconds=5)


def clinic() -> World:
    """A clinic that has every phone, line and queue of the recordings."""
    world = World()
    extensions = [str(number) for span in ((1001, 1070), (2000, 2200), (3000, 3400)) for number in range(*span)]
    lines = [f"7343000000{number}" for number in range(1, 10)]
    names = ("registry", "second", "busy", "declined", "silent", "full", "nobody", "hangs")
    perform(
        world,
        ev.ConfigurationLoaded(
            at=T,
            operators=tuple(
                Operator(
                    key=one, title_ru=one, title_en=one, extension=one, pbx="replay", interface=f"PJSIP/{one}",
                    queues=("registry",),
                )
                for one in extensions
            ),
            queues=tuple(Queue(key=name, title_ru=name, title_en=name) for name in names),
            lines=tuple(Line(key=line, queue="registry", source_ru=line, source_en=line) for line in lines),
            pbxes=(Pbx(key="replay", trunks=("trunk",), inbound_contexts=("okno-inbound",)),),
        ),
    )  # fmt: skip
    return world


@cache
def told(name: str) -> tuple[Any, ...]:
    """The facts of a recording in the order in which they came."""
    return tuple(facts(REPLAYS / f"{name}.ami"))


@cache
def plain(name: str) -> dict[str, Call]:
    """The calls of a recording as it came."""
    return Ended(clinic()).play(told(name)).calls


def shaken(recorded: Iterable[Any], seed: int) -> list[Any]:
    """The facts in another order that Asterisk might have told them in."""
    order, chance = list(recorded), random.Random(seed)
    ties = [_ties(fact) for fact in order]
    for _ in range(2 * len(order)):
        place = chance.randrange(len(order) - 1)
        one, other = order[place : place + 2]
        if not ties[place] & ties[place + 1] and abs(other.at - one.at) <= APART:
            order[place : place + 2] = [other, one]
            ties[place : place + 2] = [ties[place + 1], ties[place]]
    return order


def _ties(fact: Any) -> frozenset[str]:
    found = {getattr(fact, field.name) for field in fields(fact) if field.name in TIES}
    return frozenset(found - {""}) or frozenset({getattr(fact, "interface", ""), getattr(fact, "device", "")} - {""})


def story(calls: Iterable[Call]) -> list[tuple[Any, ...]]:
    """What the calls say, times left out: seconds of talk are compared apart, see `same`."""
    return sorted(
        (
            call.key, call.phone, call.direction, call.result, call.ended_by, call.queue, call.ended_at is not None,
            tuple(sorted((leg.operator, leg.channel, leg.result, leg.left_by) for leg in call.legs)),
            tuple((visit.queue, visit.exit, visit.operator) for visit in call.visits), tuple(sorted(call.others)),
        )
        for call in calls
    )  # fmt: skip


def same(one: dict[str, Call], other: dict[str, Call]) -> bool:
    """Whether two accounts give the same calls; a talk may differ by the little by which facts passed each other."""
    if story(one.values()) != story(other.values()):
        return False
    return all(
        abs(mine.talk_s - theirs.talk_s) <= 0.1
        for key in one
        for mine, theirs in zip(_by_channel(one[key]), _by_channel(other[key]), strict=True)
    )


def _by_channel(call: Call) -> list[Any]:
    return sorted(call.legs, key=lambda leg: (leg.channel, leg.rang_at))
