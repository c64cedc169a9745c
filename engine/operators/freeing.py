"""An operator changed: the router is woken when that may find him a request (routing.md R9)."""

from datetime import datetime

from engine.events import RoutingDue
from engine.room import Said
from engine.world import Operator, Put, View

# What decides whether he may be offered something, besides his offers.
_FIELDS = (
    "active", "presence", "voice", "device", "pauses", "page", "queues", "skills", "capacity", "call", "wrap_up",
)  # fmt: skip


def put(world: View, operator: Operator, at: datetime) -> Said:
    """Put the operator if he changed; say so to the router if he might work now."""
    before = world.get(Operator, operator.key)
    if operator == before:
        return
    yield Put(operator)
    news = before is None or any(getattr(operator, one) != getattr(before, one) for one in _FIELDS)
    if news and _may_work(operator):
        yield RoutingDue(at=at)


def _may_work(operator: Operator) -> bool:
    there = operator.active and operator.presence == "available" and operator.page == "here"
    return there and operator.voice not in ("ringing", "incall")
