"""How an order begins, is answered (once: done, refused, or nobody knows) and ends."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2s

from engine.calls.naming import channel_key
from engine.effects import AnswerCommand, OrderCall
from engine.events import PhoneAsked
from engine.room import Said
from engine.world import Append, Call, Change, Channel, Consultation, Drop, HistoryEntry, PhoneOrder, Put, Timer, View
from engine.world.work import Consult

# Within it the PBX's events show what an order came to; a gate waits 10 s for an answer.
LIMIT = timedelta(seconds=7)
# A click to call of which nothing was seen is remembered so long: its channel may still show up after a gap.
LATER = timedelta(minutes=2)
# These move a call: while one is under way its channels are in a transfer window.
MOVES = frozenset({"pass", "ask", "complete", "abort", "swap", "join"})
TIMER = "order:"


def refuse(event: PhoneAsked, why: str, by: str = "") -> AnswerCommand:
    """No, and why."""
    return AnswerCommand(command=event.command, ok=False, why=why, by=by)


def originated(event: PhoneAsked) -> str:
    """The id of the channel an order makes: same command, same id, so that it can be looked for (ami.md 4.10).

    The epoch in it dates the call for whoever meets the channel later.
    """
    return f"okno-{int(event.at.timestamp())}.{blake2s(event.command.encode(), digest_size=8).hexdigest()}"


def timer(command: str) -> str:
    """The timer by which an order is given up."""
    return f"{TIMER}{command}"


def give(event: PhoneAsked, order: PhoneOrder, effect: OrderCall | None) -> Said:
    """Begin an order; without an effect it waits for what another one has already set going."""
    yield Put(order)
    yield Put(Timer(key=timer(order.key), due=event.at + LIMIT))
    if effect is not None:
        yield effect


def window(world: View, *channels: str) -> bool:
    """Whether one of these channels (by key) is being moved just now."""
    return any(
        order.what in MOVES
        for key in channels if key for field in ("phone", "main") for order in world.by(PhoneOrder, field, key)
    )


def tell(world: View, order: PhoneOrder, *, ok: bool, why: str = "") -> Said:
    """Answer whoever gave the order, once. The order itself goes on until it is `over`."""
    if not order.answered:
        yield Put(replace(order, answered=True))
        yield AnswerCommand(command=order.key, ok=ok, why=why, request=order.request)


def over(world: View, order: PhoneOrder) -> Said:
    """Nothing more is to come of an order: its window, if it had one, is closed."""
    if world.get(Timer, timer(order.key)) is not None:
        yield Drop(Timer, timer(order.key))
    yield Drop(PhoneOrder, order.key)


def done(world: View, order: PhoneOrder) -> Said:
    """It was done, and that was all of it."""
    yield from tell(world, order, ok=True)
    yield from over(world, order)


def failed(world: View, order: PhoneOrder, why: str) -> Said:
    """It came to nothing."""
    yield from tell(world, order, ok=False, why=why)
    yield from over(world, order)


def history(world: View, order: PhoneOrder, what: str) -> Said:
    """A line of the request the order was about; `what` is its i18n key below `history.`."""
    call = world.get(Call, order.call)
    request = order.request or (call.request if call is not None else None)
    if request is not None:
        yield Append(HistoryEntry(
            request=request, at=order.at, actor=order.actor, what=what, call=order.call,
            operator=order.target or order.operator or None,
        ))


def consulting(world: View, call: str | None, state: Consult) -> Generator[Change, None, None]:
    """Say on the call how its consultation stands."""
    known = world.get(Call, call)
    if known is not None and known.consult != state:
        yield Put(replace(known, consult=state))


def end_consultation(world: View, consultation: Consultation) -> Said:
    """Nobody is asked any more."""
    yield Drop(Consultation, consultation.key)
    yield from consulting(world, consultation.call, "")


def keys(call: Call, phone: Channel) -> tuple[str, str]:
    """The channels an order about a talk moves: the operator's and the outside party's."""
    return phone.key, channel_key(call.pbx, call.channel)
