"""Canned answers, as the directory in force has them; they name no patient."""

from __future__ import annotations

from typing import Any

from web.live.engine import Engine
from web.replica import Replica


class Answers:
    """Keeps those of one version of the directory.

    Args:
        engine: has the directory.
        replica: says which version holds.
    """

    def __init__(self, engine: Engine, replica: Replica) -> None:
        self._engine, self._replica = engine, replica
        self._version = -1
        self._items: list[dict[str, Any]] = []

    async def get(self) -> tuple[int, list[dict[str, Any]]]:
        """Return the version and its answers: {id, title, text, short, queues}."""
        rules = self._replica.tables.get("rules", {}).get("rules") or {}
        if not rules or rules.get("version") != self._version:
            told = await self._engine.directory()
            answers = told["document"].get("answers") or {}
            self._items = [{"id": name, "short": "", "queues": [], **one} for name, one in answers.items()]
            self._version = int(told["version"])
        return self._version, self._items
