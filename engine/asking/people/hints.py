"""Hints as people ask for them and change them: checked once, here; told to every screen by their number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from engine.asking.reading import read
from engine.asking.who import Who
from engine.live.rows import wire
from engine.live.screens import Screens
from engine.store.people.hints import Hint, HintStore, Saved

# All of them go to every operator's page at the start of his shift.
MOST = 500
_Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HintAsked(_Strict):
    """A hint as it is to be; `version` is the one the person saw, 0 for a new one. The id is minted where he writes."""

    id: UUID
    version: Annotated[int, Field(ge=0)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    topic: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    queues: Annotated[tuple[_Name, ...], Field(max_length=50)] = ()
    lines: Annotated[tuple[_Name, ...], Field(max_length=50)] = ()

    @field_validator("title", "text", "topic")
    @classmethod
    def _written(cls, text: str) -> str:
        if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise ValueError("it holds what cannot be written")
        return text


class RemovalAsked(_Strict):
    """Which hint to hide; saving it again takes that back."""

    id: UUID
    version: Annotated[int, Field(ge=1)]


class Hints:
    """Lists and changes hints.

    Args:
        store: keeps them.
        screens: tell their number.
    """

    def __init__(self, store: HintStore, screens: Screens) -> None:
        self._store = store
        self._screens = screens

    async def begin(self) -> None:
        """Learn the number of the last change, before anybody asks. Raises DatabaseDown."""
        self._screens.hints = await self._store.revision()

    async def all(self, params: Mapping[str, str]) -> dict[str, Any]:
        """Return {version, items}; items is None when nothing changed after `after`. Raises DatabaseDown."""
        revision = await self._store.revision()
        if params.get("after") == str(revision):
            return {"version": revision, "items": None}
        return {"version": revision, "items": [hint_row(hint) for hint in (await self._store.all())[:MOST]]}

    async def save(self, who: Who, body: Any) -> dict[str, Any]:
        """Write a hint: {ok, why, hint, version}; refused as `stale` with the hint as it is now.

        Raises BadQuery, DatabaseDown.
        """
        asked = read(HintAsked, body, "the hint")
        fields = asked.model_dump() | {"id": str(asked.id), "actor": who.actor}
        if asked.version == 0 and len(await self._store.all()) >= MOST:
            return {"ok": False, "why": "too_many", "hint": None, "version": await self._store.revision()}
        return await self._told(await self._store.save(Hint(**fields), seen=asked.version))

    async def remove(self, who: Who, body: Any) -> dict[str, Any]:
        """Hide a hint: as `save`. Raises BadQuery, DatabaseDown."""
        asked = read(RemovalAsked, body, "the hint")
        versions = await self._store.versions(str(asked.id))
        seen = next((one for one in versions if one.version == asked.version), None)
        if seen is None:
            return {"ok": False, "why": "not_found", "hint": None, "version": await self._store.revision()}
        hidden = Hint(
            id=seen.id, version=seen.version, title=seen.title, text=seen.text, topic=seen.topic, queues=seen.queues,
            lines=seen.lines, removed=True, actor=who.actor,
        )  # fmt: skip
        return await self._told(await self._store.save(hidden, seen=asked.version))

    async def _told(self, saved: Saved) -> dict[str, Any]:
        self._screens.hints = await self._store.revision()
        self._screens.beat()
        return {
            "ok": saved.ok, "why": "" if saved.ok else "stale", "hint": hint_row(saved.hint) if saved.hint else None,
            "version": self._screens.hints,
        }  # fmt: skip


def hint_row(hint: Hint) -> dict[str, Any]:
    """Return a hint as it goes over the wire."""
    return {
        "id": hint.id, "version": hint.version, "title": hint.title, "text": hint.text, "topic": hint.topic,
        "queues": list(hint.queues), "lines": list(hint.lines), "removed": hint.removed, "actor": hint.actor,
        "at": wire(hint.at),
    }  # fmt: skip
