"""A report goes into the outbox in the turn that closes its request: sealed, once."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from engine.effects import ReportContact
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.people.reports import reported
from engine.store.saving import CannotSave, TurnStore
from mis.feed import REPORT_PLACE, REPORTS
from okno.ids import time_of
from okno.seal import Keyring, SealBroken
from tests.fixtures import OpenDatabase

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
REPORT = ReportContact(
    request="01a1fc83-0000-7000-8000-000000000001", patient="Patient/1", at=AT, kind="call", outcome="booked",
    operator="orlova",
)  # fmt: skip


def batch() -> Batch:
    made = Batch()
    made.add((), (REPORT,))
    return made


async def test_it_is_there_once_and_only_mis_can_read_it(database: OpenDatabase, keyring: Keyring) -> None:
    one, bus = await database("engine"), keyring.sealer("bus")
    await one.execute("UPDATE lease SET epoch = 1")
    store = TurnStore(one, Codec(keyring.sealer("engine")), bus)
    assert len(batch()) == 1
    await store.save(1, 1, batch())
    await store.save(1, 2, batch())
    (row,) = await one.fetch("SELECT * FROM outbox")
    key = row["payload"]["key"]
    assert (row["stream"], row["kind"], str(row["event_id"]), time_of(row["event_id"])) == (REPORTS, "ContactReported", key, AT)
    blob = base64.b64decode(row["payload"]["report"])
    assert "Patient/1" not in json.dumps(row["payload"]) and b"Patient/1" not in blob
    assert json.loads(bus.open(blob, row=key, **REPORT_PLACE)) == {
        "patient": "Patient/1", "at": "2026-11-21T09:30:00+00:00", "kind": "call", "outcome": "booked", "operator": "orlova",
    }  # fmt: skip
    with pytest.raises(SealBroken):
        keyring.sealer("engine").open(blob, row=key, **REPORT_PLACE)


async def test_without_a_key_nothing_is_told_in_clear(database: OpenDatabase, keyring: Keyring) -> None:
    with pytest.raises(ValueError):
        reported(REPORT, None)
    one = await database("engine")
    await one.execute("UPDATE lease SET epoch = 1")
    with pytest.raises(CannotSave) as caught:
        await TurnStore(one, Codec(keyring.sealer("engine"))).save(1, 1, batch())
    assert "Patient" not in str(caught.value)
