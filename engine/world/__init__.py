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
from engine.world.people import ContactName
from engine.world.rules import AlertRule, PatientRoute, Rules, WorkRule
from engine.world.state import Draft, View, World
from engine.world.work import Call, Consultation, HistoryEntry, Leg, PhoneOrder, Request, Visit

__all__ = [
    "LIVE_OFFERS", "Alert", "AlertRule", "Append", "Call", "Change", "Channel", "Consultation", "Contact",
    "ContactName", "Counter", "Draft", "Drop", "Entity", "HistoryEntry", "Leg", "Line", "Member", "Minute", "Notice",
    "Offer", "Operator", "Page", "PatientRoute", "Pbx", "PhoneOrder", "Put", "Queue", "QueueDay", "QueueNow", "Request",
    "Rules", "Skills", "Timer", "View", "Visit", "WorkRule", "World", "notice_of",
]
