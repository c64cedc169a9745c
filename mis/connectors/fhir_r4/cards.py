"""A patient's card, put together of what the server keeps; a part it does not give is named, not invented."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar, get_args

from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Concept, Json, Period
from mis.connectors.fhir_r4.people import People
from mis.connectors.fhir_r4.reading import best, card_number, day, deceased, instant, read
from mis.terms import Card, Context, Flag, Insurance, MisError, Named
from mis.terms.people import FlagKind
from okno import clock

Value = TypeVar("Value")
# R4 has no balance on an account; this is R5's, as HL7 writes it in R4.
BALANCE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Account.balance"
NEEDS_LETTER = "urn:okno:needs-letter"
MOST = 50


class Cards(People):
    """Cards of a FHIR server's patients."""

    async def card(self, ctx: Context, patient: str) -> Card:
        """Return a card; a merged patient's is that of the record which stands for him."""
        form = await self._patient(ctx, patient)
        missing: list[str] = []

        async def part(name: str, asked: Awaitable[Value]) -> Value | None:
            try:
                return await asked
            except MisError:
                missing.append(name)
                return None

        flags, insurance, relatives, balance, doctor = await asyncio.gather(
            part("flags", self._flags(ctx, form.id)),
            part("insurance", self._insurance(ctx, form.id)),
            part("relatives", self.relatives(ctx, form.id)),
            part("balance", self._balance(ctx, form.id)),
            part("doctor", self._attending(ctx, form)),
        )
        if self._options.audit:
            await part("audit", self._wire.write(ctx, "POST", "AuditEvent", audit_event(ctx, form, clock.now())))
        return Card(
            id=form.id,
            name=best(form.name),
            version=form.meta.version_id,
            born=day(form.birth_date),
            sex=form.gender,
            card_number=card_number(form, self._options),
            deceased=deceased(form),
            restricted=form.restricted,
            replaced=patient if patient != form.id else "",
            flags=flags or (),
            insurance=insurance or (),
            relatives=relatives or (),
            doctor=doctor,
            balance=balance[0] if balance else None,
            currency=balance[1] if balance else "RUB",
            missing=tuple(sorted(missing)),
            fetched_at=clock.now(),
        )

    async def _flags(self, ctx: Context, patient: str) -> tuple[Flag, ...]:
        """Warnings, allergies and refusals."""
        who, today = ("patient", f"Patient/{patient}"), clock.now().date()
        flags, allergies, consents = await asyncio.gather(
            self._wire.search(ctx, "Flag", [who, ("status", "active")], limit=MOST),
            self._wire.search(ctx, "AllergyIntolerance", [who], limit=MOST),
            self._wire.search(ctx, "Consent", [who, ("status", "active")], limit=MOST),
        )
        found = []
        for raw in flags.matches:
            flag = read(fhir.Flag, raw)
            if flag.status == "active" and _runs(flag.period, today):
                found.append(Flag(kind=self._kind([flag.code]) or "note", text=flag.code.name))
        for raw in allergies.matches:
            allergy = read(fhir.AllergyIntolerance, raw)
            over = allergy.clinical_status.codes & {"inactive", "resolved"}
            if not over and not allergy.verification_status.codes & {"refuted", "entered-in-error"}:
                found.append(Flag(kind="allergy", text=allergy.code.name))
        for raw in consents.matches:
            consent = read(fhir.Consent, raw)
            kind = self._kind([*consent.provision.code, *consent.category])
            if kind and consent.provision.type == "deny" and _runs(consent.provision.period, today):
                found.append(Flag(kind=kind))
        return tuple(found)

    def _kind(self, concepts: list[Concept]) -> FlagKind | None:
        for code in [code for one in concepts for code in sorted(one.codes)]:
            if code in self._options.flags:
                return self._options.flags[code]
            for kind in get_args(FlagKind):
                if code.casefold().replace("-", "_") == kind:
                    return kind  # type: ignore[no-any-return]
        return None

    async def _insurance(self, ctx: Context, patient: str) -> tuple[Insurance, ...]:
        params = [("patient", f"Patient/{patient}"), ("status", "active"), ("_include", "Coverage:payor")]
        found = await self._wire.search(ctx, "Coverage", params, limit=MOST)
        policies = []
        for raw in found.matches:
            one = read(fhir.Coverage, raw)
            if one.status != "active":
                continue
            payer = next((other for other in one.payor), None)
            named = found.along.get(f"Organization/{payer.id}") if payer else None
            plan = next((part for part in one.classes if "plan" in part.type.codes), None)
            letter = one.extended(NEEDS_LETTER)
            policies.append(Insurance(
                payer=(payer.display if payer else "") or (read(fhir.Organization, named).name if named else ""),
                number=one.subscriber_id or next((number.value for number in one.identifier if number.value), ""),
                programme=(plan.name or plan.value) if plan else "",
                valid_until=day(one.period.end),
                needs_letter=letter.value_boolean if letter else None,
            ))  # fmt: skip
        return tuple(policies)

    async def _balance(self, ctx: Context, patient: str) -> tuple[Decimal, str] | None:
        """What is on the patient's accounts, all of one currency; less than nothing is a debt."""
        params = [("patient", f"Patient/{patient}"), ("status", "active")]
        found = await self._wire.search(ctx, "Account", params, limit=MOST)
        amounts = []
        for raw in found.matches:
            balance = read(fhir.Account, raw).extended(BALANCE)
            told = [one.value_money for one in balance.extension if one.url == "amount"] if balance else []
            amounts += [(one.value, one.currency) for one in told if one is not None and one.value is not None]
        if len({currency for _, currency in amounts}) != 1:
            return None
        return sum((value for value, _ in amounts), Decimal(0)), amounts[0][1]

    async def _attending(self, ctx: Context, form: fhir.Patient) -> Named | None:
        doctors = [one for one in form.general_practitioner if one.kind == "Practitioner"]
        if not doctors:
            return None
        name = doctors[0].display
        if not name:
            name = best(read(fhir.Practitioner, await self._wire.read(ctx, f"Practitioner/{doctors[0].id}")).name)
        return Named(id=doctors[0].id, name=name)


def audit_event(ctx: Context, form: fhir.Patient, at: datetime) -> Json:
    """Return what tells the MIS of a card that was read: IHE's Basic Audit Log Patterns, Patient Read."""
    rest = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"}
    entities = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
    roles = "http://terminology.hl7.org/CodeSystem/object-role"
    what = {"reference": f"Patient/{form.id}"}
    asked = {"type": {"system": entities, "code": "2"}, "what": {"identifier": {"value": ctx.request or ctx.purpose}}}
    return {
        "resourceType": "AuditEvent", "type": rest, "action": "R", "recorded": instant(at), "outcome": "0",
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "read"}],
        "agent": [
            {"who": {"display": "Okno"}, "requestor": False},
            {"who": {"identifier": {"value": ctx.actor}}, "requestor": True, "purposeOfUse": [{"text": ctx.purpose}]},
        ],
        "source": {"observer": {"display": "Okno"}},
        "entity": [
            {"what": what, "type": {"system": entities, "code": "1"}, "role": {"system": roles, "code": "1"}},
            {**asked, "role": {"system": roles, "code": "20"}},
        ],
    }  # fmt: skip


def _runs(period: Period, today: date) -> bool:
    begins, ends = day(period.start), day(period.end)
    return (begins is None or begins <= today) and (ends is None or ends >= today)
