"""One file (or folder) per MIS.

A connector imports nothing of ours but the kernel, `mis.terms`, `mis.wire` (what connectors share) and this page.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from zoneinfo import ZoneInfo

from mis.terms import Connector
from okno.errors import OurFault
from okno.settings import MisSettings

_REGISTRY: dict[str, Callable[[Setup], Connector]] = {}


class NoSuchConnector(OurFault):
    """No file of this folder registers a connector of that name."""


class BadOptions(OurFault):
    """The settings of the connector hold a mistake; the message names the key below `mis.options`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a connector is made of.

    Args:
        settings: `mis` of okno.yaml; `options` is the connector's own and checked by it.
        secret: returns the secret a reference names. Raises SecretMissing.
        zone: of the clinic, for times that come without one.
    """

    settings: MisSettings
    secret: Callable[[str], str]
    zone: ZoneInfo


Make = Callable[[Setup], Connector]


def connector(name: str) -> Callable[[Make], Make]:
    """Register what makes the connector called `name`; it raises BadOptions, SecretMissing."""

    def register(make: Make) -> Make:
        _REGISTRY[name] = make
        return make

    return register


def names() -> list[str]:
    """Return the names of all connectors in this folder."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return sorted(_REGISTRY)


def make(setup: Setup) -> Connector:
    """Return the connector the settings name. Raises NoSuchConnector, BadOptions, SecretMissing."""
    name = setup.settings.connector
    if name not in names():
        raise NoSuchConnector(f"mis.connector: there is no connector {name!r}; known: {', '.join(names())}")
    return _REGISTRY[name](setup)
