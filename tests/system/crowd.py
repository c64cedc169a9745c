"""A crowd at the desks: operators with a page on each of two web processes, who do whatever comes into their heads.

Each of them offers himself, answers what he is asked, late or twice or not at all, grabs what others are asked, hands
on what he has and forgets to wait for answers. What he was told is kept, to be held against the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import socketio
import socketio.exceptions

from web.view import Tables, apply

KINDS = ("chat", "chat", "form", "email", "voicemail", "callback")
OPEN_AT_MOST = 60


@dataclass
class World:
    """What the pages of one web process see; all its pages share it, as old as it happens to be."""

    tables: Tables = field(default_factory=dict)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table."""
        return list(self.tables.get(table, {}).values())


@dataclass
class Told:
    """The answers people were given: (operator, order, what about, ok, why)."""

    answers: list[tuple[str, str, str, bool, str]] = field(default_factory=list)
    unanswered: int = 0

    def whys(self) -> set[str]:
        """Every reason of a refusal."""
        return {why for _, _, _, ok, why in self.answers if not ok}


class Clerk:
    """One page of an operator.

    Args:
        url: of the web process.
        cookie: his session.
        operator: his name.
        world: what his process's pages see.
        told: keeps his answers.
        dice: his head.
    """

    def __init__(self, url: str, cookie: str, operator: str, *, world: World, told: Told, dice: random.Random) -> None:
        self._url, self._cookie, self.operator = url, cookie, operator
        self._world, self._told, self._dice = world, told, dice
        self.wild = True
        self.socket = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=1)

    async def connect(self, leads: bool) -> None:
        """Open the page; one of a process's pages draws the world for all."""
        if leads:
            self.socket.on("patch", self._patched)
        headers = {"Cookie": self._cookie, "Origin": self._url}
        await self.socket.connect(self._url, headers=headers, transports=["websocket"])
        await self.sync(leads)

    async def sync(self, leads: bool = True) -> None:
        """See the world as it is now."""
        answer = await self.socket.call("sync", {"epoch": None, "seq": None}, timeout=5)
        if leads and "snapshot" in answer:
            self._world.tables = answer["snapshot"]

    async def work(self) -> None:
        """Act until cancelled."""
        while True:
            await asyncio.sleep(self._dice.uniform(0.05, 0.35))
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                await self._act()

    async def order(self, name: str, about: str, **args: Any) -> None:
        """Give an order, and wait for its answer as long as one feels like."""
        patience = self._dice.choice((0.02, 0.3, 3.0)) if self.wild else 5.0
        body = {"id": str(uuid4()), "name": name, "args": args}
        try:
            answer = await self.socket.call("command", body, timeout=patience)
        except socketio.exceptions.TimeoutError:
            self._told.unanswered += 1
            return
        self._told.answers.append((self.operator, name, about, bool(answer.get("ok")), str(answer.get("why") or "")))

    async def _act(self) -> None:
        me = next((row for row in self._world.rows("operators") if row["id"] == self.operator), None)
        if me is not None and me["presence"] != "available":
            await self.order("presence", "", presence="available")
            return
        offers, requests = self._world.rows("offers"), self._world.rows("requests")
        asked = [one for one in offers if one["operator"] == self.operator and one["state"] == "pending"]
        mine = [one for one in requests if one["owner"] == self.operator and one["status"] == "in_progress"]
        if asked and (not self.wild or self._dice.random() < 0.8):
            await self._answer(self._dice.choice(asked))
        elif mine and (not self.wild or self._dice.random() < 0.5):
            await self._finish(self._dice.choice(mine))
        elif self.wild:
            await self._grab(offers, requests)

    async def _answer(self, offer: dict[str, Any]) -> None:
        word = self._dice.choice(("accept", "accept", "accept", "refuse")) if self.wild else "accept"
        await self.order(word, offer["request"], offer=offer["id"])

    async def _finish(self, request: dict[str, Any]) -> None:
        key, how = request["id"], self._dice.random() if self.wild else 0.0
        if how < 0.5:
            await self.order("complete", key, request=key)
        elif how < 0.75:
            others = [row["id"] for row in self._world.rows("operators") if row["presence"] == "available"]
            await self.order("transfer", key, request=key, to_operator=self._dice.choice(others or [self.operator]))
        elif how < 0.9:
            await self.order("transfer", key, request=key, to_queue="main")
        else:
            soon = datetime.now(UTC) + timedelta(seconds=self._dice.uniform(1, 3))
            await self.order("postpone", key, request=key, until=soon.isoformat())

    async def _grab(self, offers: list[dict[str, Any]], requests: list[dict[str, Any]]) -> None:
        how = self._dice.random()
        if how < 0.3 and len(requests) < OPEN_AT_MOST:
            phone = f"+799900{self._dice.randint(10000, 19999)}"
            await self.order("open", "", kind=self._dice.choice(KINDS), queue="main", phone=phone)
        elif how < 0.8 and requests:
            request = self._dice.choice(requests)
            await self.order("take", request["id"], request=request["id"], version=request["version"])
        elif offers:
            offer = self._dice.choice(offers)
            await self.order(self._dice.choice(("accept", "refuse")), offer["request"], offer=offer["id"])

    async def _patched(self, patch: dict[str, Any]) -> None:
        if patch.get("ops"):
            apply(self._world.tables, patch["ops"])
        elif patch.get("epoch"):
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                await self.sync()
