"""What one Asterisk said over AMI, translated and nothing more (`engine/ami/translate`).

`at` is PBX time plus the measured offset of the clocks. `uniqueid` names the channel the event is about; a `dest`
is the Uniqueid of the channel being rung. Numbers are as the PBX wrote them: the `calls` room parses them.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.events.seen import ChannelSeen, DeviceSeen, EntrySeen, MemberSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something a PBX reported."""

    at: datetime
    pbx: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated(Fact):
    """Newchannel. `state` is ChannelState (0 Down … 4 Ring, 5 Ringing, 6 Up); unknown texts are empty."""

    uniqueid: str
    linkedid: str
    name: str
    state: int
    number: str = ""
    caller_name: str = ""
    context: str = ""
    exten: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStateChanged(Fact):
    """Newstate."""

    uniqueid: str
    linkedid: str
    name: str
    state: int
    number: str = ""
    caller_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdChanged(Fact):
    """NewCallerid."""

    uniqueid: str
    number: str
    caller_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRenamed(Fact):
    """Rename."""

    uniqueid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupRequested(Fact):
    """HangupRequest or SoftHangupRequest: the party on `uniqueid` (or the PBX, when soft) wants to end."""

    uniqueid: str
    soft: bool = False
    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHungUp(Fact):
    """Hangup: the channel is gone. `cause` is of Q.850: 16 normal, 17 busy, 19 no answer, 21 refused, 26 elsewhere."""

    uniqueid: str
    linkedid: str
    cause: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHeld(Fact):
    """Hold: the device on this channel put the other side on hold."""

    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUnheld(Fact):
    """Unhold; may come without a Hold (measured)."""

    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialBegan(Fact):
    """DialBegin. `uniqueid` is empty for an Originate."""

    uniqueid: str
    dest: str
    dest_name: str
    dest_linkedid: str
    dial_string: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnded(Fact):
    """DialEnd: ANSWER, BUSY, CANCEL, CHANUNAVAIL, CONGESTION, NOANSWER, ABORT … ; may come twice for one `dest`."""

    uniqueid: str
    dest: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEntered(Fact):
    """BridgeEnter. `swap` is the Uniqueid this channel replaces, when told; `bridge_type` is BridgeType or HOLDING."""

    bridge: str
    bridge_type: str
    uniqueid: str
    linkedid: str
    swap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLeft(Fact):
    """BridgeLeave."""

    bridge: str
    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeDestroyed(Fact):
    """BridgeDestroy."""

    bridge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueJoined(Fact):
    """QueueCallerJoin. `position` counts from 1."""

    queue: str
    uniqueid: str
    position: int = 0
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft(Fact):
    """QueueCallerLeave: says nothing of the reason; AgentConnect comes after it."""

    queue: str
    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAbandoned(Fact):
    """QueueCallerAbandon: every unanswered exit (hang-up, timeout, empty, withdraw, redirect)."""

    queue: str
    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueExited(Fact):
    """UserEvent OknoQueueExit of our dialplan: Queue() returned. `status` is QUEUESTATUS: TIMEOUT, FULL, …"""

    queue: str
    uniqueid: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTagged(Fact):
    """UserEvent OknoCall of our dialplan: the number dialled and the line's source key."""

    uniqueid: str
    dialled: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedHoursReached(Fact):
    """UserEvent OknoClosed of our dialplan: the caller met closed hours."""

    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCalled(Fact):
    """AgentCalled: app_queue rings a member; guaranteed before its DialBegin."""

    queue: str
    uniqueid: str
    dest: str
    interface: str
    dest_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnected(Fact):
    """AgentConnect. Credit by `dest`: a pickup keeps the original member's interface."""

    queue: str
    uniqueid: str
    dest: str
    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCompleted(Fact):
    """AgentComplete: late, over-crediting and incomplete (ami.md 4.14); the tracker never ends a call on it."""

    queue: str
    uniqueid: str
    dest: str
    interface: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRangNoAnswer(Fact):
    """AgentRingNoAnswer: also busy and refused. `ring_ms` in milliseconds."""

    queue: str
    uniqueid: str
    dest: str
    interface: str
    ring_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDumped(Fact):
    """AgentDump: the member hung up during the announcement; the caller stays in the queue."""

    queue: str
    uniqueid: str
    dest: str
    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Fact):
    """QueueMemberAdded, -Status, -Pause, -Penalty: the member as it now is. `status` is the device status 0…8."""

    queue: str
    interface: str
    status: int
    paused: bool
    reason: str = ""
    penalty: int = 0
    in_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Fact):
    """QueueMemberRemoved."""

    queue: str
    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Fact):
    """DeviceStateChange: UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, RINGINUSE, ONHOLD."""

    device: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxBooted(Fact):
    """FullyBooted by broadcast: Asterisk has just started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxShutDown(Fact):
    """Shutdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken(Fact):
    """The state of the PBX after a (re)connect (ami.md §5). The facts buffered meanwhile follow and may be older.

    `started` is Asterisk's own start; a changed one means every call from before is over (`lost_by_pbx`).
    `gap_from` is when the old connection was last heard, None on the first connection.
    """

    started: datetime
    restarted: bool
    gap_from: datetime | None
    channels: tuple[ChannelSeen, ...]
    entries: tuple[EntrySeen, ...]
    members: tuple[MemberSeen, ...]
    devices: tuple[DeviceSeen, ...]
