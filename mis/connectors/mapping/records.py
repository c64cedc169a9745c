"""What a map writes besides visits: new patients, and what came of contacts."""

from __future__ import annotations

from dataclasses import replace

from mis.connectors.mapping.asking import Found, written
from mis.connectors.mapping.building import fits
from mis.connectors.mapping.reading import Reading
from mis.terms import (
    Candidate,
    Conflict,
    ContactReport,
    Context,
    Created,
    Duplicate,
    OutcomeUnknown,
    PatientDraft,
    PatientQuery,
)


class Records(Reading):
    """A connector as far as it reads, makes patients and reports contacts."""

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        """Make a patient unless there are like ones. A MIS that keeps no key of ours shows the one made as like."""
        self._offered("create_patient")
        like = () if draft.anyway else await self._like(ctx, draft)
        if like:
            return Duplicate(people=like)
        phones = written((draft.phone,), self._asking.map.phone) if draft.phone else ()
        about = {"draft": draft, "phone": phones[0] if phones else ""}
        try:
            found = await self._asking.ask(replace(ctx, key=draft.key), "create_patient", about)
        except Conflict:
            return Duplicate(people=await self._like(ctx, draft))
        name = " ".join(part for part in (draft.family, draft.given, draft.patronymic) if part)
        made = Candidate(id=self._id(found, draft.key), name=name, born=draft.born, sex=draft.sex)
        return Created(patient=made)

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        """Write back what came of a contact."""
        self._offered("report_contact")
        await self._asking.ask(replace(ctx, key=report.key), "report_contact", {"report": report})

    def _id(self, found: Found, key: str) -> str:
        """Return the id of what was made. A MIS that does not say it may have made it all the same."""
        item = found.first
        told = item.text("id") if item else ""
        if not told:
            raise OutcomeUnknown(key)
        return told

    async def _like(self, ctx: Context, draft: PatientDraft) -> tuple[Candidate, ...]:
        """Return patients of this number and name, of this birth date as far as it is known."""
        name = f"{draft.family} {draft.given}"
        phones = (draft.phone,) if draft.phone else ()
        if not phones and not self._asking.can("patients_by_name"):
            return ()
        query = PatientQuery(phones=phones, name="" if phones else name, limit=1000)
        found = await self._find(ctx, query)
        return tuple(one for one in found.people if fits(one, PatientQuery(name=name, born=draft.born)))
