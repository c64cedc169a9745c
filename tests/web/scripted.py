"""An engine that does what a test tells it, on a real socket: the live feed and the routes, nothing behind them."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

T = datetime(2026, 11, 21, 10, 0, tzinfo=UTC).isoformat()
NUMBER = "+79990000001"
CALL, REQUEST, OTHER = (f"01900000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))


def call_row(**changes: Any) -> dict[str, Any]:
    """A call from NUMBER that rings at orlova's phone."""
    leg = {"operator": "orlova", "queue": "front", "rang_at": T, "answered_at": None, "left_at": None, "result": "ringing",
           "left_by": None, "talk_s": 0.0}
    return {
        "id": CALL, "pbx": "main", "direction": "inbound", "phone": NUMBER, "anonymous": False, "caller_name": "SHCHUKOEDOV",
        "dialled": "+73430000001", "source": {"ru": "Сайт", "en": "Site"}, "queue": "front", "phase": "ringing",
        "started_at": T, "queued_at": T, "answered_at": None, "ended_at": None, "ended_by": None, "result": "in_progress",
        "wait_s": 3.0, "talk_s": 0.0, "legs": [leg], "operator": None, "request": REQUEST, "ringing": ["orlova"], "others": [],
        "visits": [{"queue": "front", "joined_at": T, "left_at": None, "exit": "waiting", "operator": ""}],
    } | changes


def request_row(**changes: Any) -> dict[str, Any]:
    """The request of that call."""
    return {
        "id": REQUEST, "number": "2026-000123", "kind": "call", "status": "queued", "queue": "front", "priority": 5,
        "due_at": None, "owner": None, "contact": OTHER, "phone": NUMBER, "source": {"ru": "Сайт", "en": "Site"},
        "calls": [CALL], "outcome": "", "created_at": T, "since": T, "queued_at": T, "first_response_at": None,
        "closed_at": None, "postponed_until": None, "wrap_up_until": None, "version": 1, "attempts": 0,
    } | changes


def operator_row(**changes: Any) -> dict[str, Any]:
    """Orlova, who is at her desk."""
    return {
        "id": "orlova", "title": {"ru": "Орлова", "en": "Orlova"}, "extension": "1001", "queues": ["front"],
        "presence": "available", "presence_reason": "", "presence_since": T, "voice": "ringing", "voice_since": T,
        "reachable": True, "paused": False, "pauses": [], "call": CALL, "wrap_up": None, "handled_today": 3, "talk_today_s": 90.0,
    } | changes


def queue_row(**changes: Any) -> dict[str, Any]:
    """The front desk."""
    return {
        "id": "front", "title": {"ru": "Регистратура", "en": "Front desk"}, "waiting": 1, "longest_since": T,
        "oldest": [CALL], "free": 0, "talking": 0, "wrap_up": 0, "offered": 5, "answered": 4, "in_level": 3, "abandoned": 1,
        "unanswered": 0, "service_level": 60, "service_level_s": 20, "target": 80, "average_wait_s": 9.5, "missed_open": 1,
    } | changes


def world() -> dict[str, dict[str, dict[str, Any]]]:
    """One of everything."""
    return {
        "calls": {CALL: call_row()}, "requests": {REQUEST: request_row()}, "operators": {"orlova": operator_row()},
        "queues": {"front": queue_row()}, "pbxes": {"main": {"id": "main", "link": "live", "reason": "", "since": T}},
    }


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal with its problem in full."""

    problem: dict[str, Any]


class ScriptedEngine:
    """Keeps a world, numbers its patches, records what it was asked. `answers` replaces what a route says."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.epoch, self.seq = "1-1000", 10
        self.tables = world()
        self.patches: list[dict[str, Any]] = []
        self.sockets: set[web.WebSocketResponse] = set()
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answers: dict[str, Any] = {}
        self.pages: list[dict[str, list[str]]] = []
        self.silent = False
        self.hints = 0
        self.app = web.Application()
        self.app.router.add_get("/live", self._live)
        self.app.router.add_route("*", "/v1/{rest:.+}", self._route)

    async def patch(self, *ops: list[Any], unsaved: bool = False) -> int:
        """Change the world and tell every reader; return the number of the patch."""
        for op in ops:
            if op[0] == "set":
                self.tables.setdefault(op[1], {})[op[2]] = op[3]
            else:
                self.tables[op[1]].pop(op[2], None)
        self.seq += 1
        message = {"type": "patch", "epoch": self.epoch, "seq": self.seq, "at": T, "ops": list(ops), "unsaved": unsaved}
        self.patches.append(copy.deepcopy(message))
        await self.say(message)
        return self.seq

    async def ring(self, operator: str = "orlova") -> None:
        """Tell that a phone rings."""
        await self.say({"type": "ring", "operator": operator, "call": call_row(), "leg": 0})

    async def notice(self, operator: str = "orlova", **notice: Any) -> None:
        """Tell of a message to an operator."""
        row = {"id": OTHER, "seen": False, "author": "zimina", "at": T, "text": "Планёрка"} | notice
        await self.say({"type": "notice", "operator": operator, "notice": row})

    async def restart(self) -> None:
        """Begin another life: another epoch, readers cut off."""
        self.epoch, self.seq, self.patches = f"{int(self.epoch.split('-')[0]) + 1}-2000", 0, []
        await self.cut()

    async def cut(self) -> None:
        """Cut every reader off."""
        for socket in list(self.sockets):
            await socket.close()

    async def say(self, message: dict[str, Any]) -> None:
        """Send to every reader."""
        for socket in list(self.sockets):
            await socket.send_json(message)

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        assert request.headers["Okno-Service"] == self.secret
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        now = datetime.now(UTC).isoformat()
        seq = int(request.query.get("seq") or -1)
        missed = [patch for patch in self.patches if patch["seq"] > seq]
        if request.query.get("epoch") == self.epoch and (seq == self.seq or (missed and missed[0]["seq"] == seq + 1)):
            await socket.send_json({"type": "patches", "epoch": self.epoch, "seq": self.seq, "now": now, "patches": missed})
        else:
            await socket.send_json({
                "type": "snapshot", "epoch": self.epoch, "seq": self.seq, "now": now, "unsaved": False, "tables": self.tables
            })
        self.sockets.add(socket)
        beat = asyncio.create_task(self._beat(socket))
        try:
            async for _ in socket:
                pass
        finally:
            beat.cancel()
            self.sockets.discard(socket)
        return socket

    async def _beat(self, socket: web.WebSocketResponse) -> None:
        while True:
            await asyncio.sleep(0.5)
            if not self.silent and not socket.closed:
                await socket.send_json({"type": "beat", "seq": self.seq, "now": datetime.now(UTC).isoformat(), "hints": self.hints})

    async def _route(self, request: web.Request) -> web.Response:
        assert request.headers["Okno-Service"] == self.secret
        body = await request.json() if request.can_read_body else dict(request.query)
        path = request.match_info["rest"]
        if path == "pages":
            self.pages.append(body)
            return web.json_response({})
        self.asked.append((f"{request.method} {path}", body, dict(request.headers)))
        answer = self.answers.get(path, self._usual(path))
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, int):
            return web.json_response({"title": "refused", "status": answer}, status=answer)
        if isinstance(answer, Refusal):
            return web.json_response({"title": "refused", **answer.problem}, status=answer.problem["status"])
        return web.json_response(answer)

    def _usual(self, path: str) -> Any:
        page = {"items": [call_row()], "cursor": None}
        card = {
            "request": request_row(), "call": call_row(),
            "contact": {"id": OTHER, "phone": NUMBER, "pretty": "+7 999 000-00-01", "earlier_calls": 2, "first_seen": T},
            "calls": [call_row()], "requests": [request_row()],
            "history": [{"at": T, "actor": "system", "what": "opened", "call": CALL, "operator": None, "queue": "front", "note": ""}],
        }
        figures = {"key": T, "offered": 3, "answered": 2, "service_level": 67, "abandoned": 1, "wait_s": 9.0}
        notices = {"items": [{"id": OTHER, "seen": False, "author": "zimina", "at": T, "text": "Планёрка"}]}
        usual: dict[str, Any] = {
            "queues/statistics": {"from": T, "to": T, "by": "hour", "queue": None, "items": [figures]}, "notices": notices,
            "calls": page, "calls/search": page, "search": {"items": []}, "cards": card, f"calls/{CALL}": call_row(),
            "requests": {"items": [request_row()], "cursor": "abc"},
            f"requests/{REQUEST}": request_row(owner="orlova") | {"history": card["history"]},
            "commands": {"ok": True, "why": "", "by": "", "request": request_row(owner="orlova", status="in_progress", version=2)},
        }
        return usual.get(path, 404)


@asynccontextmanager
async def scripted_engine(secret: str, port: int) -> AsyncIterator[ScriptedEngine]:
    """Run a scripted engine on a port."""
    engine = ScriptedEngine(secret)
    runner = web.AppRunner(engine.app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield engine
    finally:
        await engine.cut()
        await runner.cleanup()
