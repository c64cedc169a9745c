"""One operation of a map, asked: the context of the question, the source it goes to, the things that came back."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mis.connectors.mapping.building import local
from mis.connectors.mapping.fields import Item, Zones
from mis.connectors.mapping.format import WRITES, Map, Operation, OperationName
from mis.connectors.mapping.questions import QUESTIONS
from mis.connectors.mapping.source import Node, Views, Wire, select
from mis.connectors.mapping.source.templates import RequestTemplate, compile_request
from mis.terms import Context, NotOffered
from okno import clock

# How far we page through what is counted by offset; what lies beyond is told by `complete=False`.
PAGES = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What came back: the things told of, whether they are all, and the answer itself."""

    items: tuple[Item, ...]
    complete: bool = True
    root: Node = field(default_factory=lambda: Node(None))

    @property
    def first(self) -> Item | None:
        """Return the first thing, None when there is none."""
        return self.items[0] if self.items else None


class Unasked(NotOffered):
    """A map has no such operation."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks what a map can ask.

    Args:
        map: the map.
        zones: of the branches.
        wire: the HTTP source, None when nothing of the map needs it.
        views: the database source, likewise.
        values: of the map and of the settings, for its templates.
    """

    map: Map
    zones: Zones
    wire: Wire | None
    views: Views | None
    values: Mapping[str, str | int]
    templates: Mapping[OperationName, RequestTemplate] = field(default_factory=dict)

    def can(self, name: OperationName) -> bool:
        """Say whether the map has this operation."""
        return name in self.map.operations

    async def ask(
        self, ctx: Context, name: OperationName, about: Mapping[str, Any], zone: ZoneInfo | None = None
    ) -> Found:
        """Return what the MIS tells. Raises MisError; for a write whose end was not seen OutcomeUnknown.

        Args:
            ctx: who asks, until when, and our key of a write.
            name: of the operation.
            about: what the question is about; moments in it go out on the clock of `zone`.
            zone: of the branch meant, None for the general one.
        """
        operation = self.map.operations.get(name)
        if operation is None:
            raise Unasked(f"the map {self.map.name!r} has no operation {name}")
        if set(about) != set(QUESTIONS[name]):
            raise Unasked(f"{name} is asked otherwise than maps are told")
        context = self._context(ctx, about, zone or self.zones.general)
        if operation.sql:
            return await self._rows(ctx, operation, context)
        if operation.each == "phone":
            return await self._each_phone(ctx, name, operation, context)
        return await self._pages(ctx, name, operation, context)

    async def close(self) -> None:
        """Close the connections of both sources."""
        if self.wire is not None:
            await self.wire.close()
        if self.views is not None:
            await self.views.close()

    async def _rows(self, ctx: Context, operation: Operation, context: Mapping[str, Any]) -> Found:
        assert self.views is not None  # noqa: S101  # made when any operation has sql
        root, complete = await self.views.ask(ctx, operation.sql, context)
        return self._found(operation, context, root, "a view", complete)

    async def _each_phone(
        self, ctx: Context, name: OperationName, operation: Operation, context: Mapping[str, Any]
    ) -> Found:
        """Ask with every way to write the number at once; the same patient twice is told once by whoever asked."""
        ways = written(context.get("phones", ()), self.map.phone)
        founds = await asyncio.gather(
            *(self._pages(ctx, name, operation, {**context, "phone": way}) for way in ways)
        )
        items = tuple(item for found in founds for item in found.items)
        return Found(items, all(found.complete for found in founds))

    async def _pages(
        self, ctx: Context, name: OperationName, operation: Operation, context: Mapping[str, Any]
    ) -> Found:
        size = operation.page
        if not size:
            return await self._once(ctx, name, operation, {**context, "offset": 0, "page": 0})
        items: list[Item] = []
        for number in range(PAGES):
            found = await self._once(ctx, name, operation, {**context, "offset": number * size, "page": size})
            items += found.items
            if len(found.items) < size:
                return Found(tuple(items), True, found.root)
            if len(items) >= self.map.cut_at:
                break
        return Found(tuple(items[: self.map.cut_at]), False)

    async def _once(
        self, ctx: Context, name: OperationName, operation: Operation, context: Mapping[str, Any]
    ) -> Found:
        assert self.wire is not None  # noqa: S101  # made when any operation has a request
        root, sample = await self.wire.ask(
            ctx, self.templates[name], context, operation.errors, write=name in WRITES
        )
        return self._found(operation, context, root, sample, True)

    def _found(
        self, operation: Operation, context: Mapping[str, Any], root: Node, sample: str, complete: bool
    ) -> Found:
        nodes = next((found for path in operation.items if (found := select(root, path))), [])
        kept = nodes[: self.map.cut_at]
        items = tuple(Item(node, operation.fields, context, self.map.dates, sample) for node in kept)
        return Found(items, complete and len(kept) == len(nodes), root)

    def _context(self, ctx: Context, about: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
        return {
            **self.values,
            **{name: _on_clock(value, zone) for name, value in about.items()},
            "key": ctx.key,
            "now": clock.now().astimezone(zone),
            "unique": uuid.uuid4().hex,  # MSH.10 and its like: a constant one makes two messages one (trap 24)
        }


def compile_map(made: Map) -> dict[OperationName, RequestTemplate]:
    """Return the requests of a map, compiled. Raises BadOptions when a template is broken."""
    return {name: compile_request(one.request) for name, one in made.operations.items() if one.request is not None}


def written(phones: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return a number in the MIS's own ways; one of another country, or without patterns, as it is spelt to us.

    Args:
        phones: spellings of one number.
        patterns: with ten # each, for numbers of +7.
    """
    if not patterns:
        return tuple(dict.fromkeys(phones))
    full = next((phone for phone in phones if phone.startswith("+")), next(iter(phones), ""))
    digits = re.sub(r"\D", "", full)
    if len(digits) == 11 and digits[0] in "78":
        return tuple(dict.fromkeys(_filled(pattern, digits[1:]) for pattern in patterns))
    return (full,) if digits else ()


def _filled(pattern: str, digits: str) -> str:
    left = iter(digits)
    return re.sub("#", lambda _: next(left), pattern)


def _on_clock(value: Any, zone: ZoneInfo) -> Any:
    """Put the moments of a value, one level deep (a slot, a visit), on the clock of a branch."""
    if is_dataclass(value) and not isinstance(value, type):
        moments = {name: local(told, zone) for name in value.__dataclass_fields__
                   if isinstance(told := getattr(value, name), datetime)}  # fmt: skip
        return replace(value, **moments) if moments else value
    return local(value, zone)
