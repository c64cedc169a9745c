"""The gateway of a shift: a supervisor's permissions and orders, figures by the hour, messages, a wallboard's page."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.screens import dev_server
from tests.screens.conftest import Place, Screen
from tests.screens.dev_server import DevServer
from tests.screens.synthetic import OPERATORS, Clinic, Op, Row, masked, stamp
from web.accounts.roles import PERMISSIONS, Role
from web.view import View

NOTICE = "01900000-0000-7000-8000-0000000000aa"
SKILLS = [{"id": "children", "title": {"ru": "Детский приём", "en": "Children"}}, {"id": "mri", "title": {"ru": "МРТ", "en": "MRI"}}]


def ago(seconds: float) -> str:
    """So many seconds before now."""
    return stamp(datetime.now(UTC) - timedelta(seconds=seconds))


def shift() -> Clinic:
    """A clinic in the middle of a day, with figures of the moment, digital work and skills."""
    clinic = Clinic(requests=18)
    levels = {"registry": (68, 3), "dental": (91, 0), "children": (77, 1), "lab": (None, 0)}
    for key, row in clinic.tables["queues"].items():
        level, overdue = levels[key]
        row |= {
            "overdue": overdue, "digital_waiting": 2 + 3 * overdue, "waiting_by_kind": {"missed_call": 2 + 2 * overdue, "callback": overdue},
            "digital_since": ago(900), "callbacks_open": 1 + overdue, "service_level_now": level, "wait_now_s": None if level is None else 19.0,
            "now_full_at": ago(60), "opens_at": None, "available": 3, "on_break": 1, "not_responding": 1, "logged_in": 6,
        }
    for index, row in enumerate(clinic.tables["operators"].values()):
        row |= {"home_queues": list(row["queues"]), "home_skills": {"children": 3}, "skills": {"children": 3}, "load": 50 * (index % 3)}
    clinic.tables["rules"]["rules"] |= {"skills": SKILLS}
    for number, kind in enumerate(("callback", "chat", "form", "email", "voicemail"), start=1):
        clinic.tables["requests"][f"d{number}"] = digital(clinic, number, kind)
    return clinic


def digital(clinic: Clinic, number: int, kind: str, **more: Any) -> Row:
    """A request that is no call; every second one is late."""
    return {
        "id": f"d{number}", "number": f"2026-{900 + number:06d}", "kind": kind, "status": "queued", "queue": "registry", "priority": 0,
        "due_at": ago(240 * number if number % 2 else -1200), "owner": None, "phone": masked(number * 11), "source": {"ru": "Сайт", "en": "Web site"},
        "calls": [], "outcome": "", "created_at": ago(2000), "since": ago(2000), "queued_at": ago(2000), "first_response_at": None,
        "closed_at": None, "postponed_until": None, "version": 1, "attempts": 0, "preferred": "", "wrap_up_until": None, **more,
    }  # fmt: skip


def alert(queue: str = "registry", figure: str = "longest_wait_s", **more: Any) -> Op:
    """An alert that has just been raised."""
    key = f"long/{queue}"
    return ["set", "alerts", key, {
        "id": key, "rule": "long", "queue": queue, "value": 95.0, "since": ago(30), "raised_at": ago(5), "figure": figure,
        "title": {"ru": "Долго ждут", "en": "A long wait"}, "limit": 60.0, **more,
    }]  # fmt: skip


def crowd(clinic: Clinic, count: int = 120) -> None:
    """So many operators, most of them on the line."""
    for index in range(count):
        key, ru, en = OPERATORS[index % len(OPERATORS)]
        row = copy.deepcopy(clinic.tables["operators"][key])
        name = f"{key}{index}"
        clinic.tables["operators"][name] = row | {
            "id": name, "title": {"ru": f"{ru} {index}", "en": f"{en} {index}"}, "extension": str(2000 + index),
        }


class ShiftServer(DevServer):
    """The dev server with what a supervisor and a wall need."""

    def __init__(self, clinic: Clinic | None = None) -> None:
        super().__init__(clinic or shift())
        self.role: Role = "supervisor"  # type: ignore[assignment]
        self.phone_of: str | None = None
        self.boards: list[Row] = []
        self.notices: list[Row] = []
        self.announcement = ""
        self.statistics_fail = False
        self.asked: list[tuple[str, Any]] = []

    def _more(self, app: web.Application) -> None:
        for event in ("statistics", "notices", "wallboards", "wallboard"):
            self.sio.on(event, getattr(self, f"_on_{event}"))
        app.router.add_get("/wallboard", self._wallboard)
        app.router.add_post("/wallboard/enter", self._enter_wall)

    def _boot(self) -> dict[str, Any]:
        boot = super()._boot() | {"permissions": sorted(name for name, roles in PERMISSIONS.items() if self.role in roles)}
        if self.role == "supervisor":
            boot["me"] = {**boot["me"], "operator": self.phone_of}
        return boot

    async def notice(self, text: str = "Планёрка в 15:00, кабинет 4", **more: Any) -> None:
        """A message comes to the operator."""
        row = {"id": NOTICE, "author": "zimina", "at": ago(1), "text": text, "seen": False, **more}
        self.notices = [one for one in self.notices if one["id"] != row["id"]] + ([] if row["seen"] else [row])
        await self.sio.emit("notice", row)

    async def _on_sync(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await super()._on_sync(sid, body)
        if self.role == "wallboard":
            view = View("wallboard", lambda number: "")
            answer = {**answer, "snapshot": view.tables(self.clinic.tables)}
        return answer

    async def _on_command(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        name, args, clinic = body["name"], body["args"], self.clinic
        if not self.refuse:
            if name == "steer_presence":
                self.change([clinic.put("operators", args["target"], presence=args["presence"], presence_reason=args["reason"], presence_since=ago(0))])
            elif name in ("steer_queues", "steer_skills"):
                what = name.removeprefix("steer_")
                home = clinic.tables["operators"][args["target"]][f"home_{what}"]
                self.change([clinic.put("operators", args["target"], **{what: args[what] or home}, moved=args[what] is not None)])
            elif name == "prioritise":
                row = clinic.tables["requests"][args["request"]]
                self.change([clinic.put("requests", args["request"], priority=args["priority"], version=row["version"] + 1)])
            elif name == "transfer":
                self.commands.append(body)
                self.change([clinic.put("requests", args["request"], owner=args.get("to_operator"), queue=args.get("to_queue") or "registry", status="in_progress")])
                return {"ok": True, "why": "", "by": "", "request": clinic.tables["requests"][args["request"]]}
            elif name == "seen":
                await self.notice(seen=True)
        if name in ("steer_presence", "steer_queues", "steer_skills", "prioritise", "seen", "message", "spy"):
            self.commands.append(body)
            return {"ok": not self.refuse, "why": self.refuse, "by": "", "request": None}
        return await super()._on_command(sid, body)

    async def _on_statistics(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(("statistics", body))
        if self.statistics_fail:
            return {"ok": False, "why": "engine_down"}
        since, hours = datetime.fromisoformat(body["since"]), []
        for hour in range(24):
            begins = since + timedelta(hours=hour)
            if begins > datetime.now(UTC):
                break
            offered = [3, 1, 2, 1, 1, 2, 4, 6, 31, 44, 52, 47, 38, 35, 41, 44, 39, 33, 24, 15, 6, 2, 1, 2][hour]
            answered = round(offered * (0.97 - 0.01 * (hour % 7)))
            hours.append({
                "key": stamp(begins), "offered": offered, "answered": answered, "abandoned": offered - answered, "wait_s": 14.0 + hour if offered else None,
                "service_level": 92 - 3 * (hour % 8) if offered else None, "longest_wait_s": 40.0 + 5 * hour if offered else 0.0,
            })
        return {"ok": True, "items": [one for one in hours if one["offered"]]}

    async def _on_notices(self, sid: str, body: Any = None) -> dict[str, Any]:
        return {"ok": True, "items": self.notices}

    async def _on_wallboard(self, sid: str, body: Any = None) -> dict[str, Any]:
        return {"ok": True, "announcement": self.announcement}

    async def _on_wallboards(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        token = None
        if body["do"] == "make":
            self.boards.append({"id": f"0190000{len(self.boards)}-0000-7000-8000-000000000000", "name": body["name"], "announcement": "", "created_at": ago(0), "seen_at": None})
            token = "wall_" + "S" * 43
        elif body["do"] == "revoke":
            self.boards = [one for one in self.boards if one["id"] != body["id"]]
        elif body["do"] == "announce":
            self.boards = [one | {"announcement": body["text"]} if one["id"] == body["id"] else one for one in self.boards]
        return {"ok": True, "items": self.boards, "token": token}

    async def _wallboard(self, request: web.Request) -> web.Response:
        if self.role != "wallboard":
            return self.pages.page(request, "wallboard-enter.html", lang=self.lang, theme=self.theme, csrf="x", error="", status=200)
        boot = {"me": {"login": "", "role": "wallboard", "operator": None, "title": ""}, "queues": [], "outcomes": [], "pause_reasons": [], "lines": {}, "permissions": []}
        return self.pages.page(request, "wallboard.html", lang=self.lang, theme=self.theme, boot=super()._boot() | boot, csrf="x")

    async def _enter_wall(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append(("enter", str(form.get("token"))))
        self.role = "wallboard"
        raise web.HTTPSeeOther("/wallboard")


@asynccontextmanager
async def opened(place: Place, server: ShiftServer, width: int, height: int) -> AsyncIterator[Screen]:
    """A page of this size beside a gateway of a shift."""
    async with place.serve(server), place.screen(server, width, height) as screen:
        yield screen


def gateway(screen: Screen) -> ShiftServer:
    """A page's gateway, which is one of a shift."""
    assert isinstance(screen.server, ShiftServer)
    return screen.server


async def _main() -> None:
    server = ShiftServer()
    server.port = 8098
    await server.up()
    print(f"{server.url}/supervisor {server.url}/wallboard")
    while True:
        await asyncio.sleep(0.5)
        server.change(server.clinic.random_ops())


dev_server.ROLES.setdefault("wallboard", dev_server.ROLES["supervisor"])
dev_server.PERMISSIONS.setdefault("wallboard", [])

if __name__ == "__main__":
    asyncio.run(_main())
