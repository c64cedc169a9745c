"""Play prompts."""

from __future__ import annotations

from typing import Literal

from engine.ivr.fields import Prompts, StepName
from engine.ivr.orders import Caller
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, hear, sounds


@step("play")
class Playing(Step):
    """Play prompts. With `skip` a key ends them, and the menu that follows is given that key.

    `enough`: this is what he may have called for. Who heard it to its end and hangs up needs no operator.
    """

    kind: Literal["play"] = "play"
    prompts: Prompts
    skip: bool = False
    enough: bool = False
    next: StepName

    def walk(self, caller: Caller) -> Walk:
        """Play, then on."""
        yield from hear(caller, sounds(caller, self.prompts), self.skip, self.enough)
        return self.next
