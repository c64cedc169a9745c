"""Orders of people about phones: call, pass on, ask first, hang up, send tones, listen (ami.md 4.9, 4.10).

Theory. An order goes to the PBX once and is never repeated (P2). It is done when the PBX's own events show it: a
channel of the ordered id appears, the phone enters another bridge or hangs up. Until then it stands in the world as a
`PhoneOrder`; one that moves a call is the transfer window of both its channels, in which no other is given. What the
PBX refuses is refused at once; what nobody can tell within `LIMIT` is answered `unknown`, and the window ends by it.

Whose call: an operator orders about the call he talks in, by the channel of whichever of his phones is in it. A
supervisor may also end another's part and pass his patient on blindly: then it is the talk of whoever talks last. All
else is only for one's own call. Hanging up while a consultation goes on completes it, as it does on a desk phone.
"""

from engine import events as ev
from engine.calls.orders import asking, calling, moving, outcomes, watching
from engine.room import Room

ROOM: Room = {
    ev.DialAsked: calling.on_dial,
    ev.SpyAsked: calling.on_spy,
    ev.HangUpAsked: moving.on_hang_up,
    ev.TonesAsked: moving.on_tones,
    ev.PassAsked: moving.on_pass,
    ev.ConsultAsked: asking.on_consult,
    ev.OrderEnded: outcomes.on_ended,
    ev.OriginateEnded: outcomes.on_originated,
    ev.TimerFired: outcomes.on_timer,
}
WATCHED: Room = {
    ev.ChannelCreated: watching.on_created,
    ev.BridgeEntered: watching.on_entered,
    ev.ChannelHungUp: watching.on_hung_up,
    ev.BlindTransferred: watching.on_blind,
    ev.AttendedTransferred: watching.on_attended,
    ev.SnapshotTaken: watching.on_taken,
    ev.PbxStarted: watching.on_taken,
}
