"""Outbound lists: whom the clinic means to call, and when whose turn has come. Pure.

Theory of operation. A list is looked at by the sweep, every few seconds. A person whose turn has come becomes a promise
to call (operators), or is rung by a flow. Whatever he does meanwhile elsewhere counts: who is on the line is not
called, who was talked with or wrote needs no call, who said that he wants no lists is in none.
"""

from engine.callbacks.lists import asking, pacing, replies, ringing
from engine.events import (
    CallArrived,
    CallEnded,
    CallRepaired,
    ContactFound,
    ListAsked,
    ListSteered,
    NoListsAsked,
    OrderEnded,
    RequestClosed,
    RequestOpened,
    SurveyAnswered,
    Swept,
    TargetSteered,
)
from engine.room import Room, in_turn

ROOM: Room = {
    ListAsked: asking.on_list,
    ListSteered: asking.on_steered,
    TargetSteered: asking.on_target,
    NoListsAsked: asking.on_no_lists,
    Swept: pacing.on_swept,
    OrderEnded: ringing.on_order,
    CallArrived: ringing.on_arrived,
    CallEnded: in_turn(ringing.on_ended, replies.on_ended),
    CallRepaired: ringing.on_repaired,
    SurveyAnswered: ringing.on_survey,
    RequestOpened: replies.on_opened,
    ContactFound: replies.on_contact,
    RequestClosed: replies.on_closed,
}
