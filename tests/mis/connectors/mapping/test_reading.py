"""What a card and a list of times are when a part of the MIS fails or has no words for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from mis.connectors.mapping.reading import DOCTORS_AT_ONCE
from mis.connectors.mapping.visits import MappingConnector
from mis.terms import Flag, NotFound, NotOffered, PatientQuery, SlotQuery, Unavailable
from tests.mis.connectors.mapping.replay import MOTHER, Reply, Vendor, at, connected, ctx, vendor

OWN: dict[str, Any] = {
    "format": 1, "name": "own", "capabilities": ["card", "search_phone", "slots"],
    "operations": {
        "patient": {"request": {"path": "card"}, "items": "$", "fields": {"id": "$.id", "name": "$.name", "vip": "$.vip"}},
        "patients_by_phone": {"request": {"path": "search"}, "fields": {"id": "$.id", "name": "$.name"}},
        "flags": {"request": {"path": "flags"}, "fields": {"kind": "$.kind", "text": "$.text"}},
        "insurance": {"request": {"path": "policies"}, "fields": {"payer": "$.payer", "needs_letter": "$.letter"}},
        "balance": {"request": {"path": "money"}, "items": "$", "fields": {"balance": "$.sum"}},
        "doctors": {"request": {"path": "doctors"}, "fields": {"id": "$.id", "name": "$.name", "branches": "$.in[*]"}},
        "slots": {"each": "doctor", "request": {"path": "times", "form": {"doctor": "{{ doctor }}"}},
                  "fields": {"start": "$.at", "minutes": {"says": "30"}, "doctor": {"asked": "doctor"},
                             "doctor_name": {"asked": "doctor_name"}}},
    },
}  # fmt: skip
TIMES = [{"at": at(9).isoformat()}, {"at": at(14).isoformat()}]
DAY = SlotQuery(since=at(0), until=at(0, day=2))


@pytest_asyncio.fixture
async def mis() -> AsyncIterator[Vendor]:
    async with vendor() as one:
        yield one


@pytest_asyncio.fixture
async def own(mis: Vendor, tmp_path: Path) -> AsyncIterator[MappingConnector]:
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(OWN))
    async with connected(mis.url, str(file)) as one:
        yield one


async def test_a_part_that_fails_is_named_and_the_rest_helps(own: MappingConnector, mis: Vendor) -> None:
    mis.on("card", {"id": 1, "name": "Берёзкина", "vip": True})
    mis.on("flags", [{"kind": "debt"}, {"kind": "лифт", "text": ""}])
    mis.on("policies", Reply("", status=503))
    mis.on("money", {"sum": "12"})
    card = await own.card(ctx(), "1")
    assert card.flags == (Flag(kind="vip"), Flag(kind="debt"), Flag(kind="note", text="лифт"))
    assert (card.missing, str(card.balance), card.insurance) == (("insurance", "relatives"), "12", ())
    mis.on("policies", [{"payer": "Страховая", "letter": None}])
    mis.on("flags", Reply("{"))
    mis.on("money", Reply("", status=404))
    card = await own.card(ctx(), "1")
    assert (card.missing, card.balance, card.insurance[0].needs_letter) == (("flags", "relatives"), None, None)


async def test_a_card_that_is_no_object(own: MappingConnector, mis: Vendor) -> None:
    mis.on("card", Reply("", status=404))
    with pytest.raises(NotFound):
        await own.card(ctx(), "1")


async def test_404_to_a_search_is_nobody(own: MappingConnector, mis: Vendor) -> None:
    mis.on("search", Reply("", status=404))
    assert (await own.find_patients(ctx(), PatientQuery(phones=MOTHER))).people == ()
    with pytest.raises(NotOffered):
        await own.find_patients(ctx(), PatientQuery(name="Берёзкина"))


async def test_a_doctors_times_come_without_his_name_when_the_directory_is_down(
    own: MappingConnector, mis: Vendor
) -> None:
    query = SlotQuery(since=at(0), until=at(0, day=2), doctor="7", part="day")
    mis.on("times", TIMES)
    for told, name in ((Reply("", status=503), ""), ([{"id": 7, "name": "Осенева"}], "Осенева"), ([], "")):
        mis.on("doctors", told)
        [slot] = (await own.find_slots(ctx(), query)).slots
        assert (slot.start, slot.doctor.id, slot.doctor.name) == (at(14), "7", name)
    mis.on("times", Reply("", status=503))
    with pytest.raises(Unavailable):
        await own.find_slots(ctx(), query)


async def test_of_many_doctors_some_are_asked_and_it_is_said(own: MappingConnector, mis: Vendor) -> None:
    mis.on("doctors", [{"id": number, "name": f"д{number:02d}", "in": ["1"]} for number in range(40)])
    mis.on("times", TIMES)
    page = await own.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2), branch="1", limit=500))
    assert (len(page.slots), page.complete) == (2 * DOCTORS_AT_ONCE, False)
    assert [slot.start for slot in page.slots] == sorted(slot.start for slot in page.slots)
    few = await own.find_slots(ctx(), SlotQuery(since=at(0), until=at(0, day=2), branch="2"))
    assert few.slots == ()


async def test_the_state_needs_something_to_ask(mis: Vendor, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    raw = {**OWN, "capabilities": ["card"], "operations": {"patient": OWN["operations"]["patient"]}}
    file.write_text(yaml.safe_dump(raw))
    async with connected(mis.url, str(file)) as one:
        with pytest.raises(NotOffered):
            await one.state(ctx())
