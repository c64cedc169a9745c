"""The gate of `chat`: the only thing other services may import of it, beside `chat.feed`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from chat.feed import ChannelState
from okno.service import ServiceClient


class Channel(BaseModel):
    """One channel that is switched on, and how it is."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: ChannelState


class Status(BaseModel):
    """All channels that are switched on; an empty list when there are none."""

    model_config = ConfigDict(frozen=True)

    channels: list[Channel]


class ChatClient:
    """Asks `chat`. Make it in a service's composition root; close it with `close`.

    Args:
        base_url: "http://127.0.0.1:8082".
        secret: the service credential.
    """

    def __init__(self, base_url: str, secret: str) -> None:
        self._wire = ServiceClient(base_url, secret)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def status(self) -> Status:
        """Return the channels that are switched on. Raises ServiceDown, ServiceRefused."""
        return Status.model_validate(await self._wire.get("/status"))
