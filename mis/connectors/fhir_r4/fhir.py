"""What every part of the connector stands on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.options import Options
from mis.connectors.fhir_r4.reading import Around
from mis.connectors.fhir_r4.wire import Wire
from mis.terms import Connector, Context, Forbidden, Invalid, Malformed, NotFound


class Fhir(Connector):
    """One FHIR R4 server.

    Args:
        wire: how it is reached.
        options: the connector's settings.
        zone: of the clinic, for times that come without one.
    """

    def __init__(self, wire: Wire, options: Options, zone: ZoneInfo) -> None:
        self._wire, self._options, self._zone = wire, options, zone
        self._offers: frozenset[str] | None = None
        self._asking = asyncio.Lock()
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def state(self, ctx: Context) -> None:
        """Ask how many branches there are: our credentials are needed for it, and nobody's data."""
        await self._wire.search(ctx, "Location", [("_summary", "count")], limit=1)

    async def _offered(self, ctx: Context, what: str) -> bool:
        """Say whether the server's own statement offers a type, "Type?parameter" or "transaction". Asked once.

        One that keeps its statement to itself, or says nonsense there, offers nothing beyond what every server does.
        """
        async with self._asking:
            if self._offers is None:
                try:
                    self._offers = _statement(await self._wire.read(ctx, "metadata"))
                except (Forbidden, NotFound, Invalid, Malformed):
                    self._offers = frozenset()
        return what in self._offers

    async def _transactions(self, ctx: Context) -> bool:
        told = self._options.transactions
        return await self._offered(ctx, "transaction") if told is None else told

    def _around(self, along: Mapping[str, Json]) -> Around:
        return Around(along, self._options, self._zone)


def _statement(raw: Json) -> frozenset[str]:
    """What a CapabilityStatement says that the server does."""
    offers: set[str] = set()
    for rest in _listed(raw, "rest"):
        offers.update(str(one.get("code")) for one in _listed(rest, "interaction"))
        for resource in _listed(rest, "resource"):
            kind = str(resource.get("type"))
            offers.add(kind)
            offers.update(f"{kind}?{one.get('name')}" for one in _listed(resource, "searchParam"))
    return frozenset(offers)


def _listed(raw: Json, name: str) -> list[Json]:
    value = raw.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
