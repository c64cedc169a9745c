"""What the engine's client asks about flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.client.wire import Answer, Wire


class IvrAsks(Wire):
    """The part of `engine.client.EngineClient` that is about flows. Everything raises ServiceDown, ServiceRefused."""

    async def ivr_kinds(self) -> Answer:
        """Return the JSON schemas of all kinds of steps, and the names of `engine.http`: {kinds, addresses}."""
        return await self._get("/v1/ivr/kinds", {})

    async def ivr_counts(self) -> Answer:
        """Return how many callers are in which step: {since, flows}."""
        return await self._get("/v1/ivr/counts", {})

    async def ivr_check(self, document: Mapping[str, Any]) -> Answer:
        """Return the flaws of a draft's flows: {flaws: {flow: [{step, field, word, message, more, level}]}}."""
        return await self._post("/v1/ivr/check", {"document": dict(document)})

    async def ivr_try(self, wish: Mapping[str, Any]) -> Answer:
        """Return a draft's flow walked (`engine.asking.ivr.letters.TryAsked`): {lines, wants, leave, step, broken}."""
        return await self._post("/v1/ivr/try", dict(wish))
