"""Let the caller key in several digits: a number, a birth date, a phone."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import ChosenStep, FactName, PromptName, Prompts, Seconds, StepName, Tries
from engine.ivr.orders import Answer, Caller, Digits, Order, Read
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask, pressed, sounds
from okno import phones

_OLDEST = 130  # years
_BIRTH_KEYS = 8


@step("digits")
class Keying(Step):
    """Ask for digits and remember them as a fact.

    `expect`: any digits; a `birth` date as day, month, year in eight digits, remembered as ISO; a `phone`, remembered
    as E.164. What does not fit is asked again, `tries` times altogether; then `otherwise`.
    """

    kind: Literal["digits"] = "digits"
    prompts: Prompts
    fact: FactName
    expect: Literal["digits", "birth", "phone"] = "digits"
    least: Annotated[int, Field(ge=1, le=20)] = 1
    most: Annotated[int, Field(ge=1, le=20)] = 12
    end_on: Literal["#", "*", ""] = "#"
    wait_s: Seconds = 5
    tries: Tries = 3
    silent: PromptName | None = None
    wrong: PromptName | None = None
    next: ChosenStep
    otherwise: StepName

    def walk(self, caller: Caller) -> Walk:
        """Ask until it fits."""
        first = pressed(caller)
        before: tuple[str, ...] = ()
        for _ in range(self.tries):
            said = () if first else before + sounds(caller, self.prompts)
            keys = yield from self._read(said, first)
            value = self._value(caller, keys)
            if value:
                caller.facts[self.fact] = value
                return self.next
            first, before = "", sounds(caller, [self.wrong if keys else self.silent])
        return self.otherwise

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Yield a doubt when no digits can ever fit."""
        if self.least > self.most:
            yield "least", "never_fits", "must not be more than `most`"
        if self.expect == "birth" and self.most < _BIRTH_KEYS:
            yield "most", "never_fits", f"a birth date takes {_BIRTH_KEYS} digits"

    def _read(self, said: tuple[str, ...], first: str) -> Generator[Order, Answer, str]:
        most = (_BIRTH_KEYS if self.expect == "birth" else self.most) - len(first)
        if first and (first == self.end_on or most < 1):
            return first.removesuffix(self.end_on)
        read = Read(sounds=said, most=most, wait_s=self.wait_s, end_on=self.end_on)
        return first + (yield from ask(read, Digits)).keys

    def _value(self, caller: Caller, keys: str) -> str:
        if not keys.isascii() or not keys.isdecimal() or not self.least <= len(keys) <= self.most:
            return ""
        if self.expect == "phone":
            found = phones.parse(keys, country=caller.country, area_code=caller.area_code)
            return found.e164 if found else ""
        return birth(keys, caller.at.date()) if self.expect == "birth" else keys


def birth(keys: str, today: date) -> str:
    """Return the ISO date of `23031985`; empty when nobody alive can have been born then."""
    if len(keys) != _BIRTH_KEYS:
        return ""
    try:
        born = date(int(keys[4:]), int(keys[2:4]), int(keys[:2]))
    except ValueError:
        return ""
    return born.isoformat() if born <= today and today.year - born.year <= _OLDEST else ""
