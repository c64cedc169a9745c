"""How the MIS knows us: a header, a key in the body or the query, Basic, or a token signed by ourselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from mis.connectors import BadOptions
from mis.connectors.mapping.format import Auth
from mis.connectors.mapping.source.templates import Rendered
from okno import clock

# A token is dated a little back: a MIS whose clock is behind ours would call a fresh one "not yet valid".
BACKDATED_S = 5
# Clocks that differ by less are not worth correcting: the Date header itself has whole seconds.
SKEW_MATTERS_S = 2.0


@dataclass(slots=True)
class Credentials:
    """What proves who we are. `skew_s` is the MIS's clock less ours, learned from its answers (trap 11).

    Args:
        auth: the map's way.
        secret: the credential itself.
        identity: who we are (the user of Basic, `iss` of a token).
    """

    auth: Auth
    secret: str
    identity: str = ""
    skew_s: float = 0.0

    @property
    def expire(self) -> bool:
        """Whether what we send can be too old, so that making it anew may help."""
        return self.auth.kind == "jwt"

    def put_on(self, request: Rendered) -> Rendered:
        """Return the request with our credentials."""
        match self.auth.kind:
            case "header":
                return _with_header(request, self.auth.name, self.auth.prefix + self.secret)
            case "jwt":
                return _with_header(request, self.auth.name, self.auth.prefix + self._token())
            case "basic":
                pair = base64.b64encode(f"{self.identity}:{self.secret}".encode()).decode()
                return _with_header(request, "Authorization", f"Basic {pair}")
            case "query":
                return replace(request, query={**request.query, self.auth.name: self.secret})
            case "body":
                return _with_key(request, self.auth.name, self.secret)
            case "none":
                return request

    def learn(self, date_header: str | None) -> None:
        """Take the MIS's clock from the Date of its answer; a header that is no date says nothing."""
        if not date_header:
            return
        try:
            theirs = parsedate_to_datetime(date_header)
        except ValueError:
            return
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        skew = (theirs - clock.now()).total_seconds()
        self.skew_s = skew if abs(skew) > SKEW_MATTERS_S else 0.0

    def _token(self) -> str:
        issued = int(clock.now().timestamp() + self.skew_s) - BACKDATED_S
        head: dict[str, object] = {"alg": self.auth.algorithm, "typ": "JWT"}
        body: dict[str, object] = {"iss": self.identity, "iat": issued, "exp": issued + self.auth.life_s}
        signed = f"{_part(head)}.{_part(body)}"
        digest = hashlib.sha512 if self.auth.algorithm == "HS512" else hashlib.sha256
        return f"{signed}.{_base64(hmac.new(self.secret.encode(), signed.encode(), digest).digest())}"


def tls(certificate: str, key: str, ca: str) -> ssl.SSLContext | bool:
    """Return how to speak TLS: with our certificate when there is one, trusting `ca` besides the system's.

    Args:
        certificate: path of a PEM file, empty for none.
        key: path of its key, empty when it is in the same file.
        ca: path of a PEM file with the authority of the MIS's own certificate, empty for none.

    Raises:
        BadOptions: a file is not there or is not what it should be.
    """
    if not certificate and not ca:
        return True
    made = ssl.create_default_context()
    try:
        if ca:
            made.load_verify_locations(cafile=str(Path(ca).expanduser()))
        if certificate:
            made.load_cert_chain(Path(certificate).expanduser(), Path(key).expanduser() if key else None)
    except (OSError, ssl.SSLError):
        raise BadOptions("mis.options.certificate, key or ca: the file is missing or is not PEM") from None
    return made


def age_s(date_header: str, now: datetime) -> float:
    """Return how many seconds from `now` a Retry-After that is a date lies; 0 when it is past or no date."""
    try:
        return max(0.0, (parsedate_to_datetime(date_header) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _with_header(request: Rendered, name: str, value: str) -> Rendered:
    return replace(request, headers={**request.headers, name: value})


def _with_key(request: Rendered, name: str, value: str) -> Rendered:
    if request.json is not None:
        return replace(request, json={**request.json, name: value})
    return replace(request, form={**(request.form or {}), name: value})


def _part(value: dict[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
