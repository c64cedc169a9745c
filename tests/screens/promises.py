"""A clinic that has promised calls: what the engine says of them, and the gateway that answers what a promise is bound by."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.screens import scenes
from tests.screens.shift import ShiftServer
from tests.screens.synthetic import Clinic, Op, Row, masked, stamp

FREE = {
    "ok": True, "callable": True, "clocks": ["14:30"], "own": True, "quiet": False, "next_at": None, "promised": "",
}  # fmt: skip


def at(seconds: float) -> str:
    """So many seconds from now."""
    return stamp(datetime.now(UTC) + timedelta(seconds=seconds))


def tried(outcome: str, ago: float, **more: Any) -> Row:
    """One dialling."""
    return {"at": at(-ago), "operator": "klimov", "outcome": outcome, "call": None, **more}


def promise(**more: Any) -> Row:
    """A promise nobody has tried yet."""
    return {"state": "waiting", "origin": "form", "wanted_at": None, "next_at": None, "attempt": 0, "of": 4, "tries": [], **more}


def request(number: int, callback: Row, **more: Any) -> Row:
    """The request of a promise."""
    later = callback["next_at"] is not None
    return {
        "id": f"p{number:05d}", "number": f"2026-{800 + number:06d}", "kind": "callback", "status": "postponed" if later else "queued",
        "queue": "registry", "priority": 0, "due_at": None, "owner": None, "phone": masked(number * 7), "source": {"ru": "form:site", "en": "form:site"},
        "calls": [], "outcome": "", "created_at": at(-1500 - number), "since": at(-600), "queued_at": at(-1500), "first_response_at": None,
        "closed_at": None, "postponed_until": callback["next_at"], "wrap_up_until": None, "version": 3, "attempts": 0, "callback": callback, **more,
    }  # fmt: skip


def clinic(made: Clinic) -> Clinic:
    """Add promises of every kind to a clinic."""
    rows = [
        request(1, promise()),
        request(2, promise(origin="queue", attempt=1, tries=[tried("no_answer", 900)])),
        request(3, promise(next_at=at(1500), attempt=2, origin="missed_call", tries=[tried("busy", 4000), tried("no_answer", 3000)])),
        request(4, promise(next_at=at(90000), wanted_at=at(90000), origin="operator")),
        request(5, promise(origin="rest", attempt=1, tries=[tried("unknown", 600)])),
    ]
    made.tables["requests"] |= {row["id"]: row for row in rows}
    return made


def mine(made: Clinic, number: int, **more: Any) -> list[Op]:
    """A promise is in my hands."""
    return [made.put("requests", f"p{number:05d}", owner=scenes.ME, status="in_progress", postponed_until=None, since=at(-5), **more)]


class PromiseServer(ShiftServer):
    """The gateway of a shift that also says what bounds a promise, and takes promises."""

    def __init__(self, role: str = "operator") -> None:
        super().__init__()
        clinic(self.clinic)
        self.role = role  # type: ignore[assignment]
        self.bounds: Row = dict(FREE)
        self.gone: list[Row] = []
        self.history_fails = False

    def _more(self, app: web.Application) -> None:
        super()._more(app)
        self.sio.on("callback_bounds", self._on_callback_bounds)

    async def _on_callback_bounds(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(("callback_bounds", body))
        await asyncio.sleep(0)
        return self.bounds

    async def _on_history(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        if body["filters"].get("status") != "done":
            return await super()._on_history(sid, body)
        if self.history_fails:
            return {"ok": False, "why": "engine_down"}
        return {"ok": True, "items": [row for row in self.gone if row["kind"] == body["filters"]["kind"]], "cursor": None}

    async def _on_command(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        name, args = body["name"], body["args"]
        if self.refuse or name not in ("callback", "tried"):
            return await super()._on_command(sid, body)
        self.commands.append(body)
        key = args.get("request")
        if name == "tried":
            row = self.clinic.tables["requests"][key]
            told = {**row["callback"], "next_at": at(900), "attempt": 2, "tries": [*row["callback"]["tries"][:-1], tried(args["outcome"], 1, operator=scenes.ME)]}
            self.change([self.clinic.put("requests", key, owner=None, status="postponed", postponed_until=told["next_at"], callback=told)])
        elif key in self.clinic.tables["requests"]:
            row = self.clinic.tables["requests"][key]
            told = promise(origin="operator", next_at=args.get("when"), tries=(row.get("callback") or promise())["tries"])
            self.change([self.clinic.put("requests", key, kind="callback", owner=None, status="postponed" if told["next_at"] else "queued",
                                         postponed_until=told["next_at"], callback=told)])
        else:
            row = request(70, promise(origin="operator", next_at=args.get("when")), queue=args["queue"])
            self.change([["set", "requests", row["id"], row]])
        return {"ok": True, "why": "", "by": "", "request": None}
