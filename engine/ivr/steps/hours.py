"""Branch by the clock."""

from __future__ import annotations

from typing import Literal

from engine.ivr.fields import HoursName, StepName
from engine.ivr.orders import Caller, IsOpen
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask


@step("hours")
class ByHours(Step):
    """Go one way when the clinic is open, the other when it is not. Empty `hours`: those of the number he dialled."""

    kind: Literal["hours"] = "hours"
    hours: HoursName | Literal[""] = ""
    open: StepName
    closed: StepName

    def walk(self, caller: Caller) -> Walk:
        """Look at the clock."""
        is_open = yield from ask(IsOpen(hours=self.hours), bool)
        return self.open if is_open else self.closed
