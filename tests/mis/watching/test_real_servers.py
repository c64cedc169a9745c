"""Followed on real servers: a visit of ours cancelled at the desk, a time that comes free, the list of a day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web

from mis import asking
from mis.client.answers import Wish
from mis.terms import Connector, Context, SlotQuery
from okno import clock
from okno.command.processes import ports
from okno.seal import Keyring
from okno.settings import Settings
from tests.fixtures import OpenDatabase
from tests.mis.fhir_server import FhirServer
from tests.mis.watching.house import ASKER, PHONE, House

SETTINGS = {"connector": "fhir_r4", "address": "http://127.0.0.1", "queue": "front", "poll_s": 1}


@dataclass
class Place:
    """A real clinic: our connector of it and what is in it."""

    mis: Connector
    own: Any


@pytest.fixture(params=["fhir_server", "gnu_health_server"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest_asyncio.fixture
async def place(server: Any) -> AsyncIterator[Place]:
    mis = server.connector()
    yield Place(mis, await server.clinic(slots=3, patients=3))
    await mis.close()


def ctx() -> Context:
    return Context(actor="desk", purpose="test", deadline=clock.monotonic() + 10, key=str(uuid4()))


async def test_what_the_desk_does_reaches_who_must_hear_of_it(
    place: Place, database: OpenDatabase, keyring: Keyring
) -> None:
    settings = Settings.model_validate({"mis": SETTINGS})
    house = House(place.mis, await database("mis"), keyring, settings)  # type: ignore[arg-type]
    watcher, own = house.watching.watcher, place.own

    async def news() -> list[dict[str, Any]]:
        """What there is to do for our own patients: the server has those of other tests too."""
        return [one for one in await house.work() if one["patient"] in own.patients]

    await watcher.poll()
    query = SlotQuery(since=own.first, until=own.until, doctor=own.doctor)
    slots = (await place.mis.find_slots(ctx(), query)).slots
    made = [await house.bookings.book(uuid4(), one, own.patients[0], ASKER) for one in slots[:2]]
    assert [one.status for one in made] == ["booked", "booked"]
    wish = Wish(key=uuid4(), patient=own.patients[1], since=own.first, until=own.until, doctor=own.doctor)
    await house.watching.wishes.put(wish, PHONE, ASKER)
    while await watcher.poll():
        pass
    assert await news() == [], "our own booking is no news"
    # The desk cancels the first visit, long after we made it.
    assert made[0].appointment is not None
    await house.db.execute("UPDATE bookings SET changed_at = changed_at - interval '1 hour'")
    visit = await place.mis.appointment(ctx(), made[0].appointment.id)
    await place.mis.cancel(ctx(), visit, "")
    async with asyncio.timeout(20):
        while len(work := await news()) < 2:
            await watcher.poll()
            await asyncio.sleep(0.2)
    told = {one["reason"]: one for one in work}
    assert told["changed"]["patient"] == own.patients[0] and told["changed"]["phone"] == own.phone(0)
    assert told["waitlist"]["patient"] == own.patients[1] and told["waitlist"]["phone"] == PHONE
    await watcher.poll()
    assert len(await news()) == 2
    day = own.first.astimezone(house.watching._confirmations._zone).date()
    await house.watching._confirmations.make(day)
    calls = [one for one in await news() if one["reason"] == "confirm"]
    assert [(one["patient"], one["phone"]) for one in calls] == [(own.patients[0], own.phone(0))]
    assert (await house.watching.directories.get("branches")).items
    await house.bookings.close()


async def test_a_fhir_server_pushes_what_the_desk_does(
    fhir_server: FhirServer, database: OpenDatabase, keyring: Keyring
) -> None:
    """No poll: its subscription brings the change, with our secret, to our door."""
    own, port = await fhir_server.clinic(slots=2, patients=2), ports.free()
    mis = fhir_server.connector()
    settings = Settings.model_validate({"mis": SETTINGS | {"push_url": f"http://127.0.0.1:{port}/mis"}})
    house = House(mis, await database("mis"), keyring, settings)  # type: ignore[arg-type]
    runner = web.AppRunner(asking.listening(house.watching.watcher.pushed), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        await house.watching.watcher._subscribe()
        query = SlotQuery(since=own.first, until=own.until, doctor=own.doctor)
        slot = (await mis.find_slots(ctx(), query)).slots[0]
        made = await house.bookings.book(uuid4(), slot, own.patients[0], ASKER)
        assert made.appointment is not None
        await house.db.execute("UPDATE bookings SET changed_at = changed_at - interval '1 hour'")
        await mis.cancel(ctx(), await mis.appointment(ctx(), made.appointment.id), "")
        async with asyncio.timeout(20):
            while not await house.work():
                await asyncio.sleep(0.1)
        assert [(one["reason"], one["patient"]) for one in await house.work()] == [("changed", own.patients[0])]
    finally:
        for one in await fhir_server.search("Subscription", ""):
            if f":{port}/" in one.get("channel", {}).get("endpoint", ""):
                await fhir_server.ask("DELETE", f"Subscription/{one['id']}")
        await house.bookings.close()
        await runner.cleanup()
        await mis.close()
