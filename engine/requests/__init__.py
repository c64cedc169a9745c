"""Requests: one piece of work for operators each, from the contact that made it to its outcome.

    call        new → queued → in_progress → wrap_up → done
    missed call queued ⇄ postponed → in_progress → done
"""

from engine import events as ev
from engine.requests import commands, linking, of_calls, repairs, timers
from engine.room import Room

ROOM: Room = {
    ev.CallArrived: of_calls.on_arrived,
    ev.CallQueued: of_calls.on_queued,
    ev.CallAnswered: of_calls.on_answered,
    ev.CallEnded: of_calls.on_ended,
    ev.ContactFound: of_calls.on_contact,
    ev.TimerFired: timers.on_fired,
    ev.TakeAsked: commands.on_take,
    ev.CompleteAsked: commands.on_complete,
    ev.PostponeAsked: commands.on_postpone,
    ev.TransferAsked: commands.on_transfer,
    ev.NoteAsked: commands.on_note,
    ev.OpenAsked: commands.on_open,
    ev.LinkAsked: linking.on_link,
    ev.NameAsked: linking.on_name,
    ev.CallRepaired: repairs.on_repaired,
}
