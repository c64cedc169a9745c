"""Queue statistics: what became of callers, by queue, operator or hour. About no patient."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from web.rest.endpoint import Visit, endpoint
from web.rest.models import Answered, Asked, Name
from web.rest.reads import params_of


class StatisticsQuery(Asked):
    """Stays of callers in queues that began in [from, to): at most 92 days."""

    since: AwareDatetime = Field(alias="from", description="joined at or after")
    until: AwareDatetime = Field(alias="to", description="joined before")
    by: Literal["queue", "operator", "hour"] = "queue"
    queue: Name | None = None


class Figures(Answered):
    """The figures of one queue, operator or hour of the clinic's clock. Seconds; null when there is nothing to count.

    `offered` is the sum of `answered`, `abandoned` (he left), `unanswered` (the queue let him go), `refused` (never
    let in), `by_key` (he chose a key), `moved` (taken out of the queue), `lost` (the PBX went down) and `waiting`.
    By operator only stays he answered count, `rang` and `missed` are rings of his phone for a queue.
    """

    key: str = Field(description="a queue, an operator, or the beginning of an hour in RFC 3339")
    offered: int
    answered: int
    in_level: int = Field(description="answered within the queue's service level")
    service_level: int | None = Field(description="per cent: in_level of answered, abandoned, unanswered and refused")
    abandoned: int
    unanswered: int
    refused: int
    by_key: int
    moved: int
    lost: int
    waiting: int
    wait_s: float | None = Field(description="the answered waited, on average")
    longest_wait_s: float
    abandoned_after_s: float | None = Field(description="those who left had waited, on average")
    talk_s: float = Field(description="operators talked, in all")
    average_talk_s: float | None = Field(description="for one answered caller")
    rang: int | None = None
    missed: int | None = None


class QueueStatistics(Answered):
    """Figures, ordered by key."""

    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    by: Literal["queue", "operator", "hour"]
    queue: str | None = None
    items: list[Figures]


class Statistics:
    """Counts."""

    @endpoint("GET", "/queues/statistics", "statistics.read", answers=QueueStatistics, query=StatisticsQuery)
    async def queue_statistics(self, visit: Visit) -> QueueStatistics:
        """Count what became of callers in queues, by queue, operator or hour."""
        return QueueStatistics.model_validate(await visit.engine.queue_statistics(params_of(visit.query)))
