"""Everything that can happen, in the past tense. A room reads events and yields events, changes and effects.

`facts` come from a PBX (only the `calls` room and, for phones and queue members, the `operators` room read them);
`calls`, `requests` and `operators` are what the rooms conclude from them; `asked` are the commands of people;
`patients` are what `mis` tells; `engine` is what the engine tells itself: timers, settings, look-ups, links.
"""

from engine.events.asked import (
    AcceptAsked,
    Asked,
    CompleteAsked,
    ConsultAsked,
    DialAsked,
    DisownAsked,
    HangUpAsked,
    IdentifyAsked,
    LinkAsked,
    MessageAsked,
    NameAsked,
    NoteAsked,
    OpenAsked,
    PassAsked,
    PhoneAsked,
    PostponeAsked,
    PresenceAsked,
    PrioritiseAsked,
    ProlongAsked,
    QueuesAsked,
    RefuseAsked,
    SeenAsked,
    SkillsAsked,
    SpyAsked,
    TakeAsked,
    TonesAsked,
    TransferAsked,
)
from engine.events.calls import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallEvent,
    CallHeld,
    CallQueued,
    CallRetrieved,
    LegEnded,
    LegRang,
)
from engine.events.engine import (
    ConfigurationLoaded,
    ContactFound,
    DayBegan,
    OrderEnded,
    PagesSeen,
    PauseFailed,
    PbxConfigured,
    PbxLinkChanged,
    RoutingDue,
    Swept,
    TimerFired,
)
from engine.events.facts import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentDumped,
    AgentRangNoAnswer,
    BridgeDestroyed,
    BridgeEntered,
    BridgeLeft,
    CallerIdChanged,
    CallTagged,
    ChannelCreated,
    ChannelHeld,
    ChannelHungUp,
    ChannelRenamed,
    ChannelStateChanged,
    ChannelUnheld,
    ClosedHoursReached,
    DeviceChanged,
    DialBegan,
    DialEnded,
    Fact,
    HangupRequested,
    MemberChanged,
    MemberRemoved,
    PbxBooted,
    PbxShutDown,
    QueueAbandoned,
    QueueExited,
    QueueJoined,
    QueueLeft,
    SnapshotTaken,
)
from engine.events.journal import CallRepaired, CallsLookedUp, JournalTold
from engine.events.operators import OperatorLeft, PageLost, PhoneQuiet
from engine.events.patients import PatientsKnown, VisitTold, WorkEnded, WorkTold
from engine.events.requests import (
    OfferAccepted,
    OfferMissed,
    OperatorFreed,
    QuietEnded,
    QuietWanted,
    RequestClosed,
    RequestOpened,
    RequestTaken,
)
from engine.events.seen import ChannelSeen, DeviceSeen, EntrySeen, MemberSeen
from engine.events.transfers import (
    AttendedTransferred,
    BlindTransferred,
    CallParked,
    CallUnparked,
    OriginateEnded,
    PbxStarted,
    PhoneForwarded,
    PickedUp,
    VoicemailReached,
)

Event = (
    Fact | CallEvent | Asked | TimerFired | ConfigurationLoaded | ContactFound | DayBegan | PbxLinkChanged
    | RequestOpened | RequestTaken | RequestClosed | OperatorFreed | PauseFailed | JournalTold | CallsLookedUp
    | CallRepaired | RoutingDue | Swept | PagesSeen | OrderEnded | PbxConfigured | OfferAccepted | OfferMissed
    | QuietWanted | QuietEnded | PhoneQuiet | PageLost | OperatorLeft | PatientsKnown | VisitTold | WorkTold
    | WorkEnded
)

__all__ = [
    "AcceptAsked", "AgentCalled", "AgentCompleted", "AgentConnected", "AgentDumped", "AgentRangNoAnswer", "Asked",
    "AttendedTransferred", "BlindTransferred", "BridgeDestroyed", "BridgeEntered", "BridgeLeft", "CallAnswered",
    "CallArrived", "CallEnded", "CallEvent", "CallHeld", "CallParked", "CallQueued", "CallRepaired", "CallRetrieved",
    "CallTagged", "CallUnparked", "CallerIdChanged", "CallsLookedUp", "ChannelCreated", "ChannelHeld", "ChannelHungUp",
    "ChannelRenamed", "ChannelSeen", "ChannelStateChanged", "ChannelUnheld", "ClosedHoursReached", "CompleteAsked",
    "ConfigurationLoaded", "ConsultAsked", "ContactFound", "DayBegan", "DeviceChanged", "DeviceSeen", "DialAsked",
    "DialBegan", "DialEnded", "DisownAsked", "EntrySeen", "Event", "Fact", "HangUpAsked", "HangupRequested",
    "IdentifyAsked", "JournalTold", "LegEnded", "LegRang", "LinkAsked", "MemberChanged", "MemberRemoved", "MemberSeen",
    "MessageAsked", "NameAsked", "NoteAsked", "OfferAccepted", "OfferMissed", "OpenAsked", "OperatorFreed",
    "OperatorLeft", "OrderEnded", "OriginateEnded", "PageLost", "PagesSeen", "PassAsked", "PatientsKnown",
    "PauseFailed", "PbxBooted", "PbxConfigured", "PbxLinkChanged", "PbxShutDown", "PbxStarted", "PhoneAsked",
    "PhoneForwarded", "PhoneQuiet", "PickedUp", "PostponeAsked", "PresenceAsked", "PrioritiseAsked", "ProlongAsked",
    "QueueAbandoned", "QueueExited", "QueueJoined", "QueueLeft", "QueuesAsked", "QuietEnded", "QuietWanted",
    "RefuseAsked", "RequestClosed", "RequestOpened", "RequestTaken", "RoutingDue", "SeenAsked", "SkillsAsked",
    "SnapshotTaken", "SpyAsked", "Swept", "TakeAsked", "TimerFired", "TonesAsked", "TransferAsked", "VisitTold",
    "VoicemailReached", "WorkEnded", "WorkTold",
]
