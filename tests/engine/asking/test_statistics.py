"""What may be asked of the figures, and how they look on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from engine.asking.statistics import Statistics, row
from engine.queues.statistics import Figures
from engine.store.history import BadQuery
from engine.store.statistics import QueueStatistics
from tests.fixtures import OpenDatabase

DAY = {"from": "2026-11-21T00:00:00+05:00", "to": "2026-11-22T00:00:00+05:00"}


@pytest.mark.parametrize("params", [
    {}, {"from": DAY["from"]}, DAY | {"by": "patient"}, DAY | {"to": DAY["from"]}, DAY | {"from": "2026-11-21"},
    DAY | {"from": "2026-01-01T00:00:00Z"}, DAY | {"queue": "q" * 65}, DAY | {"number": "1"},
])  # fmt: skip
async def test_what_cannot_be_answered_is_refused(database: OpenDatabase, params: dict[str, str]) -> None:
    asked = Statistics(QueueStatistics(await database("engine"), "Asia/Yekaterinburg"))
    with pytest.raises(BadQuery):
        await asked.figures(params)


async def test_a_day_without_calls_has_no_rows(database: OpenDatabase) -> None:
    asked = Statistics(QueueStatistics(await database("engine"), "Asia/Yekaterinburg"))
    assert await asked.figures(DAY | {"by": "hour", "queue": "front"}) == {
        "from": "2026-11-20T19:00:00.000Z", "to": "2026-11-21T19:00:00.000Z", "by": "hour", "queue": "front", "items": [],
    }  # fmt: skip


def test_a_row_has_every_figure_and_nothing_that_is_not_one() -> None:
    shown: dict[str, Any] = row(Figures(key="front", offered=3, answered=2, in_level=1, abandoned=1, waited_s=5.55))
    assert (shown["wait_s"], shown["service_level"], shown["abandoned_after_s"]) == (2.8, 33, 0.0)
    assert "waited_s" not in shown and "abandoned_s" not in shown
