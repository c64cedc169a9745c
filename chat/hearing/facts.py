"""What readers of several clouds share, on top of `chat.clouds.reading`: objects, ids, numbers, places, phones."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from chat.clouds.reading import digits, words

Facts = dict[str, Any]


def facts(value: object) -> Facts:
    """Return an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Return a text as it was written, a whole number's digits, or nothing."""
    return words(value) or digits(value)


def phone(value: object) -> str:
    """Return a number as E.164 when all of it is there ("79990000001" is "+79990000001"), else as it was written."""
    written = text(value).strip()
    figures = written.removeprefix("+")
    return f"+{figures}" if figures.isascii() and figures.isdigit() and 10 <= len(figures) <= 15 else written


def fingerprint(body: bytes) -> str:
    """Return what knows a repetition of a body that has no id of its own."""
    return "sha256:" + sha256(body).hexdigest()


def place(latitude: object, longitude: object) -> str:
    """Return a place as people read it, nothing when it is none."""
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        return f"{latitude:.6f}, {longitude:.6f}"
    return ""


def joined(*said: object, by: str = " ") -> str:
    """Return the words there are, in one text."""
    return by.join(one for one in (text(word).strip() for word in said) if one)
