"""What the PBX's journal says of calls that are over, and what follows of it (DESIGN §4.5).

The second tracker builds calls from the journal alone. Each one it holds as ended comes as `JournalTold`. Open in our
world: closed by it, when the live stream did not. Not open: the history is asked (`LookUpCalls`) and answers with
`CallsLookedUp`; what it lacks is made, what differs is mended. Each such mending is one `CallRepaired`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.world.work import Call

RepairKind = Literal["missing", "open", "differs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalTold:
    """Calls of one PBX that have ended, as its journal has them."""

    at: datetime
    pbx: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsLookedUp:
    """What the history keeps of calls the journal told. `kept` holds those of `told` that it has, by the same ids."""

    at: datetime
    told: tuple[Call, ...]
    kept: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRepaired:
    """A call was not as the journal has it and is now. `was` is None for one we did not have at all.

    `kind`: `missing` from our history, still `open` though over, or `differs` in `fields` (names of `Call`).
    Rooms after `calls` make of it what the live events would have made, without pops, pauses or wrap-up.
    """

    at: datetime
    call: Call
    was: Call | None
    kind: RepairKind
    fields: tuple[str, ...] = ()
