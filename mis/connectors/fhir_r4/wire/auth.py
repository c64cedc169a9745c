"""How we prove who we are: a bearer token, a password, or SMART Backend Services (a signed assertion for a token).

SMART App Launch 2.2, "Backend Services": private_key_jwt with ES384 or RS384, `exp` at most five minutes ahead, each
`jti` once.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import aiohttp
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mis.connectors import BadOptions
from mis.terms import Forbidden, Malformed, Unauthenticated, Unavailable
from okno import clock

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Clocks differ; the assertion is used at once, and five minutes are the most that may be asked for.
ASSERTION_S = 120
# A token is given up before it ends, so that it does not end on the way; of a short one, a fifth.
MARGIN_S = 10.0

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Auth:
    """No credentials, or such that never change.

    Args:
        header: the Authorization header, empty for none.
    """

    renewable = False

    def __init__(self, header: str = "") -> None:
        self._header = header

    async def header(self, session: aiohttp.ClientSession) -> dict[str, str]:
        """Return the headers that say who we are."""
        return {"Authorization": self._header} if self._header else {}

    def forget(self, refused: dict[str, str]) -> None:
        """Note that these headers were refused; others are made for the next request."""


def password(user: str, word: str) -> Auth:
    """Return credentials for HTTP Basic."""
    return Auth("Basic " + base64.b64encode(f"{user}:{word}".encode()).decode())


class Smart(Auth):
    """SMART Backend Services: one token at a time, one asking for it at a time.

    Args:
        base: of the FHIR server, to ask it for the token's URL.
        token_url: that URL when it is known; empty otherwise.
        pem: our private key, P-384 or RSA.
    Raises BadOptions when the key is neither.
    """

    renewable = True

    def __init__(
        self, base: str, *, client_id: str, pem: str, scope: str, key_id: str = "", token_url: str = ""
    ) -> None:
        super().__init__()
        self._base, self._client_id, self._scope, self._key_id = base.rstrip("/"), client_id, scope, key_id
        self._key = read_key(pem)
        self._url = token_url
        self._token, self._until = "", 0.0
        self._asking = asyncio.Lock()

    async def header(self, session: aiohttp.ClientSession) -> dict[str, str]:
        """Return the header with a token that is good for some seconds more."""
        async with self._asking:
            if not self._token or clock.monotonic() >= self._until:
                await self._renew(session)
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self, refused: dict[str, str]) -> None:
        """Give up the token, unless somebody has already got another."""
        if refused.get("Authorization") == f"Bearer {self._token}":
            self._token = ""

    async def _renew(self, session: aiohttp.ClientSession) -> None:
        if not self._url:
            self._url = await self._discover(session)
        asked = {
            "grant_type": "client_credentials", "scope": self._scope, "client_assertion_type": ASSERTION,
            "client_assertion": assertion(self._key, self._client_id, self._url, self._key_id),
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            async with session.post(
                self._url, data=urlencode(asked).encode(), headers=headers, allow_redirects=False
            ) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, OSError):
            raise Unavailable from None
        if status >= 500:
            raise Unavailable
        if status >= 300:
            raise Forbidden if status == 403 else Unauthenticated
        body = _object(content)
        token, lasts = body.get("access_token"), body.get("expires_in", 300)
        if not isinstance(token, str) or not token.isprintable() or not isinstance(lasts, int | float):
            raise Malformed
        self._token = token
        self._until = clock.monotonic() + max(0.0, lasts - min(MARGIN_S, lasts / 5))

    async def _discover(self, session: aiohttp.ClientSession) -> str:
        try:
            async with session.get(f"{self._base}/.well-known/smart-configuration", allow_redirects=False) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, OSError):
            raise Unavailable from None
        if status != 200:
            raise Unavailable if status >= 500 else Unauthenticated
        url = _object(content).get("token_endpoint")
        # Our assertion goes there: nowhere less protected than the server itself.
        if not isinstance(url, str) or (urlsplit(url).scheme != "https" and urlsplit(self._base).scheme == "https"):
            raise Malformed
        return url


def read_key(pem: str) -> Key:
    """Return a private key. Raises BadOptions when it is none for ES384 or RS384."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadOptions("mis.secret: SMART needs an unencrypted private key as PEM") from None
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return key
    raise BadOptions("mis.secret: SMART needs a P-384 key (ES384) or an RSA key of 2048 bits or more (RS384)")


def assertion(key: Key, client_id: str, audience: str, key_id: str = "") -> str:
    """Return a signed assertion that we are `client_id`, for the token URL `audience`, good once."""
    head: dict[str, str] = {"alg": "ES384" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS384", "typ": "JWT"}
    if key_id:
        head["kid"] = key_id
    expires = int(clock.now().timestamp()) + ASSERTION_S
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "exp": expires, "jti": uuid4().hex}
    signed = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claims).encode())}"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        # JWS wants r and s side by side (RFC 7518, 3.4), not the DER the library gives.
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA384())))
        signature = r.to_bytes(48) + s.to_bytes(48)
    else:
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA384())
    return f"{signed}.{_part(signature)}"


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        raise Malformed from None
    if not isinstance(body, dict):
        raise Malformed
    return body
