"""Who it may be: patients by number, by name, by card; and patients made.

Tryton keeps a number as it was typed, unless the package `phonenumbers` is installed beside it: so digits are looked
for whatever stands between them, and what was found so is compared here.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mis.connectors.gnu_health.families import Families
from mis.connectors.gnu_health.forms import PATIENT, Contact, Party, Patient, read, read_all
from mis.connectors.gnu_health.health import number
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
)
from mis.terms.people import Sex
from mis.wire import after, before

CONTACT = "party.contact_mechanism"
NUMBERS = ["type", "in", ["phone", "mobile", "fax", "other"]]
# A number is compared by so many digits from its end, and by no fewer than these: "1" fits half the town.
SUFFIX, SHORTEST = 10, 5
OWNERS = 200
_GENDERS: dict[Sex, str] = {"female": "f", "male": "m", "other": "other", "unknown": "u"}
_YE, _YO = "\u0435", "\u0451"


class People(Families):
    """Patients of a GNU Health."""

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Return who fits: whose number it is, and the children whose parent or guardian he is."""
        domain, whole = _asked(query), True
        owners: frozenset[int] = frozenset()
        wards: frozenset[int] = frozenset()
        if query.phones:
            owners, whole = await self._owners(ctx, query.phones)
            if not owners:
                return Candidates(complete=whole)
            wards = (await self._roles(ctx, sorted(owners))).wards(owners)
            parents = [[f"party.birth_certificate.{one}", "in", sorted(owners)] for one in ("mother", "father")]
            domain.append(["OR", ["party", "in", sorted(owners | wards)], *parents])
        if not domain:
            raise Invalid("query")
        rows = await self._wire.rows(ctx, "gnuhealth.patient", domain, PATIENT, limit=query.limit + 1)
        forms, readable = read_all(Patient, rows)
        people = [one for one in forms if _fits(one.party, query.name)]
        phones = await self._phones(ctx, [one.party.id for one in people[: query.limit]])
        candidates = []
        for one in people[: query.limit]:
            relation = _relation(one.party, owners, wards, alone=len(people) == 1) if query.phones else None
            candidates.append(replace(_candidate(one, phones[one.party.id]), relation=relation))
        return Candidates(people=tuple(candidates), complete=whole and readable and len(rows) <= query.limit)

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        """Make a person who is a patient, as one; the code of the person bears our key, and the MIS keeps it unique."""
        ctx = replace(ctx, key=draft.key)
        made = await before(self._made(ctx, draft.key))
        if made is None and not draft.anyway:
            name = f"{draft.family} {draft.given}"
            like = await before(self.find_patients(ctx, PatientQuery(name=name, born=draft.born, limit=10)))
            made = await before(self._made(ctx, draft.key))  # it may be he himself: the same order came twice
            if like.people and made is None:
                return Duplicate(people=like.people)
        if made is None:
            try:
                await self._wire.create(ctx, "party.party", self._drafted(draft))
            except Invalid:
                if await after(ctx, self._made(ctx, draft.key)) is None:
                    raise
            made = await after(ctx, self._made(ctx, draft.key))
        if made is None:
            raise OutcomeUnknown(ctx.key)
        if draft.guardian:
            await self._tied(ctx, draft, made.party.id)
        return Created(patient=_candidate(made, (draft.phone,) if draft.phone else ()))

    async def _patient(self, ctx: Context, patient: str) -> Patient:
        """The record that stands for an id: one whose person was merged into another is followed. Raises NotFound."""
        domain: list[Any] = [["id", "=", number(patient)]]
        for _ in range(3):
            rows = await self._wire.rows(ctx, "gnuhealth.patient", domain, PATIENT, gone=True)
            if not rows:
                raise NotFound
            form = read(Patient, rows[0])
            if form.party.replaced_by is None:
                return form
            domain = [["party", "=", form.party.replaced_by]]
        raise NotFound

    async def _owners(self, ctx: Context, phones: tuple[str, ...]) -> tuple[frozenset[int], bool]:
        """Whose number it is, by party, and whether that is all of them."""
        wanted = {_digits(one)[-SUFFIX:] for one in phones}
        wanted = {one for one in wanted if len(one) >= SHORTEST}
        if not wanted:
            raise Invalid("phones")
        likes = [["value", "like", f"%{'%'.join(one)}%"] for one in sorted(wanted)]
        rows = await self._wire.rows(ctx, CONTACT, [NUMBERS, ["OR", *likes]], ("party", "value"), limit=OWNERS + 1)
        contacts = [read(Contact, row) for row in rows]
        owners = {one.party for one in contacts if any(end in _digits(one.value or "") for end in wanted)}
        return frozenset(one for one in owners if one is not None), len(rows) <= OWNERS

    async def _phones(self, ctx: Context, parties: list[int]) -> defaultdict[int, tuple[str, ...]]:
        found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
        if parties:
            for row in await self._wire.rows(ctx, CONTACT, [NUMBERS, ["party", "in", parties]], ("party", "value")):
                contact = read(Contact, row)
                if contact.party is not None and contact.value:
                    found[contact.party] += (contact.value,)
        return found

    async def _made(self, ctx: Context, key: str) -> Patient | None:
        rows = await self._wire.rows(ctx, "gnuhealth.patient", [["party.code", "=", _code(key)]], PATIENT, gone=True)
        return read(Patient, rows[0]) if rows else None

    async def _tied(self, ctx: Context, draft: PatientDraft, child: int) -> None:
        """Make the guardian and the child members of a family of their own, once."""
        guardian, roles = await before(asyncio.gather(self._patient(ctx, draft.guardian), self._roles(ctx, [child])))
        if roles.guards(guardian.party.id, child):
            return
        members = [
            {"party": guardian.party.id, "role": self._options.guardian_roles[0]},
            {"party": child, "role": self._options.child_roles[0]},
        ]
        family = {"name": _code(draft.key), "members": [["create", members]]}
        try:
            await self._wire.create(ctx, "gnuhealth.family", family)
        except Invalid:  # its name is unique: the same order came twice, and the other one was faster
            if not (await after(ctx, self._roles(ctx, [child]))).guards(guardian.party.id, child):
                raise

    def _drafted(self, draft: PatientDraft) -> dict[str, Any]:
        made: dict[str, Any] = {
            "lastname": draft.family,
            "name": " ".join(part for part in (draft.given, draft.patronymic) if part),
            "gender": _GENDERS[draft.sex],
            "is_person": True,
            "is_patient": True,
            "create_target": True,  # the patient is made in the same transaction
            "fed_country": self._options.country,
            "code": _code(draft.key),
        }
        if draft.born:
            made["dob"] = draft.born
        if draft.phone:
            made["contact_mechanisms"] = [["create", [{"type": "mobile", "value": draft.phone}]]]
        return made


def _code(key: str) -> str:
    """A code as GNU Health itself makes them: a UUID and whose it is."""
    return f"{key}-okno"


def _asked(query: PatientQuery) -> list[Any]:
    domain: list[Any] = []
    for word in query.name.split():
        like = f"%{_pattern(word)}%"
        domain.append(["OR", ["party.lastname", "ilike", like], ["party.name", "ilike", like]])
    if query.born:
        domain.append(["party.dob", "=", query.born])
    if query.card_number:
        domain.append(["party.ref", "=", query.card_number])
    return domain


def _pattern(word: str) -> str:
    """A word for LIKE: the letter yo is often left without its dots, so any letter may stand there."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "".join("_" if letter.casefold() in (_YE, _YO) else letter for letter in escaped)


def _fits(party: Party, name: str) -> bool:
    """Whether every word is in the name: a pattern takes other letters for yo too."""
    called = _folded(party.called)
    return all(_folded(word) in called for word in name.split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace(_YO, _YE)


def _relation(party: Party, owners: Iterable[int], wards: frozenset[int], *, alone: bool) -> Relation | None:
    """What a patient is to the owner of the number; of several whose number it is nobody knows whose it is first."""
    owned = set(owners)
    if party.id in wards or not owned.isdisjoint(party.parents):
        return "ward"
    return "self" if alone and party.id in owned else None


def _candidate(one: Patient, phones: tuple[str, ...]) -> Candidate:
    return Candidate(
        id=str(one.id),
        name=one.party.called,
        born=one.party.dob,
        sex=one.party.sex,
        deceased=bool(one.party.deceased),
        card_number=one.party.ref or "",
        phones=phones,
    )


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit() and letter.isascii())
