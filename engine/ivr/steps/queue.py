"""Let the caller wait for an operator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.ivr import saying
from engine.ivr.fields import QueueName, StepName
from engine.ivr.orders import Ahead, Caller, Leave, Line
from engine.ivr.steps import Step, step
from engine.ivr.talking import Walk, ask, hear, language


@step("queue")
class Queueing(Step):
    """Put him into a queue (empty: that of the number he dialled), having told him how it stands there.

    `announce`: his place, how long he will wait as far as anybody can say, both, or neither. `closed`: where he goes
    when nobody works there now; without it he waits. `long`: where he goes when he would wait more than `long_s`.
    """

    kind: Literal["queue"] = "queue"
    queue: QueueName | Literal[""] = ""
    announce: Literal["none", "place", "wait", "both"] = "none"
    closed: StepName | None = None
    long_s: Annotated[int, Field(ge=10, le=3600)] = 180
    long: StepName | None = None

    def walk(self, caller: Caller) -> Walk:
        """Look how it stands there, tell him, let him wait."""
        if self.announce == "none" and self.closed is None and self.long is None:
            return Leave(to="queue", value=self.queue)
        line = yield from ask(Ahead(queue=self.queue), Line)
        if self.closed is not None and not line.open:
            return self.closed
        if self.long is not None and line.wait_s is not None and line.wait_s > self.long_s:
            return self.long
        if line.waiting:  # who is first is not told that he is
            yield from hear(caller, self._told(caller, line))
        return Leave(to="queue", value=self.queue)

    def ends(self) -> bool:
        """Return True: he waits."""
        return True

    def _told(self, caller: Caller, line: Line) -> tuple[str, ...]:
        spoken = language(caller)
        place = saying.place(spoken, line.waiting + 1) if self.announce in ("place", "both") else ()
        if self.announce not in ("wait", "both") or line.wait_s is None:
            return place
        return place + saying.wait(spoken, line.wait_s)
