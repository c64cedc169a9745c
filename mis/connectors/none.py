"""No MIS is connected: every question is answered so, and nothing is invented."""

from __future__ import annotations

from mis.connectors import Setup, connector
from mis.terms import Connector, Context, NotConnected


class NoMis(Connector):
    """The connector of a clinic that has not connected its MIS."""

    async def state(self, ctx: Context) -> None:
        """Raise NotConnected."""
        raise NotConnected


@connector("none")
def make(setup: Setup) -> Connector:
    """Return the connector of a clinic that has none."""
    return NoMis()
