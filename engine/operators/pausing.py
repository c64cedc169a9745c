"""Why an operator's phone is paused. The pause has owners; Asterisk has one flag (routing.md R13, 2.8).

`human:<reason>` is the operator's own, `eng:acw` is wrap-up, `eng:cb:<offer>` keeps his phone quiet while he returns a
call, `eng:rona` means that nobody is there, `asterisk:autopause` is app_queue's. Pausing anew would destroy the reason
and the break's time, so the flag is ordered only when the first owner comes, when the last one goes, and when a person
joins or leaves the engine: the watchdog gives back what only the engine holds (R12), never a person's break.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from engine.effects import PauseMember
from engine.operators.freeing import put
from engine.room import Said
from engine.world import Member, Operator, Pbx, View
from engine.world.reading import is_live

ACW = "eng:acw"
RONA = "eng:rona"
OFFLINE = "human:offline"
AUTOPAUSE = "asterisk:autopause"
# What Asterisk itself writes as the reason of its autopause (app_queue.c).
AUTOPAUSE_REASON = "Auto-Pause"
# What the watchdog beside the PBX gives as its reason when the engine seems dead.
GIVEN_BACK = "okno:engine-gone"


def owned_by_engine(owner: str) -> bool:
    """Whether the engine, not a person, holds this pause."""
    return owner.startswith("eng:")


def humans(pauses: Iterable[str]) -> frozenset[str]:
    """The owners that are the person himself."""
    return frozenset(owner for owner in pauses if owner.startswith("human:"))


def with_pauses(world: View, operator: Operator, pauses: frozenset[str], at: datetime) -> Said:
    """Put the operator with these owners, and order the flag if it has to change."""
    before = operator.pauses
    yield from put(world, replace(operator, pauses=pauses), at)
    if _bearer(before) != _bearer(pauses) and is_live(world, operator.pbx) and _can_be_paused(world, operator):
        # Asterisk reports the reason of an unpause too: by it we know our own (routing.md 2.8).
        yield flag(operator, paused=bool(pauses), reason=word(pauses or before))


def flag(operator: Operator, *, paused: bool, reason: str) -> PauseMember:
    """The order about today's phone."""
    return PauseMember(pbx=operator.pbx, interface=operator.interface, paused=paused, reason=reason)


def word(owners: frozenset[str]) -> str:
    """The owner told to Asterisk: a person's before the engine's, as the watchdog clears the engine's alone (R12)."""
    return min(owners, key=lambda owner: (owned_by_engine(owner), owner))


def differs(member: Member, owners: frozenset[str]) -> bool:
    """Whether a member's flag is not what the owners say: set or not, and whose."""
    bearer = owned_by_engine(member.reason) if member.paused else None
    return bearer != _bearer(owners)


def members_of(world: View, operator: Operator) -> list[Member]:
    """Today's phone in the queues of its PBX."""
    return [one for one in world.by(Member, "interface", operator.interface) if one.pbx == operator.pbx]


def logs_in(world: View, operator: Operator) -> bool:
    """Whether his phone stands in queues only while he is on duty; else it always does."""
    pbx = world.get(Pbx, operator.pbx)
    return pbx is not None and pbx.members == "logged_in"


def _can_be_paused(world: View, operator: Operator) -> bool:
    """Whether today's phone stands in a queue; one that is only on its way there is looked at when it has come."""
    return not logs_in(world, operator) or bool(members_of(world, operator))


def _bearer(owners: frozenset[str]) -> bool | None:
    """Who bears the flag: the engine alone (True), somebody else (False), nobody (None)."""
    return all(owned_by_engine(owner) for owner in owners) if owners else None
