"""Confirm or cancel the visit that was found."""

from __future__ import annotations

from typing import Literal

from engine.ivr.fields import StepName
from engine.ivr.orders import Caller, Decide
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask


@step("decide")
class Deciding(Step):
    """Confirm or cancel the visit a step `visit` found, once. `failed`: nobody knows whether it was done."""

    kind: Literal["decide"] = "decide"
    what: Literal["confirm", "cancel"]
    done: StepName
    failed: StepName

    def walk(self, caller: Caller) -> Walk:
        """Order it; the visit is forgotten first, so that nothing orders it twice."""
        visit = caller.facts.pop("visit", "")
        if not visit:
            return self.failed
        done = yield from ask(Decide(visit=visit, what=self.what), bool)
        return self.done if done else self.failed
