"""When an operator is answered, and whose deal is whose."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from mis.booking import runner
from mis.booking.hands import Hands
from mis.booking.rules.deal import Deal, Fact
from mis.booking.runner import told_enough
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, Clinic
from tests.mis.booking.rules.test_saga import DEAL, NOW, at
from tests.mis.booking.test_bookings import ASKER, booking, once, until


@pytest.mark.parametrize(
    ("step", "more", "expected"),
    [
        ("book", {}, False),
        ("look", {"status": "unknown", "next_at": NOW}, False),
        ("look", {"status": "unknown", "next_at": NOW, "told": True}, True),
        ("done", {"status": "unknown"}, True),
        ("check", {"status": "pending", "tries": 1}, False),
        ("check", {"status": "pending", "tries": 3}, True),
        ("alternatives", {"status": "refused"}, False),
        ("unclaim", {"status": "refused"}, True),
        ("cancel_old", {"status": "booked"}, False),
        ("look_old", {"status": "booked", "error": "unavailable"}, True),
        ("recheck", {"status": "booked"}, True),
        ("parked", {"status": "held"}, True),
    ],
)
def test_when_there_is_something_to_say(step: str, more: dict[str, Any], expected: bool) -> None:
    assert told_enough(at(step, DEAL, **more)) is expected


async def test_of_two_processes_one_is_overtaken_and_nothing_is_done_twice(
    database: OpenDatabase, keyring: Keyring
) -> None:
    """A second `mis` by mistake: each write of a deal counts, and who missed one looks before he acts."""
    clinic, db, key = Clinic(latency_s=0.01), await database("mis"), uuid4()
    slots = clinic.open(1)
    clinic.fault = once(("book", "lost"))
    async with booking(clinic, db, keyring) as first, booking(clinic, db, keyring) as second:
        asked = asyncio.gather(first.book(key, slots[0], "p1", ASKER), second.book(key, slots[0], "p1", ASKER))
        answers = await asked
        async with asyncio.timeout(20):
            while {one.status for one in answers} != {"booked"}:
                await asyncio.sleep(0.1)
                answers = [await first.status(key, ASKER), await second.status(key, ASKER)]
    assert len(clinic.live()) == 1


async def test_nothing_of_a_deal_that_is_over_stays_in_memory(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, (kept, booked) = Clinic(capabilities=ALL - {"hold"}), await database("mis"), (uuid4(), uuid4())
    slots = clinic.open(2)
    async with booking(clinic, db, keyring) as bookings:
        assert (await bookings.hold(kept, slots[0], "p1", ASKER)).status == "held"
        assert (await bookings.release(kept, ASKER)).status == "released"
        assert (await bookings.book(booked, slots[1], "p1", ASKER)).status == "booked"
        runner = bookings._runner
        async with asyncio.timeout(5):
            while runner._tasks or runner._whole or runner._locks or runner._turned:
                await asyncio.sleep(0.02)


async def test_a_mistake_of_ours_is_counted_and_the_deal_goes_on(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, db, key, registry = Clinic(), await database("mis"), uuid4(), CollectorRegistry()
    slots = clinic.open(1)
    mistakes = ["book"]
    monkeypatch.setattr(runner, "_AFTER_MISTAKE_S", 0.05)
    real = Hands.perform

    async def mistaken(self: Hands, deal: Deal) -> Fact:
        if deal.step in mistakes:
            mistakes.remove(deal.step)
            raise ZeroDivisionError
        return await real(self, deal)

    monkeypatch.setattr(Hands, "perform", mistaken)
    async with booking(clinic, db, keyring) as bookings:
        bookings.measure(registry)
        await bookings.book(key, slots[0], "p1", ASKER)
        booked = await until(bookings, key, "booked")
    assert booked.status == "booked"
    assert len(clinic.live()) == 1
    assert registry.get_sample_value("okno_mis_steps_failed") == 1
