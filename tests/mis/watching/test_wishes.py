"""The waiting list, fed by what comes free."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from mis.watching import NoSuchWish
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import Clinic
from tests.mis.watching.house import ASKER, PHONE, House, wish


async def test_a_cancellation_calls_who_waits(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    slots = house.clinic.open(2)
    visit = house.clinic.put(slots[0], "p1")
    put = await house.watching.wishes.put(wish(1, "p2", doctor="d1", urgent=True), PHONE, ASKER)
    assert (put.status, put.made_by) == ("waiting", "orlova") and put.made_at is not None
    await house.watching.wishes.put(wish(2, "p3", doctor="d2"), PHONE, ASKER)
    await house.bookings.cancel(uuid4(), visit, "", ASKER)
    work = await house.work()
    assert [(one["reason"], one["patient"], one["phone"], one["queue"], one["priority"]) for one in work] == [
        ("waitlist", "p2", PHONE, "front", 1)
    ]
    assert work[0]["note"] == "04.03.2031 11:00 · Doctor One"
    assert [one.status for one in await house.watching.wishes.of("p2", ASKER)] == ["offered"]
    assert [one.status for one in await house.watching.wishes.of("p3", ASKER)] == ["waiting"]
    done = await house.bookings.book(uuid4(), slots[0], "p2", replace(ASKER, request=UUID(int=8)))
    assert done.status == "booked"
    assert [one.status for one in await house.watching.wishes.of("p2", ASKER)] == ["done"]
    await house.bookings.close()


async def test_a_move_gives_the_old_time_to_who_waits(database: OpenDatabase, keyring: Keyring) -> None:
    for capabilities in (Clinic().capabilities, Clinic().capabilities | {"reschedule_atomic"}):
        house = House(Clinic(capabilities=capabilities), await database("mis"), keyring)
        slots = house.clinic.open(2)
        visit = house.clinic.put(slots[0], "p1")
        await house.watching.wishes.put(wish(1, "p2"), PHONE, ASKER)
        assert (await house.bookings.move(uuid4(), visit, slots[1], ASKER)).status == "booked"
        assert [one["note"] for one in await house.work()] == ["04.03.2031 11:00 · Doctor One"]
        await house.bookings.close()


async def test_a_place_is_changed_by_its_key_and_given_up(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    wishes = house.watching.wishes
    first = await wishes.put(wish(1, "p2"), PHONE, ASKER)
    again = await wishes.put(wish(1, "p2", urgent=True), PHONE, replace(ASKER, actor="petrova"))
    assert (again.made_at, again.made_by, again.urgent) == (first.made_at, "orlova", True)
    with pytest.raises(NoSuchWish):
        await wishes.put(wish(1, "p3"), PHONE, ASKER)
    assert (await wishes.give_up(first.key, ASKER)).status == "given_up"
    with pytest.raises(NoSuchWish):
        await wishes.give_up(uuid4(), ASKER)
    assert [one.status for one in await wishes.of("p2", ASKER)] == ["given_up"]
    rows = await house.db.fetch("SELECT w::text AS text FROM wishes w")
    assert not any(PHONE[1:] in row["text"] or "p2" in row["text"] for row in rows)
    assert await house.db.fetchval("SELECT count(*) FROM audit WHERE action LIKE 'wish.%'") == 4
