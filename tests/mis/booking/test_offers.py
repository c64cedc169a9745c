"""Free times as an operator sees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from mis.booking.offers import FRESH_S
from mis.terms import SlotQuery
from okno import clock
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, DAY, Clinic
from tests.mis.booking.test_bookings import ASKER, booking

WINDOW = SlotQuery(since=DAY, until=DAY + timedelta(hours=2))


async def test_times_are_kept_for_a_moment_and_forgotten_when_one_is_taken(
    database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(3)
    async with booking(clinic, db, keyring) as bookings:
        for _ in range(3):
            assert len((await bookings.slots(WINDOW, ASKER)).slots) == 3
        assert clinic.asked.count("find_slots") == 1
        await bookings.book(uuid4(), slots[0], "p1", ASKER)
        assert len((await bookings.slots(WINDOW, ASKER)).slots) == 2
        then = clock.monotonic() + FRESH_S
        monkeypatch.setattr(clock, "monotonic", lambda: then)
        await bookings.slots(WINDOW, ASKER)
        assert clinic.asked.count("find_slots") == 3


async def test_a_mis_that_is_away_gives_a_word_and_no_times(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(fault=lambda name: "away"), await database("mis")
    async with booking(clinic, db, keyring) as bookings:
        answer = await bookings.slots(WINDOW, ASKER)
        assert (answer.slots, answer.error, answer.next_free) == ((), "unavailable", None)


async def test_an_empty_window_names_the_next_free_time(database: OpenDatabase, keyring: Keyring) -> None:
    clinic, db = Clinic(), await database("mis")
    slots = clinic.open(6)
    early = SlotQuery(since=DAY - timedelta(days=2), until=DAY)
    async with booking(clinic, db, keyring) as bookings:
        assert (await bookings.slots(early, ASKER)).next_free == slots[0]
        await bookings.book(uuid4(), slots[0], "p1", ASKER)
        assert (await bookings.slots(early, ASKER)).next_free == slots[1]
        assert (await bookings.slots(WINDOW, ASKER)).next_free is None


async def test_a_window_s_answer_stands_when_the_look_behind_it_fails(
    database: OpenDatabase, keyring: Keyring
) -> None:
    clinic, db = Clinic(capabilities=ALL - {"hold"}), await database("mis")
    slots = clinic.open(1)
    async with booking(clinic, db, keyring) as bookings:
        await bookings.hold(uuid4(), slots[0], "p1", replace(ASKER, request=uuid4()))
        clinic.asked.clear()
        clinic.fault = lambda name: "away" if clinic.asked.count("find_slots") > 1 else None
        answer = await bookings.slots(WINDOW, ASKER)
        assert clinic.asked.count("find_slots") > 1, "behind the window was looked, and nobody answered"
        assert (answer.error, answer.next_free) == ("", None)
        assert [(one.slot.id, one.held) for one in answer.slots] == [(slots[0].id, True)]
        assert answer.as_of is not None
