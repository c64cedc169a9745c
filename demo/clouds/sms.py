"""Four gateways of SMS as a sender meets them, each in its own words: SMS.RU, SMSC, SMS Aero, MTS Exolve."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from demo.clouds.server import CloudServer, Letter, spelled

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# The same outcome in each gateway's own words.
CODES = {
    "smsru": {"sent": "102", "delivered": "103", "failed": "107", "expired": "104"},
    "smsc": {"sent": "0", "delivered": "1", "failed": "20", "expired": "3"},
    "aero": {"sent": "3", "delivered": "1", "failed": "2", "expired": "2"},
    "exolve": {"sent": "SENT", "delivered": "DELIVERED", "failed": "FAILED", "expired": "EXPIRED"},
}


@dataclass
class SentSms:
    """A message that was taken."""

    id: str
    phone: str
    text: str
    sender: str
    callback: str = ""
    state: str = "sent"


@dataclass(eq=False)
class SmsCloud(CloudServer):
    """The gateways, with one account at each: `key` (and `login`), `left` on it, and who wants no messages."""

    key: str = "test-key"
    login: str = "clinic"
    left: float = 1000.0
    stopped: set[str] = field(default_factory=set)
    sign: str = ""

    def __post_init__(self) -> None:
        super().__init__((0.05, 0.1, 0.2, 0.4))
        self.messages: list[SentSms] = []
        self.callbacks: list[str] = []
        self._count = 0

    def routes(self, app: web.Application) -> None:
        """Put each gateway's methods there."""
        app.add_routes([
            web.post("/sms/send", self._smsru_send), web.post("/sms/status", self._smsru_status),
            web.post("/my/balance", self._smsru_balance), web.post("/callback/get", self._smsru_callbacks),
            web.post("/callback/add", self._smsru_callbacks), web.post("/sys/send.php", self._smsc_send),
            web.post("/sys/status.php", self._smsc_status), web.post("/sys/balance.php", self._smsc_balance),
            web.post("/v2/sms/send", self._aero_send), web.post("/v2/sms/status", self._aero_status),
            web.post("/v2/balance", self._aero_balance), web.post("/messaging/v1/SendSMS", self._exolve_send),
            web.post("/finance/v1/GetBalance", self._exolve_balance),
        ])  # fmt: skip

    def _take(self, phone: str, text: str, sender: str, id: str = "", callback: str = "") -> SentSms:
        self._count += 1
        taken = SentSms(id or str(500_000 + self._count), "+" + phone.lstrip("+"), text, sender, callback)
        self.messages.append(taken)
        return taken

    def _of(self, id: str) -> SentSms | None:
        return next((one for one in reversed(self.messages) if one.id == id), None)

    # What is posted to us.

    def report(self, gateway: str, message: SentSms, state: str) -> Letter:
        """Say what became of a message, in the gateway's words."""
        message.state, code, now = state, CODES[gateway][state], str(int(time.time()))
        if gateway == "smsru":
            return self.lines(f"sms_status\n{message.id}\n{code}\n{now}")
        if gateway == "smsc":
            return self.proved({"id": message.id, "phone": message.phone, "status": code, "time": now})
        if gateway == "aero":
            told = {"id": int(message.id), "number": message.phone[1:], "status": int(code), "extendStatus": state}
            return Letter(body=spelled(told))
        told = {"message_id": message.id, "event_id": f"e{self._count}", "direction": "outgoing", "status": code}
        return Letter(body=spelled(told))

    def inbound(self, gateway: str, phone: str, text: str) -> Letter:
        """Let somebody write to the rented number."""
        self._count += 1
        if gateway == "smsc":
            told = {"phone": phone.lstrip("+"), "mes": text, "to": "79990009999", "time": str(int(time.time()))}
            return self.proved({**told, "id": str(self._count), "sms_id": ""})
        told = {"message_id": f"in{self._count}", "direction": "incoming", "number": phone.lstrip("+"), "text": text}
        return Letter(body=spelled({**told, "destination": "79990009999"}))

    def lines(self, *rows: str) -> Letter:
        """Return what SMS.RU posts, with its hash."""
        proof = hashlib.sha256((self.key + "".join(rows)).encode()).hexdigest()
        told = {f"data[{n}]": row for n, row in enumerate(rows)} | {"hash": proof}
        return Letter(body=urlencode(told).encode(), headers=_FORM)

    def proved(self, told: dict[str, str]) -> Letter:
        """Return what SMSC posts, proved by the word that was agreed upon."""
        if self.sign:
            parts = ("id", "phone", "status") if "status" in told else ("phone", "mes", "to")
            proof = ":".join([*(told[name] for name in parts), self.sign]).encode("utf-8", "replace")
            told = {**told, "sha1": hashlib.sha1(proof).hexdigest()}  # noqa: S324  # all SMSC offers
        return Letter(body=urlencode(told, errors="replace").encode(), headers=_FORM)

    async def tell(self, url: str, letter: Letter, copies: int = 1) -> list[asyncio.Task[bool]]:
        """Post to where reports go."""
        return [self.post(url, letter, lambda status, _: status == 200) for _ in range(copies)]

    # SMS.RU

    async def _smsru(self, request: web.Request) -> tuple[dict[str, str], web.Response | None]:
        told = {name: str(value) for name, value in (await request.post()).items()}
        known = told.get("api_id") == self.key
        return told, None if known else _json({"status": "ERROR", "status_code": 301, "status_text": "key"})

    async def _smsru_send(self, request: web.Request) -> web.Response:
        told, refused = await self._smsru(request)
        if refused is not None:
            return refused
        if self.left <= 0:
            return _json({"status": "ERROR", "status_code": 201})
        phone = told["to"]
        if f"+{phone}" in self.stopped:
            return _json({"status": "OK", "status_code": 100, "sms": {phone: {"status": "ERROR", "status_code": 209}}})
        taken = self._take(phone, told["msg"], told.get("from", ""))
        one = {"status": "OK", "status_code": 100, "sms_id": taken.id}
        return _json({"status": "OK", "status_code": 100, "sms": {phone: one}, "balance": self.left})

    async def _smsru_status(self, request: web.Request) -> web.Response:
        told, refused = await self._smsru(request)
        found = self._of(told["sms_id"])
        code = int(CODES["smsru"][found.state]) if found else -1
        sms = {told["sms_id"]: {"status": "OK", "status_code": code}}
        return refused or _json({"status": "OK", "status_code": 100, "sms": sms})

    async def _smsru_balance(self, request: web.Request) -> web.Response:
        _, refused = await self._smsru(request)
        return refused or _json({"status": "OK", "status_code": 100, "balance": self.left})

    async def _smsru_callbacks(self, request: web.Request) -> web.Response:
        told, refused = await self._smsru(request)
        if refused is None and "url" in told:
            self.callbacks.append(told["url"])
        return refused or _json({"status": "OK", "status_code": 100, "callback": self.callbacks})

    # SMSC

    async def _smsc(self, request: web.Request) -> tuple[dict[str, str], web.Response | None]:
        told = {name: str(value) for name, value in (await request.post()).items()}
        known = told.get("apikey") == self.key or (told.get("login"), told.get("psw")) == (self.login, self.key)
        return told, None if known else _json({"error": "authorise error", "error_code": 2})

    async def _smsc_send(self, request: web.Request) -> web.Response:
        told, refused = await self._smsc(request)
        if refused is not None:
            return refused
        if self.left <= 0:
            return _json({"error": "no money", "error_code": 3})
        if told["phones"] in self.stopped:
            return _json({"error": "cannot be delivered", "error_code": 8, "id": told["id"]})
        taken = self._take(told["phones"], told["mes"], told.get("sender", ""), told["id"])
        return _json({"id": taken.id, "cnt": 1})

    async def _smsc_status(self, request: web.Request) -> web.Response:
        told, refused = await self._smsc(request)
        found = self._of(told["id"])
        if found is None or found.phone != told["phone"]:
            return refused or _json({"error": "message not found", "error_code": 3})
        return refused or _json({"status": int(CODES["smsc"][found.state]), "last_timestamp": int(time.time())})

    async def _smsc_balance(self, request: web.Request) -> web.Response:
        _, refused = await self._smsc(request)
        return refused or _json({"balance": f"{self.left:.2f}"})

    # SMS Aero

    def _aero(self, request: web.Request) -> web.Response | None:
        known = base64.b64encode(f"{self.login}:{self.key}".encode()).decode()
        if request.headers.get("Authorization") == f"Basic {known}":
            return None
        why = "Your request was made with invalid credentials."
        return _json({"success": False, "data": None, "message": why}, 401)

    async def _aero_send(self, request: web.Request) -> web.Response:
        told = {name: str(value) for name, value in (await request.post()).items()}
        if (refused := self._aero(request)) is not None:
            return refused
        if self.left <= 0:
            return _json({"success": False, "data": None, "message": "Not enough money."}, 402)
        if f"+{told['number']}" in self.stopped:
            return _json({"success": False, "data": None, "message": "Number in blacklist."}, 400)
        taken = self._take(told["number"], told["text"], told["sign"], callback=told.get("callbackUrl", ""))
        data = {"id": int(taken.id), "number": told["number"], "status": 0, "extendStatus": "queue"}
        return _json({"success": True, "data": data, "message": None})

    async def _aero_status(self, request: web.Request) -> web.Response:
        told = await request.post()
        found = self._of(str(told["id"]))
        if found is None:
            return self._aero(request) or _json({"success": False, "data": None, "message": "Not found."}, 400)
        data = {"id": int(found.id), "status": int(CODES["aero"][found.state])}
        return self._aero(request) or _json({"success": True, "data": data, "message": None})

    async def _aero_balance(self, request: web.Request) -> web.Response:
        return self._aero(request) or _json({"success": True, "data": {"balance": self.left}, "message": None})

    # MTS Exolve

    def _exolve(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        return _json({"error": {"code": 16, "message": "unauthenticated"}}, 401)

    async def _exolve_send(self, request: web.Request) -> web.Response:
        told = await request.json()
        if (refused := self._exolve(request)) is not None:
            return refused
        if self.left <= 0:
            return _json({"error": {"code": 9, "message": "insufficient funds"}}, 400)
        if f"+{told['destination']}" in self.stopped:
            return _json({"error": {"code": 9, "message": "destination is in the stop list"}}, 400)
        return _json({"message_id": self._take(told["destination"], told["text"], told["number"]).id})

    async def _exolve_balance(self, request: web.Request) -> web.Response:
        return self._exolve(request) or _json({"balance": f"{self.left:.2f}"})


def _json(told: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(told, status=status)


def gateways() -> Sequence[str]:
    """Return what the gateways are called."""
    return tuple(CODES)
