"""What changes in the MIS: once, in any order, by push and by poll."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from uuid import uuid4

import pytest

from mis.terms import Appointment, Change, Changes, Context, Flag, Forbidden, Malformed, Relative, Unavailable
from mis.watching import NotOurMis
from okno import clock
from okno.seal import Keyring
from okno.settings import Settings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, Clinic
from tests.mis.watching.house import ASKER, PHONE, House, wish


def change(clinic: Clinic, visit: Appointment, **more: object) -> Change:
    """Somebody at the desk changes a visit, and the MIS tells of it."""
    now = replace(visit, version=str(int(visit.version) + 1), **more)  # type: ignore[arg-type]
    clinic.visits[visit.id] = now
    news = Change(resource="appointment", id=visit.id, version=now.version, at=clock.now(), appointment=now)
    clinic.news.append(news)
    return news


async def opened(database: OpenDatabase, keyring: Keyring) -> House:
    house = House(Clinic(), await database("mis"), keyring)
    house.patient("p1", "8 (999) 001-02-03")
    await house.watching.watcher.poll()
    return house


async def test_a_visit_of_ours_cancelled_at_the_desk_is_told_once_and_its_time_offered(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(2)
    visit = house.clinic.put(slots[0], "p1", key=str(uuid4()))
    await house.watching.wishes.put(wish(1, "p2"), PHONE, ASKER)
    news = change(house.clinic, visit, status="cancelled")
    watcher = house.watching.watcher
    bearer = {"Authorization": f"Bearer {watcher.push_secret}"}
    assert await watcher.pushed("Appointment/a0001", visit.id.encode(), bearer) == 1
    assert await watcher.pushed("Appointment/a0001", visit.id.encode(), bearer) == 0, "pushed twice"
    assert await watcher.poll() and not await watcher.poll()
    assert not await watcher.take(news)
    work = await house.work()
    assert [(one["reason"], one["patient"], one["phone"]) for one in work] == [
        ("changed", "p1", PHONE), ("waitlist", "p2", PHONE)
    ]  # fmt: skip
    assert "p1" in house.forgotten


async def test_a_moved_visit_says_from_when_to_when(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(3)
    visit = house.clinic.put(slots[0], "p1", key=str(uuid4()))
    change(house.clinic, visit)
    await house.watching.watcher.poll()
    assert await house.work() == [], "nothing a patient must hear of"
    change(house.clinic, house.clinic.visits[visit.id], start=slots[2].start, end=slots[2].end)
    await house.watching.watcher.poll()
    assert [one["note"] for one in await house.work()] == ["04.03.2031 11:00 · Doctor One → 04.03.2031 12:00 · Doctor One"]


async def test_an_old_push_is_taken_for_what_is_so_now(database: OpenDatabase, keyring: Keyring) -> None:
    """Trap 23: the order of pushes is nobody's promise."""
    house = await opened(database, keyring)
    visit = house.clinic.put(house.clinic.open(1)[0], "p1", key=str(uuid4()))
    news = change(house.clinic, visit)
    change(house.clinic, house.clinic.visits[visit.id], status="cancelled")
    late = house.clinic.news[-1]
    assert await house.watching.watcher.take(late)
    assert await house.watching.watcher.take(news)
    assert [one["reason"] for one in await house.work()] == ["changed"]


async def test_two_pushes_of_one_visit_at_once_are_told_once(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(1)
    visit = house.clinic.put(slots[0], "p1", key=str(uuid4()))
    first = change(house.clinic, visit)
    second = change(house.clinic, house.clinic.visits[visit.id], status="cancelled")
    for number in range(1, 5):
        await house.watching.wishes.put(wish(number, f"w{number}"), PHONE, ASKER)
    await asyncio.gather(*(house.watching.watcher.take(one) for one in (first, second)))
    assert sorted(one["reason"] for one in await house.work()) == ["changed"] + ["waitlist"] * 3
    await house.bookings.close()


async def test_what_we_did_ourselves_is_no_news(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(1)
    made = await house.bookings.book(uuid4(), slots[0], "p1", ASKER)
    assert made.appointment is not None
    done = await house.bookings.cancel(uuid4(), made.appointment, "", ASKER)
    assert done.appointment is not None
    change(house.clinic, done.appointment)
    await house.watching.watcher.poll()
    assert await house.work() == []
    await house.bookings.close()


async def test_a_patient_that_changed_is_dropped_from_memory(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    assert await house.watching.watcher.take(Change(resource="patient", id="p1", version="2", at=clock.now()))
    assert house.forgotten == ["p1"]


async def test_a_push_without_our_secret_is_refused(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    for headers in ({}, {"authorization": "Bearer x"}, {"Authorization": "Bearer \udcff"}):
        with pytest.raises(NotOurMis):
            await house.watching.watcher.pushed("x", b"", headers)


async def test_it_goes_on_where_it_stood(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    visit = house.clinic.put(house.clinic.open(1)[0], "p1", key=str(uuid4()))
    change(house.clinic, visit, status="cancelled")
    after = House(house.clinic, house.db, keyring)
    task = asyncio.create_task(after.watching.watcher.run())
    async with asyncio.timeout(5):
        while not await after.work():
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_child_is_reached_by_who_speaks_for_him_and_nobody_who_wants_peace(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    mother = Relative(id="p1", name="Name p1", relation="guardian", authority=True)
    stranger = Relative(id="p7", name="Name p7", relation="guardian", authority=False)
    house.patient("child", "+79990010909", born=clock.now().date().replace(year=clock.now().year - 5),
                  relatives=(stranger, mother))  # fmt: skip
    house.patient("calm", "+79990010908", flags=(Flag(kind="no_calls"),))
    house.patient("dead", "+79990010907", deceased=True)
    house.patient("nobody")
    reach = house.watching.watcher._reach
    assert (await reach.of("child")).phone == PHONE
    for id in ("calm", "dead"):
        assert ((await reach.of(id)).calm, (await reach.of(id)).phone) == (True, "")
    assert ((await reach.of("nobody")).calm, (await reach.of("nobody")).phone) == (False, "")


async def test_one_change_that_cannot_be_read_does_not_stop_those_behind_it(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(2)
    for number, patient in enumerate(("p1", "p1")):
        change(house.clinic, house.clinic.put(slots[number], patient, key=str(uuid4())), status="cancelled")
    broken = [True]

    def fault(name: str) -> None:
        if name == "appointment" and broken.pop() if broken else False:
            raise Malformed

    house.clinic.fault = fault  # type: ignore[assignment]
    assert await house.watching.watcher.poll() and not await house.watching.watcher.poll()
    assert [one["note"] for one in await house.work()] == [
        "04.03.2031 11:00 · Doctor One", "04.03.2031 11:30 · Doctor One"
    ]  # fmt: skip


async def test_a_mis_that_is_away_is_asked_again_from_where_it_stood(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    change(house.clinic, house.clinic.put(house.clinic.open(1)[0], "p1", key=str(uuid4())), status="cancelled")
    house.clinic.fault = lambda name: "away" if name == "card" else None
    with pytest.raises(Unavailable):
        await house.watching.watcher.poll()
    house.clinic.fault = lambda name: None
    assert await house.watching.watcher.poll()
    assert [(one["patient"], one["phone"]) for one in await house.work()] == [("p1", PHONE)]


async def test_the_visit_we_moved_away_from_is_no_news(database: OpenDatabase, keyring: Keyring) -> None:
    """Where a move is a new visit and the old one cancelled, the MIS tells of both; the patient knows."""
    house = await opened(database, keyring)
    house.clinic.capabilities = ALL - {"reschedule_atomic"}
    slots = house.clinic.open(3)
    made = await house.bookings.book(uuid4(), slots[0], "p1", ASKER)
    assert made.appointment is not None
    await house.db.execute("UPDATE bookings SET changed_at = now() - interval '1 day'")
    moved = await house.bookings.move(uuid4(), made.appointment, slots[2], ASKER)
    assert moved.appointment is not None and moved.appointment.id != made.appointment.id
    old = house.clinic.visits[made.appointment.id]
    assert old.status == "cancelled"
    for one in (old, moved.appointment):
        change(house.clinic, one)
    assert await house.watching.watcher.poll()
    assert await house.work() == []
    await house.bookings.close()


async def test_a_mis_that_takes_no_subscription_is_asked_all_the_same(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = House(Clinic(), await database("mis"), keyring, Settings.model_validate(
        {"mis": {"connector": "none", "read_s": 1, "poll_s": 1, "push_url": "http://127.0.0.1:9/hook"}}))  # fmt: skip
    await house.watching.watcher.poll()
    change(house.clinic, house.clinic.put(house.clinic.open(1)[0], "p1", key=str(uuid4())), status="cancelled")

    def fault(name: str) -> None:
        if name == "subscribe":
            raise Forbidden

    house.clinic.fault = fault  # type: ignore[assignment]
    assert "push" in house.clinic.capabilities
    task = asyncio.create_task(house.watching.watcher.run())
    async with asyncio.timeout(5):
        while not await house.work():
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_visit_seen_under_a_key_since_retired_is_as_if_never_seen(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    slots = house.clinic.open(2)
    visit = house.clinic.put(slots[0], "p1", key=str(uuid4()))
    change(house.clinic, visit)
    await house.watching.watcher.poll()
    await house.db.execute("UPDATE visits_seen SET visit = decode('00', 'hex')")
    change(house.clinic, house.clinic.visits[visit.id], status="cancelled")
    assert await house.watching.watcher.poll()
    assert [one["reason"] for one in await house.work()] == ["changed"]


async def test_what_is_over_for_long_is_removed(database: OpenDatabase, keyring: Keyring) -> None:
    house = await opened(database, keyring)
    change(house.clinic, house.clinic.put(house.clinic.open(1)[0], "p1", key=str(uuid4())))
    await house.watching.watcher.poll()
    await house.db.execute("UPDATE visits_seen SET until = now() - interval '1 minute'")
    await house.db.execute("UPDATE changes_taken SET taken_at = now() - interval '15 days'")
    await house.watching.watcher.tidy()
    for table in ("visits_seen", "changes_taken"):
        assert await house.db.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


class Naming(Clinic):
    """A MIS whose connector remembers in its cursor whom it has told of."""

    asked_from: list[str]

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        self.asked_from = [*getattr(self, "asked_from", []), cursor]
        return Changes(items=(), cursor="patient/p-4711/2")


async def test_where_we_stood_names_nobody_at_rest(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Naming(), await database("mis")
    house = House(clinic, db, keyring)
    await house.watching.watcher.poll()
    kept = await db.fetchval("SELECT cursor FROM change_cursor")
    assert kept and "4711" not in kept and b"4711" not in base64.b64decode(kept)
    await house.watching.watcher.poll()
    await db.execute("UPDATE change_cursor SET cursor = 'patient/p-4711/2'")
    await house.watching.watcher.poll()
    assert clinic.asked_from == ["", "patient/p-4711/2", ""], "what cannot be opened is begun anew"


@pytest.mark.parametrize(("about", "statuses"), [
    ({"deceased": True}, ["given_up"]), ({"flags": (Flag(kind="no_calls"),)}, ["given_up"]), ({}, ["waiting"]),
])  # fmt: skip
async def test_trap_1_who_died_is_called_for_no_time_that_comes_free(
    about: dict[str, object], statuses: list[str], database: OpenDatabase, keyring: Keyring
) -> None:
    house = await opened(database, keyring)
    await house.watching.wishes.put(wish(1, "p2"), PHONE, ASKER)
    house.patient("p2", PHONE, **about)
    await house.watching.watcher.take(Change(resource="patient", id="p2", version="2", at=clock.now()))
    assert [one.status for one in await house.watching.wishes.of("p2", ASKER)] == statuses
    visit = house.clinic.put(house.clinic.open(1)[0], "p1", key=str(uuid4()))
    change(house.clinic, visit, status="cancelled")
    await house.watching.watcher.poll()
    called = [one["patient"] for one in await house.work() if one["reason"] == "waitlist"]
    assert called == (["p2"] if statuses == ["waiting"] else [])
