"""Ask another program of the clinic."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import FactName, HttpName, StepName, Value
from engine.ivr.orders import Call, Caller, HttpAnswer
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask, value_of

_FACT = re.compile(r"[a-z][a-z0-9_]{0,29}")
_LONGEST = 80


@step("http")
class Asking(Step):
    """Ask an address that the settings name (`engine.http`), in the body of a POST; what it answers become facts."""

    kind: Literal["http"] = "http"
    name: HttpName
    fields: Annotated[dict[FactName, Value], Field(max_length=20)] = Field(default_factory=dict)
    ok: StepName
    failed: StepName

    def walk(self, caller: Caller) -> Walk:
        """Ask, remember, branch."""
        sent = tuple((name, value_of(caller, value)) for name, value in sorted(self.fields.items()))
        answer = yield from ask(Call(name=self.name, fields=sent), HttpAnswer)
        if not answer.ok:
            return self.failed
        caller.facts.update(
            {name: text for name, text in answer.facts if _FACT.fullmatch(name) and len(text) <= _LONGEST}
        )
        return self.ok
