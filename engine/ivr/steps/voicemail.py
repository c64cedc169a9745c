"""Let the caller leave a message."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import PromptName, Prompts, StepName
from engine.ivr.orders import Caller, Leave, Record, Recorded
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask, hear, sounds


@step("voicemail")
class LeavingMessage(Step):
    """Record a message, which becomes a request. Shorter than `least_s` is none: `otherwise`."""

    kind: Literal["voicemail"] = "voicemail"
    prompts: Prompts
    most_s: Annotated[int, Field(ge=5, le=600)] = 120
    silence_s: Annotated[int, Field(ge=1, le=30)] = 5
    least_s: Annotated[int, Field(ge=0, le=30)] = 2
    thanks: Annotated[list[PromptName], Field(max_length=20)] = Field(default_factory=list)
    otherwise: StepName

    def walk(self, caller: Caller) -> Walk:
        """Ask, record, thank."""
        yield from hear(caller, sounds(caller, self.prompts))
        recorded = yield from ask(Record(most_s=self.most_s, silence_s=self.silence_s), Recorded)
        if not recorded.name or recorded.seconds < max(self.least_s, 0.1):
            return self.otherwise
        yield from hear(caller, sounds(caller, self.thanks))
        return Leave(to="voicemail")

    def ends(self) -> bool:
        """Return True: with a message the call is over."""
        return True
