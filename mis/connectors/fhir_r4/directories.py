"""What the clinic has: branches, specialties, doctors, services with prices, and why visits are cancelled."""

from __future__ import annotations

from mis.connectors.fhir_r4.fhir import Fhir
from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Concept, Money
from mis.connectors.fhir_r4.reading import best, read_all
from mis.connectors.fhir_r4.wire import Found
from mis.terms import Context, DirectoryKind, Entry

ALL = 2000
# FHIR has no element for how long a service takes.
MINUTES = "urn:okno:minutes"


class Directories(Fhir):
    """Directories of a FHIR server."""

    async def directory(self, ctx: Context, kind: DirectoryKind) -> tuple[Entry, ...]:
        """Return a directory whole, by name."""
        if kind == "branches":
            made = await self._branches(ctx)
        elif kind == "doctors":
            made = await self._doctors(ctx)
        elif kind == "specialties":
            made = await self._specialties(ctx)
        elif kind == "services":
            made = await self._services(ctx)
        else:
            return tuple(Entry(id=code, name=name) for code, name in self._options.cancel_reasons.items())
        return tuple(sorted(made, key=lambda one: one.name.casefold()))

    async def _branches(self, ctx: Context) -> list[Entry]:
        found = await self._wire.search(ctx, "Location", [("status", "active")], limit=ALL)
        forms, _ = read_all(fhir.Location, found.matches)
        return [Entry(id=one.id, name=one.name) for one in forms if one.name]

    async def _roles(self, ctx: Context) -> tuple[list[fhir.PractitionerRole], Found]:
        params = [("active", "true"), ("_include", "PractitionerRole:practitioner")]
        found = await self._wire.search(ctx, "PractitionerRole", params, limit=ALL)
        forms, _ = read_all(fhir.PractitionerRole, found.matches)
        return forms, found

    async def _doctors(self, ctx: Context) -> list[Entry]:
        roles, found = await self._roles(ctx)
        raws = [raw for key, raw in found.along.items() if key.startswith("Practitioner/")]
        doctors, _ = read_all(fhir.Practitioner, raws)
        made = []
        for doctor in doctors:
            own = [role for role in roles if role.practitioner.id == doctor.id]
            specialties = dict.fromkeys(one.token for role in own for one in role.specialty if one.token)
            branches = dict.fromkeys(one.id for role in own for one in role.location)
            if doctor.active:
                made.append(Entry(
                    id=doctor.id, name=best(doctor.name), specialties=tuple(specialties), branches=tuple(branches)
                ))  # fmt: skip
        return made

    async def _specialties(self, ctx: Context) -> list[Entry]:
        roles, _ = await self._roles(ctx)
        concepts = {one.token: one for role in roles for one in role.specialty if one.token}
        return [Entry(id=token, name=one.name) for token, one in concepts.items()]

    async def _services(self, ctx: Context) -> list[Entry]:
        """Services with what they cost; one without a code can be asked for, not searched times by."""
        found = await self._wire.search(ctx, "HealthcareService", [("active", "true")], limit=ALL)
        services, _ = read_all(fhir.HealthcareService, found.matches)
        prices = await self._prices(ctx)
        made = []
        for one in services:
            token = next((kind.token for kind in one.type if kind.token), "")
            price, minutes = prices.get(token), one.extended(MINUTES)
            made.append(Entry(
                id=token or one.id, name=one.name or _words(one.type),
                specialties=tuple(concept.token for concept in one.specialty if concept.token),
                branches=tuple(place.id for place in one.location),
                price=price.value if price else None, currency=price.currency if price else "RUB",
                minutes=minutes.value_positive_int if minutes else None, note=one.comment,
            ))  # fmt: skip
        return made

    async def _prices(self, ctx: Context) -> dict[str, Money]:
        if not self._options.prices:
            return {}
        found = await self._wire.search(ctx, "ChargeItemDefinition", [], limit=ALL)
        forms, _ = read_all(fhir.ChargeItemDefinition, found.matches)
        prices = {}
        for one in forms:
            parts = [part for group in one.property_group for part in group.price_component if part.type == "base"]
            if one.status == "active" and one.code.token and parts and parts[0].amount is not None:
                prices[one.code.token] = parts[0].amount
        return prices


def _words(concepts: tuple[Concept, ...]) -> str:
    return next((one.name for one in concepts if one.name), "")
