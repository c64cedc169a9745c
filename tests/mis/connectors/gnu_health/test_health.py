"""What our lines in a comment say, and ids that are none of Tryton's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mis.connectors.gnu_health.health import line, lines, number
from mis.terms import NotFound

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def test_a_line_is_found_among_what_people_wrote() -> None:
    comment = f"brings papers\n{line('key-1', AT)}\n[okno by hand]\nsee [okno x y]"
    assert lines(comment) == {"key-1": AT}


def test_a_line_somebody_changed_is_his_word() -> None:
    assert lines("[okno key-1 yesterday]") == {}
    assert lines("[okno key-1 2026-03-01T10:00:00]") == {}


@pytest.mark.parametrize("wrong", ["", "abc", "-1", "1 or 1", "\u0661", "9" * 19])
def test_an_id_of_another_kind_is_nobodys(wrong: str) -> None:
    with pytest.raises(NotFound):
        number(wrong)
