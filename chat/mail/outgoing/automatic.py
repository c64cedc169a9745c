"""One mail by itself to one address in a day, whatever the rules say: two robots must not write to each other."""

from __future__ import annotations

from datetime import timedelta

from okno import clock
from okno.database import Database
from okno.seal import Sealer

_ONCE = timedelta(hours=24)


class Automatic:
    """Counts mails nobody wrote; of addresses only blind marks are kept.

    Args:
        database: of `chat`.
        own: makes the marks.
    """

    def __init__(self, database: Database, own: Sealer) -> None:
        self._database, self._own = database, own

    async def may(self, address: str, message: str) -> bool:
        """Say whether this message may go by itself; asked again for the same one it is answered the same.

        Raises DatabaseDown.
        """
        blind, now = self._own.blind(address.lower(), purpose="mail automatic"), clock.now()
        await self._database.execute("DELETE FROM mail_automatic WHERE at < $1", now - _ONCE)
        kept = await self._database.fetchval(
            "INSERT INTO mail_automatic (address_blind, message, at) VALUES ($1, $2::uuid, $3)"
            " ON CONFLICT (address_blind) DO UPDATE SET message = mail_automatic.message RETURNING message::text",
            blind, message, now,
        )  # fmt: skip
        return bool(kept == message)
