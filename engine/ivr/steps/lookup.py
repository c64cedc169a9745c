"""Branch by what the clinic knows of the number that calls, without naming anybody."""

from __future__ import annotations

from typing import Literal

from engine.ivr.fields import StepName
from engine.ivr.orders import Caller, Known, LookUp
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask


@step("lookup")
class LookingUp(Step):
    """Go the first of these ways that is given and true; else `otherwise`, as a hidden number and a silent MIS do.

    `blocked`: the number is in the blacklist. `promised`: somebody promised to call it. `visit`: a patient with this
    number has a visit ahead. `patient`: a patient has it. Nothing of a person may be said on this knowledge alone:
    whoever holds the phone hears it.
    """

    kind: Literal["lookup"] = "lookup"
    blocked: StepName | None = None
    promised: StepName | None = None
    visit: StepName | None = None
    patient: StepName | None = None
    otherwise: StepName

    def walk(self, caller: Caller) -> Walk:
        """Look the number up."""
        if not caller.phone:
            return self.otherwise
        known = yield from ask(LookUp(phone=caller.phone), Known)
        ways = (
            (known.blocked, self.blocked),
            (known.promised, self.promised),
            (known.visit, self.visit),
            (known.patient, self.patient),
        )
        return next((way for true, way in ways if true and way), self.otherwise)
