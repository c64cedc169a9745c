"""Russian: numbers agree with what they count, and after «about» everything stands in the genitive. Names of pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

from engine.ivr.saying.terms import Case, Gender, Noun, Pieces, digit_by_digit, minutes_of
from okno.i18n import plural

FEMININE = frozenset({"kopeck", "second", "minute", "week", "thousand"})
_POWERS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
MOST = 10**12


def number(value: int, gender: Gender = "m", case: Case = "nom") -> Pieces:
    """Say a whole number: 1 001 is "a thousand one", without "one" before the thousand it begins with."""
    if abs(value) >= MOST:
        return digit_by_digit(str(value))
    if value < 0:
        return ("minus", *number(-value, gender, case))
    if value == 0:
        return (_declined("0", case),)
    said: list[str] = []
    for power, name in _POWERS:
        many, value = divmod(value, power)
        if many:
            if many > 1 or said:
                said += _below_thousand(many, "f" if name in FEMININE else "m", case)
            said.append(_form(name, many, case))
    return (*said, *_below_thousand(value, gender, case))


def count(value: int, noun: Noun, case: Case = "nom") -> Pieces:
    """Say how many of something."""
    return (*number(value, "f" if noun in FEMININE else "m", case), _form(noun, value, case))


def money(roubles: int, kopecks: int) -> Pieces:
    """Say a sum; kopecks only when there are any, roubles unless there are only kopecks."""
    small = count(kopecks, "kopeck") if kopecks else ()
    return (*count(roubles, "rouble"), *small) if roubles or not kopecks else small


def day(value: date, case: Case = "nom", year: bool = False) -> Pieces:
    """Say the day of a month, and the year when it is wanted."""
    said = (_declined(f"date-{value.day}", case), f"month-{value.month}")
    return (*said, *_year(value.year)) if year else said


def clock(value: time) -> Pieces:
    """Say a time of the day by 24 hours."""
    hours = count(value.hour, "hour")
    return (*hours, *count(value.minute, "minute")) if value.minute else (*hours, "sharp")


def phone(e164: str) -> Pieces:
    """Say a number in the groups people write it in; a zero that begins a group is said by itself."""
    if not (e164.startswith("+7") and len(e164) == 12):
        return digit_by_digit(e164)
    said = ["plus", "7"]
    for begin, end in ((2, 5), (5, 8), (8, 10), (10, 12)):
        group = e164[begin:end]
        rest = group.lstrip("0")
        said += ["0"] * (len(group) - len(rest))
        said += number(int(rest)) if rest else ()
    return tuple(said)


def place(position: int) -> Pieces:
    """Say the place in a queue, from 1."""
    if position > 99:
        return ("before-you", *count(position - 1, "person"))
    tens, unit = divmod(position, 10)
    whole = position <= 20 or unit == 0
    ordinal = (f"{position}-th",) if whole else (f"{tens * 10}", f"{unit}-th")
    return ("you-are", *ordinal, "in-line")


def wait(seconds: float) -> Pieces:
    """Say how long he will wait, about."""
    minutes = minutes_of(seconds)
    if minutes == 0:
        return ("wait-short",)
    hours, minutes = divmod(minutes, 60)
    long = count(hours, "hour", "gen") if hours else ()
    return ("wait", "about", *long, *(count(minutes, "minute", "gen") if minutes else ()))


def _below_thousand(value: int, gender: Gender, case: Case) -> Iterator[str]:
    hundreds, value = value // 100 * 100, value % 100
    if hundreds:
        yield _declined(str(hundreds), case)
    if value >= 20:
        yield _declined(str(value // 10 * 10), case)
        value %= 10
    if not value:
        return
    if value == 1 and gender != "m":
        # «of one» is the same of a neuter as of a masculine
        yield "1-n" if gender == "n" and case == "nom" else _declined("1" if gender == "n" else "1-f", case)
    elif value == 2 and gender == "f" and case == "nom":
        yield "2-f"
    else:
        yield _declined(str(value), case)


def _form(noun: str, value: int, case: Case) -> str:
    """In the genitive one is as few (of one minute), and few are as many (of two minutes)."""
    form = plural("ru", value)
    if case == "gen":
        form = "few" if form == "one" else "many"
    return f"{noun}-{form}"


def _year(year: int) -> Pieces:
    """Of the year two thousand and twenty-seventh: only its last word is an ordinal."""
    if year in (1900, 2000, 2100):
        before, last = {1900: (number(1000), "900"), 2000: ((), "2000"), 2100: (number(2000), "100")}[year]
        return (*before, f"{last}-th-gen", "of-year")
    if not 1900 < year < 2200:
        return (*number(year), "of-year")
    tail = year % 100
    whole = tail <= 20 or tail % 10 == 0
    head = year - (tail if whole else tail % 10)
    return (*number(head), f"{tail if whole else tail % 10}-th-gen", "of-year")


def _declined(piece: str, case: Case) -> str:
    return f"{piece}-gen" if case == "gen" else piece
