"""Who calls whom next, for how long: a realistic mix, drawn from a generator the caller owns. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from demo.scenarios import Call, Doing
from okno.settings import Settings

# So many invented patients: some call again, as they do.
PEOPLE = 400
# A line with hours is the demo's closed branch: few people try it.
RARE = 0.15
# In a menu most people want an operator, some the hours and the address; a few press nothing.
KEYS = ("1", "1", "0", "3", "")
MENU_S = (5.0, 14.0)
# What the prompt and the first ring take before anybody can talk.
BEFORE_TALK_S = 5.0


@dataclass(frozen=True, slots=True)
class Placed:
    """One call to place: by a patient through the trunk, or from an operator's phone; how long its caller waits.

    `doing`: the key he presses on a line with a menu.
    """

    call: Call
    from_phone: bool = False
    patience_s: float = 60.0
    doing: Doing | None = None


def next_call(settings: Settings, dice: Random) -> Placed:
    """The next call of the day.

    80 % patients who want to talk, 9 % who leave while waiting, 3 % during the greeting; 5 % operators calling out and
    3 % calling each other. Of the patients' calls a few go to a line that is closed.
    """
    draw = dice.random()
    if draw < 0.05 and settings.operators:
        extension = dice.choice(settings.operators).extension
        return Placed(Call(extension, "8" + _person(dice)[2:], round(dice.uniform(8, 30), 1)), True, 20.0)
    if draw < 0.08 and len(settings.operators) > 1:
        caller, called = dice.sample(settings.operators, 2)
        return Placed(Call(caller.extension, called.extension, round(dice.uniform(4, 12), 1)), True, 15.0)
    likely = [RARE if line.hours else 1.0 for line in settings.lines]
    line = dice.choices(settings.lines, likely)[0]
    if draw < 0.11:
        hold = dice.uniform(0.3, 0.9)
    elif draw < 0.20:
        hold = dice.uniform(1.8, 3.5)
    else:
        hold = BEFORE_TALK_S + dice.uniform(*settings.demo.talk_s)
    number = line.number.removeprefix("+")
    if not line.flow:
        return Placed(Call(_person(dice), number, round(hold, 1)))
    # Who leaves at once does so in the greeting; whoever stays hears the menu first and presses when he knows what.
    key, press_s = dice.choice(KEYS), round(dice.uniform(*MENU_S), 1)
    doing = Doing(press=key, press_s=press_s) if key and hold > BEFORE_TALK_S else None
    return Placed(Call(_person(dice), number, round(hold + (press_s if doing else 0), 1)), doing=doing)


def pause_s(settings: Settings, dice: Random) -> float:
    """Seconds until the next call: people call independently of each other, so the gaps are exponential."""
    rate = settings.demo.calls_per_minute
    return min(60.0, dice.expovariate(rate / 60)) if rate else 60.0


def _person(dice: Random) -> str:
    return f"+7999000{dice.randrange(PEOPLE):04d}"
