"""End the call."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.ivr.fields import PromptName
from engine.ivr.orders import Caller, Leave
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, hear, sounds


@step("leave")
class Leaving(Step):
    """Say good-bye and hang up. `done`: he got what he wanted, no operator has to call him; `hangup`: he did not."""

    kind: Literal["leave"] = "leave"
    to: Literal["done", "hangup"] = "done"
    prompts: Annotated[list[PromptName], Field(max_length=20)] = Field(default_factory=list)

    def walk(self, caller: Caller) -> Walk:
        """Play, then the end."""
        yield from hear(caller, sounds(caller, self.prompts))
        return Leave(to=self.to)

    def ends(self) -> bool:
        """Return True."""
        return True
