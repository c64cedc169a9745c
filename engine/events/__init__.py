"""Everything that can happen, in the past tense. A room reads events and yields events, changes and effects.

`facts` come from a PBX (only the `calls` room and, for phones and queue members, the `operators` room read them);
`calls` and `requests` are what the rooms conclude from them; `asked` are the commands of people;
`callbacks` are promises to call;
`patients` are what `mis` tells; `engine` is what the engine tells itself: timers, settings, look-ups, links.
"""

from engine.events.asked import (
    AcceptAsked,
    Asked,
    CallbackAsked,
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
    TriedAsked,
    UnlinkAsked,
)
from engine.events.callbacks import (
    BlockAsked,
    CallbackCalledOff,
    CallbackGivenUp,
    CallbackPromised,
    CallbackWanted,
    ListAsked,
    ListSteered,
    NoListsAsked,
    SplitAsked,
    SurveyAnswered,
    TargetSteered,
    TryEnded,
    TryPlanned,
    UnblockAsked,
    VoicemailLeft,
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
    TalkOver,
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
from engine.events.requests import (
    OfferAccepted,
    OfferMissed,
    OperatorFreed,
    OperatorLeft,
    PageLost,
    PhoneQuiet,
    QuietEnded,
    QuietWanted,
    RequestClosed,
    RequestOpened,
    RequestTaken,
)
from engine.events.seen import ChannelSeen, DeviceSeen, EntrySeen, MemberSeen
from engine.events.told import (
    ConversationClosed,
    ConversationReplied,
    ConversationScored,
    ConversationWrote,
    PatientsKnown,
    PhoneSaid,
    VisitTold,
    WorkEnded,
    WorkTold,
    WroteInstead,
)
from engine.events.transfers import (
    AttendedTransferred,
    BlindTransferred,
    CallParked,
    CallUnparked,
    OriginateEnded,
    PbxStarted,
    PhoneForwarded,
    PickedUp,
    SelfServed,
    SurveyBegan,
    VoicemailReached,
)

Event = (
    Fact | CallEvent | Asked | TimerFired | ConfigurationLoaded | ContactFound | DayBegan | PbxLinkChanged
    | RequestOpened | RequestTaken | RequestClosed | OperatorFreed | PauseFailed | JournalTold | CallsLookedUp
    | CallRepaired | RoutingDue | Swept | PagesSeen | OrderEnded | PbxConfigured | OfferAccepted | OfferMissed
    | QuietWanted | QuietEnded | PhoneQuiet | PageLost | OperatorLeft | PatientsKnown | VisitTold | WorkTold
    | WorkEnded | CallbackWanted | CallbackPromised | TryEnded | TryPlanned | CallbackGivenUp | CallbackCalledOff
    | VoicemailLeft | SurveyAnswered | ConversationWrote | ConversationReplied | ConversationClosed | PhoneSaid
    | ConversationScored | WroteInstead
)

__all__ = [
    "AcceptAsked", "AgentCalled", "AgentCompleted", "AgentConnected", "AgentDumped", "AgentRangNoAnswer", "Asked",
    "AttendedTransferred", "BlindTransferred", "BlockAsked", "BridgeDestroyed", "BridgeEntered", "BridgeLeft",
    "CallAnswered", "CallArrived", "CallEnded", "CallEvent", "CallHeld", "CallParked", "CallQueued", "CallRepaired",
    "CallRetrieved", "CallTagged", "CallUnparked", "CallbackAsked", "CallbackCalledOff", "CallbackGivenUp",
    "CallbackPromised", "CallbackWanted", "CallerIdChanged", "CallsLookedUp", "ChannelCreated", "ChannelHeld",
    "ChannelHungUp", "ChannelRenamed", "ChannelSeen", "ChannelStateChanged", "ChannelUnheld", "ClosedHoursReached",
    "CompleteAsked", "ConfigurationLoaded", "ConsultAsked", "ContactFound", "ConversationClosed", "ConversationReplied",
    "ConversationScored", "ConversationWrote", "DayBegan", "DeviceChanged", "DeviceSeen", "DialAsked", "DialBegan",
    "DialEnded", "DisownAsked", "EntrySeen", "Event", "Fact", "HangUpAsked", "HangupRequested", "IdentifyAsked",
    "JournalTold", "LegEnded", "LegRang", "LinkAsked", "ListAsked", "ListSteered", "MemberChanged", "MemberRemoved",
    "MemberSeen", "MessageAsked", "NameAsked", "NoListsAsked", "NoteAsked", "OfferAccepted", "OfferMissed", "OpenAsked",
    "OperatorFreed", "OperatorLeft", "OrderEnded", "OriginateEnded", "PageLost", "PagesSeen", "PassAsked",
    "PatientsKnown", "PauseFailed", "PbxBooted", "PbxConfigured", "PbxLinkChanged", "PbxShutDown", "PbxStarted",
    "PhoneAsked", "PhoneForwarded", "PhoneQuiet", "PhoneSaid", "PickedUp", "PostponeAsked", "PresenceAsked",
    "PrioritiseAsked", "ProlongAsked", "QueueAbandoned", "QueueExited", "QueueJoined", "QueueLeft", "QueuesAsked",
    "QuietEnded", "QuietWanted", "RefuseAsked", "RequestClosed", "RequestOpened", "RequestTaken", "RoutingDue",
    "SeenAsked", "SelfServed", "SkillsAsked", "SnapshotTaken", "SplitAsked", "SpyAsked", "SurveyAnswered",
    "SurveyBegan", "Swept", "TakeAsked", "TalkOver", "TargetSteered", "TimerFired", "TonesAsked", "TransferAsked",
    "TriedAsked", "TryEnded", "TryPlanned", "UnblockAsked", "UnlinkAsked", "VisitTold", "VoicemailLeft",
    "VoicemailReached", "WorkEnded", "WorkTold", "WroteInstead",
]
