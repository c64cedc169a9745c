"""The log-in itself: brake, password, session, in an order that tells a stranger nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from web.accounts.attempts import Attempts
from web.accounts.passwords import Passwords
from web.accounts.people import Account, People
from web.accounts.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Entered:
    """The password was right; `session` goes into the cookie."""

    account: Account
    session: str


@dataclass(frozen=True, slots=True)
class Kept:
    """No entry: `wrong` login or password (not said which), or `slow` down for `wait_s` seconds."""

    why: Literal["wrong", "slow"]
    wait_s: float = 0.0


class Logins:
    """Lets people in."""

    def __init__(self, people: People, sessions: Sessions, attempts: Attempts, passwords: Passwords) -> None:
        self._people = people
        self._sessions = sessions
        self._attempts = attempts
        self._passwords = passwords

    async def enter(self, login: str, password: str, address: str) -> Entered | Kept:
        """Try a login and a password.

        An unknown login, a disabled account and a wrong password cost the same hash and give the same answer.

        Args:
            login: as typed.
            password: as typed.
            address: where the try came from.
        """
        wait_s = await self._attempts.begin(login, address)
        if wait_s:
            return Kept("slow", wait_s)
        account = await self._people.find(login)
        known = account if account is not None and account.disabled_at is None else None
        verdict = await self._passwords.check(known.password if known else None, password)
        if known is None or not verdict.right:
            return Kept("wrong")
        await self._attempts.succeed(login, address)
        if verdict.stale:
            fresh = await self._passwords.hash(password)
            await self._people.set_password(known.id, fresh, rehash_of=known.password)
        return Entered(known, await self._sessions.open(known.id))
