"""A patient is made only when there is none like him, or when the operator says that he is another one."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mis.client import Asker, NewPatient
from mis.finding import names, ranking
from mis.finding.finder import Finder
from mis.finding.inquiry import Inquiry
from mis.guard import Flights
from mis.terms import Candidate, Context, Created, Invalid, MisError, NotOffered, PatientDraft
from okno import clock

OLDEST = 120
# A surname and a given name that are this like are worth a look; «Ivanova» for «Ivanov» is not.
LIKE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Makes patients.

    Args:
        inquiry: asks the MIS.
        finder: shows who is like.
        flights: two operators who make the same person in one second make him once.
    """

    inquiry: Inquiry
    finder: Finder
    flights: Flights

    async def make(self, draft: PatientDraft, asker: Asker) -> NewPatient:
        """Make a patient, or return those like him. Raises DatabaseDown, NotOffered."""
        if "create_patient" not in self.inquiry.mis.capabilities:
            raise NotOffered("the connected MIS does not offer create_patient")
        number = self.inquiry.number(draft.phone) if draft.phone else None
        draft = replace(
            draft, phone=number or draft.phone, family=names.tidy(draft.family), given=names.tidy(draft.given),
            patronymic=names.tidy(draft.patronymic),
        )  # fmt: skip
        wrong = _wrong(draft, number)
        if wrong:
            return NewPatient(error=Invalid.code, fields=wrong)
        # With the number: of two namesakes whose birth date nobody knows one must not be told as the other.
        person = (names.fold(f"{draft.family} {draft.given}"), draft.born, number, draft.anyway)
        flown = False

        def fly() -> Coroutine[Any, Any, NewPatient]:
            nonlocal flown
            flown = True
            return self._made(draft, number, asker)

        answer = await self.flights.join(person, fly)
        if not flown:  # a colleague's order brought it: what he is shown of it is audited as his, too
            shown = [one.id for one in (*answer.like, *((answer.made,) if answer.made else ()))]
            if shown:
                await self.finder.shown.each(asker, "patient.candidate", shown, {"by": "same_order"})
        return answer

    async def _made(self, draft: PatientDraft, number: str | None, asker: Asker) -> NewPatient:
        try:
            like = () if draft.anyway else await self._like(draft, number, asker)
            if not like:
                return await self._sent(draft, asker)
        except Invalid as error:
            return NewPatient(error=error.code, fields=error.fields)
        except MisError as error:
            return NewPatient(error=error.code)
        return await self._alike(like, asker)

    async def _sent(self, draft: PatientDraft, asker: Asker) -> NewPatient:
        # What is about to be done is written down first; who it became, after.
        await self.finder.shown.each(asker, "patient.create", [], {"key": draft.key, "anyway": draft.anyway})
        end = clock.monotonic() + self.inquiry.settings.mis.write_s
        ctx = Context(actor=asker.actor, purpose=asker.purpose, request=str(asker.request), deadline=end, key=draft.key)
        made = await self.inquiry.mis.create_patient(ctx, draft)
        if not isinstance(made, Created):
            return await self._alike(made.people, asker)
        await self.finder.shown.each(asker, "patient.created", [made.patient.id], {"key": draft.key})
        self.inquiry.waiting.forget(draft.phone)
        return NewPatient(made=self.finder.persons([made.patient])[0])

    async def _alike(self, like: tuple[Candidate, ...], asker: Asker) -> NewPatient:
        await self.finder.shown.each(asker, "patient.candidate", [one.id for one in like], {"by": "likeness"})
        return NewPatient(like=self.finder.persons(like))

    async def _like(self, draft: PatientDraft, number: str | None, asker: Asker) -> tuple[Candidate, ...]:
        """Return who is like him: the same name and date, or a like name at the same number. Raises MisError."""
        name, found = f"{draft.family} {draft.given}", dict[str, Candidate]()
        if "search_name" in self.inquiry.mis.capabilities:
            got = await self.inquiry.ask(asker, names=names.variants(name), born=draft.born)
            found |= {one.id: one for one in ranking.by_words(got.people, (name,), draft.born, "")}
        if number and "search_phone" in self.inquiry.mis.capabilities:
            got = await self.inquiry.ask(asker, number=number)
            found |= {one.id: one for one in ranking.by_words(got.people, (name,), draft.born, "")}
        return tuple(ranking.ordered(one for one in found.values() if one.score >= LIKE and not one.deceased))


def _wrong(draft: PatientDraft, number: str | None) -> tuple[str, ...]:
    """Return the names of what cannot be."""
    today = clock.now().date()
    wrong = [name for name in ("key", "family", "given") if not getattr(draft, name).strip()]
    if draft.phone and number is None:
        wrong.append("phone")
    if draft.born is not None and not date(today.year - OLDEST, 1, 1) <= draft.born <= today:
        wrong.append("born")
    return tuple(wrong)
