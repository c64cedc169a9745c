"""When an account's silence is a doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chat.accounts.silence import doubtful

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("quiet_h", "events", "is_open", "doubt"), [
    (3, 500, True, True),      # one each eight minutes: three hours are long
    (1, 500, True, False),     # never before two hours
    (3, 500, False, False),    # at night nobody writes
    (3, 49, True, False),      # of so few no usual gap can be told
    (10, 60, True, False),     # one each 67 minutes: eleven hours would be long
    (12, 60, True, True),
])  # fmt: skip
def test_silence(quiet_h: int, events: int, is_open: bool, doubt: bool) -> None:
    heard = NOW - timedelta(hours=quiet_h)
    assert doubtful(heard, NOW, events=events, hours=67, is_open=is_open) is doubt


def test_an_account_that_never_heard_anything_is_not_silent() -> None:
    assert not doubtful(None, NOW, events=500, hours=67, is_open=True)
