"""Find the caller's next visit by his number and his birth date."""

from __future__ import annotations

from datetime import date
from typing import Literal

from engine.ivr.fields import StepName, Tries, Value
from engine.ivr.orders import Caller, Found, Visit
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask, value_of

_LOOKS = "_looks"


@step("visit")
class FindingVisit(Step):
    """Find the next visit of the one patient with this number and this birth date, which is the second identifier.

    Found: the fact `visit_at` is when, `decide` can confirm or cancel it. A wrong birth date and no visit are the same
    to him, and after `tries` of them in one call nothing is looked up any more: a date must not be guessed.
    """

    kind: Literal["visit"] = "visit"
    born: Value = "$born"
    tries: Tries = 3
    found: StepName
    none: StepName
    failed: StepName

    def walk(self, caller: Caller) -> Walk:
        """Ask the MIS, within the tries of this call."""
        born, looks = value_of(caller, self.born), int(caller.facts.get(_LOOKS, "0"))
        if not caller.phone or not _is_date(born) or looks >= self.tries:
            return self.none
        caller.facts[_LOOKS] = str(looks + 1)
        found = yield from ask(Visit(phone=caller.phone, born=born), Found)
        if not found.answered:
            return self.failed
        if not found.visit or found.starts_at is None:
            return self.none
        caller.facts.update(visit=found.visit, visit_at=found.starts_at.isoformat(timespec="minutes"))
        return self.found


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
