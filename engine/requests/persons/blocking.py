"""Numbers nobody is to call back: no missed calls, no promises come of them; whoever dials from there still rings."""

from datetime import datetime

from engine.effects import AnswerCommand
from engine.events import BlockAsked, TimerFired, UnblockAsked
from engine.requests.offers.ledger import live_offer
from engine.requests.opening import changed, drop_timer, line
from engine.requests.patients.telling import FROM_MIS
from engine.requests.transitions import close
from engine.room import Said
from engine.world import Blocked, Drop, Put, Request, Timer, View
from engine.world.reading import number_of
from okno.ids import uuid7_of

SUPERVISING = frozenset({"supervisor", "administrator"})
# How a request ends whose number nobody is to call back.
BLOCKED = "blocked"
_TIMER = "blocked:"
_KINDS = frozenset({"missed_call", "callback"})


def block_of(world: View, phone: str, at: datetime) -> Blocked | None:
    """Return the block of a number (E.164) that holds at a moment; None when there is none."""
    blocks = world.by(Blocked, "phone", phone) if phone else []
    return next((one for one in blocks if one.until is None or one.until > at), None)


def on_block(world: View, event: BlockAsked) -> Said:
    """A person says it of the number of a request he has, a supervisor of any; said again, the newer word holds."""
    request = world.get(Request, event.request)
    phone = number_of(request.phone) if request is not None else event.phone
    why, by = _why_not(event, request, phone)
    if why:
        yield AnswerCommand(command=event.command, ok=False, why=why, by=by, request=event.request)
        return
    old = next(iter(world.by(Blocked, "phone", phone)), None)
    block = Blocked(
        key=old.key if old is not None else str(uuid7_of(event.at, "block", event.command)), phone=phone,
        reason=event.reason.strip(), actor=event.actor, at=event.at, until=event.until,
    )  # fmt: skip
    yield Put(block)
    if block.until is not None:
        yield Put(Timer(key=_TIMER + block.key, due=block.until))
    else:
        yield from drop_timer(world, _TIMER + block.key)
    if request is not None:
        told = changed(request, event.at)
        yield Put(told)
        yield line(told, event.at, "blocked", event.actor, operator=event.operator, note=block.reason)
    yield from _let_go(world, block, event)
    yield AnswerCommand(command=event.command, ok=True, request=event.request)


def _let_go(world: View, block: Blocked, event: BlockAsked) -> Said:
    """Nobody calls there any more: what waits for it is over. What somebody has in hand is his to close."""
    for one in world.by(Request, "phone", block.phone):
        waits = one.kind in _KINDS and one.owner is None and not one.source.startswith(FROM_MIS)
        offer = live_offer(world, one)
        if waits and (offer is None or offer.state == "pending"):
            yield from close(world, one, event.at, BLOCKED, actor=event.actor, by=event.operator or "")


def _why_not(event: BlockAsked, request: Request | None, phone: str) -> tuple[str, str]:
    if event.request is not None and request is None:
        return "not_found", ""
    mine = request is not None and request.owner is not None and request.owner == event.operator
    if event.role not in SUPERVISING and not mine:
        return "not_yours", (request.owner or "") if request is not None else ""
    if not phone:
        return "no_number", ""
    return ("bad_time", "") if event.until is not None and event.until <= event.at else ("", "")


def on_unblock(world: View, event: UnblockAsked) -> Said:
    """A supervisor takes a block back."""
    block = world.get(Blocked, event.block)
    if event.role not in SUPERVISING:
        yield AnswerCommand(command=event.command, ok=False, why="not_yours")
    elif block is None:
        yield AnswerCommand(command=event.command, ok=False, why="not_found")
    else:
        yield Drop(Blocked, block.key)
        yield from drop_timer(world, _TIMER + block.key)
        yield AnswerCommand(command=event.command, ok=True)


def on_fired(world: View, event: TimerFired) -> Said:
    """A block was for a time, which is over; the timer itself goes with all others (`requests.timers`)."""
    key = event.key.removeprefix(_TIMER)
    block = world.get(Blocked, key) if key != event.key else None
    if block is not None and block.until is not None and block.until <= event.at:
        yield Drop(Blocked, block.key)
