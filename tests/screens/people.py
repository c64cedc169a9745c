"""What the synthetic clinic says about people: what a search finds, what was before, what to say."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.screens import scenes
from tests.screens.dev_server import DevServer
from tests.screens.synthetic import Clinic, Row

SUPERVISOR = "zimina"
EVENTS = {"timeline": "timeline", "search": "search", "hints": "all", "hint_save": "hint_save", "hint_remove": "hint_remove"}


def hint(number: int, title: str, text: str, topic: str = "", *, queues: tuple[str, ...] = (), lines: tuple[str, ...] = ()) -> Row:
    """A hint as the server sends it."""
    return {"id": f"0190000{number}-0000-7000-8000-000000000001", "version": 1, "title": title, "text": text, "topic": topic,
            "queues": list(queues), "lines": list(lines), "removed": False, "actor": SUPERVISOR, "at": "2026-11-20T09:00:00.000Z"}  # fmt: skip


HINTS = (
    hint(1, "Приветствие", "Добрый день! Центр «Здоровье+», Анна. Чем могу помочь?", "Начало"),
    hint(2, "Как записать на УЗИ", "Спросите:\n- что болит\n- есть ли направление\n\nПотом предложите время.", "Запись", queues=("registry",)),
    hint(3, "Звонят с 2ГИС", "Сначала назовите адрес.\n1. Ленина, 5\n2. Мира, 12", "Начало", lines=("+73432270001",)),
    hint(4, "Подготовка к анализам", "Натощак, последний приём пищи за 12 часов.", "Анализы", queues=("lab",)),
    hint(5, "Ёлка и праздники", "31 декабря работаем до 15:00.", "Часы"),
)


class Folk:
    """Answers of one gateway; a test changes what they are. `fails`: events that are refused, `asked`: what came."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.hints = {one["id"]: dict(one) for one in HINTS}
        self.version = len(HINTS)
        self.fails: dict[str, str] = {}
        self.missing: list[str] = []
        self.pages = 1
        self.delay = 0.0
        self.found: list[Row] | None = None
        self.asked: list[tuple[str, Row]] = []

    async def answer(self, event: str, body: Row) -> Row:
        """Answer one of its events."""
        self.asked.append((event, body))
        await asyncio.sleep(self.delay)
        if event in self.fails:
            return {"ok": False, "why": self.fails[event]}
        return dict(getattr(self, event)(body or {}))

    def timeline(self, body: Row) -> Row:
        """A page of the past of a request's contact."""
        try:
            card = scenes.card(self.clinic, body.get("request"), body.get("call"))
        except KeyError as error:
            return {"ok": False, "why": str(error.args[0])}
        page = int(body.get("cursor") or 0)
        requests = {one["id"]: one for one in card["requests"]}
        items = [{"kind": "call", "id": f"{call['id']}{page or ''}", "at": call["started_at"], "call": call, "made": True,
                  "request": requests.get(call["request"]), "notes": []} for call in card["calls"]]  # fmt: skip
        row = card["request"]
        if row["kind"] != "call":
            items.append({"kind": "request", "id": f"{row['id']}{page or ''}", "at": row["created_at"], "call": None, "request": row,
                          "made": True, "notes": [{"note": "Просила позвонить после шести", "at": row["created_at"]}]})  # fmt: skip
        items.sort(key=lambda one: one["at"], reverse=True)
        cursor = str(page + 1) if page + 1 < self.pages else None
        return {"ok": True, "items": items, "cursor": cursor, "missing": self.missing}

    def search(self, body: Row) -> Row:
        """What a text finds: the numbers that end so, or whom a test has named."""
        text = body["text"]
        if self.found is not None:
            return {"ok": True, "items": self.found}
        calls = [call for call in self.clinic.tables["calls"].values() if call["phone"].replace("-", "").endswith(text[-4:])]
        return {"ok": True, "items": [{"type": "call", "row": call} for call in calls]}

    def listed(self) -> list[Row]:
        """The hints that hold."""
        return sorted((one for one in self.hints.values() if not one["removed"]), key=lambda one: (one["topic"], one["title"]))

    def all(self, body: Row) -> Row:
        """The hints."""
        return {"ok": True, "version": self.version, "items": None if body.get("after") == self.version else self.listed()}

    def hint_save(self, body: Row) -> Row:
        """Write one, unless somebody did since."""
        known = self.hints.get(body["id"])
        if (known["version"] if known else 0) != body["version"]:
            return {"ok": False, "why": "stale", "hint": known, "version": self.version}
        return self._put({**body, "version": body["version"] + 1, "removed": False, "actor": SUPERVISOR, "at": "2026-11-21T09:00:00.000Z"})

    def hint_remove(self, body: Row) -> Row:
        """Hide one."""
        known = self.hints[body["id"]]
        return self._put({**known, "version": known["version"] + 1, "removed": True})

    def _put(self, hint: Row) -> Row:
        self.hints[hint["id"]] = hint
        self.version += 1
        return {"ok": True, "why": "", "hint": hint, "version": self.version}


class PeopleServer(DevServer):
    """The gateway whose answers about people a test may change."""

    def __init__(self) -> None:
        super().__init__()
        self.folk = Folk(self.clinic)

    async def up(self) -> None:
        """Listen, and answer about people too."""
        await super().up()
        for event, answered in EVENTS.items():
            self.sio.on(event, self._handler(event, answered))

    def _handler(self, event: str, answered: str) -> Any:
        async def handler(sid: str, body: Any = None) -> Row:
            answer = await self.folk.answer(answered, body or {})
            if event in ("hint_save", "hint_remove") and answer["ok"]:
                await self.sio.emit("hints", {"version": self.folk.version})
            return answer

        return handler

    def _boot(self) -> dict[str, Any]:
        boot = super()._boot()
        more = ["calls.search", "hints.read", *(["hints.change"] if self.role == "supervisor" else [])]
        return boot | {"permissions": [*boot["permissions"], *more]}
