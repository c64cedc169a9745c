"""Values of Tryton's JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from mis.connectors.gnu_health.wire import decoded, encoded


def test_trap_10_a_moment_is_sent_in_utc_and_read_as_such() -> None:
    local = datetime(2026, 3, 1, 2, 30, tzinfo=timezone(timedelta(hours=5)))
    sent = encoded({"at": [local]})
    assert sent["at"][0] == {
        "__class__": "datetime", "year": 2026, "month": 2, "day": 28, "hour": 21, "minute": 30, "second": 0,
        "microsecond": 0,
    }  # fmt: skip
    read = json.loads(json.dumps(sent), object_hook=decoded)["at"][0]
    assert read == local and read.tzinfo is UTC


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="zone"):
        encoded(datetime(2026, 3, 1))


def test_days_and_money() -> None:
    born = date(2012, 2, 29)
    assert json.loads(json.dumps(encoded({"dob": born, "n": 1})), object_hook=decoded) == {"dob": born, "n": 1}
    assert decoded({"__class__": "Decimal", "decimal": "10.50"}) == Decimal("10.50")
    assert decoded({"__class__": "timedelta", "seconds": 1}) == {"__class__": "timedelta", "seconds": 1}


@pytest.mark.parametrize("wrong", [{"__class__": "date", "year": 2026, "month": 13, "day": 1}, {"__class__": "date"}])
def test_a_value_that_is_none_raises(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        decoded(wrong)
