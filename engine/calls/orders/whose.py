"""Whose call it is, and what may be ordered about it by whom."""

from dataclasses import dataclass

from engine.calls.legs import is_talk
from engine.calls.naming import channel
from engine.calls.opening import operator_by_phone
from engine.events import PhoneAsked
from engine.world import Call, Channel, Operator, View
from engine.world.reading import is_live

# Who may end another's part in a call, and pass his patient on.
SUPERVISING = frozenset({"supervisor", "administrator"})


@dataclass(frozen=True, slots=True)
class Part:
    """An operator's part in a call: his living channel, the outside party's (None: it is his own), whether he talks."""

    call: Call
    phone: Channel
    main: Channel | None
    talks: bool


def part_of(world: View, call: Call, operator: str) -> Part | None:
    """An operator's part in a call; the talk before a phone that only rings."""
    main = channel(world, call.pbx, call.channel)
    found: list[Part] = []
    for leg in call.legs:
        phone = channel(world, call.pbx, leg.channel)
        if leg.operator == operator and leg.left_at is None and phone is not None:
            found.append(Part(call, phone, main, is_talk(leg)))
    if not found and main is not None and main.role == "operator":
        own = operator_by_phone(world, main.pbx, main.name)
        if own is not None and own.key == operator:  # he called a colleague: it is his channel that makes the call
            return Part(call, main, None, any(is_talk(leg) for leg in call.legs))
    return max(found, key=lambda part: part.talks, default=None)


def last_talk(world: View, call: Call) -> Part | None:
    """The part of whoever met the patient last and still talks with him."""
    talks = [leg for leg in call.legs if is_talk(leg)]
    for leg in sorted(talks, key=lambda leg: leg.answered_at or leg.rang_at, reverse=True):
        phone = channel(world, call.pbx, leg.channel)
        if phone is not None:
            return Part(call, phone, channel(world, call.pbx, call.channel), True)
    return None


def own_part(world: View, event: PhoneAsked, call_key: str, *, supervised: bool = False) -> Part | str:
    """The part in a call that a person may order about, or why there is none.

    Args:
        supervised: whether a supervisor may do this to another's part.
    """
    call = world.get(Call, call_key)
    if call is None:
        return "call_over"
    if not is_live(world, call.pbx):
        return "pbx_not_live"
    part = part_of(world, call, event.operator) if event.operator else None
    if part is not None:
        return part
    if not (supervised and event.role in SUPERVISING):
        return "not_yours" if event.operator else "no_operator"
    return last_talk(world, call) or "not_talking"


def phones_in_use(world: View, operator: Operator) -> list[Channel]:
    """The living channels of both his phones."""
    names = (operator.desk_interface, operator.web_interface)
    return [one for name in names for one in world.by(Channel, "phone_key", f"{operator.pbx}/{name}")]
