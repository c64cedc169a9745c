"""The FHIR R4 resources that are read. Codes are closed sets: what a server says besides is `unknown`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from mis.connectors.fhir_r4.forms.parts import (
    Coding,
    Concept,
    ContactPoint,
    Extension,
    HumanName,
    Identifier,
    Money,
    Part,
    Period,
    Reference,
    known,
)
from mis.terms import AppointmentStatus

SlotStatus = Literal["busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error", "unknown"]
Gender = Literal["female", "male", "other", "unknown"]
LinkKind = Literal["replaced-by", "replaces", "refer", "seealso", "unknown"]
Participation = Literal["accepted", "declined", "tentative", "needs-action", "unknown"]
# HL7's v3-Confidentiality: restricted and very restricted.
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
RESTRICTED = frozenset(("R", "V"))


class Meta(Part):
    """A resource's version and labels."""

    version_id: str = ""
    last_updated: str = ""
    security: tuple[Coding, ...] = ()


class Resource(Part):
    """What every resource has."""

    resource_type: str
    id: str = ""
    meta: Meta = Meta()
    identifier: tuple[Identifier, ...] = ()
    extension: tuple[Extension, ...] = ()

    @property
    def restricted(self) -> bool:
        """Whether its labels say that not everybody may see it."""
        return any(one.system in ("", CONFIDENTIALITY) and one.code in RESTRICTED for one in self.meta.security)

    def extended(self, url: str) -> Extension | None:
        """Return the first extension of that URL."""
        return next((one for one in self.extension if one.url == url), None)


class Link(Part):
    """That two records are of one person."""

    other: Reference = Reference()
    type: Annotated[LinkKind, known(LinkKind)] = "unknown"


class Patient(Resource):
    """A patient."""

    active: bool = True
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: Annotated[Gender, known(Gender)] = "unknown"
    birth_date: str = ""
    deceased_boolean: bool = False
    deceased_date_time: str = ""
    general_practitioner: tuple[Reference, ...] = ()
    link: tuple[Link, ...] = ()

    @property
    def replaced_by(self) -> str:
        """The id of the record the MIS has merged this one into."""
        return next((one.other.id for one in self.link if one.type == "replaced-by"), "")


class RelatedPerson(Resource):
    """Somebody who belongs to a patient."""

    active: bool = True
    patient: Reference
    relationship: tuple[Concept, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    birth_date: str = ""
    period: Period = Period()


class Practitioner(Resource):
    """A doctor."""

    active: bool = True
    name: tuple[HumanName, ...] = ()


class PractitionerRole(Resource):
    """What a doctor is, and where."""

    active: bool = True
    practitioner: Reference = Reference()
    specialty: tuple[Concept, ...] = ()
    location: tuple[Reference, ...] = ()


class Location(Resource):
    """A branch."""

    status: str = "active"
    name: str = ""


class HealthcareService(Resource):
    """A service the clinic offers."""

    active: bool = True
    name: str = ""
    type: tuple[Concept, ...] = ()
    specialty: tuple[Concept, ...] = ()
    location: tuple[Reference, ...] = ()
    comment: str = ""


class PriceComponent(Part):
    """A part of a price."""

    type: str = ""
    amount: Money | None = None


class PropertyGroup(Part):
    """Prices that belong together."""

    price_component: tuple[PriceComponent, ...] = ()


class ChargeItemDefinition(Resource):
    """What something costs."""

    status: str = ""
    code: Concept = Concept()
    property_group: tuple[PropertyGroup, ...] = ()


class Schedule(Resource):
    """Whose time it is, and for what."""

    active: bool = True
    actor: tuple[Reference, ...] = ()
    specialty: tuple[Concept, ...] = ()
    service_type: tuple[Concept, ...] = ()


class Slot(Resource):
    """A piece of a schedule."""

    schedule: Reference
    status: Annotated[SlotStatus, known(SlotStatus)] = "unknown"
    start: str
    end: str
    specialty: tuple[Concept, ...] = ()
    service_type: tuple[Concept, ...] = ()


class Participant(Part):
    """Who takes part in an appointment."""

    actor: Reference = Reference()
    status: Annotated[Participation, known(Participation)] = "unknown"


class Appointment(Resource):
    """A visit. One without times is only proposed, and is nobody's time (invariant app-3)."""

    status: Annotated[AppointmentStatus, known(AppointmentStatus)] = "unknown"
    start: str = ""
    end: str = ""
    slot: tuple[Reference, ...] = ()
    participant: tuple[Participant, ...] = ()
    specialty: tuple[Concept, ...] = ()
    service_type: tuple[Concept, ...] = ()
    comment: str = ""
    created: str = ""


class CoverageClass(Part):
    """What a policy belongs to: a plan, a group."""

    type: Concept = Concept()
    value: str = ""
    name: str = ""


class Coverage(Resource):
    """A policy."""

    model_config = ConfigDict(alias_generator=lambda name: "class" if name == "classes" else to_camel(name))

    status: str = ""
    subscriber_id: str = ""
    period: Period = Period()
    payor: tuple[Reference, ...] = ()
    classes: tuple[CoverageClass, ...] = ()


class Organization(Resource):
    """A payer."""

    name: str = ""


class Account(Resource):
    """A patient's account."""

    status: str = ""


class Flag(Resource):
    """A warning about a patient."""

    status: str = ""
    code: Concept = Concept()
    period: Period = Period()


class AllergyIntolerance(Resource):
    """An allergy."""

    clinical_status: Concept = Concept()
    verification_status: Concept = Concept()
    code: Concept = Concept()


class Provision(Part):
    """What a consent allows or denies."""

    type: str = ""
    code: tuple[Concept, ...] = ()
    period: Period = Period()


class Consent(Resource):
    """A consent, or a refusal."""

    status: str = ""
    category: tuple[Concept, ...] = ()
    provision: Provision = Provision()
