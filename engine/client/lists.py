"""What the engine's client asks about outbound lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.client.wire import Answer, Wire


class ListAsks(Wire):
    """The part of `engine.client.EngineClient` that is about outbound lists."""

    async def lists(self, what: str, body: Mapping[str, Any], *, actor: str, role: str, purpose: str) -> Answer:
        """Ask about lists, or give an order about them; what shows people is audited before it is returned.

        Args:
            what: `all`, `one`, `people`, `refusals` to see; `check` before making; `make`, `steer`, `person`,
                `refuse`, `lift` to change, each answered {ok, why}.
            body: as `engine.asking.lists.letters` has it.
            actor: the account; `role` its role, `purpose` why it asks.

        Raises ServiceDown (whether a change was made is not known: ask again with the same command), ServiceRefused.
        """
        return await self._post(f"/v1/lists/{what}", body, {
            "Okno-Actor": actor, "Okno-Role": role, "Okno-Purpose": purpose,
        })  # fmt: skip
