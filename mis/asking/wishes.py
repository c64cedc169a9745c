"""The waiting list, and the directories a wish is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from aiohttp import web

from mis.asking.opening import Body, Door, Id, Number, answering
from mis.client import Asker, DirectoryAnswer, DirectoryKind, Wish
from mis.finding import BadAsk, Inquiry
from mis.guard import Standing
from mis.watching import Directories
from mis.watching import Wishes as List

KINDS: tuple[DirectoryKind, ...] = get_args(DirectoryKind)


class _Wish(Body):
    wish: Wish
    phone: Number = ""


class _Patient(Body):
    patient: Id


class _Key(Body):
    key: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The routes about the waiting list and directories."""

    door: Door
    wishes: List
    directories: Directories
    inquiry: Inquiry
    standing: Standing

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/directory/{kind}", answering(self._directory)),
            self.door.post("/wishes", _Wish, self._put),
            self.door.post("/wishes/list", _Patient, self._of),
            self.door.post("/wishes/give_up", _Key, self._give_up),
        ]

    async def _directory(self, request: web.Request) -> DirectoryAnswer:
        kind = next((kind for kind in KINDS if kind == request.match_info["kind"]), None)
        if kind is None:
            raise BadAsk("there is no such directory")
        if self.standing.state == "not_configured":
            return DirectoryAnswer(error="not_configured")
        return await self.directories.get(kind)

    async def _put(self, body: _Wish, asker: Asker) -> Wish:
        wish = body.wish
        if wish.until <= wish.since:
            raise BadAsk("a wish ends after it begins")
        return await self.wishes.put(wish, self.inquiry.number(body.phone) or "", asker)

    async def _of(self, body: _Patient, asker: Asker) -> list[Wish]:
        return await self.wishes.of(body.patient, asker)

    async def _give_up(self, body: _Key, asker: Asker) -> Wish:
        return await self.wishes.give_up(body.key, asker)
