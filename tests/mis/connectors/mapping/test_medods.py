"""The map of MEDODS: tokens of a minute, paging by offset, refusals by status."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio

from mis.connectors.mapping.visits import MappingConnector
from mis.terms import (
    Created,
    Invalid,
    Malformed,
    NotOffered,
    OutcomeUnknown,
    PatientDraft,
    PatientQuery,
    Unauthenticated,
)
from okno import clock
from tests.mis.connectors.mapping.replay import KEY, MOTHER, Reply, Vendor, born, connected, ctx, vendor

CLIENT = {"id": 31, "surname": "Берёзкина", "name": "Алёна", "secondName": "Игоревна", "birthdate": "1990-05-14",
          "sex": "female", "phone": "79990001873"}  # fmt: skip
NONE = {"data": []}


def token(header: str) -> dict[str, object]:
    """Return what a token says; its signature is checked."""
    head, body, signature = header.removeprefix("Bearer ").split(".")
    wanted = hmac.new(b"secret of file:mis.secret", f"{head}.{body}".encode(), hashlib.sha512).digest()
    assert base64.urlsafe_b64decode(signature + "==") == wanted
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS512", "typ": "JWT"}
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert isinstance(told, dict)
    return told


@pytest_asyncio.fixture
async def mis() -> AsyncIterator[Vendor]:
    async with vendor() as one:
        yield one


@pytest_asyncio.fixture
async def medods(mis: Vendor) -> AsyncIterator[MappingConnector]:
    async with connected(f"{mis.url}/api/v2", "medods", identity="okno-1") as one:
        yield one


async def test_a_number_is_asked_in_every_way_it_may_be_kept(medods: MappingConnector, mis: Vendor) -> None:
    """Trap 2: an exact search finds one spelling only."""
    mis.on("clients", {"data": [CLIENT]})
    found = await medods.find_patients(ctx(), PatientQuery(phones=MOTHER))
    [one] = found.people
    assert (one.id, one.name, one.born, one.sex) == ("31", "Берёзкина Алёна Игоревна", born(1990, 5, 14), "female")
    assert sorted(asked.query["phone"] for asked in mis.asked) == ["+79990001873", "79990001873", "89990001873"]
    assert {asked.query["limit"] for asked in mis.asked} == {"100"}


async def test_a_token_lives_a_minute_and_says_who_we_are(medods: MappingConnector, mis: Vendor) -> None:
    mis.on("clinics", {"data": [{"id": 1, "title": "Главный"}]})
    await medods.state(ctx())
    told = token(mis.asked[0].headers["Authorization"])
    assert told["iss"] == "okno-1"
    issued, expires = told["iat"], told["exp"]
    assert isinstance(issued, int)
    assert isinstance(expires, int)
    assert expires - issued == 60
    assert issued <= clock.now().timestamp() < expires


async def test_a_token_that_ran_out_is_made_anew_once(medods: MappingConnector, mis: Vendor) -> None:
    """Trap 11: 403 is a token that is not taken."""
    mis.on("clinics", Reply("", status=403), {"data": [{"id": 1, "title": "Главный"}]})
    assert [one.name for one in await medods.directory(ctx(), "branches")] == ["Главный"]
    mis.asked.clear()
    mis.on("clinics", Reply("", status=403))
    with pytest.raises(Unauthenticated):
        await medods.directory(ctx(), "branches")
    assert len(mis.asked) == 2


async def test_clocks_that_differ_are_learned_from_the_answer(medods: MappingConnector, mis: Vendor) -> None:
    """Trap 11: a minute's token is dead on arrival where the clock is ten minutes on."""
    theirs = clock.now() + timedelta(minutes=10)
    refused = Reply("", status=403, headers={"Date": format_datetime(theirs, usegmt=True)})
    mis.on("clinics", refused, {"data": []})
    await medods.state(ctx())
    first, second = (token(one.headers["Authorization"]) for one in mis.asked)
    assert isinstance(first["iat"], int)
    assert isinstance(second["iat"], int)
    assert 590 <= second["iat"] - first["iat"] <= 610


async def test_a_write_whose_token_is_refused_twice_is_in_doubt(medods: MappingConnector, mis: Vendor) -> None:
    """Trap 11: refresh once, then look."""
    mis.on("clients", NONE, method="GET")
    mis.on("clients", Reply("", status=403), method="POST")
    draft = PatientDraft(key=KEY, family="Берёзкин", given="Лев", phone=MOTHER[0])
    with pytest.raises(OutcomeUnknown) as caught:
        await medods.create_patient(ctx(key=KEY), draft)
    assert caught.value.ours == KEY
    assert len([one for one in mis.asked if one.method == "POST"]) == 2


async def test_a_patient_is_made(medods: MappingConnector, mis: Vendor) -> None:
    mis.on("clients", NONE, method="GET")
    mis.on("clients", {"data": [{"id": 32}]}, method="POST")
    draft = PatientDraft(key=KEY, family="Берёзкин", given="Лев", born=born(2019, 9, 2), phone=MOTHER[0])
    made = await medods.create_patient(ctx(key=KEY), draft)
    assert isinstance(made, Created)
    assert made.patient.id == "32"
    assert next(one.json for one in mis.asked if one.method == "POST") == {
        "surname": "Берёзкин", "name": "Лев", "birthdate": "2019-09-02", "phone": "+79990001873",
    }  # fmt: skip


async def test_422_is_what_it_does_not_take(medods: MappingConnector, mis: Vendor) -> None:
    mis.on("clients", Reply({"errors": {"phone": ["неверный"]}}, status=422))
    with pytest.raises(Invalid):
        await medods.find_patients(ctx(), PatientQuery(phones=MOTHER))


async def test_another_content_type_is_nonsense(medods: MappingConnector, mis: Vendor) -> None:
    mis.on("clinics", Reply("{}", content_type="text/plain"))
    with pytest.raises(Malformed):
        await medods.directory(ctx(), "branches")


async def test_a_directory_is_paged_to_its_end(medods: MappingConnector, mis: Vendor) -> None:
    mis.on("users", {"data": [{"id": number, "surname": "Врач"} for number in range(100)]},
           {"data": [{"id": 100, "surname": "Врач"}]})  # fmt: skip
    assert len(await medods.directory(ctx(), "doctors")) == 101
    assert [one.query["offset"] for one in mis.asked] == ["0", "100"]


async def test_what_cannot_be_read_back_is_not_offered(medods: MappingConnector) -> None:
    assert medods.capabilities == {"search_phone", "directory", "create_patient"}
    with pytest.raises(NotOffered):
        await medods.find_patients(ctx(), PatientQuery(name="Берёзкина"))
