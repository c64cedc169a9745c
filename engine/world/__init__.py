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
    Pbx,
    Queue,
    QueueDay,
    Rules,
    Timer,
)
from engine.world.state import Draft, View, World
from engine.world.work import Call, HistoryEntry, Leg, Request, Visit

__all__ = [
    "Append", "Call", "Change", "Channel", "Contact", "Counter", "Draft", "Drop", "Entity", "HistoryEntry", "Leg",
    "Line", "Member", "Operator", "Pbx", "Put", "Queue", "QueueDay", "Request", "Rules", "Timer", "View", "Visit",
    "World",
]
