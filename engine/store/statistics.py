"""What became of callers in queues, summed by the database (see engine.queues.statistics for what counts as what)."""

from __future__ import annotations

from datetime import datetime

from engine.queues.statistics import By, Figures, RingSum, StaySum, figures
from okno.database import Database

# The same words as `statistics.exit_of`, `key_of`, `hour_of` and `stays_of`; a test holds them to each other.
_EXIT = "CASE WHEN v.exit = 'full' OR (v.exit = 'empty' AND v.left_at = v.joined_at) THEN 'refused' ELSE v.exit END"
_KEYS: dict[By, str] = {
    "queue": "v.queue", "operator": "v.operator",
    "hour": """to_char(date_trunc('hour', v.joined_at, $4) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""",
}  # fmt: skip
_STAYS = """
WITH stays AS (
    SELECT {key} AS key, {exit} AS exit, q.service_level_s AS level_s, {talk} AS talk_s,
           COALESCE(GREATEST(0, EXTRACT(EPOCH FROM COALESCE(v.left_at, c.ended_at) - v.joined_at)), 0)::float8 AS wait_s
      FROM visits v JOIN calls c ON c.id = v.call LEFT JOIN queues q ON q.id = v.queue
     WHERE v.joined_at >= $1 AND v.joined_at < $2 AND ($3 = '' OR v.queue = $3) AND $4 <> '' {only}
)
SELECT key, exit, count(*) AS count, count(*) FILTER (WHERE exit = 'answered' AND wait_s <= level_s) AS in_level,
       sum(wait_s) AS wait_s, COALESCE(max(wait_s) FILTER (WHERE exit <> 'waiting'), 0) AS longest_s,
       sum(talk_s) AS talk_s
  FROM stays GROUP BY key, exit"""
_TALK = """COALESCE((SELECT sum(l.talk_s) FROM legs l WHERE l.call = v.call AND l.queue = v.queue
        AND l.rang_at BETWEEN v.joined_at AND COALESCE(v.left_at, c.ended_at, 'infinity')), 0)"""
_RINGS = """
SELECT operator AS key, result, count(*) AS count, sum(talk_s) AS talk_s FROM legs
 WHERE rang_at >= $1 AND rang_at < $2 AND queue <> '' AND ($3 = '' OR queue = $3)
 GROUP BY operator, result"""


class QueueStatistics:
    """Counts stays and rings.

    Args:
        database: the engine's.
        zone: the clinic's, by its name: whose hours are meant.
    """

    def __init__(self, database: Database, zone: str) -> None:
        self._database = database
        self._zone = zone

    async def figures(self, by: By, since: datetime, until: datetime, queue: str = "") -> list[Figures]:
        """Return the figures of stays begun in [since, until), of one queue or of all. Raises DatabaseDown."""
        one = by == "operator"
        stays = await self._database.fetch(
            _STAYS.format(
                key=_KEYS[by], exit=_EXIT, talk="0" if one else _TALK, only="AND v.exit = 'answered'" if one else ""
            ),
            since, until, queue, self._zone,
        )  # fmt: skip
        rings = await self._database.fetch(_RINGS, since, until, queue) if one else []
        return figures(
            (StaySum(**{name: row[name] for name in _STAY}) for row in stays),
            (RingSum(**{name: row[name] for name in _RING}) for row in rings),
        )


_STAY = ("key", "exit", "count", "in_level", "wait_s", "longest_s", "talk_s")
_RING = ("key", "result", "count", "talk_s")
