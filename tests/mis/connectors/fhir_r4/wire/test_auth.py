"""SMART Backend Services against a real authorisation server; tokens that end at the worst moment."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mis.connectors import BadOptions, Setup, make
from mis.connectors.fhir_r4 import FhirR4
from mis.connectors.fhir_r4.wire.auth import Smart, assertion, read_key
from mis.terms import Booked, BookingOrder, Connector, Forbidden, OutcomeUnknown, SlotQuery, Unauthenticated
from okno.command.processes import ports
from okno.settings import MisSettings
from tests.fixtures import running
from tests.mis.fhir_server import ZONE, FhirServer, context, program
from tests.mis.proxy import faulty

EC_KEY, RSA_KEY = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)
STRANGER = ec.generate_private_key(ec.SECP384R1())
READS = "system/Location.rs system/Slot.rs"


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()


def _clients() -> list[dict[str, Any]]:
    """One key for a client: this server falls over a key of another kind than the assertion's."""
    point, modulus = EC_KEY.public_key().public_numbers(), RSA_KEY.public_key().public_numbers()
    keys = {
        "okno": {"kty": "EC", "crv": "P-384", "x": _number(point.x), "y": _number(point.y), "alg": "ES384"},
        "okno-rsa": {"kty": "RSA", "n": _number(modulus.n), "e": _number(modulus.e), "alg": "RS384"},
    }
    return [{"client_id": name, "jwks": {"keys": [key]}, "scopes": "system/*.cruds"} for name, key in keys.items()]


@pytest.fixture(scope="module")
def smart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    """A server whose tokens last a second."""
    port = ports.free()
    auth = {"types": ["smart", "bearer"], "tokens": ["filler"], "token_lifetime": 1, "smart_clients": _clients()}
    with running(program(tmp_path_factory.mktemp("smart"), port, auth)):
        yield FhirServer(f"http://127.0.0.1:{port}/fhir", "filler")


@asynccontextmanager
async def _connector(server: FhirServer, key: Any, address: str = "", **options: Any) -> AsyncIterator[Connector]:
    told = {"auth": "smart", "client_id": "okno", "scope": "system/*.cruds", **options}
    settings = MisSettings(connector="fhir_r4", address=address or server.base, secret="key", options=told)
    made = make(Setup(settings=settings, secret=lambda _: _pem(key), zone=ZONE))
    try:
        yield made
    finally:
        await made.close()


@pytest.mark.parametrize(("client", "key"), [("okno", EC_KEY), ("okno-rsa", RSA_KEY)], ids=["ES384", "RS384"])
async def test_a_signed_assertion_gets_us_in(smart: FhirServer, client: str, key: Any) -> None:
    async with _connector(smart, key, client_id=client) as mis:
        await mis.state(context())


async def test_who_is_not_registered_is_not_let_in(smart: FhirServer) -> None:
    async with _connector(smart, STRANGER) as mis:
        with pytest.raises(Unauthenticated):
            await mis.state(context())


async def test_what_we_may_not_is_told_as_that(smart: FhirServer) -> None:
    async with _connector(smart, EC_KEY, scope=READS) as mis:
        await mis.state(context())
        with pytest.raises(Forbidden):
            await mis.appointment(context(), "any")


def _pretend_it_lasts(mis: Connector) -> Smart:
    """Make the connector believe in its token: only the server knows that it has ended."""
    assert isinstance(mis, FhirR4)
    auth = mis._wire._auth
    assert isinstance(auth, Smart)
    auth._until = float("inf")
    return auth


async def test_trap_11_a_token_that_ends_in_mid_booking_is_renewed_once(smart: FhirServer) -> None:
    clinic = await smart.clinic()
    async with _connector(smart, EC_KEY) as mis:
        page = await mis.find_slots(context(), SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor))
        key = str(uuid4())
        held = await mis.claim(context(key), page.slots[0])
        old = _pretend_it_lasts(mis)._token
        await asyncio.sleep(2.1)
        made = await mis.book(context(key), BookingOrder(key=key, slot=held, patient=clinic.patients[0]))
        assert isinstance(made, Booked) and _pretend_it_lasts(mis)._token != old
    assert len(await smart.search("Appointment", f"slot=Slot/{held.id}")) == 1


async def test_trap_11_an_answer_lost_after_the_renewal_is_unknown(smart: FhirServer) -> None:
    clinic = await smart.clinic()
    async with faulty(smart.base) as proxy, _connector(smart, EC_KEY, proxy.url, token_url=_token_url(smart)) as mis:
        page = await mis.find_slots(context(), SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor))
        key = str(uuid4())
        order = BookingOrder(key=key, slot=await mis.claim(context(key), page.slots[0]), patient=clinic.patients[0])
        await mis.by_key(context(), order)
        proxy.when(lambda method, path, body: "cut" if b'"transaction"' in body else None)
        with pytest.raises(OutcomeUnknown) as raised:
            await mis.book(context(key), order)
        proxy.calm()
        found = await mis.by_key(context(), order)
    assert raised.value.ours == key
    assert found is not None and found.status == "booked"


async def test_one_token_serves_all_who_ask_at_once(smart: FhirServer) -> None:
    async with faulty(smart.base) as proxy, _connector(smart, EC_KEY, proxy.url, token_url=_token_url(smart)) as mis:
        await asyncio.gather(*(mis.state(context()) for _ in range(10)))
        assert len([one for one in proxy.seen if one.status == 200]) == 10


def _token_url(server: FhirServer) -> str:
    return server.base.removesuffix("/fhir") + "/auth/token"


def test_an_assertion_is_good_once_and_not_for_long() -> None:
    first, second = (assertion(EC_KEY, "okno", "https://mis.example/token") for _ in range(2))
    assert first != second
    assert len(base64.urlsafe_b64decode(first.split(".")[2] + "==")) == 96


@pytest.mark.parametrize("pem", ["", "no key", _pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_key_that_is_none_is_told_in_plain_words(pem: str) -> None:
    with pytest.raises(BadOptions, match=r"mis\.secret"):
        read_key(pem)
