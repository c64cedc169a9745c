"""The connector of maps from its settings on, and a whole clinic's day through it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from mis import connectors
from mis.connectors import BadOptions
from mis.connectors.mapping import MAPS, load, shipped
from mis.terms import (
    Appointment,
    AppointmentQuery,
    Booked,
    BookingOrder,
    Conflict,
    Connector,
    NotOffered,
    OutcomeUnknown,
    PatientQuery,
    SlotQuery,
    Unauthenticated,
)
from okno.settings import MisSettings
from tests.mis.connectors.mapping.replay import CLINIC, ctx
from tests.mis.proxy import faulty
from tests.mis.renovatio_server import RenovatioServer, renovatio

MINIMAL: dict[str, Any] = {
    "format": 1, "name": "own", "capabilities": ["directory"],
    "operations": {"branches": {"request": {"path": "branches"}, "fields": {"id": "$.id", "name": "$.name"}}},
}  # fmt: skip


def made(options: dict[str, Any], **settings: Any) -> Connector:
    told = {"address": "https://mis.example", "secret": "file:key", **settings}
    return connectors.make(connectors.Setup(
        settings=MisSettings(connector="mapping", options=options, **told), secret=lambda _: "s", zone=CLINIC))  # fmt: skip


def own(folder: Path, change: dict[str, Any]) -> str:
    file = folder / "own.yaml"
    file.write_text(yaml.safe_dump({**MINIMAL, **change}))
    return str(file)


def test_the_maps_that_travel_with_okno() -> None:
    assert shipped() == ["archimed", "infoclinica", "medods", "renovatio", "smt_klinika"]


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_map_offers_only_what_it_can_do_and_says_what_it_leaves_out(name: str) -> None:
    one = load(name)
    text = (MAPS / f"{name}.yaml").read_text()
    assert one.capabilities
    assert one.sources
    assert "options:" in text.partition("format: 1")[0]
    assert "Not offered" in text or "it only reads" in text


def test_a_clinics_own_map(tmp_path: Path) -> None:
    assert made({"map": own(tmp_path, {})}).capabilities == {"directory"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"capabilities": ["book"]}, "book needs operations book"),
        ({"capabilities": ["hold"]}, "cannot offer hold"),
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"format": 2}, "format"),
        ({"phone": "+7 (###)"}, "ten #"),
        ({"operations": {"braches": {"sql": "SELECT 1"}}}, "operations.braches"),
        ({"operations": {"branches": {}}}, "exactly one of request and sql"),
        ({"operations": {"branches": {"sql": "DELETE FROM visits"}}}, "one SELECT is wanted"),
        ({"operations": {"branches": {"sql": "SELECT 1; DROP TABLE visits"}}}, "one SELECT is wanted"),
        ({"operations": {"branches": {"request": {"path": "x", "form": {"a": "1"}, "xml": "<a/>"}}}}, "only one of form"),
        ({"operations": {"branches": {"request": {"path": "{{ a"}}}}, "a template is broken"),
        ({"operations": {"branches": {"request": {"path": "x"}, "items": "$["}}}, "is no path"),
        ({"operations": {"branches": {"request": {"path": "x"}, "fields": {"id": "$.a!!["}}}}, "is no path"),
        ({"errors": [{"when": {"path": "$.a"}, "raise": "invalid"}]}, "one of equals"),
        ({"errors": [{"when": {"status": 400}, "raise": "disaster"}]}, "errors.0.raise"),
        ({"operations": {"branches": {"request": {"path": "x"}, "fields": {"id": {"path": "$.a", "match": "a"}}}}}, "one group"),
        ({"zone": "Mars/Olympus"}, "there is no such zone"),
        ({"operations": {"branches": {"request": {"path": "{{ doctor }}"}}}}, "a template fails.*operation branches"),
        ({"operations": {"branches": {"sql": "SELECT :doctor"}}}, "asks for :doctor.*operation branches"),
        ({"operations": {"branches": {"request": {"path": "x"}, "each": "phone"}}}, "is for patients_by_phone"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_map_is_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadOptions, match=words):
        made({"map": own(tmp_path, change)})


@pytest.mark.parametrize(
    ("options", "settings", "words"),
    [
        ({}, {}, "mis.options: map"),
        ({"map": "acme"}, {}, "neither a file nor one of archimed"),
        ({"map": "renovatio", "colour": 1}, {}, "colour"),
        ({"map": "renovatio", "zones": {"1": "Nowhere/Town"}}, {}, "mis.options.zones"),
        ({"map": "renovatio", "certificate": "/nowhere.pem"}, {}, "the file is missing"),
        ({"map": "infoclinica"}, {"address": ""}, "mis.address"),
        ({"map": "infoclinica"}, {}, "mis.options.identity"),
        ({"map": "medods"}, {"secret": ""}, "mis.options.identity"),
        ({"map": "renovatio"}, {"secret": ""}, "mis.secret"),
        ({"map": "smt_klinika"}, {}, "mis.options.database"),
    ],
)
def test_a_mistake_in_the_settings_is_named(options: dict[str, Any], settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BadOptions, match=words):
        made(options, **settings)


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    for text, words in (("a: [1\nb: 2", "no YAML, line 2"), ("- 1", "a YAML of keys"), ("\x00", "no YAML")):
        file = tmp_path / "own.yaml"
        file.write_text(text)
        with pytest.raises(BadOptions, match=words):
            load(str(file))


def test_a_secret_in_a_map_is_not_repeated_in_its_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadOptions) as caught:
        load(own(tmp_path, {"auth": {"kind": "header", "secret": "abracadabra"}}))
    assert "abracadabra" not in str(caught.value)


async def _slots(one: Connector, server: RenovatioServer) -> list[Any]:
    query = SlotQuery(since=server.first, until=server.first + timedelta(days=1), doctor=str(server.doctor))
    return list((await one.find_slots(ctx(), query)).slots)


def _order(slot: Any, number: int) -> BookingOrder:
    return BookingOrder(key=f"0190a3c4-0000-7000-8000-{number:012d}", slot=slot, patient=str(501 + number))


async def test_a_day_at_a_clinic() -> None:
    """Find, book, read back, refuse the second, move, confirm, cancel; the server's own data agree."""
    async with renovatio() as server:
        one = server.connector()
        try:
            [mother] = (await one.find_patients(ctx(), PatientQuery(phones=("+79990000000",)))).people
            slots = await _slots(one, server)
            assert len(slots) == 10
            order = _order(slots[0], 0)
            booked = await one.book(ctx(key=order.key), order)
            assert isinstance(booked, Booked)
            [back] = await one.on_slot(ctx(), slots[0])
            assert (back.id, back.patient, back.start, back.doctor.id, back.branch) == (
                booked.appointment.id, mother.id, slots[0].start, "44", back.branch)  # fmt: skip
            with pytest.raises(Conflict):
                await one.book(ctx(key="other"), _order(slots[0], 1))
            assert (await one.confirm(ctx(key="c"), back)).confirmed
            [now] = (await one.appointments(ctx(), AppointmentQuery(patient=mother.id))).items
            assert (await one.cancel(ctx(key="x"), now, "")).status == "cancelled"
            assert len(await _slots(one, server)) == 10
        finally:
            await one.close()
        assert [visit["status"] for visit in server.visits] == ["refused"]


async def test_twenty_orders_of_one_time_make_one_visit() -> None:
    async with renovatio(patients=20) as server:
        one = server.connector()
        try:
            slot = (await _slots(one, server))[0]
            orders = [_order(slot, number) for number in range(20)]
            ends = await asyncio.gather(*(one.book(ctx(key=order.key), order) for order in orders), return_exceptions=True)
        finally:
            await one.close()
        assert sum(isinstance(end, Booked) for end in ends) == 1
        assert sum(isinstance(end, Conflict) and end.kind == "slot" for end in ends) == 19
        assert len(server.standing) == 1


async def test_lost_answers_are_found_again_by_looking() -> None:
    """Each write is cut off after it was done: nothing is sent twice, everything is found."""
    async with renovatio() as server, faulty(server.url) as proxy:
        one = server.connector(proxy.url)
        try:
            slots = await _slots(one, server)
            for number, slot in enumerate(slots[:2]):
                order = _order(slot, number)
                proxy.next("cut", path="createAppointment")
                with pytest.raises(OutcomeUnknown):
                    await one.book(ctx(key=order.key), order)
                found = await one.by_key(ctx(), order)
                assert isinstance(found, Appointment)
                assert found.key == order.key
            proxy.next("cut", path="cancelAppointment")
            with pytest.raises(OutcomeUnknown):
                await one.cancel(ctx(key="x"), found, "")
            assert (await one.appointment(ctx(), found.id)).status == "cancelled"
        finally:
            await one.close()
        assert [visit["status"] for visit in server.visits] == ["upcoming", "refused"]


async def test_what_a_map_does_not_have_is_not_offered() -> None:
    async with renovatio() as server:
        one = server.connector()
        try:
            slot = (await _slots(one, server))[0]
            for asked in (one.claim(ctx(), slot), one.release(ctx(), slot), one.subscribe(ctx(), "", "")):
                with pytest.raises(NotOffered):
                    await asked
        finally:
            await one.close()


async def test_a_wrong_key_is_said_to_be_wrong() -> None:
    async with renovatio() as server:
        setup = connectors.Setup(settings=server.settings(), secret=lambda _: "wrong", zone=CLINIC)
        one = connectors.make(setup)
        try:
            with pytest.raises(Unauthenticated):
                await one.state(ctx())
        finally:
            await one.close()
