"""Operators: what each says of himself, what his phone does, why it is paused.

Presence is the person's word, voice is the phone's; neither is derived from the other, and a pause keeps every owner
it has, so that nobody's break ends because a wrap-up does.
"""

from engine import events as ev
from engine.operators import link, members, presence, quiet, repairs, settings, voice
from engine.operators.duty import pages, steering
from engine.room import Room

ROOM: Room = {
    ev.ConfigurationLoaded: settings.on_loaded,
    ev.DayBegan: settings.on_day,
    ev.PbxLinkChanged: link.on_changed,
    ev.PauseFailed: link.on_pause_failed,
    ev.PbxConfigured: link.on_configured,
    ev.TimerFired: link.on_timer,
    ev.SnapshotTaken: link.on_snapshot,
    ev.PresenceAsked: presence.on_asked,
    ev.QueuesAsked: steering.on_queues,
    ev.SkillsAsked: steering.on_skills,
    ev.PagesSeen: pages.on_seen,
    ev.Swept: pages.on_swept,
    ev.OfferMissed: pages.on_missed,
    ev.OfferAccepted: pages.on_accepted,
    ev.QuietWanted: quiet.on_wanted,
    ev.QuietEnded: quiet.on_ended,
    ev.OperatorFreed: presence.on_freed,
    ev.MemberChanged: members.on_changed,
    ev.MemberRemoved: members.on_removed,
    ev.DeviceChanged: voice.on_device,
    ev.CallArrived: voice.on_arrived,
    ev.LegRang: voice.on_rang,
    ev.CallAnswered: voice.on_answered,
    ev.LegEnded: voice.on_leg_ended,
    ev.TalkOver: voice.on_call_ended,
    ev.CallEnded: voice.on_call_ended,
    ev.CallRepaired: repairs.on_repaired,
}
