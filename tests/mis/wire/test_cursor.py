"""A cursor is read as it was written; what is none is told as such."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mis.terms import Change, Malformed
from mis.wire import mark, read_cursor, write_cursor

AT = datetime(2027, 3, 1, 10, 0, 0, 5000, tzinfo=UTC)


def test_a_cursor_is_read_as_it_was_written() -> None:
    seen = {mark(Change(resource="patient", id=str(number), version="2", at=AT)) for number in range(3)}
    assert read_cursor(write_cursor(AT, seen)) == (AT, frozenset(seen))
    assert write_cursor(AT, sorted(seen)) == write_cursor(AT, sorted(seen, reverse=True))


def test_a_change_is_told_from_all_others() -> None:
    marks = {
        mark(Change(resource=resource, id=id, version=version, at=AT))
        for resource in ("patient", "slot") for id in ("1", "2") for version in ("1", "2")
    }  # fmt: skip
    assert len(marks) == 8


@pytest.mark.parametrize("cursor", ["", "yesterday", "{}", "[]", "null", '{"at": 5, "seen": []}', '{"at": "today", "seen": []}'])
def test_what_is_none_is_malformed_and_not_repeated(cursor: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_cursor(cursor)
    assert not cursor or cursor not in str(raised.value)
