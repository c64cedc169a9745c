"""A mended call in the day's figures of those who talked. Nothing rings, nobody is paused by what is past."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from engine.events import CallRepaired
from engine.operators.freeing import put
from engine.operators.voice import at_rest
from engine.room import Said
from engine.world import Call, Operator, View


def on_repaired(world: View, event: CallRepaired) -> Said:
    """What he did today is counted as the journal has it; nobody stays in a call that is over."""
    before, now = _figures(event.was, event.midnight), _figures(event.call, event.midnight)
    inside = {one.key for one in world.all(Operator) if one.call == event.call.key} if event.kind == "open" else set()
    for key in sorted(before.keys() | now.keys() | inside):
        operator = world.get(Operator, key)
        if operator is None:
            continue
        handled, talk_s = (now[key][place] - before[key][place] for place in (0, 1))
        changed = replace(
            operator, handled_today=max(0, operator.handled_today + int(handled)),
            talk_today_s=max(0.0, operator.talk_today_s + talk_s),
        )  # fmt: skip
        if operator.call == event.call.key:
            changed = at_rest(replace(changed, call=None), event.at)
        yield from put(world, changed, event.at)


def _figures(call: Call | None, midnight: datetime | None) -> defaultdict[str, tuple[float, float]]:
    """Of each operator: talks begun today, seconds of those that ended today."""
    found: defaultdict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    if call is None or call.direction == "internal":
        return found
    for leg in call.legs:
        if leg.answered_at is None:
            continue
        handled, talk_s = found[leg.operator]
        begun = midnight is None or leg.answered_at >= midnight
        over = leg.left_at is not None and (midnight is None or leg.left_at >= midnight)
        found[leg.operator] = (handled + begun, talk_s + (leg.talk_s if over else 0.0))
    return found
