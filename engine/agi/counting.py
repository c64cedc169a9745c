"""How many callers are in which step of which flow just now, and how it went with them since the engine began."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from okno import clock


@dataclass(slots=True)
class _Flow:
    now: Counter[str] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)
    came: int = 0


@dataclass(slots=True)
class Place:
    """Where one caller is. Made by `Counts.came`."""

    flow: str
    step: str = ""


class Counts:
    """Counts callers by flow and step. Names of flows and steps only, nothing of a person."""

    def __init__(self) -> None:
        self._flows: dict[str, _Flow] = {}
        self.since: datetime = clock.now()

    def came(self, flow: str) -> Place:
        """A caller came in."""
        self._of(flow).came += 1
        return Place(flow)

    def at(self, place: Place, step: str) -> None:
        """He is in this step now."""
        flow = self._of(place.flow)
        self._leave(flow, place)
        place.step = step
        flow.now[step] += 1
        flow.entered[step] += 1

    def left(self, place: Place, how: str) -> None:
        """He is out: where to, as `Leave.to` says it; `left`: he hung up, `broken`: the flow fell over."""
        flow = self._of(place.flow)
        self._leave(flow, place)
        place.step = ""
        flow.exits[how] += 1

    def rows(self) -> dict[str, Any]:
        """Return the counts as plain JSON: since when, and by flow who came, is inside, at which step, left how."""
        return {
            "since": self.since.isoformat(),
            "flows": {
                name: {
                    "came": flow.came, "inside": sum(flow.now.values()), "exits": dict(sorted(flow.exits.items())),
                    "steps": {
                        step: {"now": flow.now[step], "entered": entered}
                        for step, entered in sorted(flow.entered.items())
                    },
                }
                for name, flow in sorted(self._flows.items())
            },
        }  # fmt: skip

    def _of(self, flow: str) -> _Flow:
        return self._flows.setdefault(flow, _Flow())

    @staticmethod
    def _leave(flow: _Flow, place: Place) -> None:
        if place.step:
            flow.now[place.step] -= 1
