"""Who tries passwords in vain waits longer each time; everybody else does not notice.

The brake is on the pair (login, address): fifty wrong tries from one machine slow that machine down and never keep
the right person out at another one (ASVS 6.3.1). An unknown login is braked the same, so that the brake tells nothing.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from okno.database import Database

# Typing errors are human: four are free, then 2, 4, 8 … seconds, five minutes at most.
_FREE = 4
_LONGEST_S = 300
# After an hour without a try the pair starts anew.
_FORGOTTEN = timedelta(hours=1)


class Attempts:
    """The table of failed log-ins.

    Args:
        database: the web service's own.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def begin(self, login: str, address: str) -> float:
        """Count a try before it is made, so that a hundred at once are a hundred tries.

        Returns:
            Seconds to wait before the next try is looked at; 0 when this one may be made.
        """
        pair = _pair(login, address)
        row = await self._db.fetchrow(
            """insert into login_attempts as t (pair, failures, tried_at, free_at) values ($1, 1, clock_timestamp(),
                   clock_timestamp())
               on conflict (pair) do update set
                   failures = case when t.tried_at < clock_timestamp() - $2::interval then 1
                       else t.failures + 1 end,
                   tried_at = clock_timestamp(),
                   free_at = clock_timestamp() + case
                       when t.tried_at < clock_timestamp() - $2::interval or t.failures + 1 <= $3 then interval '0'
                       else make_interval(secs => least($4, power(2, least(t.failures + 1 - $3, 20)))) end
               where t.free_at <= clock_timestamp()
               returning failures""",
            pair, _FORGOTTEN, _FREE, _LONGEST_S,
        )
        if row is not None:
            return 0.0
        left = await self._db.fetchrow(
            "select extract(epoch from free_at - clock_timestamp())::float8 as s from login_attempts where pair = $1",
            pair,
        )
        return max(1.0, left["s"]) if left is not None else 1.0

    async def succeed(self, login: str, address: str) -> None:
        """Forget the pair's failures, and whatever is older than the time of forgetting."""
        await self._db.execute(
            "delete from login_attempts where pair = $1 or tried_at < clock_timestamp() - $2::interval",
            _pair(login, address), _FORGOTTEN,
        )


def _pair(login: str, address: str) -> bytes:
    return hashlib.sha256(f"{login.strip().lower()}\n{address}".encode("utf-8", "surrogatepass")).digest()
