"""Queues: their rules and their day's figures."""

from engine import events as ev
from engine.queues import repairs, settings, tally
from engine.room import Room

ROOM: Room = {
    ev.ConfigurationLoaded: settings.on_loaded,
    ev.DayBegan: tally.on_day,
    ev.CallQueued: tally.on_queued,
    ev.CallAnswered: tally.on_answered,
    ev.CallEnded: tally.on_ended,
    ev.CallRepaired: repairs.on_repaired,
}
