"""The routes of the directory: see it, check a change, save it, look at versions, go back to one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from okno.service import ServiceDown, ServiceRefused
from web.rest.admin.models import (
    ChangeBody,
    CheckBody,
    Checked,
    DirectoryNow,
    DirectoryVersion,
    Saved,
    UndoBody,
    VersionQuery,
    Versions,
    VersionsQuery,
)
from web.rest.endpoint import Visit, endpoint
from web.rest.problems import Problem

# A thousand operators with all their fields are some 400 KB.
LONGEST = 1_000_000
# What of the engine's refusal is for whoever asked: which fields, whom it would hurt, what is in force meanwhile.
_TOLD = ("errors", "busy", "newest")


class Directory:
    """The directory and its versions."""

    @endpoint("GET", "/directory", "directory.read", answers=DirectoryNow, people=True)
    async def directory(self, visit: Visit) -> DirectoryNow:
        """Show the directory in force."""
        return DirectoryNow.model_validate(await visit.engine.directory())

    @endpoint("GET", "/directory/versions", "directory.read", answers=Versions, query=VersionsQuery, people=True)
    async def directory_versions(self, visit: Visit) -> Versions:
        """List versions of the directory, newest first."""
        asked: VersionsQuery = visit.query
        return Versions.model_validate(await visit.engine.directory_versions(asked.before, asked.limit))

    @endpoint("GET", "/directory/version", "directory.read", answers=DirectoryVersion, query=VersionQuery, people=True)
    async def directory_version(self, visit: Visit) -> DirectoryVersion:
        """Show one version of the directory and what it changed."""
        asked: VersionQuery = visit.query
        return DirectoryVersion.model_validate(await visit.engine.directory_version(asked.version, asked.against))

    @endpoint(
        "POST", "/directory/check", "directory.change", answers=Checked, body=CheckBody, people=True, longest=LONGEST
    )
    async def directory_check(self, visit: Visit) -> Checked:
        """Tell what would come of a directory; nothing is saved."""
        return Checked.model_validate(await visit.engine.directory_check(visit.body.document))

    @endpoint("PUT", "/directory", "directory.change", answers=Saved, body=ChangeBody, people=True, longest=LONGEST)
    async def directory_change(self, visit: Visit) -> Saved:
        """Save a directory as the next version."""
        body: ChangeBody = visit.body
        return await _saved(visit.engine.directory_change(body.base, body.document, body.note, body.force))

    @endpoint("POST", "/directory/undo", "directory.change", answers=Saved, body=UndoBody, people=True)
    async def directory_undo(self, visit: Visit) -> Saved:
        """Bring the directory of an old version back, as the next version."""
        body: UndoBody = visit.body
        return await _saved(visit.engine.directory_undo(body.base, body.version, body.note, body.force))


async def _saved(saving: Awaitable[dict[str, Any]]) -> Saved:
    try:
        return Saved.model_validate(await saving)
    except ServiceRefused as refusal:
        told = {name: refusal.problem[name] for name in _TOLD if name in refusal.problem}
        key = str(refusal.problem.get("key", f"error.http_{refusal.status}"))
        raise Problem(refusal.status, str(refusal.problem.get("title", "refused")), key, **told) from None
    except ServiceDown:
        raise Problem(
            503, "whether it was saved is not known; look which version is in force", "error.outcome_unknown"
        ) from None
