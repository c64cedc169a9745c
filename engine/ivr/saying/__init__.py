"""Numbers, money, dates, times and phone numbers as sounds, in Russian and in English. Pure.

Every phrase is made of pieces; `pieces(language)` is all of them with their words, for whoever records or synthesises.
`values.said` reads them from text.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from types import ModuleType

from engine.ivr.saying import english, russian
from engine.ivr.saying.pieces import Language, Sounds, pieces, sound, spoken, text_of
from engine.ivr.saying.russian import MOST
from engine.ivr.saying.terms import Case, Gender, Noun, digit_by_digit

__all__ = [
    "Case", "Gender", "Language", "Noun", "Sounds", "clock", "count", "day", "digits", "moment", "money", "number",
    "phone", "pieces", "place", "sound", "text_of", "wait",
]  # fmt: skip

_DAYS = ("today", "tomorrow", "after-tomorrow")


def number(language: Language, value: int, gender: Gender = "m", case: Case = "nom") -> Sounds:
    """Say a whole number, in the gender and case of what is counted."""
    return spoken(language, _of(language).number(value, gender, case))


def count(language: Language, value: int, noun: Noun, case: Case = "nom") -> Sounds:
    """Say how many of something: "2 roubles"."""
    return spoken(language, _of(language).count(value, noun, case))


def money(language: Language, roubles: Decimal) -> Sounds:
    """Say a sum in roubles, rounded to kopecks. Raises ValueError for a negative one, none at all, or one too large."""
    if not roubles.is_finite() or not 0 <= roubles < MOST:
        raise ValueError("a sum is zero or more, and below a thousand billion")
    whole, rest = divmod(int(roubles.scaleb(2).to_integral_value()), 100)
    return spoken(language, _of(language).money(whole, rest))


def day(
    language: Language,
    value: date,
    *,
    today: date | None = None,
    case: Case = "nom",
    year: bool = False,
    weekday: bool = False,
) -> Sounds:
    """Say a date.

    Args:
        language: of the phrase.
        value: the date.
        today: with it, today and the two days that follow are called so before their date.
        case: "gen" for "since the first".
        year: whether the year is said.
        weekday: whether the weekday is said (in Russian in the accusative), unless the day is called today or tomorrow.
    """
    near = (value - today).days if today else -1
    called = (_DAYS[near],) if 0 <= near < len(_DAYS) else ()
    if weekday and not called:
        called = (f"weekday-{value.isoweekday()}",)
    return spoken(language, (*called, *_of(language).day(value, case, year)))


def clock(language: Language, value: time) -> Sounds:
    """Say a time of the day, to the minute."""
    return spoken(language, _of(language).clock(value))


def moment(language: Language, value: datetime, *, today: date | None = None) -> Sounds:
    """Say when something is: the day, its weekday, and the time as people's clocks there show it."""
    return (*day(language, value.date(), today=today, weekday=True), sound(language, "at"),
            *clock(language, value.time()))  # fmt: skip


def phone(language: Language, e164: str) -> Sounds:
    """Say a phone number."""
    return spoken(language, _of(language).phone(e164))


def digits(language: Language, text: str) -> Sounds:
    """Say digits one by one."""
    return spoken(language, digit_by_digit(text))


def place(language: Language, position: int) -> Sounds:
    """Say the place in a queue, from 1."""
    return spoken(language, _of(language).place(position))


def wait(language: Language, seconds: float) -> Sounds:
    """Say how long he will wait, rounded up."""
    return spoken(language, _of(language).wait(seconds))


def _of(language: Language) -> ModuleType:
    return russian if language == "ru" else english
