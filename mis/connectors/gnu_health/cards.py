"""A patient's card, put together of what GNU Health keeps; a part it does not give is named, not invented."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from mis.connectors.gnu_health.forms import Condition, Patient, Policy, read
from mis.connectors.gnu_health.people import People
from mis.terms import Card, Context, Flag, Insurance, MisError, Named
from okno import clock

Value = TypeVar("Value")
# Its accounting is per invoice and its consents are papers: neither can be asked for in one word.
NEVER = ("balance", "consents")


class Cards(People):
    """Cards of a GNU Health's patients."""

    async def card(self, ctx: Context, patient: str) -> Card:
        """Return a card; of a patient whose person was merged, that of the one he was merged into."""
        form = await self._patient(ctx, patient)
        missing = list(NEVER)

        async def part(name: str, asked: Awaitable[Value]) -> Value | None:
            try:
                return await asked
            except MisError:
                missing.append(name)
                return None

        flags, insurance, relatives = await asyncio.gather(
            part("flags", self._flags(ctx, form)),
            part("insurance", self._insurance(ctx, form.party.id)),
            part("relatives", self.relatives(ctx, str(form.id))),
        )
        doctor = form.doctor
        return Card(
            id=str(form.id),
            name=form.party.called,
            version=form.version,
            born=form.party.dob,
            sex=form.party.sex,
            card_number=form.party.ref or "",
            deceased=bool(form.party.deceased),
            replaced=patient if patient != str(form.id) else "",
            flags=flags or (),
            insurance=insurance or (),
            relatives=relatives or (),
            doctor=Named(id=str(doctor.id), name=doctor.rec_name or "") if doctor else None,
            missing=tuple(sorted(missing)),
            fetched_at=clock.now(),
        )

    async def _flags(self, ctx: Context, form: Patient) -> tuple[Flag, ...]:
        """Allergies, by name where they are named; the mark on the record counts without one."""
        domain = [["patient", "=", form.id], ["is_allergy", "=", True]]
        fields = ("is_active", "pathology.rec_name")
        rows = await self._wire.rows(ctx, "gnuhealth.patient.disease", domain, fields)
        known = [one for one in (read(Condition, row) for row in rows) if one.is_active]
        found = [Flag(kind="allergy", text=(one.pathology.rec_name or "") if one.pathology else "") for one in known]
        return tuple(found) or ((Flag(kind="allergy"),) if form.crit_allergic else ())

    async def _insurance(self, ctx: Context, party: int) -> tuple[Insurance, ...]:
        fields = ("number", "member_exp", "company.rec_name", "plan_id.rec_name")
        domain = [["party", "=", party], ["OR", ["member_exp", "=", None], ["member_exp", ">=", clock.now().date()]]]
        policies = [read(Policy, row) for row in await self._wire.rows(ctx, "gnuhealth.insurance", domain, fields)]
        return tuple(
            Insurance(
                payer=(one.company.rec_name or "") if one.company else "",
                number=one.number or "",
                programme=(one.plan.rec_name or "") if one.plan else "",
                valid_until=one.member_exp,
            )
            for one in policies
        )
