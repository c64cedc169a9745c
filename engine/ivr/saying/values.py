"""Reads what is to be said from text: the facts of a flow are texts."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Literal

from engine.ivr import saying
from engine.ivr.saying.pieces import Language, Sounds
from engine.ivr.saying.terms import Case, Gender, Noun

What = Literal["number", "count", "money", "date", "time", "moment", "phone", "digits"]
_LONGEST = 40


def said(
    language: Language, what: What, text: str, *, now: datetime, noun: Noun = "call", gender: Gender = "m",
    case: Case = "nom", year: bool = False,
) -> Sounds:  # fmt: skip
    """Return the phrase for a text.

    Args:
        language: of the phrase.
        what: how the text is meant: `date`, `time` and `moment` are ISO, `phone` is E.164, `money` is in roubles.
        text: the value.
        now: by the clinic's clock, aware; days near it are called today and tomorrow.
        noun: for `count`.
        gender, case: for `number`; the case for `count` and `date` too.
        year: for `date`.

    Raises:
        ValueError: the text is not of that kind.
    """
    if not 0 < len(text) <= _LONGEST:
        raise ValueError("too long to be said, or nothing")
    match what:
        case "number":
            return saying.number(language, int(text), gender, case)
        case "count":
            return saying.count(language, int(text), noun, case)
        case "money":
            return saying.money(language, _decimal(text))
        case "date":
            day = date.fromisoformat(text)
            return saying.day(language, day, today=now.date(), case=case, year=year)
        case "time":
            return saying.clock(language, time.fromisoformat(text))
        case "moment":
            return _moment(language, datetime.fromisoformat(text), now)
        case "phone" if text.startswith("+") and text[1:].isdecimal() and text.isascii():
            return saying.phone(language, text)
        case "digits" if digits := saying.digits(language, text):
            return digits
    raise ValueError(f"this is no {what}")


def _moment(language: Language, at: datetime, now: datetime) -> Sounds:
    today = now if at.tzinfo is None or now.tzinfo is None else now.astimezone(at.tzinfo)
    return saying.moment(language, at, today=today.date())


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("this is no sum") from None
