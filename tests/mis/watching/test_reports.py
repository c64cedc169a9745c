"""What came of a contact reaches the MIS once, though it is away for a while."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from mis.feed import REPORT_PLACE, REPORTS
from mis.terms import NotOffered
from okno import clock
from okno.bus import BusEvent
from okno.seal import Keyring, SealBroken
from okno.settings import Settings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, Clinic
from tests.mis.watching.house import House


def told(keyring: Keyring, key: UUID, patient: str = "p1", *, row: UUID | None = None) -> BusEvent:
    report: dict[str, Any] = {
        "patient": patient, "at": "2031-03-04T06:00:00+00:00", "kind": "call", "outcome": "booked", "operator": "Orlova",
    }  # fmt: skip
    sealed = keyring.sealer("bus").seal(json.dumps(report), row=str(row or key), **REPORT_PLACE)
    payload = {"key": str(key), "report": base64.b64encode(sealed).decode()}
    return BusEvent(key, REPORTS, "ContactReported", payload, clock.now())


async def take(house: House, event: BusEvent) -> None:
    async with house.db.acquire() as connection, connection.transaction():
        await house.watching.reports.handle(event, connection)


async def test_it_is_written_back_once(database: OpenDatabase, keyring: Keyring) -> None:
    house, key = House(Clinic(), await database("mis"), keyring), uuid4()
    await take(house, told(keyring, key))
    await take(house, told(keyring, key))
    house.clinic.fault = lambda name: "away"
    assert await house.watching.reports.send()
    assert not await house.watching.reports.send(), "not at once again"
    assert house.clinic.reports == []
    house.clinic.fault = lambda name: None
    await house.db.execute("UPDATE reports SET next_at = now()")
    assert await house.watching.reports.send() and not await house.watching.reports.send()
    assert [(one.key, one.patient, one.outcome) for one in house.clinic.reports] == [(str(key), "p1", "booked")]
    row = await house.db.fetchrow("SELECT report, tries, error FROM reports")
    assert row is not None and (bytes(row["report"]), row["tries"], row["error"]) == (b"", 2, "")


async def test_what_the_mis_refuses_is_not_sent_for_ever(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    await take(house, told(keyring, uuid4()))

    def refuse(name: str) -> None:
        from mis.terms import Invalid

        raise Invalid("patient")

    house.clinic.fault = refuse  # type: ignore[assignment]
    assert await house.watching.reports.send() and not await house.watching.reports.send()
    assert await house.db.fetchval("SELECT error FROM reports WHERE done_at IS NOT NULL") == "invalid"


async def test_a_report_of_another_row_is_not_opened(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    with pytest.raises(SealBroken):
        await take(house, told(keyring, uuid4(), row=uuid4()))


async def test_a_mis_that_takes_none_gets_none(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(capabilities=ALL - {"report_contact"}), await database("mis"), keyring)
    await take(house, told(keyring, uuid4()))
    assert await house.db.fetchval("SELECT count(*) FROM reports") == 0


async def test_a_report_for_another_mis_is_not_written_into_this_one(
    database: OpenDatabase, keyring: Keyring
) -> None:
    before = House(Clinic(), await database("mis"), keyring)
    await take(before, told(keyring, uuid4()))
    after = House(
        Clinic(), before.db, keyring,
        Settings.model_validate({"mis": {"connector": "fhir_r4", "read_s": 1, "write_s": 1}}),
    )  # fmt: skip
    assert await after.watching.reports.send() and not await after.watching.reports.send()
    assert after.clinic.reports == []
    assert await after.db.fetchval("SELECT error FROM reports WHERE done_at IS NOT NULL") == "forbidden"


async def test_a_mis_that_takes_reports_no_more_ends_nothing(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    await take(house, told(keyring, uuid4()))
    asked = asyncio.Event()

    def refuse(name: str) -> None:
        asked.set()
        raise NotOffered

    house.clinic.fault = refuse  # type: ignore[assignment]
    task = asyncio.create_task(house.watching.reports.run())
    async with asyncio.timeout(5):
        await asked.wait()
    await asyncio.sleep(0.1)
    assert not task.done()
    assert await house.db.fetchval("SELECT count(*) FROM reports WHERE done_at IS NULL") == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
