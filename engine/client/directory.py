"""What the engine's client asks about the directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.client.wire import Answer, Wire


class DirectoryAsks(Wire):
    """The part of `engine.client.EngineClient` that is about the directory and its versions."""

    async def directory(self, after: int = 0, *, epoch: str = "", wait_s: float = 0) -> Answer:
        """Return the directory in force: {version, epoch, head}, and `document` unless it is version `after`.

        Args:
            after: the version the asker has, 0 for none.
            epoch: of the engine's life he has it from.
            wait_s: how long the engine may wait for another one; at most 8.

        Raises ServiceDown, ServiceRefused.
        """
        return await self._get("/v1/directory", {}, {"after": str(after), "epoch": epoch, "wait_s": str(wait_s)})

    async def directory_versions(self, *, before: int | None = None, limit: int = 50) -> Answer:
        """Return versions of the directory, the newest first: {items}. Raises ServiceDown, ServiceRefused."""
        params = {"limit": str(limit)} | ({} if before is None else {"before": str(before)})
        return await self._get("/v1/directory/versions", {}, params)

    async def directory_version(self, version: int, *, against: int | None = None) -> Answer:
        """Return a version: {version, at, actor, source, restored, note, document, against, diff}.

        Args:
            version: which.
            against: the version to compare with, if not the one before.

        Raises ServiceDown, ServiceRefused (404).
        """
        params = {} if against is None else {"against": str(against)}
        return await self._get(f"/v1/directory/{version}", {}, params)

    async def directory_check(self, document: Mapping[str, Any]) -> Answer:
        """Return what would come of a document: {version, errors, warnings, busy, diff}; nothing is saved.

        Raises ServiceDown, ServiceRefused.
        """
        return await self._post("/v1/directory/check", {"document": dict(document)})

    async def directory_change(
        self, *, actor: str, role: str, base: int, document: Mapping[str, Any], note: str = "", force: bool = False
    ) -> Answer:
        """Save a document as the version after `base`: {version, diff, warnings}.

        Raises:
            ServiceDown: whether it was saved is not known; ask which version is in force.
            ServiceRefused: 409 when `base` is not in force (`newest`) or somebody would be hurt now (`busy`), 422 with
                `errors` when it cannot be so.
        """
        wish = {"base": base, "document": dict(document), "note": note, "force": force}
        return await self._post("/v1/directory", {"actor": actor, "role": role, **wish})

    async def directory_undo(
        self, *, actor: str, role: str, base: int, version: int, note: str = "", force: bool = False
    ) -> Answer:
        """Save the document of an old version again. Returns and raises as `directory_change`; 404, no such version."""
        wish = {"base": base, "version": version, "note": note, "force": force}
        return await self._post("/v1/directory/undo", {"actor": actor, "role": role, **wish})

    async def directory_applied(self, pbx: str, version: int, reason: str) -> Answer:
        """Tell that a PBX is configured by a version, or why not. Raises ServiceDown, ServiceRefused."""
        return await self._post("/v1/directory/applied", {"pbx": pbx, "version": version, "reason": reason})
