"""Walks one caller through a flow: from step to step until it is known what becomes of him."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from engine.ivr.flow import Flow
from engine.ivr.orders import Answer, Caller, Leave, Order

MOST_STEPS = 500
"""A caller goes through a few dozen steps. A flow that keeps him going round is left for the queue."""


@dataclass(frozen=True, slots=True)
class At:
    """He is in this step now. Not an order: it is answered None."""

    step: str


def walk(flow: Flow, caller: Caller, start: str = "") -> Generator[At | Order, Answer, Leave]:
    """Walk a caller through a flow.

    Args:
        flow: as `engine.ivr.flow.read` returns it.
        caller: `facts` are filled while he walks.
        start: the step he was in before; the beginning when it is empty or the flow has no such step any more.

    Yields:
        `At` at each step, and the orders of the step; each order is sent its answer.

    Returns:
        What becomes of him. An empty queue is that of the line he dialled: the way out of whatever is broken.

    Raises:
        WrongAnswer: an order was answered by something it does not say.
    """
    name = start if start in flow.steps else flow.start
    for _ in range(MOST_STEPS):
        step = flow.steps.get(name)
        if step is None:
            break
        yield At(name)
        after = yield from step.walk(caller)
        if isinstance(after, Leave):
            return after
        name = after
    return Leave(to="queue")
