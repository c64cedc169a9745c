"""Who belongs to whom, and who may speak for whom today, as FHIR's RelatedPerson says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.reading import best, day, read_all
from mis.terms import Relation, Relative

# HL7 v3-RoleCode: those who speak for a child because they are its parents, and those whom a paper makes speak.
PARENTS = frozenset(("PRN", "MTH", "FTH", "NMTH", "NFTH", "ADOPTP", "ADOPTM", "ADOPTF"))
GUARDIANS = frozenset(("GUARD", "POWATT", "HPOWATT", "DPOWATT"))
FAMILY = frozenset((
    "FAMMEMB", "CHILD", "SON", "DAU", "SPS", "HUSB", "WIFE", "SIB", "BRO", "SIS", "GRPRN", "GRMTH", "GRFTH", "EXT",
    "AUNT", "UNCLE", "STPPRN", "STPMTH", "STPFTH", "GRNDCHILD",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tie:
    """A RelatedPerson and the patient he belongs to; `person` is the id of his own record as a patient, if any."""

    related: fhir.RelatedPerson
    patient: str
    person: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """What he is to the patient, in HL7's codes."""
        return frozenset(code for one in self.related.relationship for code in one.codes)

    @property
    def relation(self) -> Relation:
        """What he is to the patient, in our words."""
        if self.codes & (PARENTS | GUARDIANS):
            return "guardian"
        return "family" if self.codes & FAMILY else "other"

    def ends(self, born: date | None, limit: int) -> date | None:
        """When his right to speak for the patient ends: a parent's at the age of `limit`, a paper's by its date."""
        dates = [day(self.related.period.end)]
        if born is not None and self.codes & PARENTS and not self.codes & GUARDIANS:
            dates.append(_birthday(born, limit))
        return min((one for one in dates if one is not None), default=None)

    def speaks(self, born: date | None, limit: int, today: date) -> bool:
        """Say whether he may speak for the patient today (323-FZ, articles 20, 22 and 54)."""
        begins, ends = day(self.related.period.start), self.ends(born, limit)
        if not self.related.active or (begins and begins > today) or (ends and ends <= today):
            return False
        if self.codes & GUARDIANS:
            return True
        return bool(self.codes & PARENTS) and born is not None


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # the 29th of February
        return date(born.year + age, 3, 1)


def ties(patients: Mapping[str, fhir.Patient], along: Mapping[str, Json]) -> list[Tie]:
    """Return every RelatedPerson that came along, with the record that links to him."""
    persons = {
        link.other.id: one.id for one in patients.values() for link in one.link if link.other.kind == "RelatedPerson"
    }
    related, _ = read_all(fhir.RelatedPerson, [raw for key, raw in along.items() if key.startswith("RelatedPerson/")])
    return [Tie(one, one.patient.id, persons.get(one.id, "")) for one in related if one.patient.kind == "Patient"]


def relatives(
    patient: fhir.Patient, known: list[Tie], patients: Mapping[str, fhir.Patient], limit: int, today: date
) -> tuple[Relative, ...]:
    """Return who belongs to a patient: who speaks or spoke for him, then those he speaks for."""
    found = []
    born = day(patient.birth_date)
    for tie in known:
        if tie.patient == patient.id:
            own = patients.get(tie.person)
            found.append(Relative(
                id=tie.person, name=best(tie.related.name) or (best(own.name) if own else ""), relation=tie.relation,
                born=day(tie.related.birth_date) or (day(own.birth_date) if own else None),
                authority=tie.speaks(born, limit, today), until=tie.ends(born, limit),
            ))  # fmt: skip
    for tie in known:
        ward = patients.get(tie.patient)
        if tie.person == patient.id and ward is not None and ward.id != patient.id:
            guarded = tie.relation == "guardian"
            theirs = day(ward.birth_date)
            found.append(Relative(
                id=ward.id, name=best(ward.name), relation="ward" if guarded else "family", born=theirs,
                until=tie.ends(theirs, limit) if guarded else None,
            ))  # fmt: skip
    return tuple(found)
