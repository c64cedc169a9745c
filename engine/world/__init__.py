"""The open state: calls, requests, operators, queues, timers. History lives in the database."""

from engine.world.changes import Append, Change, Drop, Put
from engine.world.entities import (
    Channel,
    Contact,
    Counter,
    Entity,
    Line,
    Member,
    Operator,
    Page,
    Pbx,
    Queue,
    QueueDay,
    Skills,
    Timer,
)
from engine.world.moment import Minute, QueueNow
from engine.world.notices import Alert, Notice, notice_of
from engine.world.offers import LIVE_OFFERS, Offer
from engine.world.people import Blocked, CallList, ContactName, ContactPoint, Conversation, NoLists, Score, Target
from engine.world.rules import AlertRule, CallbackRule, PatientRoute, Rules, WorkRule
from engine.world.state import Draft, View, World
from engine.world.work import (
    SPENT,
    Call,
    Callback,
    Consultation,
    HistoryEntry,
    Leg,
    PhoneOrder,
    Request,
    Try,
    Visit,
)

__all__ = [
    "LIVE_OFFERS", "SPENT", "Alert", "AlertRule", "Append", "Blocked", "Call", "CallList", "Callback", "CallbackRule",
    "Change", "Channel", "Consultation", "Contact", "ContactName", "ContactPoint", "Conversation", "Counter", "Draft",
    "Drop", "Entity", "HistoryEntry", "Leg", "Line", "Member", "Minute", "NoLists", "Notice", "Offer", "Operator",
    "Page", "PatientRoute", "Pbx", "PhoneOrder", "Put", "Queue", "QueueDay", "QueueNow", "Request", "Rules", "Score",
    "Skills", "Target", "Timer", "Try", "View", "Visit", "WorkRule", "World", "notice_of",
]
