"""SMSC.ru: sys/send.php with an id of ours, by which one of unknown outcome is found (reference/channels.md 3.9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from chat.channels import Hook, Stranger
from chat.clouds.reading import digits, moment, same, whole
from chat.hearing.facts import fingerprint, text
from chat.hearing.facts import phone as e164
from chat.sms.gateway import AGAIN_S, Inbound, Post, Told, Wire, token_ill, too_often
from chat.sms.posting import charset, fields, given
from chat.wire import Accepted, Sent, Undelivered, Unknown

BASE = "https://smsc.ru"
ANSWER = "OK"
_STATES: dict[int, Sent] = {-1: "sent", 0: "sent", 1: "delivered", 2: "read", 4: "read"}
_FAILED = {3: "expired", 20: "unreachable", 22: "unreachable", 23: "refused", 24: "money", 25: "unreachable"}
_UNKNOWN_ID, _NOT_FOUND = 3, -3


class Smsc(Wire):
    """The gateway."""

    name = "smsc"
    resend: Literal["look", "ask"] = "look"

    async def send(self, id: str, phone: str, body: str) -> Accepted:
        """Send once. Raises Undelivered, Unknown."""
        form = {"phones": phone, "mes": body, "id": own(id), **self._known()}
        if self.setting.sender:
            form["sender"] = self.setting.sender
        said = (await self.sends("/sys/send.php", form=form)).tree()
        if (code := whole(said.get("error_code"))) is not None:
            raise _failure(code)
        if not text(said.get("id")):
            raise Unknown("answer")
        return Accepted(provider_id=text(said.get("id")))

    async def status(self, id: str, phone: str) -> Told | None:
        """Ask what became of a message. Raises Undelivered."""
        said = await self.asks("/sys/status.php", form={"phone": phone, "id": id, **self._known()})
        code, wrong = whole(said.get("status")), whole(said.get("error_code"))
        if wrong == _UNKNOWN_ID or code == _NOT_FOUND:
            return None
        if wrong is not None:
            raise _failure(wrong)
        return None if code is None else _told(id, code, said.get("last_timestamp"))

    def posts(self, hook: Hook) -> list[Post]:
        """Take apart what was posted. Raises Stranger when it is not proved by the word that was agreed upon."""
        said = given(hook)
        if self.setting.sign and not self._proves(said, charset(hook)):
            raise Stranger
        return [fields(said)]

    def _proves(self, said: Mapping[str, str], encoding: str) -> bool:
        """Say whether a post is proved; SMSC's sheet does not say in which charset its proof is made."""
        parts = ("id", "phone", "status") if "status" in said else ("phone", "mes", "to")
        words = ":".join([*(said.get(name, "") for name in parts), self.setting.sign])
        for proved in {words.encode(one, "replace") for one in (encoding, "utf-8")}:
            made = {"sha1": hashlib.sha1(proved), "md5": hashlib.md5(proved)}  # noqa: S324  # all SMSC offers
            if any(same(said.get(name), one.hexdigest()) for name, one in made.items()):
                return True
        return False

    def told(self, post: Post) -> Told | Inbound | str:
        """Read what was posted."""
        if "status" in post and post.get("id"):
            code = whole(post["status"])
            return "status" if code is None else _told(post["id"], code, post.get("time"))
        if post.get("phone") and "mes" in post:
            named = post.get("id") or post.get("sms_id")
            said = ":".join(post.get(name, "") for name in ("phone", "mes", "to", "time"))
            known = named or fingerprint(said.encode())
            return Inbound(id=known, phone=e164(post["phone"]), text=post["mes"], at=moment(post.get("time")))
        return post.get("type") or "empty"

    async def balance(self) -> float | None:
        """Return what is left. Raises Undelivered."""
        said = await self.asks("/sys/balance.php", form=self._known())
        if (code := whole(said.get("error_code"))) is not None:
            raise _failure(code)
        try:
            return float(text(said.get("balance")))
        except ValueError:
            return None

    def _known(self) -> dict[str, str]:
        key, login = self.setting.key, self.setting.login
        return {**({"login": login, "psw": key} if login else {"apikey": key}), "fmt": "3", "charset": "utf-8"}


def own(id: str) -> str:
    """Return our id as SMSC takes it: Latin letters and digits."""
    return id.replace("-", "")


def _told(id: str, code: int, at: object) -> Told:
    state: Sent = _STATES.get(code, "failed")
    error = "" if state != "failed" else _FAILED.get(code, "unreachable")
    return Told(id=id, code=digits(code), state=state, error=error, at=moment(at))


def _failure(code: int) -> Undelivered:
    if code in (2, 3, 4):
        return token_ill({2: "token", 3: "money", 4: "stopped"}[code])
    if code == 9:  # the same within a minute, or too many at once
        return too_often(60.0)
    if code in (7, 8):
        return Undelivered("unreachable", unreachable=True)
    return Undelivered("refused") if code != 5 else Undelivered("refused", retry_after_s=AGAIN_S)
