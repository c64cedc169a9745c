"""One file per MIS. A connector imports nothing of ours but the kernel and this page."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, Protocol

from okno.errors import OurFault

State = Literal["ready", "not_configured", "down"]
_REGISTRY: dict[str, Callable[[], Mis]] = {}


class NoSuchConnector(OurFault):
    """No file of this folder registers a connector of that name."""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as a look-up finds him: no more than P6 shows before he is identified."""

    id: str
    name: str
    birth_year: int | None
    relation: Literal["self", "parent", "child", "spouse", "other"] | None


class Mis(Protocol):
    """What every connector can do."""

    async def state(self) -> State:
        """Return whether the MIS can be asked now; asks it, cheaply."""

    async def find_by_phone(self, e164: str) -> list[Person] | State:
        """Return the patients with this number, or the state that prevents an answer. Raises nothing for an absence."""


def connector(name: str) -> Callable[[Callable[[], Mis]], Callable[[], Mis]]:
    """Register a class as the connector called `name`."""

    def register(make: Callable[[], Mis]) -> Callable[[], Mis]:
        _REGISTRY[name] = make
        return make

    return register


def names() -> list[str]:
    """Return the names of all connectors in this folder."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return sorted(_REGISTRY)


def make(name: str) -> Mis:
    """Return a connector by name. Raises NoSuchConnector."""
    if name not in names():
        raise NoSuchConnector(f"there is no MIS connector {name!r}; known: {', '.join(names())}")
    return _REGISTRY[name]()
