"""Branch by a fact of the call."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import StepName, Value
from engine.ivr.orders import Caller
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, value_of
from okno.settings.directory import Strict


class Case(Strict):
    """A value and where it leads; an empty one is that of a fact nobody set, of a hidden number."""

    equals: Annotated[str, Field(max_length=80)] = ""
    next: StepName


@step("branch")
class Branching(Step):
    """Go where the first case that equals `value` leads.

    Of the call itself there are `$phone`, `$line`, `$dialled`, `$language`.
    """

    kind: Literal["branch"] = "branch"
    value: Value
    cases: Annotated[list[Case], Field(min_length=1, max_length=20)]
    otherwise: StepName

    def walk(self, caller: Caller) -> Walk:
        """Compare."""
        yield from ()  # a generator, like every other step
        value = value_of(caller, self.value)
        return next((case.next for case in self.cases if case.equals == value), self.otherwise)
