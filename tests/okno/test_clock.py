"""The clock gives aware UTC moments and durations that never shrink."""

from datetime import UTC, datetime, timedelta

from okno import clock


def test_now_is_aware_utc_and_now() -> None:
    moment = clock.now()
    assert moment.tzinfo is UTC
    assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)


def test_monotonic_never_goes_back() -> None:
    readings = [clock.monotonic() for _ in range(1000)]
    assert readings == sorted(readings)
