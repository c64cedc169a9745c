"""What the languages share: what can be counted, how digits are read one by one, how a wait is rounded."""

from __future__ import annotations

import math
from typing import Literal

Gender = Literal["m", "f", "n"]
Case = Literal["nom", "gen"]
Noun = Literal["rouble", "kopeck", "second", "minute", "hour", "day", "week", "month", "year", "person", "call"]
Pieces = tuple[str, ...]

_SIGNS = {"+": "plus", "-": "minus", "*": "star", "#": "hash"}


def digit_by_digit(text: str) -> Pieces:
    """Read digits one by one, and the signs people know; whatever else stands between them is not said."""
    return tuple(_SIGNS.get(sign, sign) for sign in text if sign in _SIGNS or sign in "0123456789")


def minutes_of(seconds: float) -> int:
    """Round a wait up: to minutes, from ten minutes on to five; 0 is less than a minute."""
    if seconds < 60:
        return 0
    minutes = math.ceil(seconds / 60)
    return minutes if minutes <= 10 else math.ceil(minutes / 5) * 5
