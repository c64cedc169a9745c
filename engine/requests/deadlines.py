"""When a promise is due: its seconds run only while the queue works, by the clock on the clinic's wall."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from engine.world import Queue, Rules, View
from engine.world.rules import Holidays, Week, open_on

# A queue that does not work within so many days never does.
HORIZON_DAYS = 400
# Somebody has to call back; a kind whose rule says nothing is due as its queue says of missed calls.
CALL_BACK = frozenset({"missed_call", "callback", "voicemail"})


def due_of(world: View, queue: str, kind: str, at: datetime, *, times: int = 1) -> datetime | None:
    """By when a request of this kind, begun at `at`, must have been answered; None when nothing was promised.

    `times`: so many times the kind's own time.
    """
    rules = world.get(Rules, "rules") or Rules()
    known = world.get(Queue, queue) or Queue(key="", title_ru="", title_en="")
    seconds = rules.work_of(kind).reply_s
    if seconds is None and kind in CALL_BACK:
        seconds = known.missed_due_s
    if seconds is None:
        return None
    return deadline(at, seconds * times, known.week, known.holidays, ZoneInfo(rules.timezone))


def deadline(at: datetime, seconds: float, week: Week | None, holidays: Holidays, zone: tzinfo) -> datetime | None:
    """The moment by which `seconds` of working time have passed since `at`.

    Args:
        at: an aware moment.
        seconds: of working time.
        week: spans (weekday 0…6, first minute, last minute + 1) of the clinic's clock; None = always.
        holidays: days unlike others, by ISO date; their spans stand for the week's.
        zone: the clinic's.

    Returns:
        An aware moment; None when the queue never works.
    """
    if week is None:
        return at + timedelta(seconds=seconds)
    left, day, special = timedelta(seconds=seconds), at.astimezone(zone).date() - timedelta(days=1), dict(holidays)
    for _ in range(HORIZON_DAYS):
        for begin, end in open_on(day, week, special, zone):
            at = max(at, begin)
            if at >= end:
                continue
            if at + left <= end:
                return at + left
            left -= end - at
            at = end
        day += timedelta(days=1)
    return None
