"""A phone that no queue may ring while its operator returns a call (routing.md R11).

Asterisk looks at a member's pause only when it begins to ring, and tells of the ring later; a pause of all queues is
made queue by queue. So: the pause is ordered; when every membership shows it and a moment later the phone is still
free, it is quiet. A ring that came in between wins, and the pause is given up. Whose PBX is away gets no quiet phone:
nobody would know whether it rings. Who stands in no queue gets none for what he is offered; what he took by hand he may
dial for, as no queue rings him.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.events import PhoneQuiet, QuietEnded, QuietWanted, TimerFired
from engine.operators.membership import phones
from engine.operators.pausing import RONA, members_of, with_pauses
from engine.room import Said
from engine.world import LIVE_OFFERS, Drop, Offer, Operator, Put, Timer, View
from engine.world.reading import is_live

OWNER = "eng:cb:"
TIMER = "quiet"
# How long the PBX may take to show the pause; and a ring that it had begun before it, to show itself.
PATIENCE, SETTLE = timedelta(seconds=5), timedelta(milliseconds=500)
# QueueMember Status: in use, busy, ringing, ringing while in use, on hold.
_ENGAGED = frozenset({2, 3, 6, 7, 8})


def on_wanted(world: View, event: QuietWanted) -> Said:
    """Pause his phone in all its queues, if it can be done and the phone is free."""
    operator = world.get(Operator, event.operator)
    if operator is None or not _can(world, operator, event.offer):
        yield PhoneQuiet(at=event.at, offer=event.offer, operator=event.operator, quiet=False)
        return
    already = _paused(world, operator)
    yield from with_pauses(world, operator, operator.pauses | {OWNER + event.offer}, event.at)
    if already:
        yield PhoneQuiet(at=event.at, offer=event.offer, operator=operator.key, quiet=True)
    else:
        yield Put(Timer(key=_timer(operator, event.offer), due=event.at + PATIENCE))


def look(world: View, operator: Operator, at: datetime) -> Said:
    """His phone or its memberships changed: who waits for it to be quiet is told, or waits only a moment more."""
    for offer in list(_waiting(world, operator)):
        if not _can(world, operator, offer):
            yield from _give_up(world, operator.key, offer, at)
            continue
        timer = world.get(Timer, _timer(operator, offer))
        if timer is not None and timer.due > at + SETTLE and _paused(world, operator):
            yield Put(Timer(key=timer.key, due=at + SETTLE))


def on_timer(world: View, event: TimerFired) -> Said:
    """The moment is over: either the phone is quiet now, or it will not be."""
    what, _, rest = event.key.partition(":")
    key, _, offer = rest.partition(":")
    operator = world.get(Operator, key) if what == TIMER else None
    if operator is None or OWNER + offer not in operator.pauses:
        return
    if _can(world, operator, offer) and _paused(world, operator):
        yield PhoneQuiet(at=event.at, offer=offer, operator=key, quiet=True)
    else:
        yield from _give_up(world, key, offer, event.at)


def on_ended(world: View, event: QuietEnded) -> Said:
    """His offer is over: queues may ring him again, unless somebody else keeps him paused."""
    operator = world.get(Operator, event.operator)
    if operator is not None and OWNER + event.offer in operator.pauses:
        yield from _end(world, operator, event.offer, event.at)


def sweep(world: View, operator: Operator, at: datetime) -> Said:
    """Nothing stays paused for an offer that is over, nor for a page that is back (R14)."""
    waiting = set(_waiting(world, operator))
    for offer in _offers(operator):
        known = world.get(Offer, offer)
        if offer not in waiting and (known is None or known.state not in LIVE_OFFERS):
            yield from _end(world, operator, offer, at)
            operator = world.get(Operator, operator.key) or operator
    if RONA in operator.pauses and operator.page != "lost":
        yield from with_pauses(world, operator, operator.pauses - {RONA}, at)


def _give_up(world: View, key: str, offer: str, at: datetime) -> Said:
    operator = world.get(Operator, key)
    if operator is not None:
        yield from _end(world, operator, offer, at)
    yield PhoneQuiet(at=at, offer=offer, operator=key, quiet=False)


def _end(world: View, operator: Operator, offer: str, at: datetime) -> Said:
    timer = _timer(operator, offer)
    if world.get(Timer, timer) is not None:
        yield Drop(Timer, timer)
    yield from with_pauses(world, operator, operator.pauses - {OWNER + offer}, at)


def _can(world: View, operator: Operator, offer: str) -> bool:
    """Whether his phone is there and free at a PBX that can be commanded, and its queues can be told to leave it."""
    free = operator.voice in ("idle", "wrap_up") and not any(one.status in _ENGAGED for one in phones(world, operator))
    if not (free and operator.active and is_live(world, operator.pbx)):
        return False
    known = world.get(Offer, offer)
    return bool(members_of(world, operator)) or (known is not None and known.by_hand)


def _paused(world: View, operator: Operator) -> bool:
    return all(one.paused for one in members_of(world, operator))


def _waiting(world: View, operator: Operator) -> Iterator[str]:
    for offer in _offers(operator):
        if world.get(Timer, _timer(operator, offer)) is not None:
            yield offer


def _offers(operator: Operator) -> list[str]:
    return sorted(owner.removeprefix(OWNER) for owner in operator.pauses if owner.startswith(OWNER))


def _timer(operator: Operator, offer: str) -> str:
    return f"{TIMER}:{operator.key}:{offer}"
