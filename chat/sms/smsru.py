"""SMS.RU: POST sms/send, statuses posted as lines, answered by 100 (reference/channels.md 3.9)."""

from __future__ import annotations

import hashlib
from typing import Literal

from chat.channels import Hook, Stranger
from chat.clouds.reading import dig, digits, moment, objects, same, whole, words
from chat.hearing.facts import text
from chat.sms.gateway import Inbound, Post, Told, Wire, token_ill, too_often
from chat.sms.posting import fields, given
from chat.wire import Accepted, Sent, Undelivered, Unknown

BASE = "https://sms.ru"
ANSWER = "100"
_MOST = 100
_STATES: dict[int, Sent] = {100: "sent", 101: "sent", 102: "sent", 103: "delivered", 110: "read"}
_ACCOUNT = {
    200: "token", 300: "token", 301: "token", 302: "token", 201: "money", 204: "sender", 217: "sender", 221: "sender",
}  # fmt: skip
_RATE = {206: 3600.0, 220: 60.0, 230: 3600.0, 231: 60.0, 500: 60.0}
_PERSON = {202: "unreachable", 207: "unreachable", 209: "blocked", 215: "blocked", 150: "unreachable"}
_WORDS = {205: "too_long", 216: "words", 232: "same", 233: "same"}


class SmsRu(Wire):
    """The gateway."""

    name = "smsru"
    resend: Literal["look", "ask"] = "ask"

    async def send(self, id: str, phone: str, body: str) -> Accepted:
        """Send once. Raises Undelivered, Unknown."""
        form = {"to": phone.removeprefix("+"), "msg": body, **self._known()}
        if self.setting.sender:
            form["from"] = self.setting.sender
        said = (await self.sends("/sms/send", form=form)).tree()
        _check(whole(said.get("status_code")))
        one = next(iter(objects(list((dig(said, "sms") or {}).values()))), None)
        if one is None:
            raise Unknown("answer")
        _check(whole(one.get("status_code")))
        sent = text(one.get("sms_id"))
        if not sent:
            raise Unknown("answer")
        return Accepted(provider_id=sent)

    async def status(self, id: str, phone: str) -> Told | None:
        """Ask what became of a message. Raises Undelivered."""
        said = await self.asks("/sms/status", form={"sms_id": id, **self._known()})
        code = whole(dig(said, "sms", id, "status_code"))
        return None if code is None or code < 0 else _told(id, code)

    def posts(self, hook: Hook) -> list[Post]:
        """Take apart what was posted: data[0], data[1] … of lines. Raises Stranger when its hash is of another key."""
        said = given(hook)
        rows = [said[name] for name in (f"data[{n}]" for n in range(_MOST)) if name in said]
        proof = hashlib.sha256((self.setting.key + "".join(rows)).encode("utf-8", "replace")).hexdigest()
        if said.get("hash") and not same(said["hash"], proof):
            raise Stranger
        return [fields({"data": row}) for row in rows]

    def told(self, post: Post) -> Told | Inbound | str:
        """Read one of them."""
        what, *lines = post["data"].split("\n")
        if what == "callcheck_status":  # a call that confirms a number: not used here
            return ""
        code = whole(lines[1]) if what == "sms_status" and len(lines) > 1 else None
        if code is None or not lines[0]:
            return what or "empty"
        return _told(words(lines[0]), code, lines[2] if len(lines) > 2 else "")

    async def balance(self) -> float | None:
        """Return what is left. Raises Undelivered."""
        said = await self.asks("/my/balance", form=self._known())
        _check(whole(said.get("status_code")))
        left = said.get("balance")
        return float(left) if isinstance(left, int | float) else None

    async def report_here(self) -> None:
        """Add our address to those it reports to, unless it is there. Raises Undelivered."""
        if not self.setting.public_url:
            return
        said = await self.asks("/callback/get", form=self._known())
        _check(whole(said.get("status_code")))
        if self.setting.public_url not in (said.get("callback") or ()):
            added = await self.asks("/callback/add", form={"url": self.setting.public_url, **self._known()})
            _check(whole(added.get("status_code")))

    def _known(self) -> dict[str, str]:
        return {"api_id": self.setting.key, "json": "1"}


def _told(id: str, code: int, at: str = "") -> Told:
    state: Sent = _STATES.get(code, "failed")
    error = "" if state != "failed" else "expired" if code == 104 else _PERSON.get(code, "unreachable")
    return Told(id=id, code=digits(code), state=state, error=error, at=moment(at))


def _check(code: int | None) -> None:
    """Raises Undelivered, Unknown for any code but that of success."""
    if code == 100:
        return
    if code is None:
        raise Unknown("answer")
    if code in _ACCOUNT:
        raise token_ill(_ACCOUNT[code])
    if code in _RATE:
        raise too_often(_RATE[code])
    if code in _PERSON:
        raise Undelivered(_PERSON[code], unreachable=True)
    raise Undelivered(_WORDS.get(code, "refused"))
