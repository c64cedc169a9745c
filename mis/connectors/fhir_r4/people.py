"""Who it may be: patients by number, by name, by card; families by the ties the MIS keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from mis.connectors.fhir_r4.families import Tie, relatives, ties
from mis.connectors.fhir_r4.fhir import Fhir
from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.reading import best, candidate, day, phones, read, read_all
from mis.connectors.fhir_r4.wire import Found, Write, token
from mis.terms import (
    Candidate,
    Candidates,
    Context,
    Created,
    Duplicate,
    Invalid,
    NotFound,
    OutcomeUnknown,
    PatientDraft,
    PatientQuery,
    Relation,
    Relative,
)
from mis.wire import after, before
from okno import clock

# A mother is found by her number, her child by the tie from her record.
FAMILY = (("_include", "Patient:link"), ("_include:iterate", "RelatedPerson:patient"))
HOPS = 3


class People(Fhir):
    """Patients of a FHIR server."""

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Return who fits: whose record has the number, and those who are tied to him."""
        params = _asked(query, self._options.card_system)
        if not params:
            raise Invalid("query")
        found = await self._with_families(ctx, params, query.limit)
        forms, all_read = read_all(fhir.Patient, found.matches)
        direct = {one.id: one for one in forms if not query.phones or _has(one, query.phones)}
        known = {one.id: one for one in _along(found)} | direct
        tied = ties(known, found.along) if query.phones else []
        if query.phones and await self._offered(ctx, "RelatedPerson?phone"):
            more = await self._owners(ctx, query)
            tied += ties(known, {f"RelatedPerson/{one['id']}": one for one in more.matches if one.get("id")})
            known = {one.id: one for one in _along(more)} | known
        wards = [tie for tie in tied if tie.patient in known and (not tie.person or tie.person in direct)]
        people = dict(direct)
        people.update((tie.patient, known[tie.patient]) for tie in wards if _fits(known[tie.patient], query))
        standing = await self._followed(ctx, people.values(), known)
        owners = {one.id for one in standing.values() if not query.phones or _has(one, query.phones)}
        candidates = [
            replace(candidate(one, self._options), relation=_relation(one.id, owners, wards) if query.phones else None)
            for one in standing.values()
        ]
        whole = found.complete and all_read and len(candidates) <= query.limit
        return Candidates(people=tuple(candidates[: query.limit]), complete=whole)

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        """Return who belongs to a patient, those he speaks for included."""
        own, theirs = await asyncio.gather(
            self._with_families(ctx, [("_id", patient)], 1),
            self._wire.search(ctx, "RelatedPerson", [
                ("patient", f"Patient/{patient}"), ("_revinclude", "Patient:link"),
            ], limit=50),
        )  # fmt: skip
        if not own.matches:
            raise NotFound
        one = read(fhir.Patient, own.matches[0])
        known = {other.id: other for other in [*_along(own), *_along(theirs)]} | {one.id: one}
        along = {**own.along, **{f"RelatedPerson/{raw.get('id')}": raw for raw in theirs.matches}}
        return relatives(one, ties(known, along), known, self._options.guardian_until, clock.now().date())

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        """Make a patient, and his guardian's tie with him as one; unless there are like ones."""
        # A server may keep If-None-Exist only of what it has finished: the same order twice at once goes one by one.
        async with self._orders.setdefault(draft.key, asyncio.Lock()):
            return await self._create(replace(ctx, key=draft.key), draft)

    async def _create(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        made = await before(self._made(ctx, draft.key))
        if made is not None:
            return Created(patient=made)
        if not draft.anyway:
            name = f"{draft.family} {draft.given}"
            like = await before(self.find_patients(ctx, PatientQuery(name=name, born=draft.born, limit=10)))
            if like.people:
                made = await before(self._made(ctx, draft.key))  # it may be he himself: the same order came twice
                return Duplicate(people=like.people) if made is None else Created(patient=made)
        once = urlencode({"identifier": f"{self._options.patient_system}|{draft.key}"})
        new = Write("POST", "Patient", self._drafted(draft), if_none_exist=once, full_url=f"urn:uuid:{draft.key}")
        if draft.guardian:
            await self._wire.transact(ctx, [new, *await self._tied(ctx, draft)])
        else:
            await self._wire.write(ctx, new.method, new.path, new.resource, if_none_exist=once)
        made = await after(ctx, self._made(ctx, draft.key))
        if made is None:
            raise OutcomeUnknown(ctx.key)
        return Created(patient=made)

    async def _with_families(self, ctx: Context, params: list[tuple[str, str]], limit: int) -> Found:
        """Patients with who belongs to them; without, from a server that cannot bring them along."""
        try:
            return await self._wire.search(ctx, "Patient", [*params, *FAMILY], limit=limit)
        except Invalid:
            return await self._wire.search(ctx, "Patient", params, limit=limit)

    async def _patient(self, ctx: Context, patient: str) -> fhir.Patient:
        """The record that stands for an id: a merged one is followed. Raises NotFound."""
        for _ in range(HOPS):
            form = read(fhir.Patient, await self._wire.read(ctx, f"Patient/{patient}"))
            if not form.replaced_by:
                return form
            patient = form.replaced_by
        raise NotFound

    async def _followed(
        self, ctx: Context, people: Iterable[fhir.Patient], known: dict[str, fhir.Patient]
    ) -> dict[str, fhir.Patient]:
        """Those in use, merged ones by what they were merged into, each once."""
        standing: dict[str, fhir.Patient] = {}
        for one in people:
            into = known.get(one.replaced_by) if one.replaced_by else one
            if into is None or into.replaced_by:
                into = await self._patient(ctx, one.replaced_by)
            if into.active:
                standing[into.id] = into
        return standing

    async def _owners(self, ctx: Context, query: PatientQuery) -> Found:
        """Those who have the number without being patients, and whom they belong to."""
        wanted = ",".join(token(one) for one in query.phones)
        params = [("phone", wanted), ("_include", "RelatedPerson:patient")]
        return await self._wire.search(ctx, "RelatedPerson", params, limit=query.limit)

    async def _made(self, ctx: Context, key: str) -> Candidate | None:
        wanted = [("identifier", f"{self._options.patient_system}|{token(key)}")]
        found = await self._wire.search(ctx, "Patient", wanted, limit=1)
        return candidate(read(fhir.Patient, found.matches[0]), self._options) if found.matches else None

    async def _tied(self, ctx: Context, draft: PatientDraft) -> list[Write]:
        """What makes a guardian the guardian: a RelatedPerson of the child, and the link to it from his own record."""
        raw = await before(self._wire.read(ctx, f"Patient/{draft.guardian}"))
        form = read(fhir.Patient, raw)
        tie = {
            "resourceType": "RelatedPerson", "active": True, "patient": {"reference": f"urn:uuid:{draft.key}"},
            "relationship": [{"coding": [{"system": ROLES, "code": "PRN"}]}],
            "name": raw.get("name", []), "telecom": raw.get("telecom", []),
        }  # fmt: skip
        url = f"urn:uuid:{draft.key[:-4]}0001" if draft.key[-4:] != "0001" else f"urn:uuid:{draft.key[:-4]}0002"
        link = {"other": {"reference": url}, "type": "seealso"}
        linked = {**raw, "link": [*raw.get("link", []), link]}
        return [
            Write("POST", "RelatedPerson", tie, full_url=url),
            Write("PUT", f"Patient/{form.id}", linked, if_match=form.meta.version_id),
        ]

    def _drafted(self, draft: PatientDraft) -> Json:
        given = [one for one in (draft.given, draft.patronymic) if one]
        made: Json = {
            "resourceType": "Patient",
            "active": True,
            "identifier": [{"system": self._options.patient_system, "value": draft.key}],
            "name": [{"use": "official", "family": draft.family, "given": given}],
            "gender": draft.sex,
        }
        if draft.born:
            made["birthDate"] = draft.born.isoformat()
        if draft.phone:
            made["telecom"] = [{"system": "phone", "value": draft.phone, "use": "mobile"}]
        return made


ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def _asked(query: PatientQuery, card_system: str) -> list[tuple[str, str]]:
    params = []
    if query.phones:
        params.append(("phone", ",".join(token(one) for one in query.phones)))
    params += [("name", ",".join(token(one) for one in _written(word))) for word in query.name.split()]
    if query.born:
        params.append(("birthdate", query.born.isoformat()))
    if query.card_number:
        number = token(query.card_number)
        params.append(("identifier", f"{card_system}|{number}" if card_system else number))
    return params


def _written(word: str) -> list[str]:
    """How else a name may be written: the letter yo is often left without its dots, and a server compares letters."""
    yo, ye = "\u0451", "\u0435"
    plain = word.replace(yo, ye).replace(yo.upper(), ye.upper())
    dotted = [plain[:at] + yo + plain[at + 1 :] for at, letter in enumerate(plain) if letter == ye]
    return list(dict.fromkeys((word, plain, *dotted)))[:6]


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit())[-10:]


def _has(one: fhir.Patient, wanted: tuple[str, ...]) -> bool:
    """Whether a record has the number it was found by: a server that lists everybody is not believed."""
    return not {_digits(number) for number in phones(one)}.isdisjoint(_digits(number) for number in wanted)


def _fits(one: fhir.Patient, query: PatientQuery) -> bool:
    """Whether somebody who only came along fits the rest of the question."""
    if (query.born and day(one.birth_date) != query.born) or query.card_number:
        return False
    name = best(one.name).casefold()
    return all(any(way.casefold() in name for way in _written(word)) for word in query.name.split())


def _along(found: Found) -> list[fhir.Patient]:
    return read_all(fhir.Patient, [raw for key, raw in found.along.items() if key.startswith("Patient/")])[0]


def _relation(patient: str, owners: set[str], tied: list[Tie]) -> Relation | None:
    """What a patient is to the owner of the number, as far as the ties tell whose it is."""
    over = [tie for tie in tied if tie.patient == patient]
    if over:
        return "ward" if any(tie.relation == "guardian" for tie in over) else "family"
    speakers = {tie.person for tie in tied} & owners or owners
    return "self" if speakers == {patient} else None
