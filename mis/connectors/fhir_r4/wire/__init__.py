"""How a FHIR server is reached."""

from mis.connectors.fhir_r4.wire.auth import Auth
from mis.connectors.fhir_r4.wire.client import Found, Wire, Write
from mis.connectors.fhir_r4.wire.judging import token

__all__ = ["Auth", "Found", "Wire", "Write", "token"]
