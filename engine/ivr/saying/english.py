"""English: no genders, no cases, hours by twelve. Names of pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

from engine.ivr.saying.terms import Case, Gender, Noun, Pieces, digit_by_digit, minutes_of

_POWERS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
MOST = 10**12


def number(value: int, gender: Gender = "m", case: Case = "nom") -> Pieces:
    """Say a whole number: one thousand and one."""
    del gender, case
    if abs(value) >= MOST:
        return digit_by_digit(str(value))
    if value < 0:
        return ("minus", *number(-value))
    if value == 0:
        return ("0",)
    said: list[str] = []
    for power, name in _POWERS:
        many, value = divmod(value, power)
        if many:
            said += [*_below_thousand(many), name]
    if said and 0 < value < 100:
        said.append("and")
    return (*said, *_below_thousand(value))


def count(value: int, noun: Noun, case: Case = "nom") -> Pieces:
    """Say how many of something."""
    return (*number(value, "m", case), f"{noun}-{'one' if value == 1 else 'other'}")


def money(roubles: int, kopecks: int) -> Pieces:
    """Say a sum; kopecks only when there are any, roubles unless there are only kopecks."""
    small = count(kopecks, "kopeck") if kopecks else ()
    if not roubles and kopecks:
        return small
    return (*count(roubles, "rouble"), "and", *small) if kopecks else count(roubles, "rouble")


def day(value: date, case: Case = "nom", year: bool = False) -> Pieces:
    """Say the day of a month, and the year when it is wanted."""
    del case
    said = (f"date-{value.day}", f"month-{value.month}")
    return (*said, *_year(value.year)) if year else said


def clock(value: time) -> Pieces:
    """Say a time of the day by 12 hours; noon and midnight have names."""
    if value.minute == 0 and value.hour in (0, 12):
        return ("noon",) if value.hour else ("midnight",)
    half = "pm" if value.hour >= 12 else "am"
    hour = number(value.hour % 12 or 12)
    if not value.minute:
        return (*hour, half)
    return (*hour, *(("oh",) if value.minute < 10 else ()), *number(value.minute), half)


def phone(e164: str) -> Pieces:
    """Say a number digit by digit."""
    return digit_by_digit(e164)


def place(position: int) -> Pieces:
    """Say the place in a queue, from 1."""
    return ("you-are", *number(position), "in-line")


def wait(seconds: float) -> Pieces:
    """Say how long he will wait, about."""
    minutes = minutes_of(seconds)
    if minutes == 0:
        return ("wait-short",)
    hours, minutes = divmod(minutes, 60)
    long = count(hours, "hour") if hours else ()
    return ("wait", "about", *long, *(count(minutes, "minute") if minutes else ()))


def _below_thousand(value: int) -> Iterator[str]:
    hundreds, value = divmod(value, 100)
    if hundreds:
        yield from (str(hundreds), "hundred")
        if value:
            yield "and"
    if value >= 20:
        yield str(value // 10 * 10)
        value %= 10
    if value:
        yield str(value)


def _year(year: int) -> Pieces:
    """Twenty twenty-seven, nineteen oh five, two thousand and five, nineteen hundred."""
    century, tail = divmod(year, 100)
    if not 1100 <= year < 10000 or 2000 <= year < 2010:
        return number(year)
    if tail == 0:
        return (*number(century), "hundred")
    return (*number(century), *(("oh",) if tail < 10 else ()), *number(tail))
