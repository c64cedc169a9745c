"""A small gateway for the screens' tests: the real templates, static files and headers, the same live protocol, a synthetic clinic.

Run it by hand to work on the screens: `python -m tests.screens.dev_server` and open http://localhost:8099/desk
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import socketio
from aiohttp import web

from okno.i18n import Catalogue
from tests.screens import scenes
from tests.screens.synthetic import OUTCOMES, QUEUES, REASONS, Clinic, Op, stamp, titled
from web.site.assets import Assets
from web.site.headers import Headers
from web.site.templates import Templates

WEB = Path(__file__).parents[2] / "web"
COALESCE_S = 0.05
ROLES = {
    "operator": {"login": "orlova", "role": "operator", "operator": "orlova", "title": "Орлова А."},
    "supervisor": {"login": "zimina", "role": "supervisor", "operator": None, "title": "Зимина Л."},
}
PERMISSIONS = {
    "operator": ["page.desk", "page.history", "calls.read", "card.read", "requests.work", "presence.change", "phone.use", "hints.read"],
    "supervisor": ["page.supervisor", "page.history", "calls.read"],
}


@functools.cache
def _assets() -> Assets:
    """The files of web/static: packing them anew for every server would take longer than most tests."""
    return Assets(WEB / "static")


class DevServer:
    """One clinic, one port, any number of browsers. `down` and `up` play an outage of the web service."""

    def __init__(self, clinic: Clinic | None = None, port: int = 0) -> None:
        self.clinic = clinic or Clinic()
        self.port = port
        self.lang, self.theme, self.role = "ru", "light", "operator"
        self.refuse = ""
        self.version = "0"
        self.session_ends: str | None = None
        self.card_delay = self.sync_delay = 0.0
        self.commands: list[dict[str, Any]] = []
        self.syncs: list[dict[str, Any]] = []
        self._pending: list[Op] = []
        self._from = 0
        self._flushing: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://localhost:{self.port}"

    async def up(self) -> None:
        """Listen; on the same port as before, if there was one."""
        self.sio = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], cors_allowed_origins=None)
        app = web.Application()
        self.sio.attach(app, socketio_path="socket.io")
        for event in ("sync", "command", "card", "history", "search", "timeline", "hints"):
            self.sio.on(event, getattr(self, f"_on_{event}"))
        assets = _assets()
        assets.refresh()
        self.pages = Templates(WEB / "templates", assets, Catalogue.load(WEB / "i18n"), insecure=False)
        app.router.add_get("/static/{version}/{path:.+}", assets.serve)
        app.router.add_get("/login", self._login)
        app.router.add_post("/login", self._enter)
        app.router.add_post("/logout", self._leave)
        app.router.add_post("/preferences", self._preferences)
        app.router.add_get("/{page:desk|history|supervisor}", self._page)
        self._more(app)
        app.on_response_prepare.append(Headers(https=False))
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        server = site._server
        assert isinstance(server, asyncio.Server)
        self.port = server.sockets[0].getsockname()[1]

    def _more(self, app: web.Application) -> None:
        """Routes and events of screens that have a server of their own (tests/screens/shift.py)."""

    async def down(self) -> None:
        """Die: every socket is cut."""
        if self._flushing:
            self._flushing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flushing
        self._pending, self._flushing = [], None
        if self._runner:
            await self.cut()
            await self._runner.cleanup()
        self._runner = None

    async def cut(self) -> None:
        """Cut every browser's line once; the server stays."""
        for socket in list(self.sio.eio.sockets.values()):
            with contextlib.suppress(Exception):
                await socket.ws.ws.close() if hasattr(socket.ws, "ws") else await socket.close(wait=False, abort=True)

    def change(self, ops: list[Op]) -> None:
        """Change the clinic; browsers learn it with the next coalesced patch."""
        before = self.clinic.seq
        _, made = self.clinic.commit(ops)
        if not self._pending:
            self._from = before
        self._pending += made
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        await asyncio.sleep(COALESCE_S)
        ops, self._pending = self._pending, []
        patch = {"epoch": self.clinic.epoch, "from": self._from, "to": self.clinic.seq, "ops": ops, "unsaved": False}
        await self.sio.emit("patch", patch)

    async def restart_engine(self) -> None:
        """Another engine: a new epoch; the next patch tells the browsers."""
        self.clinic.restart()
        self._pending = []

    async def ring(self) -> None:
        """The bare ring of the scene's call, before its numbered patch."""
        call = self.clinic.tables["calls"][scenes.CALL]
        names = ("id", "direction", "phone", "anonymous", "dialled", "source", "queue", "phase", "started_at", "queued_at", "request")
        await self.sio.emit("ring", {"call": {name: call[name] for name in names}, "leg": 0})

    async def link(self, **state: bool) -> None:
        """Tell which services are up."""
        await self.sio.emit("link", state)

    async def _on_sync(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        self.syncs.append(body)
        await asyncio.sleep(self.sync_delay)
        answer: dict[str, Any] = {"epoch": self.clinic.epoch, "seq": self.clinic.seq, "now": stamp(datetime.now(UTC)), "version": self.version}
        missed = self.clinic.since(body.get("epoch"), body.get("seq") or 0)
        if missed is None:
            return {**answer, "snapshot": self.clinic.tables}
        return {**answer, "patches": [{"from": seq - 1, "to": seq, "ops": ops} for seq, ops in missed]}

    async def _on_command(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        self.commands.append(body)
        if self.refuse:
            return {"ok": False, "why": self.refuse, "by": "Климов Д.", "request": None}
        name, args, clinic = body["name"], body["args"], self.clinic
        now = stamp(datetime.now(UTC))
        if name == "presence":
            self.change([clinic.put("operators", scenes.ME, presence=args["presence"], presence_reason=args["reason"], presence_since=now,
                                    **({"phone": args["phone"]} if args.get("phone") else {}))])
        elif name == "take":
            self.change([clinic.put("requests", args["request"], owner=scenes.ME, status="in_progress", since=now, version=args["version"] + 1)])
        elif name == "complete":
            self.change([*clinic.drop(args["request"], outcome=args["outcome"]),
                         clinic.put("operators", scenes.ME, voice="idle", voice_since=now, wrap_up=None)])
        elif name == "accept":
            self.change(scenes.accept(clinic, args["offer"]))
        elif name == "refuse":
            self.change(scenes.end_offer(clinic, args["offer"], "rejected"))
        elif name == "hang_up" and clinic.tables["calls"][args["call"]]["direction"] == "inbound":
            self.change(scenes.hang_up(clinic))
        elif name == "hang_up":
            self.change(scenes.end_callback(clinic))
        elif name == "prolong":
            row = clinic.tables["requests"][args["request"]]
            until = datetime.fromisoformat(row.get("wrap_up_until") or row["since"]) + timedelta(seconds=30 if row.get("wrap_up_until") else 90)
            self.change([clinic.put("requests", args["request"], wrap_up_until=stamp(until))])
        elif name == "dial":
            self.change(scenes.dial(clinic, args["request"]))
        elif name in ("postpone", "transfer"):
            self.change([clinic.put("requests", args["request"], owner=None, status="postponed", postponed_until=args.get("until", now))])
        return {"ok": True, "why": "", "by": "", "request": clinic.tables["requests"].get(args.get("request", ""))}

    async def _on_card(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(self.card_delay)
        try:
            return {"ok": True, "card": scenes.card(self.clinic, body.get("request"), body.get("call"))}
        except KeyError as error:
            return {"ok": False, "why": str(error.args[0])}

    async def _on_history(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        first = next(iter(self.clinic.tables["requests"]))
        old = scenes.card(self.clinic, first, None)["calls"]
        if body["kind"] == "requests":
            return {"ok": True, "items": [] if body["filters"] else list(self.clinic.tables["requests"].values())[:20], "cursor": None}
        page = int(body["cursor"] or 0)
        items = [{**call, "id": f"{call['id']}-{page}-{index}"} for index in range(4) for call in old[-4:]]
        items = [call for call in items if not body["filters"].get("result") or call["result"] == body["filters"]["result"]]
        if body["filters"].get("queue") == "lab":
            return {"ok": True, "items": [], "cursor": None}
        return {"ok": True, "items": sorted(items, key=lambda call: call["started_at"], reverse=True), "cursor": str(page + 1) if page < 2 else None}

    async def _on_search(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        found = [call for call in self.clinic.tables["calls"].values() if call["phone"].replace("-", "").endswith(body["text"][-4:])]
        return {"ok": True, "items": [{"type": "call", "row": call} for call in found]}

    async def _on_timeline(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(self.card_delay)
        try:
            return {"ok": True, "items": scenes.timeline(self.clinic, body.get("request"), body.get("call")), "cursor": None, "missing": []}
        except KeyError as error:
            return {"ok": False, "why": str(error.args[0])}

    async def _on_hints(self, sid: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"ok": True, "version": 1, "items": scenes.HINTS}

    def _boot(self) -> dict[str, Any]:
        return {
            "me": ROLES[self.role], "clinic": {"name": "Здоровье+", "timezone": "Asia/Yekaterinburg"}, "lang": self.lang, "theme": self.theme,
            "queues": [{"id": key, "title": {"ru": ru, "en": en}, "wrap_up_s": 60} for key, (ru, en) in QUEUES.items()],
            "outcomes": titled(OUTCOMES), "pause_reasons": titled(REASONS), "lines": {"+73432270001": {"ru": "2ГИС", "en": "2GIS"}},
            "i18n": self.pages.words(self.lang), "version": "0", "session_ends": self.session_ends, "draft_key": "5a" * 32, "permissions": PERMISSIONS[self.role],
        }

    async def _page(self, request: web.Request) -> web.Response:
        name = f"{request.match_info['page']}.html"
        return self.pages.page(request, name, lang=self.lang, theme=self.theme, boot=self._boot(), csrf="x")

    async def _login(self, request: web.Request) -> web.Response:
        error = "login.error.wrong" if "error" in request.query else ""
        return self.pages.page(request, "login.html", lang=self.lang, theme=self.theme, csrf="x", clinic="Здоровье+", error=error)

    async def _enter(self, request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/desk" if (await request.post()).get("password") else "/login?error=1")

    async def _leave(self, request: web.Request) -> web.Response:
        raise web.HTTPSeeOther("/login")

    async def _preferences(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.lang = str(form.get("lang") or self.lang)
        self.theme = str(form.get("theme") or self.theme)
        raise web.HTTPSeeOther(str(form.get("back") or "/desk"))


async def _main() -> None:
    server = DevServer(port=8099)
    await server.up()
    print(f"{server.url}/desk")
    while True:
        await asyncio.sleep(0.5)
        server.change(server.clinic.random_ops())


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
