"""No MIS is connected: every question is answered so, and nothing is invented."""

from __future__ import annotations

from mis.connectors import Person, State, connector


@connector("none")
class NoMis:
    """The connector of a clinic that has not connected its MIS."""

    async def state(self) -> State:
        """Return "not_configured"."""
        return "not_configured"

    async def find_by_phone(self, e164: str) -> list[Person] | State:
        """Return "not_configured": whether the number is a patient's is not known."""
        return "not_configured"
