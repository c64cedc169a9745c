"""Where everybody who hears each other belongs: to which call, and as what.

A talk is counted once: a phone that hears two outside parties goes on in the call it is in. Two outside parties who
hear each other were joined: two calls that name each other, never a third.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.calls.ending import end
from engine.calls.legs import consulted, forget, is_talk, leg_of, meet, moved_on, settle, with_leg
from engine.calls.naming import channel, interface_of
from engine.calls.opening import main_of, operator_of
from engine.events import CallAnswered
from engine.room import Said
from engine.world import Call, Channel, Put, View


def place(world: View, people: Sequence[Channel], at: datetime) -> Said:
    """Everybody in `people` hears all the others."""
    mains = [call for one in people if (call := main_of(world, one)) is not None and call.direction != "internal"]
    if len(mains) > 1:
        yield from _join(world, [call.key for call in mains])
    keys = [call.key for call in sorted(mains, key=lambda call: (call.started_at, call.key))]
    for one in people:
        phone = world.get(Channel, one.key) or one
        own = main_of(world, phone)
        if own is not None and own.direction != "internal":
            continue
        if keys:
            yield from _beside_patients(world, phone, keys, at)
        else:
            yield from _among_ourselves(world, phone, people, at)


def is_away(main: Channel, phone: Channel) -> bool:
    """Whether an operator consults elsewhere while his patient waits where he left him."""
    return bool(phone.bridge and main.bridge and phone.beside == main.bridge and phone.bridge != main.bridge)


def _join(world: View, keys: list[str]) -> Said:
    for key in keys:
        call = world.get(Call, key)
        if call is None:
            continue
        new = tuple(other for other in keys if other != key and other not in call.others)
        if new:
            yield Put(replace(moved_on(call), others=(*call.others, *new)))


def _beside_patients(world: View, phone: Channel, keys: list[str], at: datetime) -> Said:
    """A phone hears outside parties: it talks with one of them, in one call."""
    calls = [call for key in keys if (call := world.get(Call, key)) is not None]
    talks = [call for call in calls if _open_leg(call, phone) is not None]
    chosen = next((call for call in calls if call.key == phone.call), talks[0] if talks else calls[0])
    for other in talks:
        if other.key != chosen.key:
            yield from settle(world, other.key, _open_leg(other, phone) or 0, at, "transfer")
    if leg_of(chosen, phone) is None and phone.call == chosen.key:
        yield from _by_another_channel(world, chosen, phone, at)
    else:
        if leg_of(chosen, phone) is None:
            yield from _detach(world, chosen, phone, at)
        yield from meet(world, chosen.key, world.get(Channel, phone.key) or phone, at)
    yield from _stand_beside(world, chosen, phone.key)


def _stand_beside(world: View, call: Call, key: str) -> Said:
    """Remember where the outside party was with this phone: while he waits there, a phone elsewhere consults."""
    phone, main = world.get(Channel, key), channel(world, call.pbx, call.channel)
    if phone is not None and main is not None and phone.call == call.key and phone.beside != main.bridge:
        yield Put(replace(phone, beside=main.bridge))


def _open_leg(call: Call, phone: Channel) -> int | None:
    index = leg_of(call, phone)
    return index if index is not None and is_talk(call.legs[index]) else None


def _by_another_channel(world: View, call: Call, phone: Channel, at: datetime) -> Said:
    """The channel by which an operator consulted is with his patient: his part in the call is still one.

    At a transfer the two meet for a moment; only when the operator's first channel is gone has he come to stay.
    """
    operator = operator_of(world, phone.pbx, interface_of(phone.name))
    own = [n for n, leg in enumerate(call.legs) if operator is not None and leg.operator == operator.key]
    index = next((n for n in reversed(own) if call.legs[n].answered_at), None)
    if index is not None:
        if channel(world, call.pbx, call.legs[index].channel) is not None:
            return
        yield Put(with_leg(call, index, replace(call.legs[index], channel=phone.uniqueid)))
    yield from meet(world, call.key, phone, at)


def _detach(world: View, call: Call, phone: Channel, at: datetime) -> Said:
    """A phone that comes to the patient from another call leaves that one, unless it only consults here."""
    earlier = world.get(Call, phone.call)
    if earlier is None or earlier.key == call.key:
        return
    index = leg_of(earlier, phone)
    if earlier.channel == phone.uniqueid:
        yield from end(world, earlier.key, at)
    elif index is not None and earlier.legs[index].left_at is None:
        if earlier.legs[index].answered_at is None:
            yield from forget(earlier, index)
        elif _waits(world, earlier, phone):
            return
        else:
            yield from settle(world, earlier.key, index, at, "transfer")
    yield Put(replace(world.get(Channel, phone.key) or phone, call=None))


def _waits(world: View, call: Call, phone: Channel) -> bool:
    main = channel(world, call.pbx, call.channel)
    return main is not None and is_away(main, phone)


def _among_ourselves(world: View, phone: Channel, people: Sequence[Channel], at: datetime) -> Said:
    """No outside party hears this phone: an internal talk, a consultation, or an operator away for one."""
    call = world.get(Call, phone.call)
    index = leg_of(call, phone) if call is not None else None
    if call is None or index is None:
        return
    if call.direction == "internal" and any(one.uniqueid == call.channel for one in people):
        yield from meet(world, call.key, phone, at)
        yield from _stand_beside(world, call, phone.key)
        return
    leg, main = call.legs[index], channel(world, call.pbx, call.channel)
    if leg.answered_at is None:
        if any(one.call == call.key and one.key != phone.key for one in people):
            yield from consulted(call, index, at)
    elif leg.left_at is not None and main is not None and is_away(main, phone):
        yield Put(replace(
            with_leg(call, index, replace(leg, left_at=None, left_by=None)), phase="talking",
        ))
        yield CallAnswered(at=at, call=call.key, leg=index, operator=leg.operator)
