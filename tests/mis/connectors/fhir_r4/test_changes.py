"""Changes the MIS made: asked for since a cursor, and pushed by a real subscription, as a PUT, out of order, twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from mis.connectors.fhir_r4 import changes
from mis.terms import Booked, BookingOrder, Change, Connector, ContactReport, Malformed, SlotQuery
from okno import clock
from okno.command.processes import ports
from tests.mis.fhir_server import FhirClinic, FhirServer, context


@pytest_asyncio.fixture
async def clinic(fhir_server: FhirServer) -> FhirClinic:
    return await fhir_server.clinic()


@pytest_asyncio.fixture
async def mis(fhir_server: FhirServer) -> AsyncIterator[Connector]:
    one = fhir_server.connector()
    yield one
    await one.close()


async def _book(mis: Connector, clinic: FhirClinic) -> Booked:
    page = await mis.find_slots(context(), SlotQuery(since=clinic.first, until=clinic.until, doctor=clinic.doctor))
    key = str(uuid4())
    made = await mis.book(context(key), BookingOrder(key=key, slot=page.slots[0], patient=clinic.patients[0]))
    assert isinstance(made, Booked)
    return made


async def test_what_changed_comes_once_and_later_nothing(mis: Connector, clinic: FhirClinic) -> None:
    began = await mis.changes(context(), "")
    assert began.items == ()
    made = (await _book(mis, clinic)).appointment
    first = await mis.changes(context(), began.cursor)
    ours = [one for one in first.items if one.id == made.id]
    assert [(one.resource, one.version) for one in ours] == [("appointment", made.version)]
    assert ours[0].appointment is not None and ours[0].appointment.doctor.name == made.doctor.name
    assert made.id not in {one.id for one in (await mis.changes(context(), first.cursor)).items}
    gone = await mis.cancel(context(), made, "prov")
    later = await mis.changes(context(), first.cursor)
    assert [(one.version, one.appointment.status if one.appointment else "") for one in later.items if one.id == made.id] == [
        (gone.version, "cancelled")
    ]


async def test_however_much_changed_all_of_it_comes_a_piece_at_a_time(
    mis: Connector, clinic: FhirClinic, fhir_server: FhirServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many patients and, after them, few visits: where one kind is cut the other must not carry the cursor past it."""
    monkeypatch.setattr(changes, "MOST", 3)
    monkeypatch.setattr(changes, "OVERLAP", timedelta(milliseconds=5))
    cursor = (await mis.changes(context(), "")).cursor
    people = {f"moved-{uuid4().hex[:8]}-{number}" for number in range(8)}
    for id in sorted(people):
        await fhir_server.put({"resourceType": "Patient", "id": id, "name": [{"family": "Peremenova"}]})
        await asyncio.sleep(0.01)
    visit = (await _book(mis, clinic)).appointment.id
    told: list[str] = []
    for _ in range(50):
        news = await mis.changes(context(), cursor)
        if not news.items:
            break
        assert len(news.items) <= 2 * changes.MOST + len(told)
        cursor = news.cursor
        told += [one.id for one in news.items]
    assert people | {visit} <= set(told)
    assert len([id for id in told if id in people]) == len(people), "none twice"


async def test_a_cursor_that_is_none_is_told(mis: Connector) -> None:
    for cursor in ("yesterday", "{}", '{"at": 5, "seen": []}'):
        with pytest.raises(Malformed):
            await mis.changes(context(), cursor)


async def test_the_server_pushes_what_changed_with_our_word(
    mis: Connector, clinic: FhirClinic, fhir_server: FhirServer
) -> None:
    came: asyncio.Queue[tuple[str, str, bytes, str]] = asyncio.Queue()

    async def hook(request: web.Request) -> web.Response:
        word = request.headers.get("Authorization", "")
        await came.put((request.method, request.path, await request.read(), word))
        return web.Response()

    app, port = web.Application(), ports.free()
    app.router.add_route("*", "/{tail:.*}", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{port}/hook"
    try:
        for _ in range(2):
            await mis.subscribe(context(), url, "word")
        kept = await fhir_server.search("Subscription", f"url={url}")
        assert sorted(one["criteria"] for one in kept) == ["Appointment?", "Patient?"]
        made = (await _book(mis, clinic)).appointment
        async with asyncio.timeout(20):
            method, path, body, word = await came.get()
        assert (method, path, word) == ("PUT", f"/hook/Appointment/{made.id}", "Bearer word")
        [change] = mis.pushed(path, body, {"Authorization": word})
        assert (change.resource, change.id, change.version) == ("appointment", made.id, made.version)
        await mis.subscribe(context(), url, "another word")
        assert len(await fhir_server.search("Subscription", f"url={url}")) == 2
        await mis.cancel(context(), made, "")
        async with asyncio.timeout(20):
            assert (await came.get())[3] == "Bearer another word"
    finally:
        for one in await fhir_server.search("Subscription", f"url={url}"):
            await fhir_server.ask("DELETE", f"Subscription/{one['id']}")
        await runner.cleanup()


def test_trap_23_a_push_is_read_whatever_its_form(fhir_server: FhirServer) -> None:
    mis = fhir_server.connector()
    meta = {"versionId": "3", "lastUpdated": "2026-11-21T10:00:00.000Z"}
    patient = {"resourceType": "Patient", "id": "p", "meta": meta}
    visit = {"resourceType": "Appointment", "id": "v", "meta": meta, "status": "proposed"}
    bundle = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": visit}, {"resource": patient}, {}]}

    def read(body: object) -> list[tuple[str, str, str]]:
        came: tuple[Change, ...] = mis.pushed("/hook", json.dumps(body).encode() if body else b"", {})
        return [(one.resource, one.id, one.version) for one in came]

    assert read(patient) == read(patient) == [("patient", "p", "3")]
    assert read(bundle) == [("appointment", "v", "3"), ("patient", "p", "3")]
    assert read(None) == read({"resourceType": "Parameters"}) == []
    for nonsense in (b"<html>", b"[]", b'{"a": 1}', b'{"resourceType": "Patient", "id": "p"}'):
        with pytest.raises(Malformed):
            mis.pushed("/hook", nonsense, {})


async def test_a_contact_is_written_back_once(mis: Connector, clinic: FhirClinic, fhir_server: FhirServer) -> None:
    made = (await _book(mis, clinic)).appointment
    report = ContactReport(
        key=str(uuid4()), patient=clinic.patients[0], at=clock.now(), kind="call", outcome="booked", operator="orlova",
        appointment=made.id, recording="rec-1",
    )  # fmt: skip
    for _ in range(2):
        await mis.report_contact(context(report.key), report)
    [kept] = await fhir_server.search("Communication", f"patient=Patient/{clinic.patients[0]}")
    assert [one["contentString"] for one in kept["payload"]] == ["call · booked · orlova", "rec-1"]
    assert kept["about"] == [{"reference": f"Appointment/{made.id}"}]
    await mis.report_contact(context(), replace(report, key=str(uuid4()), appointment="", recording=""))
