"""One file per kind of step: a pydantic model of its fields, whose `walk` is a pure generator of orders.

A step imports nothing of ours but this page, `fields`, `talking`, `orders` and `saying`.
"""

from __future__ import annotations

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, TypeVar

from pydantic import Field

from engine.ivr.orders import Caller
from engine.ivr.talking import Walk
from okno.settings.directory import Strict, Title


class Step(Strict, ABC):
    """One step of a flow. `label` is what administrators call it; nobody hears it."""

    kind: str
    label: Title = Field(default_factory=dict)

    @abstractmethod
    def walk(self, caller: Caller) -> Walk:
        """Walk it for one caller: yield orders, be sent answers, return the next step's name or the end."""

    def ends(self) -> bool:
        """Whether the flow may end in this step."""
        return False

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Yield (field, word, message) of what is wrong inside the step: keys that clash, what cannot be said."""
        yield from ()


S = TypeVar("S", bound=type[Step])
_REGISTRY: dict[str, type[Step]] = {}


def step(kind: str) -> Callable[[S], S]:
    """Register the class of the steps of one kind."""

    def register(made: S) -> S:
        _REGISTRY[kind] = made
        return made

    return register


def kinds() -> dict[str, type[Step]]:
    """Return every kind in this folder and its class, by name."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_REGISTRY.items()))


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of every kind, for a form.

    A `title` is a key of the page's words: `ivr.kind.<kind>` and `ivr.field.<field>`; the values of an `enum` are
    called `ivr.value.<value>`. A field that names something says what in `okno`: step, prompt, queue, hours, extension,
    http, fact, key, value (a text or `$fact`).
    """
    return {kind: _titled(made.model_json_schema(), f"ivr.kind.{kind}") for kind, made in kinds().items()}


def _titled(schema: dict[str, Any], title: str) -> dict[str, Any]:
    schema["title"] = title
    schema.pop("description", None)
    for name, field in schema.get("properties", {}).items():
        field["title"] = f"ivr.field.{name}"
    for name, inner in schema.get("$defs", {}).items():
        _titled(inner, f"ivr.part.{name.lower()}")
    return schema


def clashing(keys: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str, str]]:
    """Yield a doubt for each key that means two things in one step.

    Args:
        keys: (field, key), None for a key that is not used.
    """
    seen: set[str] = set()
    for place, key in keys:
        if key is not None and key in seen:
            yield place, "key_twice", f"the key {key} means two things"
        seen.add(key or "")
