"""One file per channel. A file registers itself by name; a name in the settings switches it on."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Literal, Protocol

State = Literal["ready", "down"]


class Channel(Protocol):
    """What every channel can do as of now; parsing and sending come with the first of them."""

    async def state(self) -> State:
        """Return whether the channel's cloud can be reached."""


_REGISTRY: dict[str, Callable[[], Channel]] = {}


def channel(name: str) -> Callable[[Callable[[], Channel]], Callable[[], Channel]]:
    """Register a class as the channel called `name`."""

    def register(make: Callable[[], Channel]) -> Callable[[], Channel]:
        _REGISTRY[name] = make
        return make

    return register


def load() -> dict[str, Channel]:
    """Return all channels of this folder by name."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return {name: make() for name, make in sorted(_REGISTRY.items())}
