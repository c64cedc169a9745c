"""`mis.options` of a FHIR server: how we prove who we are, and what its own codes mean."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from mis.connectors import BadOptions
from mis.terms.people import FlagKind
from okno.settings import MisSettings
from okno.settings.directory import Strict

# FHIR's own value set of why an appointment is cancelled, the part a person says at a telephone.
REASONS = {
    "pat": "Patient",
    "pat-dec": "Patient: deceased",
    "pat-fb": "Patient: feeling better",
    "pat-lt": "Patient: lack of transportation",
    "pat-mt": "Patient: member terminated",
    "pat-mv": "Patient: moved",
    "pat-cc": "Patient: cannot come at that time",
    "prov": "Provider",
    "other": "Other",
}


class Options(Strict):
    """What the connector must be told.

    Args:
        auth: how we prove who we are: `secret` is a bearer token, a password (with `user`), or the PEM of the private
            key of SMART Backend Services.
        client_id, scope, key_id, token_url: of SMART; the token's URL is asked of the server when it is not given.
        key_system: of the identifier by which a booking of ours is found again.
        card_system: of the number of a patient's card; empty: the identifier of type MR.
        zones: IANA zone of a branch by its Location id, where the Location itself does not say.
        flags: what codes of Flag and Consent mean, besides those named like ours.
        cancel_reasons: codes and words of why a visit is cancelled.
        guardian_until: age at which a parent's right to hear of a child's health ends (323-FZ, articles 22 and 54).
        prices: whether its ChargeItemDefinitions are the price list.
        audit: whether the MIS is told of each card we read, by an AuditEvent; our own audit is kept in any case.
        transactions: whether the server takes several writes as one; None: it is asked.
    """

    auth: Literal["none", "basic", "bearer", "smart"] = "bearer"
    client_id: str = ""
    scope: str = "system/*.rs system/Appointment.cruds system/Slot.cruds system/Patient.cruds"
    key_id: str = ""
    token_url: str = ""
    key_system: str = "urn:okno:booking"
    patient_system: str = "urn:okno:patient"
    report_system: str = "urn:okno:contact"
    card_system: str = ""
    zones: dict[str, str] = Field(default_factory=dict)
    flags: dict[str, FlagKind] = Field(default_factory=dict)
    cancel_reasons: dict[str, str] = Field(default_factory=lambda: dict(REASONS))
    guardian_until: Annotated[int, Field(ge=0, le=21)] = 15
    transactions: bool | None = None
    prices: bool = True
    audit: bool = False
    page: Annotated[int, Field(ge=10, le=1000)] = 500


def read(settings: MisSettings) -> Options:
    """Return the connector's options. Raises BadOptions."""
    try:
        made = Options.model_validate(settings.options)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadOptions(f"mis.options.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if not settings.address.startswith(("http://", "https://")):
        raise BadOptions("mis.address: the URL of a FHIR R4 server is needed, as https://mis.example/fhir")
    if made.auth == "basic" and not settings.user:
        raise BadOptions("mis.user: basic authentication needs a name")
    if made.auth == "smart" and not made.client_id:
        raise BadOptions("mis.options.client_id: SMART Backend Services needs the id the MIS gave us")
    return made
