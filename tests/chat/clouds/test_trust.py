"""Whom MAX is trusted by: the two Russian authorities, which hold together and for how long."""

from __future__ import annotations

import ssl
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chat.clouds import trust
from chat.clouds.calling import Api
from chat.wire import Undelivered
from okno import clock

ROOT = "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31"
SUB = "bbbde2103e790b999ec62bd03cf625a5a2e7c316e10afe6a490eedead8b3fd9b"


def test_the_two_authorities_are_those_and_hold_together() -> None:
    sub, root = sorted(
        x509.load_pem_x509_certificates(trust.RUSSIAN.read_bytes()), key=lambda one: one.not_valid_after_utc
    )
    assert (root.fingerprint(hashes.SHA256()).hex(), sub.fingerprint(hashes.SHA256()).hex()) == (ROOT, SUB)
    sub.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert trust.ends(trust.RUSSIAN) == sub.not_valid_after_utc


def test_they_are_trusted_besides_the_systems_own_and_in_one_context_only() -> None:
    theirs = {one["serialNumber"] for one in trust.context(trust.RUSSIAN).get_ca_certs()}
    systems = {one["serialNumber"] for one in ssl.create_default_context().get_ca_certs()}
    assert len(theirs - systems) <= 2 and systems <= theirs
    assert {one["serialNumber"] for one in ssl.create_default_context().get_ca_certs()} == systems


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x.pem"
    if content is not None:
        file.write_bytes(content)
    for ask in (trust.context, trust.ends):
        with pytest.raises(trust.NotTrusted, match="PEM"):
            ask(file)


def certificate(name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None) -> Any:
    """Make a certificate and its key: an authority's own, or one it gives to loopback."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = clock.now()
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=20))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )  # fmt: skip
    return made, key


def pem(*parts: Any) -> bytes:
    """Spell certificates and keys."""
    return b"".join(
        part.public_bytes(Encoding.PEM) if isinstance(part, x509.Certificate)
        else part.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for part in parts
    )  # fmt: skip


async def test_a_cloud_of_such_an_authority_is_reached_by_its_own_accounts_alone(tmp_path: Path) -> None:
    authority = certificate("An authority", None)
    given, key = certificate("127.0.0.1", authority)
    (tmp_path / "ca.pem").write_bytes(pem(authority[0]))
    (tmp_path / "server.pem").write_bytes(pem(given, authority[0], key))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem")
    posts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        posts.append(request.path)
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/messages", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server).start()
    base = f"https://127.0.0.1:{runner.addresses[0][1]}"
    theirs, others = Api(base, trust=trust.context(tmp_path / "ca.pem")), Api(base)
    try:
        assert (await theirs.call("POST", "/messages", json={})).status == 200
        with pytest.raises(Undelivered) as told:
            await others.call("POST", "/messages", json={})
        assert told.value.code == "offline" and posts == ["/messages"], "who is not trusted is told nothing"
    finally:
        await theirs.close()
        await others.close()
        await runner.cleanup()
