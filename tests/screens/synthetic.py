"""A synthetic clinic, as browsers see it: masked rows, numbered patches. Everybody in it is invented."""

from __future__ import annotations

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
Op = list[Any]

RING = 4_000
TABLES = ("calls", "requests", "operators", "queues", "pbxes", "offers", "alerts", "lines", "rules")
QUEUES = {
    "registry": ("Регистратура", "Front desk"), "dental": ("Стоматология", "Dentistry"),
    "children": ("Педиатрия", "Paediatrics"), "lab": ("Лаборатория", "Laboratory"),
}
SOURCES = [
    {"ru": "2ГИС", "en": "2GIS"}, {"ru": "Сайт", "en": "Web site"}, {"ru": "Реклама в лифтах", "en": "Lift posters"},
    {"ru": "Карты", "en": "Maps"},
]
OPERATORS = [
    ("orlova", "Орлова А.", "Orlova A."), ("klimov", "Климов Д.", "Klimov D."), ("yusupova", "Юсупова Р.", "Yusupova R."),
    ("sedova", "Седова М.", "Sedova M."), ("gromov", "Громов И.", "Gromov I."), ("lapina", "Лапина К.", "Lapina K."),
    ("roshchina", "Рощина Т.", "Roshchina T."), ("belov", "Белов С.", "Belov S."),
]
STATES = ["available", "incall", "available", "wrap_up", "break", "incall", "not_responding", "offline"]
OUTCOMES = [
    ("booked", "Записан", "Booked"), ("moved", "Перенос", "Moved"), ("cancelled", "Отмена", "Cancelled"),
    ("informed", "Справка", "Informed"), ("callback", "Перезвонит сам", "Will call back"), ("wrong", "Ошиблись номером", "Wrong number"),
]
REASONS = [("lunch", "обед", "lunch"), ("break", "отдых", "rest"), ("training", "обучение", "training")]


def titled(words: list[tuple[str, str, str]]) -> list[Row]:
    """Words of the directory as rows give them."""
    return [{"id": key, "title": {"ru": ru, "en": en}} for key, ru, en in words]


def stamp(at: datetime) -> str:
    """RFC 3339 with milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def masked(n: int) -> str:
    """An invented number as lists show it."""
    return f"+7 999 •••-{n // 100 % 100:02d}-{n % 100:02d}"


class Clinic:
    """The live world of the dev server, with the ring of patches that made it."""

    def __init__(self, *, seed: int = 7, requests: int = 24) -> None:
        self.random = random.Random(seed)
        self.epoch = "1-1"
        self.seq = 0
        self.ring: deque[tuple[int, list[Op]]] = deque(maxlen=RING)
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in TABLES}
        self.numbers = 0
        self.cards: dict[str, int] = {}
        now = datetime.now(UTC)
        for index, (key, ru, en) in enumerate(OPERATORS):
            self.tables["operators"][key] = self._operator(key, ru, en, index, now)
        for key, (ru, en) in QUEUES.items():
            self.tables["queues"][key] = self._queue(key, ru, en)
        self.tables["lines"]["+73432270001"] = {"id": "+73432270001", "queue": "registry", "source": SOURCES[0]}
        self.tables["rules"]["rules"] = {
            "id": "rules", "version": 1, "skills": [], "outcomes": titled(OUTCOMES), "pause_reasons": titled(REASONS),
            "work": {"missed_call": {"weight": 50, "offer_s": 20}, "callback": {"weight": 100, "offer_s": 20}},
        }
        self.tables["pbxes"]["main"] = {"id": "main", "link": "live", "reason": "", "since": stamp(now)}
        for _ in range(requests):
            self._request(now)
        for key in ("klimov", "lapina"):
            self._busy(key, now)
        self._refresh()

    def _operator(self, key: str, ru: str, en: str, index: int, now: datetime) -> Row:
        state = STATES[index]
        voice = state if state in ("incall", "wrap_up") else "idle"
        presence = state if state in ("break", "not_responding", "offline") else "available"
        since = stamp(now - timedelta(seconds=45 + 200 * index))
        return {
            "id": key, "title": {"ru": ru, "en": en}, "extension": str(201 + index), "queues": ["registry", "dental", "children"][: 2 + index % 2],
            "presence": presence, "presence_reason": "lunch" if presence == "break" else "", "presence_since": since,
            "voice": voice, "voice_since": since, "reachable": True, "paused": presence == "break", "pauses": [],
            "phone": "desk", "web_phone": False, "page": "here", "skills": {}, "moved": False, "steered_by": "", "capacity": 100,
            "load": 0,
            "call": None, "wrap_up": None, "handled_today": 12 + 3 * index if presence != "offline" else 0,
            "talk_today_s": (130.0 + 17 * (index * 5 % 8)) * (12 + 3 * index) if presence != "offline" else 0.0,
        }

    def _queue(self, key: str, ru: str, en: str) -> Row:
        level, offered = {"registry": (71, 190), "dental": (88, 64), "children": (79, 41), "lab": (None, 0)}[key]
        return {
            "id": key, "title": {"ru": ru, "en": en}, "waiting": 0, "longest_since": None, "oldest": [], "free": 2, "talking": 2,
            "wrap_up": 1, "offered": offered, "answered": round(offered * 0.92), "in_level": round(offered * 0.7),
            "abandoned": round(offered * 0.06), "unanswered": round(offered * 0.02), "service_level": level, "service_level_s": 20,
            "target": 80, "average_wait_s": 19.0 if offered else None, "missed_open": 0,
        }

    def call_row(self, key: str, n: int, queue: str, phase: str, at: datetime, *, request: str) -> Row:
        return {
            "id": key, "pbx": "main", "direction": "inbound", "phone": masked(n) if n % 23 else "", "anonymous": n % 23 == 0,
            "dialled": "+73432270001", "source": SOURCES[n % 4], "queue": queue, "phase": phase, "started_at": stamp(at - timedelta(seconds=6)),
            "queued_at": stamp(at), "answered_at": None, "ended_at": None, "result": "in_progress", "wait_s": 0.0, "talk_s": 0.0,
            "legs": [], "visits": [], "others": [], "operator": None, "request": request, "ringing": [],
        }

    def _request(self, now: datetime, kind: str | None = None, queue: str | None = None) -> str:
        self.numbers += 1
        n = self.numbers
        kind = kind or self.random.choice(["missed_call", "missed_call", "call"])
        queue = queue or self.random.choice(["registry", "registry", "dental", "children"])
        at = now - timedelta(seconds=self.random.randint(5, 90) if kind == "call" else self.random.randint(60, 1500))
        key, call = f"r{n:05d}", f"c{n:05d}"
        row = {
            "id": key, "number": f"2026-{n:06d}", "kind": kind, "status": "queued", "queue": queue, "priority": 0,
            "due_at": stamp(at + timedelta(seconds=900)) if kind == "missed_call" else None, "owner": None,
            "phone": masked(n * 37) if n % 23 else "", "source": SOURCES[n % 4], "calls": [call] if kind == "call" else [],
            "outcome": "", "created_at": stamp(at), "since": stamp(at), "queued_at": stamp(at), "first_response_at": None,
            "closed_at": None, "postponed_until": None, "wrap_up_until": None, "version": 1, "attempts": 0,
        }
        if kind == "call":
            self.tables["calls"][call] = self.call_row(call, n * 37 if n % 23 else 0, queue, "queued", at, request=key)
        self.tables["requests"][key] = row
        return key

    def _busy(self, operator: str, now: datetime) -> None:
        key = self._request(now, "call", "registry")
        row = self.tables["requests"][key]
        call = self.tables["calls"][row["calls"][0]]
        call |= {"phase": "talking", "operator": operator, "answered_at": stamp(now - timedelta(seconds=90)), "legs": [
            {"operator": operator, "queue": "registry", "rang_at": stamp(now - timedelta(seconds=96)), "result": "answered",
             "answered_at": stamp(now - timedelta(seconds=90)), "left_at": None, "left_by": None, "talk_s": 0.0}]}
        row |= {"status": "in_progress", "owner": operator}
        self.tables["operators"][operator]["call"] = call["id"]

    def _refresh(self) -> list[Op]:
        ops: list[Op] = []
        for key, queue in self.tables["queues"].items():
            waits = sorted(call["queued_at"] for call in self.tables["calls"].values() if call["queue"] == key and call["phase"] == "queued")
            missed = sum(1 for one in self.tables["requests"].values() if one["kind"] == "missed_call" and one["queue"] == key)
            new = {**queue, "waiting": len(waits), "longest_since": waits[0] if waits else None, "missed_open": missed}
            if new != queue:
                self.tables["queues"][key] = new
                ops.append(["set", "queues", key, new])
        return ops

    def commit(self, ops: list[Op]) -> tuple[int, list[Op]]:
        """Apply operations as one numbered patch; queues' counters follow by themselves."""
        for op in ops:
            if op[0] == "set":
                self.tables[op[1]][op[2]] = op[3]
            else:
                self.tables[op[1]].pop(op[2], None)
        ops = ops + self._refresh()
        self.seq += 1
        self.ring.append((self.seq, ops))
        return self.seq, ops

    def put(self, table: str, key: str, **change: Any) -> Op:
        """A `set` of a row with some of its fields changed."""
        return ["set", table, key, {**self.tables[table][key], **change}]

    def restart(self) -> None:
        """Another engine took over: a new epoch, nothing to replay."""
        self.epoch = f"{int(self.epoch.split('-')[0]) + 1}-{self.seq}"
        self.seq = 0
        self.ring.clear()

    def since(self, epoch: str | None, seq: int) -> list[tuple[int, list[Op]]] | None:
        """The patches after `seq`, or None when only a snapshot helps."""
        if epoch != self.epoch or seq > self.seq or (self.seq > seq and (not self.ring or self.ring[0][0] > seq + 1)):
            return None
        return [patch for patch in self.ring if patch[0] > seq]

    def new_request(self, kind: str | None = None) -> list[Op]:
        """Somebody calls, or somebody was missed."""
        key = self._request(datetime.now(UTC), kind)
        row = self.tables["requests"].pop(key)
        ops: list[Op] = [["set", "requests", key, row]]
        for call in row["calls"]:
            ops.insert(0, ["set", "calls", call, self.tables["calls"].pop(call)])
        return ops

    def drop(self, key: str, **last: Any) -> list[Op]:
        """A request is closed and leaves, its calls with it."""
        row = self.tables["requests"][key]
        ops = [self.put("requests", key, status="done", **last), ["del", "requests", key]]
        return ops + [["del", "calls", call] for call in row["calls"] if call in self.tables["calls"]]

    def random_ops(self) -> list[Op]:
        """One ordinary thing happens: a new request, a change of one, the end of one, an operator's state."""
        keys = list(self.tables["requests"])
        choice = self.random.random()
        if choice < 0.25 or len(keys) < 20:
            return self.new_request()
        key = self.random.choice(keys)
        if choice < 0.5 and len(keys) > 12:
            return self.drop(key)
        if choice < 0.9:
            row = self.tables["requests"][key]
            owner = self.random.choice([None, "klimov", "sedova"])
            return [self.put("requests", key, owner=owner, status="in_progress" if owner else "queued", version=row["version"] + 1)]
        who = self.random.choice([key for key in self.tables["operators"] if key != "orlova"])
        return [self.put("operators", who, presence=self.random.choice(["available", "break"]), presence_since=stamp(datetime.now(UTC)))]
