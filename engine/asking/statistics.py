"""Figures of queues over an interval, as they are asked over the wire. About no patient: nothing is audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from engine.asking.reading import read
from engine.live.rows import wire
from engine.queues.statistics import Figures
from engine.store.history import BadQuery
from engine.store.statistics import QueueStatistics

# A quarter of a year by the hour is 2,200 rows; what is longer is asked in pieces.
LONGEST = timedelta(days=92)


class StatisticsAsked(BaseModel):
    """Stays begun in [from, to), by queue, operator or hour; of one queue, or of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    by: Literal["queue", "operator", "hour"] = "queue"
    queue: Annotated[str, StringConstraints(max_length=64)] = ""


class Statistics:
    """Answers what became of callers.

    Args:
        known: sums them.
    """

    def __init__(self, known: QueueStatistics) -> None:
        self._known = known

    async def figures(self, params: Mapping[str, str]) -> dict[str, Any]:
        """Return {from, to, by, queue, items: [row]}. Raises BadQuery, DatabaseDown."""
        asked = read(StatisticsAsked, dict(params))
        if not timedelta(0) < asked.until - asked.since <= LONGEST:
            raise BadQuery(f"to: must be later than from, by {LONGEST.days} days at most")
        found = await self._known.figures(asked.by, asked.since, asked.until, asked.queue)
        return {
            "from": wire(asked.since), "to": wire(asked.until), "by": asked.by, "queue": asked.queue or None,
            "items": [row(one) for one in found],
        }  # fmt: skip


def row(one: Figures) -> dict[str, Any]:
    """Figures as JSON; seconds to the tenth, nothing to average is null."""
    counts = (
        "key", "offered", "answered", "in_level", "service_level", "abandoned", "unanswered", "refused", "by_key",
        "moved", "lost", "waiting", "rang", "missed",
    )  # fmt: skip
    seconds = ("wait_s", "longest_wait_s", "abandoned_after_s", "talk_s", "average_talk_s")
    return {name: getattr(one, name) for name in counts} | {name: _tenth(getattr(one, name)) for name in seconds}


def _tenth(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
