"""Queues: their rules, their figures, what supervisors are alerted to, and what they say to operators."""

from engine import events as ev
from engine.queues import alerts, moment, notices, repairs, scores, settings, tally
from engine.room import Room, Said
from engine.world import View


def on_swept(world: View, event: ev.Swept) -> Said:
    """What the clock alone changes, and what supervisors must hear of it."""
    yield from moment.refreshed(world, event.at)
    yield from alerts.judged(world, event.at)


def on_loaded(world: View, event: ev.ConfigurationLoaded) -> Said:
    """The settings first; other rules and queues have other alerts."""
    yield from settings.on_loaded(world, event)
    yield from moment.refreshed(world, event.at)
    yield from alerts.judged(world, event.at)


ROOM: Room = {
    ev.ConfigurationLoaded: on_loaded,
    ev.Swept: on_swept,
    ev.DayBegan: tally.on_day,
    ev.CallQueued: tally.on_queued,
    ev.CallAnswered: tally.on_answered,
    ev.CallEnded: tally.on_ended,
    ev.CallRepaired: repairs.on_repaired,
    ev.SurveyAnswered: scores.on_answered,
    ev.ConversationScored: scores.on_scored,
    ev.MessageAsked: notices.on_message,
    ev.SeenAsked: notices.on_seen,
    ev.PresenceAsked: notices.on_presence,
    ev.QueuesAsked: notices.on_queues,
    ev.SkillsAsked: notices.on_skills,
    ev.SpyAsked: notices.on_spied,
}
