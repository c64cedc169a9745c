"""What people were asked to do is withdrawn when it is no longer needed: by the same key, once, whoever did it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from mis.terms import Appointment
from mis.watching.overs import Overs
from okno import clock
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import DAY, Clinic
from tests.mis.watching.house import ASKER, PHONE, House, wish
from tests.mis.watching.test_changes import change, opened


async def confirming(house: House, *patients: str) -> list[Appointment]:
    """Have calls made to confirm a visit of each."""
    slots = house.clinic.open(6)
    visits = [house.clinic.put(slot, patient) for slot, patient in zip(slots, patients, strict=False)]
    await house.watching._confirmations.make(DAY.date())
    return visits


async def keys(house: House) -> list[str]:
    """The keys of the work people were asked to do."""
    return [str(one["key"]) for one in await house.work()]


@pytest.mark.parametrize(("now", "why"), [
    ({"confirmed": True}, "confirmed"), ({"status": "cancelled"}, "cancelled"), ({"status": "noshow"}, "cancelled"),
    ({"start": DAY + timedelta(days=3), "end": DAY + timedelta(days=3, minutes=30)}, "moved"),
])  # fmt: skip
async def test_a_visit_confirmed_cancelled_or_moved_in_the_mis_is_called_for_no_more(
    now: dict[str, object], why: str, database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    (visit,) = await confirming(house, "p1")
    (key,) = await keys(house)
    change(house.clinic, visit, comment="nothing of this")
    await house.watching.watcher.poll()
    assert await house.over() == []
    news = change(house.clinic, house.clinic.visits[visit.id], **now)
    await house.watching.watcher.poll()
    assert await house.over() == [(key, why)]
    await house.watching.watcher.take(news)
    change(house.clinic, house.clinic.visits[visit.id], comment="again")
    await house.watching.watcher.poll()
    assert await house.over() == [(key, why)]
    assert await house.db.fetchval("SELECT count(*) FROM work_asked") == 0


async def test_one_call_about_two_visits_is_over_with_the_second_also_when_both_come_at_once(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    house.patient("p2", "+79990010204")
    first, second, third, fourth = await confirming(house, "p1", "p1", "p2", "p2")
    one, two = await keys(house)
    change(house.clinic, first, confirmed=True)
    await house.watching.watcher.poll()
    assert await house.over() == []
    change(house.clinic, second, status="cancelled")
    await house.watching.watcher.poll()
    assert await house.over() == [(one, "cancelled")]
    both = [change(house.clinic, visit, confirmed=True) for visit in (third, fourth)]
    await asyncio.gather(*(house.watching.watcher.take(news) for news in both))
    assert await house.over() == [(one, "cancelled"), (two, "confirmed")]


async def test_two_who_strike_out_the_last_two_wait_for_each_other(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    first, second = await confirming(house, "p1", "p1")
    overs = Overs(house.db, keyring.sealer("mis"))

    async def other() -> None:
        async with house.db.acquire() as connection, connection.transaction():
            await overs.of_visit(connection, replace(second, confirmed=True))

    async with house.db.acquire() as connection, connection.transaction():
        await overs.of_visit(connection, replace(first, confirmed=True))
        waiting = asyncio.create_task(other())
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
    await waiting
    assert await house.over() == [(key, "confirmed") for key in await keys(house)]


async def test_what_we_confirm_cancel_or_move_ourselves_is_over_at_once(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(6)
    for number, patient in enumerate(("p1", "p2", "p3")):
        house.patient(patient, f"+7999001020{number}")
    visits = await confirming(house, "p1", "p2", "p3")
    assert (await house.bookings.confirm(uuid4(), visits[0], ASKER)).status == "booked"
    assert (await house.bookings.cancel(uuid4(), visits[1], "", ASKER)).status == "cancelled"
    assert (await house.bookings.move(uuid4(), visits[2], slots[5], ASKER)).status == "booked"
    done = [(key, why) for key, why in zip(await keys(house), ("confirmed", "cancelled", "moved"), strict=True)]
    assert await house.over() == done
    await house.watching.watcher.poll()
    assert await house.over() == done, "and its echo is no news"
    await house.bookings.close()


async def test_a_time_somebody_took_is_offered_to_nobody_and_when_free_again_is_another_call(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(2)
    for number in (1, 2):
        await house.watching.wishes.put(wish(number, f"w{number}"), PHONE, ASKER)
    change(house.clinic, house.clinic.put(slots[0], "p1"), status="cancelled")
    await house.watching.watcher.poll()
    asked = await keys(house)
    assert len(asked) == 2 and await house.over() == []
    taken = house.clinic.put(slots[0], "p4")
    change(house.clinic, taken)
    await house.watching.watcher.poll()
    assert sorted(await house.over()) == sorted((key, "taken") for key in asked)
    await house.db.execute("UPDATE wishes SET status = 'waiting', offered_at = NULL")
    change(house.clinic, house.clinic.visits[taken.id], status="cancelled")
    await house.watching.watcher.poll()
    assert len(set(await keys(house))) == 4 and len(await house.over()) == 2


async def test_who_waited_and_has_a_time_or_waits_no_more_is_not_called(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(3)
    for number in (1, 2):
        await house.watching.wishes.put(wish(number, f"w{number}"), PHONE, ASKER)
    visit = house.clinic.put(slots[0], "p1")
    await house.bookings.cancel(uuid4(), visit, "", ASKER)
    whose = {one["patient"]: str(one["key"]) for one in await house.work()}
    assert (await house.bookings.book(uuid4(), slots[1], "w1", ASKER)).status == "booked"
    assert await house.over() == [(whose["w1"], "done")], "another time, which he waited for too"
    await house.watching.wishes.give_up(UUID(int=2), ASKER)
    assert await house.over() == [(whose["w1"], "done"), (whose["w2"], "given_up")]
    await house.bookings.close()


async def test_a_time_that_we_book_is_taken_and_what_must_be_told_stays(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(2)
    await house.watching.wishes.put(wish(1, "w1"), PHONE, ASKER)
    visit = house.clinic.put(slots[0], "p1", key=str(uuid4()))
    change(house.clinic, visit, status="cancelled")
    free = house.clinic._state(slots[0].id, "free")
    await house.watching.watcher.poll()
    asked = {one["reason"]: str(one["key"]) for one in await house.work()}
    assert set(asked) == {"changed", "waitlist"}
    assert (await house.bookings.book(uuid4(), free, "p4", ASKER)).status == "booked"
    assert await house.over() == [(asked["waitlist"], "taken")]
    await house.bookings.close()


async def test_a_time_whose_hour_has_come_is_offered_no_more_and_old_visits_are_forgotten(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    for number, (reason, days) in enumerate((("waitlist", 0), ("confirm", 0), ("confirm", 2), ("waitlist", -1))):
        await house.db.execute(
            "INSERT INTO work_asked (key, about, reason, start) VALUES ($1, '', $2, $3)",
            UUID(int=number), reason, clock.now() - timedelta(days=days),
        )  # fmt: skip
    for _ in range(2):
        await house.watching.watcher.tidy()
    assert await house.over() == [(str(UUID(int=0)), "past")]
    rows = await house.db.fetch("SELECT key FROM work_asked ORDER BY key")
    assert [row["key"] for row in rows] == [UUID(int=1), UUID(int=3)]
