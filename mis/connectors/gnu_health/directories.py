"""Branches, specialties, doctors, services, and why a visit is cancelled."""

from __future__ import annotations

from collections import defaultdict

from mis.connectors.gnu_health.forms import Called, Doctor, Service, Speciality, read
from mis.connectors.gnu_health.health import Health
from mis.terms import Context, DirectoryKind, Entry

SERVICES = [
    ["template.type", "=", "service"], ["is_insurance_plan", "=", False], ["is_bed", "=", False],
]  # fmt: skip


class Directories(Health):
    """Directories of a GNU Health."""

    async def directory(self, ctx: Context, kind: DirectoryKind) -> tuple[Entry, ...]:
        """Return a directory whole, by name."""
        match kind:
            case "branches":
                found = await self._branches(ctx)
            case "specialties":
                found = await self._specialties(ctx)
            case "doctors":
                found = await self._doctors(ctx)
            case "services":
                found = await self._services(ctx)
            case "cancel_reasons":
                return tuple(Entry(id=state, name=name) for state, name in self._options.cancel_reasons.items())
        return tuple(sorted(found, key=lambda one: (one.name, one.id)))

    async def _branches(self, ctx: Context) -> list[Entry]:
        rows = await self._wire.rows(ctx, "gnuhealth.institution", [], ("rec_name",))
        return [Entry(id=str(one.id), name=one.rec_name or "") for one in (read(Called, row) for row in rows)]

    async def _specialties(self, ctx: Context) -> list[Entry]:
        """Those some doctor has: GNU Health brings seventy with it."""
        names = {one.specialty.id: one.specialty.rec_name or "" for one in await self._of_doctors(ctx)}
        return [Entry(id=str(one), name=name) for one, name in names.items()]

    async def _doctors(self, ctx: Context) -> list[Entry]:
        specialties: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
        for one in await self._of_doctors(ctx):
            specialties[one.healthprof] += (str(one.specialty.id),)
        fields = ("party.lastname", "party.name", "institution")
        doctors = [read(Doctor, row) for row in await self._wire.rows(ctx, "gnuhealth.healthprofessional", [], fields)]
        return [
            Entry(
                id=str(one.id),
                name=one.party.called,
                specialties=specialties[one.id],
                branches=(str(one.institution),) if one.institution else (),
            )
            for one in doctors
        ]

    async def _services(self, ctx: Context) -> list[Entry]:
        company = await self._wire.company(ctx)
        rows = await self._wire.rows(ctx, "product.product", SERVICES, ("rec_name", "list_price"), company=company)
        services = [read(Service, row) for row in rows]
        return [Entry(id=str(one.id), name=one.rec_name or "", price=one.list_price) for one in services]

    async def _of_doctors(self, ctx: Context) -> list[Speciality]:
        fields = ("healthprof", "specialty.rec_name")
        return [read(Speciality, row) for row in await self._wire.rows(ctx, "gnuhealth.hp_specialty", [], fields)]
