"""The routes about people, through the gate: what the client says is what is asked, what is told is what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from mis.asking import Door, Patients
from mis.client import MisClient, PatientDraft
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.service.doors import telling_errors
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import CALL, MOTHER, PHONE, Desk, desk, moment, visit


@pytest_asyncio.fixture
async def one(database: OpenDatabase, keyring: Keyring) -> Desk:
    return desk(await database("mis"), keyring)


@pytest_asyncio.fixture
async def client(one: Desk, keyring: Keyring) -> AsyncIterator[MisClient]:
    bus = keyring.sealer("bus")
    app = web.Application(middlewares=[telling_errors()])
    patients = Patients(door=Door(bus), finder=one.finder, cards=one.cards, making=one.making)
    app.add_routes(patients.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = MisClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "secret", bus)
    yield made
    await made.close()
    await runner.cleanup()


async def test_from_the_ring_to_the_card(client: MisClient, one: Desk) -> None:
    prefetched = await client.prefetch(PHONE, call=CALL)
    assert len(prefetched.people) == 3 and {who.name for who in prefetched.people} == {""}
    found = await client.candidates(PHONE, one.asker, call=CALL)
    assert found.people[0].name == MOTHER.name and found.people[0].birth_year == 1990
    await client.identified("mother", ("name", "birth_date"), one.asker, e164=PHONE)
    one.mis.visits = [visit(1, moment(2))]
    answer = await client.card("mother", one.asker)
    assert answer.card is not None and answer.card.upcoming == (one.mis.visits[0],)
    assert answer.card.born == date(1990, 5, 1)
    await client.disowned("mother", PHONE, one.asker)
    assert "mother" not in {who.id for who in (await client.candidates(PHONE, one.asker)).people}
    assert len(one.finder.inquiry.waiting) == 1
    await client.release(CALL)
    assert len(one.finder.inquiry.waiting) == 0


async def test_a_search_and_a_new_patient(client: MisClient, one: Desk) -> None:
    found = await client.search(one.asker, name="семенова", born=date(1990, 5, 1))
    assert [who.id for who in found.people] == ["mother"]
    draft = PatientDraft(key=str(uuid4()), family="Семёнова", given="Анна", born=date(1990, 5, 1))
    assert [who.id for who in (await client.create_patient(draft, one.asker)).like] == ["mother"]
    made = await client.create_patient(PatientDraft(key=str(uuid4()), family="Новый", given="Олег"), one.asker)
    assert made.made is not None and made.made.name == "Новый Олег"


async def test_refusals(client: MisClient, one: Desk) -> None:
    with pytest.raises(ServiceRefused) as told:
        await client.identified("mother", ("name",), one.asker)
    assert told.value.status == 400
    with pytest.raises(ServiceRefused) as told:
        await client.search(one.asker)
    assert told.value.status == 400
    one.mis.capabilities = frozenset()
    with pytest.raises(ServiceRefused) as told:
        await client.candidates(PHONE, one.asker)
    assert told.value.status == 409
    with pytest.raises(ServiceRefused) as told:
        await client._wire.post("/release", {"call": "x"})
    assert told.value.status == 400
