"""FHIR R4: any MIS that speaks it (HL7 FHIR 4.0.1, REST with JSON)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mis.connectors import Setup, connector
from mis.connectors.fhir_r4 import options
from mis.connectors.fhir_r4.cards import Cards
from mis.connectors.fhir_r4.changes import Changed
from mis.connectors.fhir_r4.directories import Directories
from mis.connectors.fhir_r4.visits import Visits
from mis.connectors.fhir_r4.wire import Auth, Wire
from mis.connectors.fhir_r4.wire.auth import Smart, password
from mis.terms import Capability, Connector


class FhirR4(Cards, Visits, Directories, Changed):
    """The connector of a FHIR R4 server."""

    capabilities: frozenset[Capability] = frozenset((
        "search_phone", "search_name", "card", "relations", "coverage", "balance", "consents", "create_patient",
        "directory", "slots", "hold", "book", "reschedule_atomic", "cancel", "confirm", "mark", "appointments",
        "idem_key", "version_lock", "delta", "push", "report_contact",
    ))  # fmt: skip

    def __init__(self, wire: Wire, told: options.Options, zone: ZoneInfo) -> None:
        super().__init__(wire, told, zone)
        if told.transactions is False:  # a move is several writes then, and some may fail
            self.capabilities = self.capabilities - {"reschedule_atomic"}


@connector("fhir_r4")
def make(setup: Setup) -> Connector:
    """Return the connector of the server at `mis.address`. Raises BadOptions, SecretMissing."""
    told = options.read(setup.settings)
    return FhirR4(Wire(setup.settings.address, _auth(setup, told), page=told.page), told, setup.zone)


def _auth(setup: Setup, told: options.Options) -> Auth:
    settings = setup.settings
    if told.auth == "none":
        return Auth()
    secret = setup.secret(settings.secret)
    if told.auth == "basic":
        return password(settings.user, secret)
    if told.auth == "bearer":
        return Auth(f"Bearer {secret}")
    return Smart(
        settings.address,
        client_id=told.client_id,
        pem=secret,
        scope=told.scope,
        key_id=told.key_id,
        token_url=told.token_url,
    )
