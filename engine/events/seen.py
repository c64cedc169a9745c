"""The rows of a snapshot: what one Asterisk has at this moment, translated and nothing more."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen:
    """One row of CoreShowChannels; `since` is now minus Duration (1 s)."""

    uniqueid: str
    linkedid: str
    name: str
    state: int
    number: str
    caller_name: str
    context: str
    exten: str
    application: str
    application_data: str
    bridge: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """One QueueEntry of QueueStatus; `since` is now minus Wait."""

    queue: str
    uniqueid: str
    position: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSeen:
    """One QueueMember of QueueStatus."""

    queue: str
    interface: str
    status: int
    paused: bool
    reason: str
    penalty: int
    in_call: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSeen:
    """One row of DeviceStateList (without `Queue:*`)."""

    device: str
    state: str
