"""When a person is called back: the plan of attempts, within the queue's hours and never in his quiet ones. Pure.

A moment will do when the queue works then and it is nobody's quiet hour where the person may be. Who has a number of
the clinic's own zone is taken to live by its clock. A mobile of another country may be anywhere in it: then it must be
no quiet hour anywhere there; where no hour of the day is left by that, the clinic's clock decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from engine.world.rules import CallbackRule, Holidays, Week, open_on
from okno import phones

DAY = 24 * 60
# Hours of the queue and of the person that do not meet within so many days never do: then his alone count.
MEETS_WITHIN = timedelta(days=15)
_STEPS = 400


@dataclass(frozen=True, slots=True)
class Hours:
    """Stretches of a week in a zone; `week` None = always."""

    week: Week | None
    holidays: Holidays
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Terms:
    """What bounds the calls to one person: the plan, the hours the queue works, and those in which he may be rung."""

    rule: CallbackRule
    open: Hours
    loud: tuple[Hours, ...] = ()


def terms(rule: CallbackRule, week: Week | None, holidays: Holidays, clinic: str, phone: str) -> Terms:
    """Return the terms for a number.

    Args:
        rule: of his queue.
        week: when the queue works, None = always; `holidays` are its days unlike others.
        clinic: the clinic's IANA zone.
        phone: E.164.
    """
    home = ZoneInfo(clinic)
    loud = loud_week(rule.quiet)
    bounds: tuple[Hours, ...] = ()
    if loud is not None:
        bounds = tuple(Hours(loud, (), zone) for zone in zones(phone, clinic))
    return Terms(rule, Hours(week, holidays, home), bounds)


def zones(phone: str, clinic: str) -> tuple[ZoneInfo, ...]:
    """The zones whose quiet hours count for a number; the clinic's alone when he may live there, or nobody knows."""
    possible = phones.zones(phone)
    return (ZoneInfo(clinic),) if clinic in possible or not possible else tuple(ZoneInfo(name) for name in possible)


def loud_week(quiet: tuple[int, int]) -> Week | None:
    """The minutes of each day that are not quiet; None when none are quiet. Over midnight when it ends first."""
    begin, end = quiet
    if begin == end:
        return None
    spans = ((0, begin), (end, DAY)) if begin < end else ((end, begin),)
    return tuple((day, first, last) for day in range(7) for first, last in spans if first < last)


def suits(moment: datetime, bounds: Terms) -> bool:
    """Whether he may be dialled at this moment, as far as his own clock goes."""
    return all(_within(moment, one) == moment for one in _louds(bounds))


def bounded(moment: datetime, bounds: Terms) -> datetime:
    """The first moment, not before this one, at which the queue works and it is no quiet hour of his."""
    loud = _louds(bounds)
    home = tuple(replace(one, zone=bounds.open.zone) for one in bounds.loud[:1]) if len(loud) > 1 else loud
    for hours in ((bounds.open, *loud), (bounds.open, *home), loud):
        found = _meet(moment, hours)
        if found is not None:
            return found
    return moment


def first(asked_at: datetime, wanted_at: datetime | None, bounds: Terms) -> datetime:
    """When he is first called: at the time he wanted, else after the plan's first delay."""
    delay = timedelta(minutes=bounds.rule.attempts_min[0])
    return bounded(max(asked_at, wanted_at) if wanted_at is not None else asked_at + delay, bounds)


def following(attempt: int, ended_at: datetime, bounds: Terms) -> datetime | None:
    """When he is called again after a try that came to nothing; None when the plan is over.

    Args:
        attempt: how many tries of the plan are used up, this one counted.
        ended_at: when it ended.
    """
    delays = bounds.rule.attempts_min
    if attempt < len(delays):
        return bounded(ended_at + timedelta(minutes=delays[attempt]), bounds)
    if attempt == len(delays) and bounds.rule.next_opening:
        return bounded(opening(ended_at, bounds), bounds)
    return None


def planned(rule: CallbackRule) -> int:
    """How many tries a plan has."""
    return len(rule.attempts_min) + rule.next_opening


def opening(after: datetime, bounds: Terms) -> datetime:
    """When the queue next opens; where it always works, when his next quiet hours end, else a day later."""
    for hours in (bounds.open, *_louds(bounds)):
        begins = _begins(after, hours)
        if begins is not None:
            return begins
    return after + timedelta(days=1)


def _louds(bounds: Terms) -> tuple[Hours, ...]:
    """His hours; the clinic's clock when those of all the zones he may be in leave none."""
    if len(bounds.loud) < 2:
        return bounds.loud
    probe = datetime(2026, 1, 5, tzinfo=bounds.open.zone)
    if _meet(probe, bounds.loud) is not None:
        return bounds.loud
    return (Hours(bounds.loud[0].week, (), bounds.open.zone),)


def _meet(moment: datetime, bounds: Iterable[Hours]) -> datetime | None:
    """The first moment within all of these hours."""
    limit, bounds = moment + MEETS_WITHIN, tuple(bounds)
    for _ in range(_STEPS):
        found = [_within(moment, one) for one in bounds]
        if None in found:
            return None
        latest = max((one for one in found if one is not None), default=moment)
        if latest == moment:
            return moment
        if latest > limit:
            return None
        moment = latest
    return None


def _within(moment: datetime, hours: Hours) -> datetime | None:
    """The first moment of these hours that is not before `moment`."""
    if hours.week is None:
        return moment
    for begin, end in _stretches(moment, hours):
        if moment < end:
            return max(moment, begin)
    return None


def _begins(after: datetime, hours: Hours) -> datetime | None:
    """When a stretch of these hours next begins that does not go on from the one before."""
    if hours.week is None:
        return None
    ended: datetime | None = None
    for begin, end in _stretches(after, hours):
        if begin > after and begin != ended:
            return begin
        ended = end
    return None


def _stretches(moment: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    day, special = moment.astimezone(hours.zone).date() - timedelta(days=1), dict(hours.holidays)
    for _ in range(MEETS_WITHIN.days + 2):
        yield from open_on(day, hours.week or (), special, hours.zone)
        day += timedelta(days=1)
