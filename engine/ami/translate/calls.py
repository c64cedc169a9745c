"""AMI events of channels, queues and phones to facts; nothing is concluded here.

`ROUTES` names every event that is read. Channel blocks carry caller names C-escaped, the rest raw (ami.md 4.3).
"""

from __future__ import annotations

from datetime import datetime

from engine.ami.translate.headers import UNKNOWN, Builder, Headers, escaped, text, whole
from engine.ami.translate.moves import MOVES
from engine.events import facts as f
from engine.events.transfers import HOLDING


def translate(pbx: str, name: str, headers: Headers, at: datetime) -> f.Fact | None:
    """The fact that an event reports, or None when it lacks what the fact needs.

    Args:
        pbx: name of the PBX in the settings.
        name: the event's name, as in `Event:`.
        headers: its headers as sent.
        at: when it happened.
    """
    if name == "UserEvent":
        name = f"UserEvent {headers.get('UserEvent', '')}"
    route = _BUILDERS.get(name)
    # With an ActionID it is an item of a list that nobody awaits any more, not news; but for this one.
    if route is None or ("ActionID" in headers and name != "OriginateResponse"):
        return None
    needed, build = route
    for key in needed:
        if headers.get(key, UNKNOWN) in ("", UNKNOWN):
            return None
    # app_queue's own devices only repeat what the queue's events say.
    if name == "DeviceStateChange" and headers["Device"].startswith("Queue:"):
        return None
    return build(pbx, headers, at)


def _created(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.ChannelCreated(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), linkedid=text(h, "Linkedid"), name=text(h, "Channel"),
        state=whole(h, "ChannelState"), number=text(h, "CallerIDNum"), caller_name=escaped(h, "CallerIDName"),
        context=text(h, "Context"), exten=text(h, "Exten"),
    )  # fmt: skip


def _state(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.ChannelStateChanged(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), linkedid=text(h, "Linkedid"), name=text(h, "Channel"),
        state=whole(h, "ChannelState"), number=text(h, "CallerIDNum"), caller_name=escaped(h, "CallerIDName"),
    )  # fmt: skip


def _caller_id(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.CallerIdChanged(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), number=text(h, "CallerIDNum"),
        caller_name=escaped(h, "CallerIDName"),
    )  # fmt: skip


def _renamed(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.ChannelRenamed(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), name=text(h, "Newname"))


def _hangup_request(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.HangupRequested(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), cause=whole(h, "Cause") or None)


def _soft_hangup_request(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.HangupRequested(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), soft=True, cause=whole(h, "Cause") or None)


def _hung_up(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.ChannelHungUp(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), linkedid=text(h, "Linkedid"), cause=whole(h, "Cause")
    )


def _dial_began(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.DialBegan(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"), dest_name=text(h, "DestChannel"),
        dest_linkedid=text(h, "DestLinkedid"), dial_string=text(h, "DialString"),
    )  # fmt: skip


def _bridge_entered(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.BridgeEntered(
        at=at, pbx=pbx, bridge=text(h, "BridgeUniqueid"), bridge_type=_kind_of(h),
        uniqueid=text(h, "Uniqueid"), linkedid=text(h, "Linkedid"), swap=text(h, "SwapUniqueid"),
    )  # fmt: skip


def _kind_of(h: Headers) -> str:
    # A parked caller's bridge has a type of its own; what he waits in is told by its technology.
    return HOLDING if h.get("BridgeTechnology") == "holding_bridge" else text(h, "BridgeType")


def _bridge_left(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.BridgeLeft(at=at, pbx=pbx, bridge=text(h, "BridgeUniqueid"), uniqueid=text(h, "Uniqueid"))


def _queue_joined(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.QueueJoined(
        at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), position=whole(h, "Position"),
        number=text(h, "CallerIDNum"),
    )  # fmt: skip


def _queue_exited(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.QueueExited(at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), status=text(h, "Status"))


def _tagged(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.CallTagged(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), dialled=text(h, "Dialled"), source=text(h, "Source")
    )


def _agent_called(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.AgentCalled(
        at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"),
        interface=text(h, "Interface"), dest_name=text(h, "DestChannel"),
    )  # fmt: skip


def _agent_connected(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.AgentConnected(
        at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"),
        interface=text(h, "Interface"),
    )  # fmt: skip


def _agent_completed(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.AgentCompleted(
        at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"),
        interface=text(h, "Interface"), reason=text(h, "Reason"),
    )  # fmt: skip


def _agent_rang(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.AgentRangNoAnswer(
        at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"),
        interface=text(h, "Interface"), ring_ms=whole(h, "RingTime"),
    )  # fmt: skip


def _agent_dumped(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return f.AgentDumped(
        at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"),
        interface=text(h, "Interface"),
    )  # fmt: skip


def _member(pbx: str, h: Headers, at: datetime) -> f.Fact:
    # The event of an unpause repeats the reason that was given with it: by it the engine knows its own.
    return f.MemberChanged(
        at=at, pbx=pbx, queue=text(h, "Queue"), interface=text(h, "Interface"), status=whole(h, "Status"),
        paused=h.get("Paused") == "1", reason=text(h, "PausedReason"), penalty=whole(h, "Penalty"),
        in_call=h.get("InCall") == "1",
    )  # fmt: skip


_CHANNEL = ("Uniqueid",)
_QUEUE = ("Queue", "Uniqueid")
_AGENT = ("Queue", "Uniqueid", "DestUniqueid", "Interface")
_MEMBER = ("Queue", "Interface")
_BUILDERS: dict[str, tuple[tuple[str, ...], Builder]] = {
    "Newchannel": (("Uniqueid", "Linkedid", "Channel"), _created),
    "Newstate": (("Uniqueid", "Linkedid", "Channel"), _state),
    "NewCallerid": (_CHANNEL, _caller_id),
    "Rename": (("Uniqueid", "Newname"), _renamed),
    "HangupRequest": (_CHANNEL, _hangup_request),
    "SoftHangupRequest": (_CHANNEL, _soft_hangup_request),
    "Hangup": (_CHANNEL, _hung_up),
    "Hold": (_CHANNEL, lambda pbx, h, at: f.ChannelHeld(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"))),
    "Unhold": (_CHANNEL, lambda pbx, h, at: f.ChannelUnheld(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"))),
    "DialBegin": (("DestUniqueid",), _dial_began),
    "BridgeEnter": (("BridgeUniqueid", "Uniqueid"), _bridge_entered),
    "BridgeLeave": (("BridgeUniqueid", "Uniqueid"), _bridge_left),
    "BridgeDestroy": (
        ("BridgeUniqueid",),
        lambda pbx, h, at: f.BridgeDestroyed(at=at, pbx=pbx, bridge=text(h, "BridgeUniqueid")),
    ),
    "QueueCallerJoin": (_QUEUE, _queue_joined),
    "QueueCallerLeave": (
        _QUEUE,
        lambda pbx, h, at: f.QueueLeft(at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid")),
    ),
    "QueueCallerAbandon": (
        _QUEUE,
        lambda pbx, h, at: f.QueueAbandoned(at=at, pbx=pbx, queue=text(h, "Queue"), uniqueid=text(h, "Uniqueid")),
    ),
    "AgentCalled": (_AGENT, _agent_called),
    "AgentConnect": (_AGENT, _agent_connected),
    # Measured: 4 of 92 come without the Dest block, one of these without the caller's (ami.md 4.14).
    "AgentComplete": (_MEMBER, _agent_completed),
    "AgentRingNoAnswer": (_AGENT, _agent_rang),
    "AgentDump": (_AGENT, _agent_dumped),
    "QueueMemberAdded": (_MEMBER, _member),
    "QueueMemberStatus": (_MEMBER, _member),
    "QueueMemberPause": (_MEMBER, _member),
    "QueueMemberPenalty": (_MEMBER, _member),
    "QueueMemberRemoved": (
        _MEMBER,
        lambda pbx, h, at: f.MemberRemoved(at=at, pbx=pbx, queue=text(h, "Queue"), interface=text(h, "Interface")),
    ),
    "DeviceStateChange": (
        ("Device", "State"),
        lambda pbx, h, at: f.DeviceChanged(at=at, pbx=pbx, device=text(h, "Device"), state=text(h, "State")),
    ),
    "UserEvent OknoCall": (_CHANNEL, _tagged),
    "UserEvent OknoQueueExit": (_QUEUE, _queue_exited),
    "UserEvent OknoClosed": (
        _CHANNEL,
        lambda pbx, h, at: f.ClosedHoursReached(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid")),
    ),
    **MOVES,
    "FullyBooted": ((), lambda pbx, h, at: f.PbxBooted(at=at, pbx=pbx)),
    "Shutdown": ((), lambda pbx, h, at: f.PbxShutDown(at=at, pbx=pbx)),
}
ROUTES = frozenset(name.partition(" ")[0].encode() for name in _BUILDERS)
