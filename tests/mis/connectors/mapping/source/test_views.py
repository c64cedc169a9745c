"""Names in a SELECT become places. What the views themselves do is in test_smt_klinika."""

from __future__ import annotations

import pytest

from mis.connectors import BadOptions
from mis.connectors.mapping.source.views import bind


def test_each_name_is_one_place() -> None:
    sql = "SELECT a::text FROM v WHERE (:doctor = '' OR d = :doctor) AND s >= :since AND t = '10:30' AND x = :doctor_x"
    assert bind(sql, {"doctor": "d1", "since": 1, "doctor_x": 2, "other": 3}) == (
        "SELECT a::text FROM v WHERE ($1 = '' OR d = $1) AND s >= $2 AND t = '10:30' AND x = $3", ["d1", 1, 2])  # fmt: skip


def test_a_name_the_question_does_not_have_is_told() -> None:
    with pytest.raises(BadOptions, match=":patient"):
        bind("SELECT 1 WHERE id = :patient", {"doctor": "d1"})
