"""The list for confirmation calls: one call a patient and day, once, whatever died meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mis.terms import Flag, Unavailable
from mis.watching.confirmations import due_day
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.booking.clinic import DAY, Clinic
from tests.mis.watching.house import PHONE, House

ZONE = ZoneInfo("Asia/Yekaterinburg")


@pytest.mark.parametrize(
    ("now", "days", "expected"),
    [
        (datetime(2031, 3, 3, 4, 59, tzinfo=UTC), 1, None),
        (datetime(2031, 3, 3, 5, 0, tzinfo=UTC), 1, date(2031, 3, 4)),
        (datetime(2031, 3, 3, 18, 59, tzinfo=UTC), 2, date(2031, 3, 5)),
        (datetime(2031, 3, 3, 19, 0, tzinfo=UTC), 1, None),
        (datetime(2031, 3, 3, 12, 0, tzinfo=UTC), 0, None),
    ],
)
def test_the_day_is_the_clinic_s(now: datetime, days: int, expected: date | None) -> None:
    assert due_day(now, ZONE, "10:00", days) == expected


async def test_one_call_for_each_patient_and_no_one_twice(database: OpenDatabase, keyring: Keyring) -> None:
    house = House(Clinic(), await database("mis"), keyring)
    slots = house.clinic.open(6)
    house.patient("p1", "8 (999) 001-02-03")
    house.patient("p2", "+79990010204", flags=(Flag(kind="no_calls"),))
    house.patient("p3", "+79990010205")
    house.patient("p4", "+79990010206")
    for number, patient in enumerate(("p1", "p1", "p2", "p3")):
        house.clinic.put(slots[number], patient)
    house.clinic.put(slots[4], "p4", confirmed=True)
    house.clinic.put(slots[5], "p4", status="cancelled")
    house.clinic.put(slots[5], "p5")  # of whom the MIS has no card (any more)
    confirmations = house.watching._confirmations
    left = [2]

    def fault(name: str) -> None:
        if name == "card":
            left[0] -= 1
            if left[0] < 0:
                raise Unavailable

    house.clinic.fault = fault  # type: ignore[assignment]
    with pytest.raises(Unavailable):  # it dies in the middle
        await confirmations.make(DAY.date())
    house.clinic.fault = lambda name: None
    await confirmations.make(DAY.date())
    assert await confirmations.make(DAY.date()) == 0
    work = await house.work()
    assert [(one["reason"], one["patient"], one["phone"]) for one in work] == [
        ("confirm", "p1", PHONE), ("confirm", "p3", "+79990010205"), ("confirm", "p5", "")
    ]  # fmt: skip
    assert work[0]["note"] == "04.03.2031 11:00 · Doctor One; 04.03.2031 11:30 · Doctor One"
