"""What the PBX's journal says of calls that are over, and what follows of it (DESIGN §4.5).

The second tracker builds calls from the journal alone. Each one it holds as ended comes as `JournalTold`. Open in our
world: closed by it, when the live stream did not. Not open: the history is asked (`LookUpCalls`) and answers with
`CallsLookedUp`; what it lacks is made, what differs is mended. Each such mending is one `CallRepaired`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.world.work import Call, Request

RepairKind = Literal["missing", "open", "differs", "gap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalTold:
    """Calls of one PBX that have ended, as its journal has them. `midnight` is when today began at the clinic."""

    at: datetime
    pbx: str
    calls: tuple[Call, ...]
    midnight: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsLookedUp:
    """What the history keeps of calls the journal told. `kept` holds those of `told` that it has, by the same ids.

    `requests` are those of `kept` calls that differ, as the history has them: a closed one is in no open world.
    """

    at: datetime
    told: tuple[Call, ...]
    kept: tuple[Call, ...]
    requests: tuple[Request, ...] = ()
    midnight: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRepaired:
    """A call was not as the journal has it and is now. `was` is None for one we did not have at all.

    `kind`: `missing` from our history, still `open` though over, or other in `fields` (names of `Call`): `gap` when
    the link was away in the call's life, `differs` when AMI and the journal disagree with no such excuse.
    Rooms after `calls` make of it what the live events would have made, without pops, pauses or wrap-up.
    `request` is the call's own when the history was asked for it.
    """

    at: datetime
    call: Call
    was: Call | None
    kind: RepairKind
    fields: tuple[str, ...] = ()
    request: Request | None = None
    midnight: datetime | None = None
