"""The routes about visits, through the gate, on a real database, against a MIS in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from mis.asking import Bookings, Door
from mis.booking import Bookings as Books
from mis.client import Asker, MisClient, SlotQuery
from okno.audit import AuditTrail
from okno.seal import Keyring
from okno.service import ServiceRefused
from okno.service.doors import telling_errors
from okno.settings import MisSettings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import DAY, Clinic

ASKER = Asker(actor="orlova", role="operator", purpose="booking", request=uuid4())


class Cards:
    """Notes whose cards were dropped."""

    def __init__(self) -> None:
        self.dropped: list[str] = []

    def forget(self, patient: str) -> None:
        """Note it."""
        self.dropped.append(patient)


@pytest_asyncio.fixture
async def served(database: OpenDatabase, keyring: Keyring) -> AsyncIterator[tuple[MisClient, Clinic, Cards]]:
    db, clinic, cards = await database("mis"), Clinic(), Cards()
    clinic.open(4)
    settings = MisSettings(read_s=1, write_s=1)
    books = Books(clinic, settings, db, keyring, AuditTrail(db, keyring.sealer("mis")))
    going, bus = asyncio.create_task(books.run()), keyring.sealer("bus")
    app = web.Application(middlewares=[telling_errors()])
    stand: Any = cards
    app.add_routes(Bookings(door=Door(bus), bookings=books, cards=stand).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = MisClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "secret", bus)
    yield client, clinic, cards
    await client.close()
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    await books.close()
    await runner.cleanup()


async def test_a_visit_from_the_slot_to_its_end(served: tuple[MisClient, Clinic, Cards]) -> None:
    client, clinic, cards = served
    offered = await client.slots(SlotQuery(since=DAY, until=DAY + timedelta(days=1)), ASKER)
    first, second = offered.slots[0].slot, offered.slots[1].slot
    key = uuid4()
    held = await client.hold(key, first, "p1", ASKER)
    assert (held.status, held.expires_at is not None) == ("held", True)
    booked = await client.book(key, first, "p1", ASKER, comment="by phone")
    assert booked.status == "booked" and booked.appointment is not None
    assert [one.id for one in clinic.live(key)] == [booked.appointment.id] and "p1" in cards.dropped
    moved = await client.move(uuid4(), booked.appointment, second, ASKER)
    assert moved.status == "booked" and moved.appointment is not None and moved.appointment.start == second.start
    sure = await client.confirm(uuid4(), moved.appointment, ASKER)
    assert sure.appointment is not None and sure.appointment.confirmed
    gone = uuid4()
    assert (await client.cancel(gone, sure.appointment, "", ASKER)).status == "cancelled"
    assert clinic.live() == [] and (await client.booking(gone, ASKER)).status == "cancelled"
    assert {one.action for one in await client.bookings(ASKER)} == {"book", "move", "confirm", "cancel"}


async def test_a_kept_time_is_given_back(served: tuple[MisClient, Clinic, Cards]) -> None:
    client, _, _ = served
    slot = (await client.slots(SlotQuery(since=DAY, until=DAY + timedelta(days=1)), ASKER)).slots[0].slot
    key = uuid4()
    await client.hold(key, slot, "p1", ASKER)
    assert (await client.release_slot(key, ASKER)).status == "released"


async def test_nobody_elses_booking_is_told(served: tuple[MisClient, Clinic, Cards]) -> None:
    client, _, _ = served
    with pytest.raises(ServiceRefused) as told:
        await client.booking(uuid4(), ASKER)
    assert told.value.status == 404
