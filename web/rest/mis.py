"""How the MIS is, for those who watch over Okno from outside. About no patient."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from mis.client import MisClient, plain
from okno.service import ServiceDown
from web.rest.endpoint import Visit, endpoint
from web.rest.models import Answered


class MisStatus(Answered):
    """Which MIS is connected, how the connection is, since when, and what it can do."""

    connector: str = Field(description="empty while the service that talks to the MIS is itself away")
    state: Literal["ready", "not_configured", "down"]
    capabilities: list[str]
    since: datetime | None = None
    error: str = Field("", description="while down: a code of the closed error set, or service_away")


class Mis:
    """Asks the service that talks to the MIS.

    Args:
        mis: its client.
    """

    def __init__(self, mis: MisClient) -> None:
        self._mis = mis

    @endpoint("GET", "/mis/status", "queues.read", answers=MisStatus)
    async def mis_status(self, visit: Visit) -> MisStatus:
        """Show how the connection to the MIS is and what it can do."""
        try:
            return MisStatus.model_validate(plain(await self._mis.status()))
        except ServiceDown:
            return MisStatus(connector="", state="down", capabilities=[], error="service_away")
