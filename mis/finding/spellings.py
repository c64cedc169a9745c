"""The ways one number may stand in a MIS: servers compare to the letter (the MIS sheet, traps 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterable

import phonenumbers

from okno import phones

# What is compared by its end is compared by so many digits: a Russian number without country and trunk prefix.
SUFFIX = 10
# Of +7, as forms, other systems and people write them: D the three digits of the code, then 3, 2 and 2.
_SEVEN = (
    "+7{d}{a}{b}{c}", "8{d}{a}{b}{c}", "7{d}{a}{b}{c}", "+7 ({d}) {a}-{b}-{c}", "8 ({d}) {a}-{b}-{c}",
    "+7({d}){a}-{b}-{c}", "8({d}){a}-{b}-{c}", "+7 {d} {a}-{b}-{c}", "8 {d} {a}-{b}-{c}", "+7-{d}-{a}-{b}-{c}",
    "8-{d}-{a}-{b}-{c}", "+7 {d} {a} {b} {c}", "8({d}){a}{b}{c}", "+7({d}){a}{b}{c}", "{d}{a}{b}{c}",
)  # fmt: skip


def spellings(e164: str) -> tuple[str, ...]:
    """Return the spellings of a number, the likeliest first and the last ten digits alone at the end.

    Args:
        e164: "+79990000001". A Kazakh number is spelt as a Russian one is, and stays Kazakh.
    """
    if e164.startswith("+7") and len(e164) == 12:
        parts = {"d": e164[2:5], "a": e164[5:8], "b": e164[8:10], "c": e164[10:]}
        return tuple(form.format(**parts) for form in _SEVEN)
    number, digits = phonenumbers.parse(e164), e164[1:]
    formats = phonenumbers.PhoneNumberFormat
    written = (
        e164, digits, f"00{digits}", f"810{digits}",
        phonenumbers.format_number(number, formats.INTERNATIONAL), phonenumbers.format_number(number, formats.NATIONAL),
        digits[-SUFFIX:],
    )  # fmt: skip
    return tuple(dict.fromkeys(written))


def belongs(e164: str, stored: Iterable[str], *, country: str = "RU", area_code: str = "343") -> bool:
    """Say whether one of the stored spellings means this number: a MIS that matches by an end matches strangers too.

    Args:
        e164: the number.
        stored: what a MIS has in its fields, several numbers and remarks in one included.
        country, area_code: of the clinic, for numbers stored without them.
    """
    return any(
        phone.e164 == e164 for text in stored for phone in phones.parse_all(text, country=country, area_code=area_code)
    )
