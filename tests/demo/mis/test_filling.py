"""The clinic is put into a real server once, and its days as they come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from demo.mis import filling, server
from mis.connectors import Setup, make
from mis.terms import DirectoryKind, PatientQuery, SlotQuery
from okno import clock
from okno.command.processes import ports
from okno.resources import folder
from okno.settings import load_settings
from tests.fixtures import running
from tests.mis.fhir_server import ZONE, FhirServer, context, program


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FhirServer]:
    """A server of this file's own: the demo's ids are fixed."""
    port = ports.free()
    with running(program(tmp_path_factory.mktemp("demo"), port, {"types": ["bearer"], "tokens": ["word"]})):
        yield FhirServer(f"http://127.0.0.1:{port}/fhir", "word")


async def test_the_demo_is_filled_once_and_read_by_our_connector(demo: FhirServer) -> None:
    today = clock.now().date()
    assert not await server.filled(demo.base, demo.token)
    assert await filling.fill(demo.base, demo.token, today) > 4000
    assert await server.filled(demo.base, demo.token)
    assert not await server.filled(demo.base, "another word")
    assert await filling.fill(demo.base, demo.token, today) == 0
    assert await filling.fill(demo.base, demo.token, today + timedelta(days=1)) >= 0
    told = load_settings(folder("demo") / "okno.demo.yaml").mis.model_copy(update={"address": demo.base})
    mis = make(Setup(settings=told, secret=lambda _: demo.token, zone=ZONE))
    try:
        found = await mis.find_patients(context(), PatientQuery(phones=("+79990000000", "8 (999) 000-00-00", "89990000000")))
        assert [one.relation for one in sorted(found.people, key=lambda one: one.id)] == ["ward", None, "self"]
        card = await mis.card(context(), "p0007-own")
        assert (card.missing, len(card.insurance), card.balance is not None) == ((), 1, True)
        assert [flag.kind for flag in card.flags] == ["allergy"]
        kinds: tuple[DirectoryKind, ...] = ("branches", "doctors", "specialties", "services", "cancel_reasons")
        sizes = {kind: len(await mis.directory(context(), kind)) for kind in kinds}
        assert sizes == {"branches": 3, "doctors": 12, "specialties": 8, "services": 12, "cancel_reasons": 5}
        assert all(one.price and one.minutes for one in await mis.directory(context(), "services"))
        now = clock.now()
        page = await mis.find_slots(context(), SlotQuery(since=now, until=now + timedelta(days=7), branch="moscow"))
        assert {(one.zone, one.branch.id if one.branch else "") for one in page.slots} == {("Europe/Moscow", "moscow")}
    finally:
        await mis.close()
