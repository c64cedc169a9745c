"""Rows of GNU Health's models, as far as we read them; whatever a row says besides is left alone.

A field "patient.puid" that was asked for comes inside "patient."; there is None where there is no patient.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mis.connectors.gnu_health.wire import Row
from mis.terms import Malformed
from mis.terms.people import Sex

# gnuhealth.appointment's `state`; anything else is read as None: somebody's time of which we know no more.
State = Literal["free", "confirmed", "checked_in", "done", "user_cancelled", "center_cancelled", "no_show"]
STATES: frozenset[str] = frozenset(State.__args__)  # type: ignore[attr-defined]
_SEXES: dict[str | None, Sex] = {"f": "female", "m": "male", "nb": "other", "other": "other"}


class Form(BaseModel):
    """A row."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: int
    version: str = Field("", alias="_timestamp")


class Called(Form):
    """A row whose name was asked for."""

    rec_name: str | None = ""


class Certificate(Form):
    """A birth certificate: parties of the parents."""

    mother: int | None = None
    father: int | None = None


class Party(Form):
    """A person: the family name and the others."""

    lastname: str | None = None
    name: str | None = None
    ref: str | None = None
    dob: date | None = None
    gender: str | None = None
    deceased: bool | None = None
    replaced_by: int | None = None
    certificate: Certificate | None = Field(None, alias="birth_certificate.")

    @property
    def called(self) -> str:
        """Surname first."""
        return " ".join(part.strip() for part in (self.lastname, self.name) if part and part.strip())

    @property
    def sex(self) -> Sex:
        """In our words."""
        return _SEXES.get(self.gender, "unknown")

    @property
    def parents(self) -> tuple[int, ...]:
        """Parties of the parents, as the birth certificate says."""
        if self.certificate is None:
            return ()
        return tuple(one for one in (self.certificate.mother, self.certificate.father) if one)


class Patient(Form):
    """A patient and the person he is."""

    party: Party = Field(alias="party.")
    active: bool | None = True
    crit_allergic: bool | None = False
    doctor: Called | None = Field(None, alias="primary_care_doctor.")
    write_date: datetime | None = None


class Contact(Form):
    """A number of a person."""

    party: int | None = None
    value: str | None = ""


class Member(Form):
    """A member of a family."""

    family: int
    party: int
    role: str | None = ""


class Policy(Form):
    """An insurance of a person."""

    number: str | None = ""
    member_exp: date | None = None
    company: Called | None = Field(None, alias="company.")
    plan: Called | None = Field(None, alias="plan_id.")


class Condition(Form):
    """A condition of a patient; only allergies are asked for."""

    is_active: bool | None = True
    pathology: Called | None = Field(None, alias="pathology.")


class Speciality(Form):
    """What a doctor is."""

    healthprof: int
    specialty: Called = Field(alias="specialty.")


class Doctor(Called):
    """A doctor."""

    institution: int | None = None
    party: Party = Field(alias="party.")


class Service(Called):
    """A service and its price."""

    list_price: Decimal | None = None


class Visit(Form):
    """A row of the calendar: a free time, or somebody's visit."""

    state: State | None = None
    patient: int | None = None
    start: datetime | None = Field(None, alias="appointment_date")
    end: datetime | None = Field(None, alias="appointment_date_end")
    comments: str | None = ""
    create_date: datetime | None = None
    write_date: datetime | None = None
    doctor: Doctor | None = Field(None, alias="healthprof.")
    branch: Called | None = Field(None, alias="institution.")
    specialty: Called | None = Field(None, alias="speciality.")
    service: Called | None = Field(None, alias="consultations.")

    @field_validator("state", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        return value if value in STATES else None


VISIT = (
    "state", "patient", "appointment_date", "appointment_date_end", "comments", "create_date", "write_date",
    "healthprof.party.lastname", "healthprof.party.name", "institution.rec_name", "speciality.rec_name",
    "consultations.rec_name",
)  # fmt: skip
PATIENT = (
    "party.lastname", "party.name", "party.ref", "party.dob", "party.gender", "party.deceased", "party.replaced_by",
    "party.birth_certificate.mother", "party.birth_certificate.father", "active", "crit_allergic",
    "primary_care_doctor.rec_name", "write_date",
)  # fmt: skip

Read = TypeVar("Read", bound=Form)


def read(form: type[Read], row: Row) -> Read:
    """Return a row, read. Raises Malformed, which says of the row nothing."""
    try:
        return form.model_validate(row)
    except ValidationError:
        raise Malformed from None


def read_all(form: type[Read], rows: list[Row]) -> tuple[list[Read], bool]:
    """Return the rows that can be read, and whether that is all of them."""
    forms, readable = [], True
    for row in rows:
        try:
            forms.append(read(form, row))
        except Malformed:
            readable = False
    return forms, readable
