"""In which order people see messages: tables and properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chat.conversations.orders import LATE, Late, key, shown

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
seconds = st.integers(min_value=0, max_value=59)


def test_what_comes_within_a_minute_stands_at_its_own_time() -> None:
    sent = NOW - LATE
    assert (shown(NOW, sent, 7).at, shown(NOW, sent, 7).sent_at, shown(NOW, sent, 7).place) == (sent, None, 7)


def test_what_comes_later_stands_where_it_came_with_its_own_time() -> None:
    sent = NOW - LATE - timedelta(seconds=1)
    assert (shown(NOW, sent, 7).at, shown(NOW, sent, 7).sent_at) == (NOW, sent)


def test_a_clock_that_is_ahead_is_not_believed() -> None:
    assert shown(NOW, NOW + timedelta(hours=1), 7).at == NOW


def test_what_says_no_time_stands_where_it_came_and_what_says_no_order_at_zero() -> None:
    assert shown(NOW, None, None).at == NOW
    assert (shown(NOW, None, None).place, shown(NOW, None, -3).place) == (0, 0)


@given(st.permutations(list(range(12))), st.lists(seconds, min_size=12, max_size=12))
def test_in_any_order_of_coming_those_in_time_stand_as_the_channel_says(order: list[int], times: list[int]) -> None:
    """The channel's times have seconds only and never go back."""
    at = sorted(NOW - timedelta(seconds=59) + timedelta(seconds=one) for one in times)
    keys = {}
    for seq, number in enumerate(order, 1):
        stands = shown(NOW, at[number], number + 1)
        keys[number] = key(stands.at, stands.place, seq)
    assert sorted(keys, key=lambda number: keys[number]) == list(range(12))


@given(st.permutations(list(range(12))), st.lists(seconds, min_size=12, max_size=12))
def test_in_any_order_of_coming_late_ones_keep_the_channels_order(order: list[int], gaps: list[int]) -> None:
    """They come one after another, hours late; each stands after what was there before, in order among themselves."""
    there: list[Late] = []
    keys = {}
    received = NOW
    for seq, (number, gap) in enumerate(zip(order, gaps, strict=True), 1):
        received += timedelta(milliseconds=gap)
        stands = shown(received, NOW - timedelta(hours=3) + timedelta(seconds=number), number + 1, tuple(there))
        assert stands.at >= NOW
        assert stands.sent_at is not None
        there.append(Late(stands.at, stands.place))
        keys[number] = key(stands.at, stands.place, seq)
    assert sorted(keys, key=lambda number: keys[number]) == list(range(12))


@given(
    st.lists(
        st.tuples(
            st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),
            st.integers(min_value=0, max_value=2**63 - 1), st.integers(min_value=1, max_value=10**9),
        ), min_size=2, max_size=20,
    )
)  # fmt: skip
def test_the_texts_a_page_sorts_by_stand_as_the_numbers_do(rows: list[tuple[datetime, int, int]]) -> None:
    assert sorted(rows) == sorted(rows, key=lambda row: key(*row))
