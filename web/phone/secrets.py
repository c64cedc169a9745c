"""The password of the phone in the page: asked by the page after log-in, made anew when its operator leaves."""

from __future__ import annotations

import asyncio
from typing import Any

import okno.logs
from okno.service import ServiceDown, ServiceRefused
from web.accounts.roles import Identity, permission
from web.live.desk import Caller
from web.live.engine import Answer, Engine
from web.phone.door import PATH

log = okno.logs.get(__name__)


class Secrets:
    """Gives a page what its phone registers with.

    Args:
        engine: its client; audits who was given a password before it answers.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._leaving: set[asyncio.Task[None]] = set()

    @permission("phone.use")
    async def on_phone(self, caller: Caller, body: Any) -> Answer:
        """Answer {uri, user, password, realm, socket} to the operator himself; `no_phone` when the page is none."""
        who = caller.who
        if who.operator is None:
            return {"ok": False, "why": "no_phone"}
        try:
            told = await self._engine.phone("give", actor=who.name, role=who.role, operator=who.operator)
        except ServiceRefused:
            return {"ok": False, "why": "no_phone"}
        return {
            "ok": True, "uri": told["uri"], "user": told["endpoint"], "password": told["password"],
            "realm": told["realm"], "socket": PATH,
        }

    async def left(self, who: Identity) -> None:
        """Have a new password made for somebody who logged off; he does not wait for it."""
        if who.operator is not None and who.may("phone.use"):
            self.renew(who.operator, actor=who.name, role=who.role)

    def renew(self, operator: str, *, actor: str, role: str) -> None:
        """Begin to make an operator's phone a new password: whoever was given the old one cannot register any more.

        Args:
            operator: whose phone in the page.
            actor: the account that has it done.
            role: of that account.
        """
        task = asyncio.create_task(self._rotate(operator, actor, role), name="phone secret")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Wait for passwords still being made, a moment."""
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=2.0)

    async def _rotate(self, operator: str, actor: str, role: str) -> None:
        try:
            await self._engine.phone("rotate", actor=actor, role=role, operator=operator)
        except ServiceRefused:
            return  # he has no phone in the page
        except ServiceDown:
            # The old password was never shown and dies at the next log-off; his session, the door to it, is over.
            log.warning("phone_secret_not_rotated")
