"""From FHIR's words into ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Concept, HumanName, Json, Reference
from mis.connectors.fhir_r4.options import Options
from mis.terms import Appointment, Candidate, Malformed, Named, Slot
from mis.terms.visits import SlotState
from mis.wire import sample

Form = TypeVar("Form", bound=BaseModel)
TIMEZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
_STATES: Mapping[fhir.SlotStatus, SlotState] = {"free": "free", "busy-tentative": "held"}


def read(form: type[Form], raw: Json) -> Form:
    """Return a resource as it is read. Raises Malformed; what it says stays here."""
    try:
        return form.model_validate(raw)
    except ValidationError as error:
        places = " ".join(sorted(".".join(map(str, one["loc"])) for one in error.errors()))
        raise Malformed(sample(places.encode())) from None


def read_all(form: type[Form], raws: Sequence[Json]) -> tuple[list[Form], bool]:
    """Return those that can be read, and whether that is all of them."""
    good = []
    for raw in raws:
        try:
            good.append(form.model_validate(raw))
        except ValidationError:
            continue
    return good, len(good) == len(raws)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return a moment in UTC; one that names no offset is in `zone`. Raises Malformed."""
    try:
        read_ = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(sample(text.encode())) from None
    if "T" not in text:
        raise Malformed(sample(text.encode()))
    return (read_ if read_.tzinfo else read_.replace(tzinfo=zone)).astimezone(UTC)


def day(text: str) -> date | None:
    """Return a date; None when it is empty or not known to the day."""
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None


def written(at: datetime) -> str:
    """Return a moment as a search or a resource says it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(at: datetime) -> str:
    """Return a moment as a resource holds it, to the millisecond."""
    return at.isoformat(timespec="milliseconds")


def concept(token: str) -> Json:
    """Return a CodeableConcept for `system|code`, as our ids of specialties and services are made."""
    system, _, code = token.rpartition("|")
    return {"coding": [{"system": system, "code": code} if system else {"code": code}]}


def version(raw: Json) -> str:
    """Return the version of a resource's JSON, for If-Match; empty when it has none."""
    meta = raw.get("meta")
    return str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def best(names: Sequence[HumanName]) -> str:
    """Return a person's name as he is called: the official one, else the first that is not old."""
    usable = [name for name in names if name.use not in ("old", "maiden", "nickname", "anonymous")] or list(names)
    official = [name for name in usable if name.use == "official"]
    return next((name.whole for name in [*official, *usable] if name.whole), "")


def phones(patient: fhir.Patient | fhir.RelatedPerson) -> tuple[str, ...]:
    """Return the numbers a record has, as they are spelt there."""
    return tuple(one.value for one in patient.telecom if one.system in ("phone", "sms") and one.value)


def card_number(patient: fhir.Patient, options: Options) -> str:
    """Return the number of a patient's card."""
    for one in patient.identifier:
        if one.system == options.card_system if options.card_system else "MR" in one.type.codes:
            return one.value
    return ""


def candidate(patient: fhir.Patient, options: Options) -> Candidate:
    """Return a patient as a candidate, of no relation yet."""
    return Candidate(
        id=patient.id,
        name=best(patient.name),
        born=day(patient.birth_date),
        sex=patient.gender,
        deceased=deceased(patient),
        restricted=patient.restricted,
        card_number=card_number(patient, options),
        phones=phones(patient),
    )


def deceased(patient: fhir.Patient) -> bool:
    """Say whether he is dead; a server is not asked to filter by it, as the element may be absent."""
    return patient.deceased_boolean or bool(patient.deceased_date_time)


def named(concepts: Sequence[Concept]) -> Named | None:
    """Return the first concept that has a code."""
    return next((Named(id=one.token, name=one.name) for one in concepts if one.token), None)


class Around:
    """What came along with a search: whose schedule it is, what doctors and branches are called.

    Args:
        along: by "Type/id".
        options: for branches' zones.
        zone: of the clinic.
    """

    def __init__(self, along: Mapping[str, Json], options: Options, zone: ZoneInfo) -> None:
        self._along, self._options, self._clinic = along, options, zone

    def schedule(self, slot: fhir.Slot) -> fhir.Schedule:
        """Return a slot's schedule. Raises Malformed when it did not come along."""
        raw = self._along.get(f"Schedule/{slot.schedule.id}")
        if raw is None:
            raise Malformed(sample(b"schedule"))
        return read(fhir.Schedule, raw)

    def doctor(self, one: Reference) -> Named:
        """Return a doctor with the name we have of him."""
        raw = self._along.get(f"Practitioner/{one.id}")
        return Named(id=one.id, name=one.display or (best(read(fhir.Practitioner, raw).name) if raw else ""))

    def branch(self, one: Reference | None) -> tuple[Named | None, str]:
        """Return a branch and its zone."""
        if one is None:
            return None, str(self._clinic)
        raw = self._along.get(f"Location/{one.id}")
        place = read(fhir.Location, raw) if raw else None
        return Named(id=one.id, name=one.display or (place.name if place else "")), self._zone(one.id, place)

    def _zone(self, branch: str, place: fhir.Location | None) -> str:
        told = place.extended(TIMEZONE) if place else None
        name = self._options.zones.get(branch) or (told.value_code if told else "")
        try:
            return str(ZoneInfo(name)) if name else str(self._clinic)
        except (ZoneInfoNotFoundError, ValueError):
            return str(self._clinic)

    def slot(self, slot: fhir.Slot) -> Slot:
        """Return a slot in our words. Raises Malformed."""
        schedule = self.schedule(slot)
        doctor = actor(schedule.actor, "Practitioner")
        if doctor is None:
            raise Malformed(sample(b"schedule without a doctor"))
        branch, zone = self.branch(actor(schedule.actor, "Location"))
        return Slot(
            id=slot.id,
            start=moment(slot.start, ZoneInfo(zone)),
            end=moment(slot.end, ZoneInfo(zone)),
            doctor=self.doctor(doctor),
            version=slot.meta.version_id,
            state=_STATES.get(slot.status, "busy"),
            branch=branch,
            specialty=named(slot.specialty) or named(schedule.specialty),
            service=named(slot.service_type),
            zone=zone,
        )

    def appointment(self, visit: fhir.Appointment) -> Appointment:
        """Return a visit in our words. Raises Malformed for one without times."""
        people = [one.actor for one in visit.participant]
        patient, doctor = actor(people, "Patient"), actor(people, "Practitioner")
        branch, zone = self.branch(actor(people, "Location"))
        ours = [one for one in visit.identifier if one.system == self._options.key_system]
        # A visit that was moved took its present time when its last key was put on it, not when it was first made.
        made = (ours[-1].period.start if ours else "") or visit.created
        return Appointment(
            id=visit.id,
            status=visit.status,
            patient=patient.id if patient else "",
            start=moment(visit.start, ZoneInfo(zone)),
            end=moment(visit.end, ZoneInfo(zone)),
            doctor=self.doctor(doctor) if doctor else Named(id="", name=""),
            version=visit.meta.version_id,
            slot=visit.slot[0].id if visit.slot else "",
            key=ours[-1].value if ours else "",
            confirmed=any(one.actor.kind == "Patient" and one.status == "accepted" for one in visit.participant),
            branch=branch,
            specialty=named(visit.specialty),
            service=named(visit.service_type),
            comment=visit.comment,
            created_at=moment(made, ZoneInfo(zone)) if "T" in made else None,
            zone=zone,
        )


def actor(references: Sequence[Reference], kind: str) -> Reference | None:
    """Return the first reference to that type."""
    return next((one for one in references if one.kind == kind), None)
