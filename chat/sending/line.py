"""What is on its way, in the order it was written: the oldest of each person first, taken by one sender at a time.

What was taken is on the wire until its sender says what became of it. A sender holds an advisory lock for as long as it
lives, so that another one knows whose taken rows nobody will speak of any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chat.conversations.writing import Writing
from chat.sending.loading import Taken, load
from chat.sending.settling import Settling
from okno import clock
from okno.database import Connection, Database
from okno.seal import Sealer

# The first half of the locks' names; the second is the sender's number.
_LOCKS = 0x536E6472
# What waited for so long answers nobody any more.
LATE = timedelta(hours=24)

_HEADS = """
SELECT o.n, o.account, o.identity,
o.what = 'message' AND EXISTS (SELECT FROM attachment a WHERE a.message = o.message) AS heavy
FROM outgoing o
WHERE o.taken_at IS NULL AND o.next_at <= $1 AND o.account = ANY($2::text[]) AND NOT o.identity = ANY($3::uuid[])
AND NOT EXISTS (SELECT FROM outgoing e WHERE e.account = o.account AND e.identity = o.identity AND e.n < o.n)
ORDER BY o.next_at, o.n LIMIT $4"""
_NEXT = """
SELECT o.n, o.account, o.identity, o.taken_at, o.next_at,
o.what = 'message' AND EXISTS (SELECT FROM attachment a WHERE a.message = o.message) AS heavy
FROM outgoing o
WHERE o.account = $1 AND o.identity = $2 ORDER BY o.n LIMIT 1"""
_HOLD = """
SELECT c.id FROM outgoing o JOIN message m ON m.id = o.message JOIN conversation c ON c.id = m.conversation
WHERE o.n = $1 FOR NO KEY UPDATE OF c"""
_TAKE = """
UPDATE outgoing SET taken_at = $2, taken_by = $3, attempt = attempt + 1 WHERE n = $1 AND taken_at IS NULL RETURNING *"""
_LOST = """
SELECT n, account, identity, taken_by FROM outgoing WHERE taken_at IS NOT NULL AND NOT n = ANY($1::bigint[])
AND account = ANY($5::text[]) AND (taken_by = $2 OR taken_at < $4 AND taken_by::bigint NOT IN (
SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = $3::bigint::oid AND objsubid = 2
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))
ORDER BY n LIMIT 200"""
_CLAIM = "UPDATE outgoing SET taken_by = $3 WHERE n = $1 AND taken_by = $2 RETURNING *"
_RELEASE = """
UPDATE outgoing SET taken_at = NULL, taken_by = NULL, attempt = attempt - 1 WHERE n = $1 AND taken_by = $2
RETURNING CASE what WHEN 'message' THEN message END"""
_LATE = """
SELECT o.n, o.message FROM outgoing o JOIN message m ON m.id = o.message
WHERE o.taken_at IS NULL AND o.what = 'message' AND m.at < $1 LIMIT 200"""


@dataclass(frozen=True, slots=True)
class Head:
    """The oldest of what one person is to get; `heavy` has files with it; `owner` took it and died."""

    n: int
    account: str
    identity: UUID
    heavy: bool = False
    owner: int | None = None


class Line:
    """The line as one sender sees it.

    Args:
        database: of `chat`.
        own: opens messages.
        writing: notes how messages stand.
        number: the sender's own, of 31 bits.
    """

    def __init__(self, database: Database, own: Sealer, writing: Writing, number: int) -> None:
        self._database, self._own, self._writing, self._number = database, own, writing, number

    async def live(self, connection: Connection) -> None:
        """Hold this sender's lock for as long as the connection is open."""
        await connection.execute("SELECT pg_advisory_lock($1::int, $2::int)", _LOCKS, self._number)

    async def die(self, connection: Connection) -> None:
        """Let the lock go."""
        await connection.execute("SELECT pg_advisory_unlock($1::int, $2::int)", _LOCKS, self._number)

    async def heads(self, accounts: Sequence[str], busy: Sequence[UUID], most: int) -> list[Head]:
        """Return what can be taken now, of these accounts, for nobody of `busy`. Raises DatabaseDown."""
        rows = await self._database.fetch(_HEADS, clock.now(), list(accounts), list(busy), most)
        return [Head(row["n"], row["account"], row["identity"], row["heavy"]) for row in rows]

    async def next(self, account: str, identity: UUID) -> Head | None:
        """Return what goes to one person now, None when nothing does. Raises DatabaseDown."""
        row = await self._database.fetchrow(_NEXT, account, identity)
        if row is None or row["taken_at"] is not None or row["next_at"] > clock.now():
            return None
        return Head(row["n"], row["account"], row["identity"], row["heavy"])

    async def take(self, head: Head) -> Taken | None:
        """Take something: from here on it may be on the wire. None: somebody else did, or it is gone.

        Raises:
            DatabaseDown: whether it is taken is not known; then it is found as lost.
            SealBroken: it cannot be read; it is not taken.
        """
        async with self._database.acquire() as connection, connection.transaction():
            if await connection.fetchval(_HOLD, head.n) is None:
                return None
            if head.owner is None:
                row = await connection.fetchrow(_TAKE, head.n, clock.now(), self._number)
            else:
                row = await connection.fetchrow(_CLAIM, head.n, head.owner, self._number)
            if row is None:
                return None
            if row["what"] == "message" and head.owner is None:
                await self._writing.state(connection, row["message"], "sending")
            return await load(connection, self._own, row)

    async def lost(self, accounts: Sequence[str], mine: Sequence[int], grace_s: float) -> list[Head]:
        """Return what was taken by senders that are dead, or by this one, which forgot it. Raises DatabaseDown.

        Args:
            accounts: of which accounts.
            mine: what this one is busy with.
            grace_s: what was taken later than so long ago is left alone: its sender may only have lost the database.
        """
        before = clock.now() - timedelta(seconds=grace_s)
        rows = await self._database.fetch(_LOST, list(mine), self._number, _LOCKS, before, list(accounts))
        return [Head(row["n"], row["account"], row["identity"], True, row["taken_by"]) for row in rows]

    async def release(self, head: Head) -> None:
        """Put back what this sender took and surely did not write, for its taking failed. Raises DatabaseDown."""
        async with self._database.acquire() as connection, connection.transaction():
            await connection.fetchval(_HOLD, head.n)
            message = await connection.fetchval(_RELEASE, head.n, self._number)
            if message is not None:
                await self._writing.state(connection, message, "queued")

    async def late(self) -> list[tuple[int, UUID]]:
        """Return what has waited so long that it answers nobody any more: places and messages. Raises DatabaseDown."""
        rows = await self._database.fetch(_LATE, clock.now() - LATE)
        return [(row["n"], row["message"]) for row in rows]

    async def drop(self, head: Head, settling: Settling) -> None:
        """Take out of the line what cannot be read, so that what stands behind it goes. Raises DatabaseDown."""
        message = await self._database.fetchval("SELECT message FROM outgoing WHERE n = $1", head.n)
        if message is not None:
            await settling.given_up(head.n, message, "broken")
