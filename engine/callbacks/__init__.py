"""Promises to call a person: when he is tried, how each try ended, and when it is given up.

Theory. Each request by which somebody has to be called has a `Callback` under its own key, from the turn that makes it
until the request leaves the open world. The plan (`planning`) says when the next try is; until then the request is put
aside, and the router offers it to nobody (`engine.requests.routing.turns`). A try is written down in the turn that
orders it, before anybody's phone rings (P2): whoever comes after us finds it `dialling`. It ends by the call that
came of it, or by its order that came to nothing. When neither is ever told, nobody knows whether it rang: the try is
`unknown`, is shown, and no machine dials that promise again by itself.

Nobody is dialled twice at a time: the `calls` room refuses an order to a number that is on the line or is being
dialled, the router holds what concerns him, and when he rings us while an operator's phone is only about to dial,
that order is called off.
"""

from engine import events as ev
from engine.callbacks import dialling, ending, promises, telling
from engine.room import Room, in_turn

ROOM: Room = {
    ev.RequestOpened: promises.on_opened,
    ev.CallbackPromised: promises.on_promised,
    ev.PostponeAsked: promises.on_postponed,
    ev.RequestClosed: promises.on_closed,
    ev.PhoneQuiet: dialling.on_quiet,
    ev.DialAsked: dialling.on_dial,
    ev.CallArrived: dialling.on_arrived,
    ev.ChannelCreated: dialling.on_created,
    ev.OrderEnded: ending.on_order,
    ev.OriginateEnded: ending.on_originated,
    ev.ChannelHungUp: ending.on_hung_up,
    ev.CallEnded: in_turn(ending.on_call, promises.on_call),
    ev.CallRepaired: in_turn(ending.on_repaired, promises.on_call),
    ev.Swept: in_turn(ending.on_swept, promises.on_swept),
    ev.TriedAsked: telling.on_tried,
}
