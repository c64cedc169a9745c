"""The gate of `mis`: the only thing other services may import of it, beside `mis.feed`."""

from __future__ import annotations

import base64
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from mis.feed import ConnectorState
from okno.seal import Sealer
from okno.service import ServiceClient

PHONE_PLACE = {"table": "mis_lookup", "column": "phone"}


class Status(BaseModel):
    """Which MIS is connected and how the connection is."""

    model_config = ConfigDict(frozen=True)

    connector: str
    state: ConnectorState


class Candidate(BaseModel):
    """A patient the number may belong to, as far as P6 lets it be shown before anybody is identified."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    birth_year: int | None
    relation: Literal["self", "parent", "child", "spouse", "other"] | None


class Lookup(BaseModel):
    """The answer to a look-up: `candidates` mean something only when `state` is ready."""

    model_config = ConfigDict(frozen=True)

    state: ConnectorState
    candidates: list[Candidate]


class MisClient:
    """Asks `mis`. Make it in a service's composition root; close it with `close`.

    Args:
        base_url: "http://127.0.0.1:8083".
        secret: the service credential.
        bus: `keyring.sealer("bus")`, under which a number crosses.
    """

    def __init__(self, base_url: str, secret: str, bus: Sealer) -> None:
        self._wire = ServiceClient(base_url, secret)
        self._bus = bus

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def status(self) -> Status:
        """Return how the connection to the MIS is. Raises ServiceDown, ServiceRefused."""
        return Status.model_validate(await self._wire.get("/status"))

    async def candidates(self, e164: str, *, actor: str, purpose: str, request: UUID) -> Lookup:
        """Return the patients a number may belong to; the look-up is audited before it is answered.

        Args:
            e164: the number; it crosses sealed and never in a URL.
            actor: the account that asks, or "engine" for a prefetch.
            purpose: why, in the words of the policy ("call").
            request: the request it is asked for.
        Raises ServiceDown, ServiceRefused.
        """
        sealed = self._bus.seal(e164, row=str(request), **PHONE_PLACE)
        body = {"phone": base64.b64encode(sealed).decode(), "actor": actor, "purpose": purpose, "request": str(request)}
        return Lookup.model_validate(await self._wire.post("/candidates", body))
