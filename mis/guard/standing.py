"""How the connection to the MIS stands, as it was last seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mis.feed import ConnectorState
from okno import clock


@dataclass(slots=True)
class Standing:
    """The state, since when, and the code of the error that is the reason; `seen` is False until somebody looked."""

    state: ConnectorState = "down"
    since: datetime = field(default_factory=clock.now)
    error: str = ""
    seen: bool = False

    def saw(self, state: ConnectorState, error: str = "") -> None:
        """Note what a look found."""
        if state != self.state or not self.seen:
            self.since = clock.now()
        self.state, self.error, self.seen = state, error, True
