"""SMS Aero: v2/sms/send with a login and a key; where it reports goes with each message (reference/channels.md 3.9)."""

from __future__ import annotations

import base64
from typing import Literal

from chat.channels import Hook
from chat.clouds.calling import Answer
from chat.clouds.reading import dig, digits, whole, words
from chat.hearing.facts import text
from chat.sms.gateway import Inbound, Post, Setting, Told, Wire, token_ill
from chat.sms.posting import fields, given
from chat.wire import Accepted, Sent, Undelivered, Unknown

BASE = "https://gate.smsaero.ru/v2"
ANSWER = ""
_STATES: dict[int, Sent] = {
    0: "sent", 1: "delivered", 2: "failed", 3: "sent", 4: "sent", 6: "failed", 8: "sent",
}  # fmt: skip
_MONEY, _STOP = ("money", "balance"), ("black", "stop")


class Aero(Wire):
    """The gateway."""

    name = "aero"
    resend: Literal["look", "ask"] = "ask"

    def __init__(self, setting: Setting) -> None:
        known = base64.b64encode(f"{setting.login}:{setting.key}".encode()).decode()
        super().__init__(setting, {"Authorization": f"Basic {known}"})

    async def send(self, id: str, phone: str, body: str) -> Accepted:
        """Send once. Raises Undelivered, Unknown."""
        form = {"number": phone.removeprefix("+"), "text": body, "sign": self.setting.sender}
        if self.setting.public_url:
            form |= {"callbackUrl": self.setting.public_url, "callbackFormat": "JSON"}
        answer = await self.sends("/sms/send", form=form)
        said = answer.tree()
        if said.get("success") is not True:
            raise _failure(answer, words(said.get("message")).lower())
        data = dig(said, "data", 0) or dig(said, "data")
        if not text(dig(data, "id")):
            raise Unknown("answer")
        return Accepted(provider_id=text(dig(data, "id")))

    async def status(self, id: str, phone: str) -> Told | None:
        """Ask what became of a message. Raises Undelivered."""
        said = await self.asks("/sms/status", form={"id": id})
        code = whole(dig(said, "data", "status"))
        return None if said.get("success") is not True or code is None else _told(id, code)

    def posts(self, hook: Hook) -> list[Post]:
        """Take what was posted: the fields of one message's status."""
        return [fields(given(hook))]

    def told(self, post: Post) -> Told | Inbound | str:
        """Read what was posted."""
        code = whole(post.get("status"))
        if not post.get("id") or code is None:
            return "empty"
        return _told(post["id"], code)

    async def balance(self) -> float | None:
        """Return what is left. Raises Undelivered."""
        left = dig(await self.asks("/balance", form={}), "data", "balance")
        return float(left) if isinstance(left, int | float) else None


def _told(id: str, code: int) -> Told:
    state: Sent = _STATES.get(code, "failed")
    error = "" if state != "failed" else "refused" if code == 6 else "unreachable"
    return Told(id=id, code=digits(code), state=state, error=error)


def _failure(answer: Answer, why: str) -> Undelivered:
    if answer.status == 402 or any(word in why for word in _MONEY):
        return token_ill("money")
    if any(word in why for word in _STOP):
        return Undelivered("blocked", unreachable=True)
    return Undelivered("refused")
