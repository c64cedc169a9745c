"""The directory in force: which version it is, how it becomes another, and who is told.

A change is checked as the YAML is, rendered for every PBX (what cannot stand in Asterisk's files is refused here, not
there), written with its audit, and only then told: to the loop as `ConfigurationLoaded`, to whoever waits in a long
poll. Between the write and the telling an engine may die: the next one reads the newest version when it begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self

from pydantic import ValidationError

from engine.asterisk.commands import readable
from engine.asterisk.layout import DEBIAN
from engine.asterisk.render import CannotRender
from engine.directory.diffing import Difference, diff
from engine.directory.document import Document, document_of, must_import, read, text_of
from engine.directory.harm import Remark, harm, oddities
from engine.events import Event, PbxConfigured
from engine.ivr.checking import check_all
from engine.store.directory import Directories, Head, Source, Stale, Unreadable, Version, Wish
from engine.turns.configuration import configuration
from engine.world import View
from okno import clock, logs
from okno.database import DatabaseDown
from okno.errors import Refused
from okno.settings.changing import Flaw, changed
from okno.settings.directory import Directory
from okno.settings.model import Settings

log = logs.get(__name__)

# The audit names so many differences; a version's own document has them all.
_AUDITED = 200


class Flawed(Refused):
    """The directory cannot be so. Args: flaws: (key, words) of each mistake."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = flaws
        super().__init__(f"the directory has {len(flaws)} mistakes")


class Hurts(Refused):
    """The change would hurt somebody just now. Args: remarks: whom, and how."""

    def __init__(self, remarks: list[Remark]) -> None:
        self.remarks = remarks
        super().__init__("the change would hurt somebody just now")


class Keeping:
    """The directory of a leading engine.

    Args:
        settings: of this machine, with the directory of its YAML.
        store: the versions.
        world: as it is now.
        epoch: of our lease.
        tell: gives an event to the loop.
    """

    def __init__(
        self, settings: Settings, store: Directories, world: View, *, epoch: int, tell: Callable[[Event], None]
    ) -> None:
        self.settings = settings
        self.version = 0
        self.epoch = str(epoch)
        self._head: Head | None = None
        self._store, self._world, self._epoch, self._tell = store, world, epoch, tell
        self._one = asyncio.Lock()
        self._news = asyncio.Event()
        # A write whose end nobody knows: the table is asked before anything else is said.
        self._doubt = False

    @classmethod
    async def begun(
        cls, settings: Settings, store: Directories, world: View, *, epoch: int, tell: Callable[[Event], None]
    ) -> Self:
        """Return it with the newest version taken over, or one made of the YAML.

        Raises:
            Unreadable: the newest version does not fit the rest of the settings, or this Okno.
            DatabaseDown, LeaseLost: as the store says.
        """
        keeping = cls(settings, store, world, epoch=epoch, tell=tell)
        await keeping._begin()
        return keeping

    async def _begin(self) -> None:
        newest, imported = await self._store.newest(), await self._store.imported()
        yaml = self.settings.directory
        if newest is None or must_import(yaml, None if imported is None else self._read(imported)):
            base = newest.head.version if newest else 0
            was = document_of(self._read(newest)) if newest else document_of(Directory())
            document = document_of(yaml)
            details = {"diff": _told(diff(was, document))}
            head = await self._store.add(self._epoch, Wish(
                base=base, text=text_of(document), actor="system", source="yaml", details=details,
            ))  # fmt: skip
            log.warning("directory_imported", extra={"version": head.version, "differences": len(details["diff"])})
            self._adopt(head, self.settings)
        else:
            self._adopt(newest.head, self._fitting(newest))

    async def newest(self, after: int, epoch: str, wait_s: float) -> dict[str, Any]:
        """Return {version, epoch, head, document} in force; the document only when it is not what the asker has.

        Args:
            after: the version he has, 0 for none.
            epoch: of the engine he has it from; another life's is told at once.
            wait_s: how long to wait for another one. Raises DatabaseDown.
        """
        await self._sure()
        if after == self.version and epoch in ("", self.epoch) and wait_s:
            try:
                await asyncio.wait_for(asyncio.shield(self._changed()), wait_s)
            except TimeoutError:
                log.debug("directory_unchanged")
        answer: dict[str, Any] = {"version": self.version, "epoch": self.epoch, "head": self.head and _head(self.head)}
        if after != self.version:
            answer["document"] = document_of(self.settings.directory)
        return answer

    async def versions(self, before: int | None, limit: int) -> list[dict[str, Any]]:
        """Return heads of versions, the newest first. Raises DatabaseDown."""
        return [_head(head) for head in await self._store.heads(before, limit)]

    async def of(self, version: int, against: int | None = None) -> dict[str, Any]:
        """Return a version: {…head, document, diff}, the differences to `against`, else to the version before it.

        Raises:
            NoSuchVersion, Unreadable, DatabaseDown: as they say.
        """
        found = await self._store.of(version)
        document = document_of(self._read(found))
        other = version - 1 if against is None else against
        was = document_of(self._read(await self._store.of(other)) if other else Directory())
        return {**_head(found.head), "document": document, "against": other, "diff": _rows(diff(was, document))}

    async def check(self, document: Document) -> dict[str, Any]:
        """Return what would come of a document: {version, errors, warnings, busy, diff}; nothing is saved."""
        await self._sure()
        settings, flaws = await self._settings_of(document)
        answer: dict[str, Any] = {
            "version": self.version, "errors": _errors(flaws), "warnings": [], "busy": [], "diff": [],
        }  # fmt: skip
        if settings is not None:
            was, now = self.settings.directory, settings.directory
            answer["warnings"] = [one.row() for one in oddities(now)]
            answer["busy"] = [one.row() for one in harm(self._world, was, now)]
            answer["diff"] = _rows(diff(document_of(was), document_of(now)))
        return answer

    async def change(
        self, *, base: int, document: Document, actor: str, note: str = "", force: bool = False,
        source: Source = "page", restored: int | None = None,
    ) -> dict[str, Any]:
        """Save a document as the next version; one that changes nothing makes none.

        Args:
            base: the version it was made from.
            document: whole.
            actor: the account.
            note: why.
            force: even if it hurts somebody just now.
            source, restored: for an undo.

        Returns:
            {version, diff, warnings}: the version now in force and what it changed.

        Raises:
            Flawed: it cannot be so. Hurts: it would hurt somebody. Stale: `base` is not in force any more.
            LeaseLost, DatabaseDown: as the store says.
        """
        async with self._one:
            await self._sure()
            if base != self.version:
                raise Stale(self.version)
            settings, flaws = await self._settings_of(document)
            if settings is None:
                raise Flawed(flaws)
            was, now = self.settings.directory, settings.directory
            differences = diff(document_of(was), document_of(now))
            if differences:
                remarks = [] if force else harm(self._world, was, now)
                if remarks:
                    raise Hurts(remarks)
                details = {"diff": _told(differences), "note": note, "force": force}
                await self._save(settings, Wish(
                    base=base, text=text_of(document_of(now)), actor=actor, source=source, note=note,
                    restored=restored, details=details,
                ))  # fmt: skip
            warnings = [one.row() for one in oddities(now)]
            return {"version": self.version, "diff": _rows(differences), "warnings": warnings}

    async def undo(self, *, base: int, version: int, actor: str, note: str, force: bool) -> dict[str, Any]:
        """Save the document of an old version as the next one. Returns and raises as `change`, NoSuchVersion too."""
        old = document_of(self._read(await self._store.of(version)))
        return await self.change(
            base=base, document=old, actor=actor, note=note, force=force, source="undo", restored=version
        )

    def applied(self, pbx: str, version: int, reason: str) -> None:
        """Tell the rooms what came of a version at a PBX."""
        self._tell(PbxConfigured(at=clock.now(), pbx=pbx, version=version, reason=reason))

    @property
    def head(self) -> Head | None:
        """Of the version in force; None before it has begun."""
        return self._head

    async def _changed(self) -> None:
        await self._news.wait()

    async def _save(self, settings: Settings, wish: Wish) -> None:
        try:
            head = await self._store.add(self._epoch, wish)
        except DatabaseDown:
            self._doubt = True
            raise
        log.warning("directory_changed", extra={"version": head.version, "source": head.source})
        self._adopt(head, settings)
        self.announce()

    async def _sure(self) -> None:
        """After a write whose end is not known: look what is there, and adopt it. Raises DatabaseDown."""
        if not self._doubt:
            return
        newest = await self._store.newest()
        self._doubt = False
        if newest is not None and newest.head.version > self.version:
            self._adopt(newest.head, self._fitting(newest))
            self.announce()

    def _adopt(self, head: Head, settings: Settings) -> None:
        self.settings, self.version, self._head = settings, head.version, head
        self._news.set()
        self._news = asyncio.Event()

    def announce(self) -> None:
        """Tell the rooms the directory in force."""
        self._tell(configuration(self.settings, clock.now(), self.version))

    async def _settings_of(self, document: Document) -> tuple[Settings | None, list[Flaw]]:
        """Check and render away from the loop: a thousand operators take a good part of a second."""
        return await asyncio.to_thread(_checked, self.settings, document)

    def _fitting(self, version: Version) -> Settings:
        settings, flaws = changed(self.settings, document_of(self._read(version)))
        if settings is None:
            words = "; ".join(f"{key}: {text}" for key, text in flaws)
            raise Unreadable(f"version {version.head.version} of the directory does not fit okno.yaml: {words}")
        return settings

    def _read(self, version: Version) -> Directory:
        try:
            return read(version.text)
        except ValidationError:
            raise Unreadable(f"version {version.head.version} of the directory was made by another Okno") from None


def _checked(settings: Settings, document: Document) -> tuple[Settings | None, list[Flaw]]:
    wanted, flaws = changed(settings, document)
    if wanted is None:
        return None, flaws
    try:
        for pbx in wanted.pbxes:
            readable(wanted, pbx, DEBIAN)
    except CannotRender as error:
        return None, [("", str(error))]
    broken = [(f"flows.{flow}.{one.key}", one.message) for flow, one in check_all(wanted.directory, wanted.engine.http)
              if one.refuses]  # fmt: skip
    return (None, broken) if broken else (wanted, [])


def _rows(differences: list[Difference]) -> list[dict[str, Any]]:
    return [one.row() for one in differences]


def _told(differences: list[Difference]) -> list[dict[str, Any]]:
    return _rows(differences[:_AUDITED])


def _errors(flaws: list[Flaw]) -> list[dict[str, str]]:
    return [{"path": path, "message": words} for path, words in flaws]


def _head(head: Head) -> dict[str, Any]:
    return {
        "version": head.version, "at": head.at.isoformat(), "actor": head.actor, "source": head.source,
        "restored": head.restored, "note": head.note,
    }  # fmt: skip
