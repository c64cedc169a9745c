"""Who writes what next: invented people and their talks, drawn from a generator the caller owns. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml

# Their messenger ids; their numbers are those of the demo's callers, so that a caller is known again when he writes.
FIRST_ID = 5501
THINKS_S = (4.0, 12.0)


@dataclass(frozen=True, slots=True)
class Line:
    """One message: its words, whether a picture goes with it, whether it is his number, given by the button."""

    text: str
    picture: bool = False
    phone: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody's talk: who he is to the messenger, what he is called, his number (E.164), his lines in order."""

    person: int
    name: str
    surname: str
    phone: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """All people and talks."""

    people: tuple[tuple[str, str], ...]
    talks: tuple[tuple[Line, ...], ...]

    def next(self, dice: Random, busy: set[int]) -> Talk | None:
        """Draw who writes next and what; None when everybody is writing already."""
        free = [number for number in range(len(self.people)) if FIRST_ID + number not in busy]
        if not free:
            return None
        number = dice.choice(free)
        name, surname = self.people[number]
        return Talk(FIRST_ID + number, name, surname, f"+7999000{number:04d}", dice.choice(self.talks))


def read(path: Path | None = None) -> Book:
    """Read the talks; without a path those that come with the demo."""
    told = yaml.safe_load((path or Path(__file__).with_name("talks.yaml")).read_text("utf-8"))
    people = tuple((str(one["name"]), str(one["surname"])) for one in told["people"])
    return Book(people, tuple(tuple(_line(one) for one in talk) for talk in told["talks"]))


def _line(told: Any) -> Line:
    if isinstance(told, str):
        return Line(told)
    return Line(str(told["say"]), bool(told.get("picture")), bool(told.get("phone")))
