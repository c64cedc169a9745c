"""What the `calls` room concludes from facts. The call itself, as it now is, is in the world under its id."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Something happened to a call."""

    at: datetime
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(CallEvent):
    """A new call; for an inbound one the patient's INVITE came, for an outbound one ours went out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued(CallEvent):
    """The caller waits in a queue; a second queue is a second event. `previous` is the queue he left unanswered."""

    queue: str
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRang(CallEvent):
    """An operator's phone rings for this call. `leg` is the index in `Call.legs`."""

    leg: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """An operator and the outside party talk (they share a bridge). Once for each leg that meets the caller."""

    leg: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(CallEvent):
    """A leg is over: it was not answered, or the talk ended. See `Leg.result` and `Leg.left_by`."""

    leg: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(CallEvent):
    """The operator put the caller on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRetrieved(CallEvent):
    """The operator took the caller off hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOver(CallEvent):
    """Nobody of ours talks with him any more, and he is still there: a machine asks him how it was.

    For whoever talked it is as if the call had ended.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The outside party's channel is gone; `Call.result` says how it ended.

    `cause` (Q.850) and `status` (of the first DialEnd) are what the PBX said of that channel; 0 and empty when it said
    nothing.
    """

    cause: int = field(default=0, compare=False)
    status: str = field(default="", compare=False)
