"""Put the caller through to one phone."""

from __future__ import annotations

from typing import Literal

from engine.ivr.fields import ExtensionName
from engine.ivr.orders import Caller, Leave
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk


@step("transfer")
class Transferring(Step):
    """Put him through to an extension; when nobody lifts there, he waits in a queue."""

    kind: Literal["transfer"] = "transfer"
    extension: ExtensionName

    def walk(self, caller: Caller) -> Walk:
        """Leave for the extension."""
        del caller
        yield from ()  # a generator, like every other step
        return Leave(to="transfer", value=self.extension)

    def ends(self) -> bool:
        """Return True: he talks to somebody."""
        return True
