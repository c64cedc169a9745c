"""Why an operator's phone is paused. The pause has owners; Asterisk has one flag (routing.md R13, 2.8).

`human:<reason>` is the operator's own, `eng:acw` is wrap-up, `asterisk:autopause` is app_queue's. The flag is ordered
only when the first owner comes and when the last one goes: pausing anew would destroy the reason and the break's time.
"""

from collections.abc import Iterable
from dataclasses import replace

from engine.effects import PauseMember
from engine.room import Said
from engine.world import Operator, Put, View
from engine.world.reading import is_live

ACW = "eng:acw"
OFFLINE = "human:offline"
AUTOPAUSE = "asterisk:autopause"
# What Asterisk itself writes as the reason of its autopause (app_queue.c).
AUTOPAUSE_REASON = "Auto-Pause"


def owned_by_engine(owner: str) -> bool:
    """Whether the engine, not a person, holds this pause."""
    return owner.startswith("eng:")


def humans(pauses: Iterable[str]) -> frozenset[str]:
    """The owners that are the person himself."""
    return frozenset(owner for owner in pauses if owner.startswith("human:"))


def with_pauses(world: View, operator: Operator, pauses: frozenset[str]) -> Said:
    """Put the operator with these owners, and order the flag if it has to change."""
    before = operator.pauses
    yield Put(replace(operator, pauses=pauses))
    if bool(before) != bool(pauses) and is_live(world, operator.pbx):
        # Asterisk reports the reason of an unpause too: by it we know our own (routing.md 2.8).
        reason = word(pauses or before)
        yield PauseMember(pbx=operator.pbx, interface=operator.interface, paused=bool(pauses), reason=reason)


def word(owners: frozenset[str]) -> str:
    """The owner told to Asterisk: a person's before the engine's, as the watchdog clears the engine's alone (R12)."""
    return min(owners, key=lambda owner: (owned_by_engine(owner), owner))
