"""How many short messages a text takes (3GPP TS 23.038, 23.040): 160 or 153 signs each of GSM-7, 70 or 67 of UCS-2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # two septets each
_ONE = {"gsm7": 160, "ucs2": 70}
_MANY = {"gsm7": 153, "ucs2": 67}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """What a text takes: its alphabet, the units it is (septets or 16-bit), the messages, the units still free."""

    alphabet: Literal["gsm7", "ucs2"]
    units: int
    count: int
    free: int


def segments(text: str) -> Segments:
    """Return what a text takes; no sign is ever cut in two by a message's end."""
    alphabet: Literal["gsm7", "ucs2"] = "gsm7" if all(sign in _BASIC or sign in _EXTENDED for sign in text) else "ucs2"
    widths = [_width(sign, alphabet) for sign in text]
    units = sum(widths)
    if units <= _ONE[alphabet]:
        return Segments(alphabet=alphabet, units=units, count=1 if text else 0, free=_ONE[alphabet] - units)
    count, last = _filled(widths, _MANY[alphabet])
    return Segments(alphabet=alphabet, units=units, count=count, free=_MANY[alphabet] - last)


def _width(sign: str, alphabet: str) -> int:
    if alphabet == "gsm7":
        return 2 if sign in _EXTENDED else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _filled(widths: Iterable[int], most: int) -> tuple[int, int]:
    """Fill messages one after another; return how many there are, and how full the last is."""
    count, last = 1, 0
    for width in widths:
        if last + width > most:
            count, last = count + 1, 0
        last += width
    return count, last
