"""Requests: one piece of work for operators each, from the contact that made it to its outcome.

    call   new → queued → in_progress → wrap_up → done
    other  queued → offered → in_progress → wrap_up → done
              ↑ └──────┘(refused, timed out, taken back)
              └ postponed                                  any → done by whoever may

Every change of who has a request goes through `transitions`; `offers` are what it is reserved by, `routing` decides
whom to ask. Calls are Asterisk's to give: they stand in the same list, and nobody is offered one.
"""

from engine import events as ev
from engine.requests import commands, linking, of_calls, promising, repairs, timers
from engine.requests.chats import joining as chat_joining
from engine.requests.chats import writing
from engine.requests.offers import answering, leaving, quiet
from engine.requests.patients import identifying, knowing, telling
from engine.requests.persons import blocking, messages, splitting
from engine.requests.routing import router
from engine.room import Room, in_turn

ROOM: Room = {
    ev.CallArrived: in_turn(of_calls.on_arrived, knowing.on_arrived),
    ev.CallQueued: of_calls.on_queued,
    ev.CallAnswered: of_calls.on_answered,
    ev.TalkOver: of_calls.on_talk_over,
    ev.CallEnded: in_turn(knowing.on_ended, messages.on_ended, of_calls.on_ended, leaving.on_talked),
    ev.ContactFound: in_turn(of_calls.on_contact, chat_joining.on_contact),
    ev.TimerFired: in_turn(blocking.on_fired, timers.on_fired),
    ev.TakeAsked: commands.on_take,
    ev.CompleteAsked: commands.on_complete,
    ev.PostponeAsked: commands.on_postpone,
    ev.TransferAsked: commands.on_transfer,
    ev.NoteAsked: commands.on_note,
    ev.OpenAsked: commands.on_open,
    ev.LinkAsked: linking.on_link,
    ev.UnlinkAsked: linking.on_unlink,
    ev.NameAsked: linking.on_name,
    ev.SplitAsked: splitting.on_split,
    ev.BlockAsked: blocking.on_block,
    ev.UnblockAsked: blocking.on_unblock,
    ev.IdentifyAsked: identifying.on_identify,
    ev.DisownAsked: identifying.on_disown,
    ev.PatientsKnown: knowing.on_known,
    ev.VisitTold: telling.on_visit,
    ev.WorkTold: telling.on_work,
    ev.WorkEnded: telling.on_over,
    ev.CallRepaired: repairs.on_repaired,
    ev.AcceptAsked: answering.on_accept,
    ev.RefuseAsked: answering.on_refuse,
    ev.ProlongAsked: answering.on_prolong,
    ev.PrioritiseAsked: commands.on_prioritise,
    ev.RoutingDue: router.on_due,
    ev.Swept: in_turn(chat_joining.on_swept, router.on_swept),
    ev.PhoneQuiet: quiet.on_quiet,
    ev.PageLost: leaving.on_left,
    ev.OperatorLeft: leaving.on_left,
    ev.LegRang: in_turn(leaving.on_rang, knowing.on_rang),
    ev.PresenceAsked: leaving.on_presence,
    ev.QueuesAsked: leaving.on_steered,
    ev.CallbackAsked: promising.on_asked,
    ev.CallbackWanted: promising.on_wanted,
    ev.TryPlanned: promising.on_planned,
    ev.CallbackGivenUp: promising.on_given_up,
    ev.CallbackCalledOff: promising.on_called_off,
    ev.VoicemailLeft: messages.on_left,
    ev.TryEnded: promising.on_try_ended,
    ev.ConversationWrote: writing.on_wrote,
    ev.ConversationReplied: writing.on_replied,
    ev.ConversationClosed: writing.on_closed,
    ev.WroteInstead: writing.on_wrote_instead,
    ev.PhoneSaid: chat_joining.on_said,
}
