"""The only room that reads AMI facts about channels: it concludes which calls there are and how they go.

Theory. An outside party's channel, from its Newchannel to its Hangup, is a call. Phones that ring for it, meet it in a
bridge and leave it are its legs, wherever he is moved to. Linkedid tells a family of channels, not a call (ami.md 4.5);
it only helps to find the call a Local channel works for. A consultation is part of the call it is made for; two
patients joined by an operator are two calls. Facts may come late, twice or not at all: a fact that changes nothing is
no error. AMI and the journal tell the same facts, but each leaves some out: no call may depend on those.
"""

from typing import Any

from engine import events as ev
from engine.calls import bridges, channels, dialling, orders, queueing, snapshot
from engine.calls.moves import transfers
from engine.calls.repairs import repairing
from engine.room import Handler, Room, Said
from engine.world import View

TRACKER: Room = {
    ev.ChannelCreated: channels.on_created,
    ev.ChannelStateChanged: channels.on_state,
    ev.ChannelRenamed: channels.on_renamed,
    ev.CallerIdChanged: channels.on_caller_id,
    ev.HangupRequested: channels.on_hangup_requested,
    ev.ChannelHungUp: channels.on_hung_up,
    ev.ChannelHeld: channels.on_held,
    ev.ChannelUnheld: channels.on_unheld,
    ev.DialBegan: dialling.on_dial_began,
    ev.DialEnded: dialling.on_dial_ended,
    ev.AgentCalled: dialling.on_agent_called,
    ev.AgentConnected: dialling.on_agent_connected,
    ev.AgentRangNoAnswer: dialling.on_agent_rang_no_answer,
    ev.AgentDumped: dialling.on_agent_dumped,
    ev.BridgeEntered: bridges.on_entered,
    ev.BridgeLeft: bridges.on_left,
    ev.BridgeDestroyed: bridges.on_destroyed,
    ev.SnapshotTaken: snapshot.on_taken,
    ev.PbxStarted: snapshot.on_started,
    ev.BlindTransferred: transfers.on_blind,
    ev.AttendedTransferred: transfers.on_attended,
    ev.PickedUp: transfers.on_picked_up,
    ev.CallParked: transfers.on_parked,
    ev.PhoneForwarded: transfers.on_forwarded,
    ev.VoicemailReached: transfers.on_voicemail,
    ev.SelfServed: transfers.on_self_served,
    ev.SurveyBegan: transfers.on_survey,
    ev.QueueJoined: queueing.on_joined,
    ev.QueueLeft: queueing.on_left,
    ev.QueueAbandoned: queueing.on_abandoned,
    ev.QueueExited: queueing.on_exited,
    ev.CallTagged: queueing.on_tagged,
    ev.ClosedHoursReached: queueing.on_closed_hours,
    ev.JournalTold: repairing.on_told,
    ev.CallsLookedUp: repairing.on_looked_up,
}


def _watched(track: Handler, watch: Handler) -> Handler:
    """The tracker first: what a fact says of an order is read off the calls as they then are."""

    def handler(world: View, event: Any) -> Said:
        yield from track(world, event)
        yield from watch(world, event)

    return handler


ROOM: Room = {
    **TRACKER, **orders.ROOM,
    **{fact: _watched(TRACKER[fact], watch) for fact, watch in orders.WATCHED.items()},
}
