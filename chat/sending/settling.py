"""What became of what was on the wire, noted once, whoever asks to note it again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from chat.conversations.sealing import EXT, EXTRA, Seals
from chat.conversations.writing import Writing
from chat.sending.loading import Taken
from chat.sending.ranks import highest
from chat.wire import Accepted, Sent
from okno import clock
from okno.database import Connection, Database

_DONE = "DELETE FROM outgoing WHERE n = $1"
# Of one taking only: what was put back meanwhile, by whoever took it over, may be on the wire once more.
_AGAIN = """
UPDATE outgoing SET taken_at = NULL, taken_by = NULL, next_at = $2, attempt = attempt - $3
WHERE n = $1 AND taken_at = $4 RETURNING message"""
_EARLY_DAY = timedelta(days=1)
_EARLY = "DELETE FROM told_early WHERE ext_blind = $1 AND state <> 'deleted' RETURNING state, error"
_GONE = "INSERT INTO told_early (ext_blind, state, at) VALUES ($1, 'deleted', $2) ON CONFLICT DO NOTHING"
_WAS_GONE = "DELETE FROM told_early WHERE ext_blind = $1 AND state = 'deleted' RETURNING true"


async def hold(connection: Connection, message: UUID) -> asyncpg.Record | None:
    """Hold a message and its conversation until the transaction ends; return the message."""
    await connection.execute(
        "SELECT FROM conversation WHERE id = (SELECT conversation FROM message WHERE id = $1) FOR NO KEY UPDATE",
        message,
    )  # fmt: skip
    return await connection.fetchrow("SELECT * FROM message WHERE id = $1 FOR NO KEY UPDATE", message)


async def alone(connection: Connection, blind: bytes) -> None:
    """Let nobody else look at this id of a channel until the transaction ends: its name may be just coming."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(blind[:8], "big", signed=True))


async def early(connection: Connection, blind: bytes) -> list[tuple[Sent, str]]:
    """Take what a channel said of a message before we knew what it calls it: states with their errors."""
    return [(row["state"], row["error"]) for row in await connection.fetch(_EARLY, blind)]


async def gone_early(connection: Connection, blind: bytes) -> None:
    """Note that somebody took back a message of his that has not come yet: its cloud brings it again."""
    await connection.execute(_GONE, blind, clock.now())


async def was_gone(connection: Connection, blind: bytes) -> bool:
    """Say whether a message that comes now was taken back before it came."""
    return bool(await connection.fetchval(_WAS_GONE, blind))


class Settling:
    """Notes what became of messages. Every method raises DatabaseDown, and may then be asked again.

    Args:
        database: of `chat`.
        seals: seals the channel's ids.
        writing: notes how messages stand.
    """

    def __init__(self, database: Database, seals: Seals, writing: Writing) -> None:
        self._database, self._seals, self._writing = database, seals, writing

    async def sent(self, taken: Taken, accepted: Accepted) -> None:
        """The channel has it: it is what it says, or what it had said already."""
        async with self._database.acquire() as connection, connection.transaction():
            blind = self._seals.message(taken.account, accepted.provider_id) if accepted.provider_id else None
            if blind is not None:
                await alone(connection, blind)
            message = await hold(connection, taken.message)
            await connection.execute(_DONE, taken.n)
            if message is None:
                return
            told: list[tuple[Sent, str]] = [(accepted.state, "")]
            if accepted.extra:
                await self._keep(connection, taken, accepted.extra)
            if blind is not None:
                await name(connection, self._seals, message, accepted.provider_id, blind, accepted.order)
                told += await early(connection, blind)
            now = highest(message["state"], *(state for state, _ in told))
            if now != message["state"]:
                error = next((error for state, error in told if state == now), "")
                await self._writing.state(connection, taken.message, now, error)

    async def again(self, taken: Taken, wait_s: float, code: str, *, counts: bool) -> None:
        """It did not go, and goes later by itself; `counts`: that was an attempt."""
        async with self._database.acquire() as connection, connection.transaction():
            message = await hold(connection, taken.message)
            at = clock.now() + timedelta(seconds=wait_s)
            freed = await connection.fetchval(_AGAIN, taken.n, at, 0 if counts else 1, taken.taken_at)
            if freed is not None and message is not None and message["state"] == "sending":
                await self._writing.state(connection, taken.message, "queued", code)

    async def failed(self, taken: Taken, code: str, *, unreachable: bool = False) -> None:
        """It did not go and will not; `unreachable`: he cannot be written to by this account."""
        async with self._database.acquire() as connection, connection.transaction():
            if unreachable:
                await connection.execute("UPDATE identity SET unreachable = $2 WHERE id = $1", taken.identity, code)
            await self._end(connection, taken.n, taken.message, "failed", code)

    async def unknown(self, taken: Taken) -> None:
        """Nobody knows whether it went; a person decides."""
        async with self._database.acquire() as connection, connection.transaction():
            await self._end(connection, taken.n, taken.message, "unknown", "")

    async def given_up(self, n: int, message: UUID, code: str) -> None:
        """It is not sent any more, and was not taken."""
        async with self._database.acquire() as connection, connection.transaction():
            await self._end(connection, n, message, "failed", code)

    async def forget(self) -> None:
        """Forget what channels said of messages that are none of ours, as it turned out."""
        await self._database.execute("DELETE FROM told_early WHERE at < $1", clock.now() - _EARLY_DAY)

    async def changed(self, taken: Taken) -> None:
        """What was wished of a message he has is done: its words are others, or it is taken back."""
        async with self._database.acquire() as connection, connection.transaction():
            message = await hold(connection, taken.message)
            gone = await connection.fetchrow(f"{_DONE} RETURNING body", taken.n)
            if message is None or gone is None:
                return
            if message["error"]:
                await self._writing.state(connection, taken.message, message["state"])
            if taken.what == "delete":
                await self._writing.take_back(connection, taken.message, taken.by, clock.now())
            else:
                body = self._writing.body(taken.message, gone["body"])
                await self._writing.change(connection, taken.message, body, taken.by, clock.now())

    async def unchanged(self, taken: Taken, error: str) -> None:
        """What was wished of a message he has is not done; the message stands as it stood."""
        async with self._database.acquire() as connection, connection.transaction():
            message = await hold(connection, taken.message)
            gone = await connection.fetchval(f"{_DONE} RETURNING n", taken.n)
            if message is not None and gone is not None:
                await self._writing.state(connection, taken.message, message["state"], error)

    async def _keep(self, connection: Connection, taken: Taken, extra: dict[str, Any]) -> None:
        """Keep with the conversation what the channel needs again when the next one goes (a mail's thread)."""
        blob = await connection.fetchval("SELECT extra FROM conversation WHERE id = $1", taken.conversation)
        kept = dict(self._seals.get(EXTRA, taken.conversation, blob) or {}) | extra
        await connection.execute(
            "UPDATE conversation SET extra = $2 WHERE id = $1", taken.conversation,
            self._seals.put(EXTRA, taken.conversation, kept),
        )  # fmt: skip

    async def _end(self, connection: Connection, n: int, id: UUID, state: Sent, code: str) -> None:
        message = await hold(connection, id)
        gone = await connection.fetchval(f"{_DONE} RETURNING n", n)
        if gone is not None and message is not None and message["state"] in ("queued", "sending"):
            await self._writing.state(connection, id, state, code)


async def name(  # noqa: PLR0917  what a channel calls a message has its facts
    connection: Connection, seals: Seals, message: asyncpg.Record, ext: str, blind: bytes, order: int | None
) -> None:
    """Keep what the channel calls a message of ours, unless it is called that already.

    Another message of the conversation may have the name, when its echo came and was not recognised: that keeps it.
    """
    await connection.execute(
        "UPDATE message SET ext = $2, place = coalesce($4, place), ext_blind = CASE WHEN EXISTS (SELECT FROM message o"
        " WHERE o.conversation = message.conversation AND o.ext_blind = $3 AND o.id <> $1) THEN NULL ELSE $3 END"
        " WHERE id = $1", message["id"], seals.put(EXT, message["id"], ext), blind,
        None if order is None or order < 0 else Decimal(order),
    )  # fmt: skip
