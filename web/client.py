"""How another service, or `okno status`, asks a web process."""

from __future__ import annotations

from okno.service import ServiceClient
from okno.service.service import SERVICE_SECRET
from okno.settings import Runtime
from web.feed import WebStatus


class WebClient:
    """A typed client of one web process.

    Args:
        runtime: settings and secrets.
        port: of the process; the first one's by default.
    """

    def __init__(self, runtime: Runtime, *, port: int | None = None) -> None:
        where = runtime.settings.web
        self._wire = ServiceClient(f"http://{where.host}:{port or where.port}", runtime.secret(SERVICE_SECRET))

    async def status(self) -> WebStatus:
        """Return how the process is. Raises ServiceDown, ServiceRefused."""
        return WebStatus.model_validate(await self._wire.get("/internal/v1/status"))

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
