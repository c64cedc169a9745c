"""What sockets ask about wallboards: a wall its own words, a supervisor which walls there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import StringConstraints, model_validator

from okno.audit import AuditTrail
from web.accounts.roles import permission
from web.live.asks import Ask
from web.live.desk import Caller, Handler
from web.live.engine import Answer
from web.wallboard.boards import Wallboards

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class BoardsAsk(Ask):
    """List them, make one by name, revoke one, or put words onto one."""

    do: Literal["list", "make", "revoke", "announce"] = "list"
    id: UUID | None = None
    name: Name | None = None
    text: Words = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.do == "make") != (self.name is not None) or (self.do in ("revoke", "announce")) != (
            self.id is not None
        ):
            raise ValueError("make wants a name; revoke and announce want an id")
        return self


class Boards:
    """Answers.

    Args:
        boards: the table.
        audit: keeps who made and revoked what, and who wrote what onto it.
        end: ends the sockets of a wallboard.
    """

    def __init__(
        self, boards: Wallboards, audit: AuditTrail, end: Callable[[UUID, str], Awaitable[None]]
    ) -> None:
        self._boards, self._audit, self._end = boards, audit, end

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {"wallboard": self.on_wallboard, "wallboards": self.on_wallboards}

    @permission("wallboard.read")
    async def on_wallboard(self, caller: Caller, body: Any) -> Answer:
        """Return the words on this wall."""
        Ask.model_validate(body or {})
        return {"ok": True, "announcement": await self._boards.announcement(caller.who.account)}

    @permission("wallboard.manage")
    async def on_wallboards(self, caller: Caller, body: Any) -> Answer:
        """List, make, revoke, announce; the answer has them all, and of a new one the token, this once."""
        ask, token = BoardsAsk.model_validate(body or {}), None
        if ask.do == "make" and ask.name is not None:
            board, token = await self._boards.make(ask.name, caller.who.name)
            await self._audit.append(caller.who.name, "wallboard.made", str(board), "work")
        elif ask.do == "revoke" and ask.id is not None:
            if not await self._boards.revoke(ask.id):
                return {"ok": False, "why": "not_found"}
            await self._audit.append(caller.who.name, "wallboard.revoked", str(ask.id), "work")
            await self._end(ask.id, "revoked")
        elif ask.do == "announce" and ask.id is not None:
            if not await self._boards.announce(ask.id, ask.text):
                return {"ok": False, "why": "not_found"}
            # Who put words before everybody in the hall; the words themselves are there to be read.
            words = {"words": ask.text}
            await self._audit.append(caller.who.name, "wallboard.announced", str(ask.id), "work", details=words)
        return {"ok": True, "items": await self._boards.all(), "token": token}
