"""Remember facts for the steps that follow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import FactName, StepName, Value
from engine.ivr.orders import Caller
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, value_of


@step("set")
class Remembering(Step):
    """Set facts. The fact `language` (ru or en) is what he is spoken to in from then on."""

    kind: Literal["set"] = "set"
    facts: Annotated[dict[FactName, Value], Field(min_length=1, max_length=20)]
    next: StepName

    def walk(self, caller: Caller) -> Walk:
        """Remember, then on; what a value names is as it was before the step."""
        yield from ()  # a generator, like every other step
        caller.facts.update({name: value_of(caller, value) for name, value in self.facts.items()})
        return self.next
