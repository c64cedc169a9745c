"""The MIS's directories: an hour fresh, stale rather than none."""

from __future__ import annotations

import pytest

from mis.terms import Entry, NotOffered
from okno.seal import Keyring
from okno.settings import Settings
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import ALL, Clinic
from tests.mis.watching.house import House


async def test_it_is_asked_once_an_hour_and_there_when_the_mis_is_not(
    database: OpenDatabase, keyring: Keyring
) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    directories = house.watching.directories
    first = await directories.get("doctors")
    assert (first.items, first.stale, first.error) == ((Entry(id="d1", name="Doctor One"),), False, "")
    again = await directories.get("doctors")
    assert again == first and house.clinic.asked.count("directory") == 1
    await house.db.execute("UPDATE directories SET at = at - interval '2 hours'")
    house.clinic.fault = lambda name: "away"
    stale = await directories.get("doctors")
    assert (stale.items, stale.stale, stale.error) == (first.items, True, "unavailable")
    nothing = await directories.get("branches")
    assert (nothing.items, nothing.stale, nothing.error) == ((), False, "unavailable")


async def test_without_directories_it_says_so(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(capabilities=ALL - {"directory"}), await database("mis"), keyring)
    with pytest.raises(NotOffered):
        await house.watching.directories.get("doctors")


async def test_those_of_another_mis_are_not_shown(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    await house.watching.directories.get("doctors")
    moved = House(Clinic(), house.db, keyring, Settings.model_validate({"mis": {"connector": "another"}}))
    moved.clinic.fault = lambda name: "away"
    told = await moved.watching.directories.get("doctors")
    assert (told.items, told.stale, told.error) == ((), False, "unavailable")
