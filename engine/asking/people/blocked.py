"""Which numbers nobody is to call back: told to supervisors, audited like any list of people."""

from __future__ import annotations

from typing import Any

from engine.asking.who import Asked, Who
from engine.live.rows import wire
from engine.world import Blocked, View
from okno import clock


class BlockedNumbers:
    """Answers which they are.

    Args:
        world: has them.
        asked: audits.
    """

    def __init__(self, world: View, asked: Asked) -> None:
        self._world, self._asked = world, asked

    async def all(self, who: Who) -> dict[str, Any]:
        """Return the blocks that hold, the newest first: {items}. Raises DatabaseDown."""
        now = clock.now()
        held = [one for one in self._world.all(Blocked) if one.until is None or one.until > now]
        await self._asked.about(who, "blocked.list", details={"count": len(held)})
        return {"items": [_row(one) for one in sorted(held, key=lambda one: (one.at, one.key), reverse=True)]}


def _row(one: Blocked) -> dict[str, Any]:
    return {
        "id": one.key, "phone": one.phone, "reason": one.reason, "actor": one.actor, "at": wire(one.at),
        "until": wire(one.until),
    }  # fmt: skip
