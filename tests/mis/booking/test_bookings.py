"""What an operator may want of a visit, on a real database, against a MIS that misbehaves on order."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from mis.booking import Bookings, NoSuchBooking
from mis.client.answers import Asker, Booking
from mis.feed import VISITS, WORK, WORK_PLACE
from mis.terms import LIVE, NotOffered, SlotQuery
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.settings import MisSettings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, DAY, Clinic, Fault

SETTINGS = MisSettings(read_s=0.5, write_s=0.5, queue="front")
REQUEST = UUID(int=7)
ASKER = Asker(actor="orlova", role="operator", purpose="booking", request=REQUEST)
ROW = "SELECT payload->>'what' AS what FROM outbox WHERE stream = $1 ORDER BY id"


@asynccontextmanager
async def booking(clinic: Clinic, db: Database, keyring: Keyring) -> AsyncIterator[Bookings]:
    """One life of the process that books."""
    audit = AuditTrail(db, keyring.sealer("mis"))
    one = Bookings(clinic, SETTINGS, db, keyring, audit)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await one.close()


async def until(bookings: Bookings, key: UUID, *statuses: str) -> Booking:
    async with asyncio.timeout(20):
        while (found := await bookings.status(key, ASKER)).status not in statuses:
            await asyncio.sleep(0.05)
    return found


def once(*faults: tuple[str, Fault]) -> Callable[[str], Fault | None]:
    """Do each of these faults once, to the question of that name."""
    left = list(faults)

    def fault(name: str) -> Fault | None:
        for one in left:
            if one[0] == name:
                left.remove(one)
                return one[1]
        return None

    return fault


async def told(db: Database) -> list[str]:
    return [row["what"] for row in await db.fetch(ROW, VISITS)]


async def test_held_then_booked_is_read_back_and_told(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(3)
    async with booking(clinic, db, keyring) as bookings:
        held = await bookings.hold(key, slots[0], "p1", ASKER)
        assert (held.status, held.appointment) == ("held", None) and held.expires_at is not None
        assert clinic.slots[slots[0].id].state == "held" and clinic.live() == []
        done = await bookings.book(key, slots[0], "p1", ASKER, comment="a comment")
        assert done.status == "booked" and done.appointment is not None
        assert [one.key for one in clinic.live()] == [str(key)]
        assert clinic.asked[-1] == "on_slot"
        again = await bookings.book(key, slots[0], "p1", ASKER)
        assert (again.status, clinic.asked.count("book")) == ("booked", 1), "a double click is one booking"
    assert await told(db) == ["booked"]
    actions = await db.fetch("SELECT action FROM audit ORDER BY id")
    assert [row["action"] for row in actions][:2] == ["booking.hold", "booking.book"]


async def test_trap_25_nothing_of_a_person_nor_of_a_comment_is_readable_at_rest(
    database: OpenDatabase, keyring: Keyring
) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(1)
    async with booking(clinic, db, keyring) as bookings:
        await bookings.book(uuid4(), slots[0], "patient-4711", ASKER, comment="says his tooth hurts")
    # As text and as a column of bytes spells it; digits alone stand in any ciphertext now and then.
    told = [spelt for word in ("patient-4711", "tooth") for spelt in (word, word.encode().hex())]
    for table in ("bookings", "reservations", "outbox", "audit"):
        rows = await db.fetch(f"SELECT t::text AS text FROM {table} t")  # noqa: S608
        assert rows and not any(word in row["text"] for row in rows for word in told), table


async def test_the_loser_of_one_time_sees_others(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(4)
    async with booking(clinic, db, keyring) as bookings:
        answers = await asyncio.gather(*(bookings.book(uuid4(), slots[1], f"p{one}", ASKER) for one in range(5)))
    assert sorted(one.status for one in answers) == ["booked", *["refused"] * 4]
    for one in answers:
        if one.status == "refused":
            assert one.error == "held" and one.appointment is None
            assert {other.id for other in one.alternatives} == {slots[0].id, slots[2].id, slots[3].id}
    assert len(clinic.live()) == 1


async def test_a_time_gone_meanwhile_offers_others(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(3)
    clinic.put(slots[0])
    del clinic.slots[slots[2].id]
    async with booking(clinic, db, keyring) as bookings:
        busy = await bookings.book(uuid4(), slots[0], "p1", ASKER)
        gone = await bookings.book(uuid4(), slots[2], "p1", ASKER)
        assert (busy.error, gone.error) == ("conflict", "gone")
        assert [one.id for one in busy.alternatives] == [slots[1].id]


async def test_somebody_in_the_clinic_was_faster(database: OpenDatabase, keyring: Keyring) -> None:
    """The MIS lets two visits stand at once: the later one is ours to cancel (mis.md §2.4)."""
    clinic, db = Clinic(capabilities=ALL - {"hold"}), await database("mis")
    slots = clinic.open(2)
    clinic.fault = lambda name: clinic.put(slots[0], "p8") and None if name == "book" else None  # type: ignore[func-returns-value]
    async with booking(clinic, db, keyring) as bookings:
        answer = await bookings.book(uuid4(), slots[0], "p1", ASKER)
    assert (answer.status, answer.error, answer.appointment) == ("refused", "conflict", None)
    assert [one.patient for one in clinic.live()] == ["p8"]
    assert [one.id for one in answer.alternatives] == [slots[1].id]


@pytest.mark.parametrize("fault", ["lost", "dropped", "stall"])
async def test_an_answer_that_was_lost_is_looked_for(fault: Fault, database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    clinic.fault = once(("book", fault))
    async with booking(clinic, db, keyring) as bookings:
        await bookings.book(key, slots[0], "p1", ASKER)
        assert (await until(bookings, key, "booked")).status == "booked"
    assert len(clinic.live()) == 1
    assert clinic.asked.index("by_key") > clinic.asked.index("book")
    assert await told(db) == ["unknown", "booked"]


async def test_a_dead_mis_is_told_as_not_booked_and_booked_when_it_is_back(
    database: OpenDatabase, keyring: Keyring
) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    clinic.fault = lambda name: "away"
    async with booking(clinic, db, keyring) as bookings:
        task = asyncio.create_task(bookings.book(key, slots[0], "p1", ASKER))
        waiting = await until_known(bookings, key, "pending")
        assert (waiting.error, waiting.appointment) == ("unavailable", None)
        clinic.fault = lambda name: None
        await task
        assert (await until(bookings, key, "booked")).error == ""


async def test_the_operator_leaves_what_waits(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    clinic.fault = lambda name: "away"
    async with booking(clinic, db, keyring) as bookings:
        task = asyncio.create_task(bookings.book(key, slots[0], "p1", ASKER))
        await until_known(bookings, key, "pending")
        assert (await bookings.release(key, ASKER)).status == "released"
        clinic.fault = lambda name: None
        await task
        await asyncio.sleep(0.1)
        assert clinic.live() == [] and "book" not in clinic.asked
        assert await db.fetchval("SELECT count(*) FROM reservations") == 0


async def test_a_hold_ends_by_itself(database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    monkeypatch.setitem(SETTINGS.__dict__, "hold_s", 1)
    async with booking(clinic, db, keyring) as bookings:
        await bookings.hold(key, slots[0], "p1", ASKER)
        await until(bookings, key, "released")
        async with asyncio.timeout(5):
            while clinic.slots[slots[0].id].state != "free":
                await asyncio.sleep(0.02)


async def test_a_visit_is_moved_cancelled_and_confirmed(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(3)
    visit = clinic.put(slots[0], "p1")
    async with booking(clinic, db, keyring) as bookings:
        moved = await bookings.move(uuid4(), visit, slots[1], ASKER)
        assert (moved.status, moved.action, moved.error) == ("booked", "move", "")
        assert clinic.visits[visit.id].status == "cancelled" and moved.appointment is not None
        sure = await bookings.confirm(uuid4(), moved.appointment, ASKER)
        assert sure.status == "booked" and sure.appointment is not None and sure.appointment.confirmed
        gone = await bookings.cancel(uuid4(), sure.appointment, "", ASKER)
        assert (gone.status, clinic.live()) == ("cancelled", [])
        assert len(await bookings.of_request(ASKER)) == 3
    assert await told(db) == ["moved", "confirmed", "cancelled"]


async def test_one_visit_is_changed_by_one_at_a_time(database: OpenDatabase, keyring: Keyring) -> None:
    """Trap 13: two clicks, two operators in one second: one visit in the end."""
    clinic, db = Clinic(latency_s=0.05), await database("mis")
    slots = clinic.open(4)
    visit = clinic.put(slots[0], "p1")
    async with booking(clinic, db, keyring) as bookings:
        answers = await asyncio.gather(
            *(bookings.move(uuid4(), visit, one, ASKER) for one in slots[1:]), bookings.cancel(uuid4(), visit, "", ASKER)
        )
        assert sorted(one.status for one in answers) in (["booked", *["refused"] * 3], ["cancelled", *["refused"] * 3])
        assert len(clinic.live()) == sum(one.status == "booked" for one in answers)
        if clinic.live():
            assert (await bookings.cancel(uuid4(), clinic.live()[0], "", ASKER)).status == "cancelled", "it is free again"


async def test_an_old_visit_that_will_not_go_is_told(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(2)
    visit = clinic.put(slots[0], "p1")
    clinic.fault = lambda name: "away" if name == "cancel" else None
    async with booking(clinic, db, keyring) as bookings:
        key = uuid4()
        moved = await bookings.move(key, visit, slots[1], ASKER)
        assert (moved.status, moved.error) == ("booked", "unavailable")
        clinic.fault = lambda name: None
        async with asyncio.timeout(20):
            while (await bookings.status(key, ASKER)).error:
                await asyncio.sleep(0.05)
    assert clinic.visits[visit.id].status == "cancelled"


async def test_a_visit_that_changed_under_his_eyes_is_not_cancelled(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(2)
    seen = clinic.put(slots[0], "p1")
    clinic.visits[seen.id] = replace(seen, start=slots[1].start, end=slots[1].end, version="2")
    other = replace(seen, patient="p2")
    async with booking(clinic, db, keyring) as bookings:
        assert (await bookings.cancel(uuid4(), seen, "", ASKER)).error == "conflict"
        assert (await bookings.cancel(uuid4(), other, "", ASKER)).error == "not_found", "a visit of another patient"
    assert clinic.visits[seen.id].status in LIVE


async def test_a_deal_of_another_mis_is_not_asked_of_this_one(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, db, waits, sent = Clinic(), await database("mis"), uuid4(), uuid4()
    slots = clinic.open(2)
    clinic.fault = lambda name: "away"
    async with booking(clinic, db, keyring) as bookings:
        asked = asyncio.create_task(bookings.book(waits, slots[0], "p1", ASKER))
        await until_known(bookings, waits, "pending")
        clinic.fault = lambda name: "away" if name == "by_key" else "lost" if name == "book" else None
        also = asyncio.create_task(bookings.book(sent, slots[1], "p1", ASKER))
        async with asyncio.timeout(10):
            while "by_key" not in clinic.asked:
                await asyncio.sleep(0.02)
        for task in (asked, also):
            task.cancel()
        await bookings.close()
    other = Clinic()
    other.open(2)
    monkeypatch.setitem(SETTINGS.__dict__, "connector", "acme")
    async with booking(other, db, keyring) as bookings:
        assert (await until(bookings, waits, "refused", "unknown")).status in ("refused", "unknown")
        assert (await until(bookings, sent, "unknown")).status == "unknown"
        async with asyncio.timeout(5):
            while await db.fetchval("SELECT count(*) FROM bookings WHERE step <> 'done'"):
                await asyncio.sleep(0.02)
    assert other.asked == []


@pytest.mark.parametrize("seen", ["book", "on_slot", "claim", "by_key"])
async def test_a_process_killed_in_the_middle_goes_on(seen: str, database: OpenDatabase, keyring: Keyring) -> None:
    """The first life ends inside the question; the second one looks and finishes, and books once."""
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(2)
    clinic.fault = once((seen, "stall")) if seen != "by_key" else once(("book", "lost"), ("by_key", "stall"))
    async with booking(clinic, db, keyring) as bookings:
        task = asyncio.create_task(bookings.book(key, slots[0], "p1", ASKER))
        async with asyncio.timeout(5):
            while seen not in clinic.asked:
                await asyncio.sleep(0.01)
        task.cancel()
        await bookings.close()
    async with booking(clinic, db, keyring) as bookings:
        assert (await until(bookings, key, "booked")).appointment is not None
    assert [one.key for one in clinic.live()] == [str(key)]


async def test_what_cannot_be_resolved_asks_for_a_person_once(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, key = Clinic(capabilities=ALL - {"cancel"}), await database("mis"), uuid4()
    slots = clinic.open(1)
    clinic.fault = lambda name: clinic.put(slots[0], "p8") and None if name == "book" else None  # type: ignore[func-returns-value]
    async with booking(clinic, db, keyring) as bookings:
        await bookings.book(key, slots[0], "p1", ASKER)
        assert (await until(bookings, key, "unknown")).status == "unknown"
    work = await db.fetch("SELECT payload FROM outbox WHERE stream = $1", WORK)
    assert [(row["payload"]["reason"], row["payload"]["queue"]) for row in work] == [("unresolved", "front")]
    opened = keyring.sealer("bus").open(base64.b64decode(work[0]["payload"]["who"]), row=work[0]["payload"]["key"], **WORK_PLACE)
    assert json.loads(opened) == {
        "phone": "", "patient": "p1", "note": "04.03.2031 11:00 · Doctor One", "request": "00000000-0000-0000-0000-000000000007",
    }  # fmt: skip


async def test_times_are_offered_less_what_others_hold(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(capabilities=ALL - {"hold"}), await database("mis")
    slots = clinic.open(3)
    window = SlotQuery(since=DAY, until=DAY + timedelta(hours=1))
    other = replace(ASKER, request=uuid4())
    async with booking(clinic, db, keyring) as bookings:
        await bookings.hold(uuid4(), slots[0], "p1", ASKER)
        mine = await bookings.slots(window, ASKER)
        assert [(one.held, one.mine) for one in mine.slots] == [(True, True), (False, False)]
        theirs = await bookings.slots(window, other)
        assert [(one.held, one.mine) for one in theirs.slots] == [(True, False), (False, False)]
        await bookings.book(uuid4(), slots[1], "p1", ASKER)
        full = await bookings.slots(window, other)
        assert [one.slot.id for one in full.slots] == [slots[0].id]
        assert full.next_free is not None and full.next_free.id == slots[2].id


async def test_just_booked_is_not_shown_as_free(database: OpenDatabase, keyring: Keyring) -> None:
    """Trap 14: booked, but the MIS does not list it yet."""
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(1)
    async with booking(clinic, db, keyring) as bookings:
        await bookings.book(uuid4(), slots[0], "p1", ASKER)
        clinic.slots[slots[0].id] = slots[0]
        answer = await bookings.slots(SlotQuery(since=DAY, until=DAY + timedelta(hours=1)), ASKER)
        assert [one.held for one in answer.slots] == [True]


async def test_a_booking_is_its_request_s_own(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    stranger = replace(ASKER, request=uuid4(), actor="petrova")
    async with booking(clinic, db, keyring) as bookings:
        await bookings.hold(key, slots[0], "p1", ASKER)
        for ask in (bookings.status(key, stranger), bookings.release(key, stranger),
                    bookings.book(key, slots[0], "p1", stranger), bookings.status(uuid4(), ASKER)):  # fmt: skip
            with pytest.raises(NoSuchBooking):
                await ask
        await bookings.status(key, replace(ASKER, actor="petrova"))
    assert await db.fetchval("SELECT count(*) FROM audit WHERE action = 'booking.show'") == 1


async def test_what_the_mis_does_not_offer_is_refused_before_anything_is_written(
    database: OpenDatabase, keyring: Keyring
) -> None:
    clinic, db = Clinic(capabilities=frozenset()), await database("mis")
    slots = clinic.open(1)
    visit = clinic.put(slots[0])
    async with booking(clinic, db, keyring) as bookings:
        for ask in (bookings.book(uuid4(), slots[0], "p1", ASKER), bookings.cancel(uuid4(), visit, "", ASKER),
                    bookings.confirm(uuid4(), visit, ASKER), bookings.move(uuid4(), visit, slots[0], ASKER),
                    bookings.slots(SlotQuery(since=DAY, until=DAY), ASKER)):  # fmt: skip
            with pytest.raises(NotOffered):
                await ask
    assert await db.fetchval("SELECT count(*) FROM bookings") == 0


async def until_known(bookings: Bookings, key: UUID, status: str) -> Booking:
    """Wait until a wish that was just said is written and stands so."""
    async with asyncio.timeout(10):
        while True:
            try:
                found = await bookings.status(key, ASKER)
                if found.status == status:
                    return found
            except NoSuchBooking:
                pass
            await asyncio.sleep(0.02)


async def test_a_colleague_who_is_told_of_a_booking_is_audited_though_nothing_changes(
    database: OpenDatabase, keyring: Keyring
) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    async with booking(clinic, db, keyring) as bookings:
        await bookings.book(key, slots[0], "p1", ASKER)
        told_him = await bookings.release(key, replace(ASKER, actor="petrova"))
    assert told_him.status == "booked"
    rows = await db.fetch("SELECT action FROM audit WHERE actor = 'petrova'")
    assert "booking.show" in [row["action"] for row in rows]


async def test_a_key_of_one_patient_tells_nothing_for_another(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db, key = Clinic(), await database("mis"), uuid4()
    slots = clinic.open(1)
    async with booking(clinic, db, keyring) as bookings:
        made = await bookings.book(key, slots[0], "p1", ASKER)
        assert made.appointment is not None
        with pytest.raises(NoSuchBooking):
            await bookings.hold(key, slots[0], "p2", ASKER)
        with pytest.raises(NoSuchBooking):
            await bookings.cancel(key, made.appointment, "", ASKER)
        assert clinic.visits[made.appointment.id].status in LIVE


async def test_a_visit_nobody_can_look_at_is_changed_only_if_we_made_it_for_him(
    database: OpenDatabase, keyring: Keyring
) -> None:
    clinic, db = Clinic(capabilities=ALL - {"appointments"}), await database("mis")
    slots = clinic.open(2)
    strangers = clinic.put(slots[1], "p2")
    async with booking(clinic, db, keyring) as bookings:
        made = await bookings.book(uuid4(), slots[0], "p1", ASKER)
        assert made.appointment is not None
        with pytest.raises(NoSuchBooking):
            await bookings.cancel(uuid4(), replace(strangers, patient="p1"), "", ASKER)
        assert clinic.visits[strangers.id].status in LIVE
        gone = await bookings.cancel(uuid4(), made.appointment, "", ASKER)
        assert gone.status == "cancelled"
