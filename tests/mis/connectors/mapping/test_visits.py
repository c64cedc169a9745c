"""Writes of a map besides those the replays play: wishes, marks, reports, and what cannot be read back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from mis.connectors.mapping.visits import MappingConnector
from mis.terms import (
    Appointment,
    BookingOrder,
    Conflict,
    ContactReport,
    Created,
    Duplicate,
    Malformed,
    Named,
    NotFound,
    OutcomeUnknown,
    PatientDraft,
    Requested,
    Slot,
)
from tests.mis.connectors.mapping.replay import KEY, Reply, Vendor, at, connected, ctx, vendor

FIELDS = {"id": "$.id", "patient": "$.who", "doctor": "$.doctor", "start": "$.at", "minutes": {"says": "30"},
          "status": "$.status", "version": "$.v"}  # fmt: skip
OWN: dict[str, Any] = {
    "format": 1, "name": "own", "capabilities": ["request_only", "mark", "confirm", "report_contact", "create_patient"],
    "operations": {
        "book": {"request": {"path": "wish", "json": {"comment": "{{ comment }} okno:{{ key }}"}}, "items": "$",
                 "fields": {"id": "$.id"}},
        "visit": {"request": {"path": "visit"}, "items": "$", "fields": FIELDS},
        "mark": {"request": {"path": "mark", "form": {"status": "{{ status }}"}}},
        "confirm": {"request": {"path": "confirm"}},
        "report_contact": {"request": {"path": "report", "json": {"what": "{{ report.outcome }}", "key": "{{ key }}"}}},
        "create_patient": {"request": {"path": "new"}, "items": "$", "fields": {"id": "$.id"}},
        "patients_by_phone": {"request": {"path": "search"}, "fields": {"id": "$.id", "name": "$.name"}},
        "patients_by_name": {"request": {"path": "names"}, "fields": {"id": "$.id", "name": "$.name"}},
    },
}  # fmt: skip
DOCTOR = Named(id="7", name="")
VISIT = Appointment(id="1", status="booked", patient="5", start=at(10), end=at(10, 30), doctor=DOCTOR, version="a")
TOLD = {"id": 1, "who": 5, "doctor": 7, "at": at(10).isoformat(), "status": "booked", "v": "a"}


@pytest_asyncio.fixture
async def mis() -> AsyncIterator[Vendor]:
    async with vendor() as one:
        for path in ("mark", "confirm", "report"):
            one.on(path, {})
        yield one


@pytest_asyncio.fixture
async def own(mis: Vendor, tmp_path: Path) -> AsyncIterator[MappingConnector]:
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(OWN))
    async with connected(mis.url, str(file)) as one:
        yield one


async def test_a_mis_that_only_takes_wishes_never_books(own: MappingConnector, mis: Vendor) -> None:
    mis.on("wish", {"id": 12})
    order = BookingOrder(key=KEY, slot=Slot(id="s", start=at(10), end=at(11), doctor=DOCTOR), patient="5", comment="утром")
    assert await own.book(ctx(key=KEY), order) == Requested(id="12")
    assert mis.of("wish")[0].json == {"comment": f"утром okno:{KEY}"}


async def test_he_came(own: MappingConnector, mis: Vendor) -> None:
    mis.on("visit", TOLD, {**TOLD, "status": "arrived", "v": "b"})
    assert (await own.mark(ctx(key=KEY), VISIT, "arrived")).status == "arrived"
    assert mis.of("mark")[0].form == {"status": "arrived"}


async def test_a_visit_without_a_version_is_not_looked_at_first(own: MappingConnector, mis: Vendor) -> None:
    mis.on("visit", TOLD)
    assert (await own.confirm(ctx(key=KEY), Appointment(**{**_parts(VISIT), "version": ""}))).confirmed
    assert [one.path for one in mis.asked] == ["/confirm", "/visit"]


async def test_what_cannot_be_read_back_is_in_doubt_and_what_is_gone_is_not_found(
    own: MappingConnector, mis: Vendor
) -> None:
    for after, error in ((Reply("", status=503), OutcomeUnknown), (Reply("", status=404), NotFound)):
        mis.on("visit", TOLD, after)
        with pytest.raises(error):
            await own.confirm(ctx(key=KEY), VISIT)
        mis.on("visit", TOLD, after)
        with pytest.raises(error):
            await own.mark(ctx(key=KEY), VISIT, "noshow")
    mis.on("visit", {**TOLD, "v": "z"})
    with pytest.raises(Conflict):
        await own.mark(ctx(key=KEY), VISIT, "noshow")


async def test_what_came_of_a_contact_is_written_back_with_its_key(own: MappingConnector, mis: Vendor) -> None:
    report = ContactReport(key=KEY, patient="5", at=at(9), kind="call", outcome="booked", operator="orlova")
    await own.report_contact(ctx(), report)
    assert mis.of("report")[0].json == {"what": "booked", "key": KEY}


async def test_a_patient_without_a_phone_is_compared_by_name(own: MappingConnector, mis: Vendor) -> None:
    draft = PatientDraft(key=KEY, family="Берёзкин", given="Лев")
    mis.on("names", [{"id": 3, "name": "Березкин Лев"}, {"id": 4, "name": "Берёзкина Лея"}])
    like = await own.create_patient(ctx(key=KEY), draft)
    assert isinstance(like, Duplicate)
    assert [one.id for one in like.people] == ["3"]
    mis.on("names", [])
    mis.on("new", {"id": 9}, {})
    assert isinstance(await own.create_patient(ctx(key=KEY), draft), Created)
    with pytest.raises(OutcomeUnknown):  # it does not say whom it made
        await own.create_patient(ctx(key=KEY), draft)


def _parts(visit: Appointment) -> dict[str, Any]:
    return {name: getattr(visit, name) for name in visit.__dataclass_fields__}


async def test_a_confirmation_the_mis_does_not_show_is_in_doubt(mis: Vendor, tmp_path: Path) -> None:
    showing = {**OWN, "operations": {**OWN["operations"], "visit": {
        "request": {"path": "visit"}, "items": "$", "fields": {**FIELDS, "confirmed": "$.sure"},
    }}}  # fmt: skip
    file = tmp_path / "showing.yaml"
    file.write_text(yaml.safe_dump(showing))
    async with connected(mis.url, str(file)) as own:
        mis.on("visit", {**TOLD, "sure": False})
        with pytest.raises(OutcomeUnknown):
            await own.confirm(ctx(key=KEY), VISIT)
        mis.on("visit", {**TOLD, "sure": True})
        assert (await own.confirm(ctx(key=KEY), VISIT)).confirmed


async def test_a_day_that_is_not_whole_proves_nothing(mis: Vendor, tmp_path: Path) -> None:
    cut = {**OWN, "capabilities": ["book"], "cut_at": 1, "operations": {**OWN["operations"], "visits_in_window": {
        "request": {"path": "day"}, "items": "$[*]", "fields": {**FIELDS, "key": "$.key"},
    }}}  # fmt: skip
    file = tmp_path / "cut.yaml"
    file.write_text(yaml.safe_dump(cut))
    slot = Slot(id="s", start=at(10), end=at(10, 30), doctor=DOCTOR)
    order = BookingOrder(key=KEY, slot=slot, patient="5")
    async with connected(mis.url, str(file)) as own:
        mis.on("day", [TOLD, {**TOLD, "id": 2, "key": KEY}])
        for ask in (own.on_slot(ctx(), slot), own.by_key(ctx(), order)):
            with pytest.raises(Malformed):
                await ask
