"""MTS Exolve: SendSMS with a bearer key, from a number of ours; JSON posted back (reference/channels.md 3.9)."""

from __future__ import annotations

from typing import Literal

from chat.channels import Hook
from chat.clouds.calling import Answer
from chat.clouds.reading import dig, words
from chat.hearing.facts import phone as e164
from chat.hearing.facts import text
from chat.sms.gateway import Inbound, Post, Setting, Told, Wire, token_ill
from chat.sms.posting import fields, given
from chat.wire import Accepted, Sent, Undelivered, Unknown

BASE = "https://api.exolve.ru"
ANSWER = ""
# The last word of a status: SENT, MESSAGE_STATUS_DELIVERED …
_STATES: dict[str, Sent] = {
    "accepted": "sent", "queued": "sent", "sent": "sent", "sending": "sent", "delivered": "delivered", "read": "read",
    "failed": "failed", "expired": "failed", "rejected": "failed", "undelivered": "failed", "undeliverable": "failed",
}  # fmt: skip
_WORDS = {"expired": "expired", "rejected": "refused"}
_MONEY, _STOP = ("balance", "money", "funds"), ("stop list", "stop-list", "blacklist")


class Exolve(Wire):
    """The gateway."""

    name = "exolve"
    resend: Literal["look", "ask"] = "ask"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting, {"Authorization": f"Bearer {setting.key}"})

    async def send(self, id: str, phone: str, body: str) -> Accepted:
        """Send once. Raises Undelivered, Unknown."""
        told = {"number": self.setting.sender, "destination": phone.removeprefix("+"), "text": body}
        answer = await self.sends("/messaging/v1/SendSMS", json=told)
        said = answer.tree()
        sent = text(said.get("message_id")) or text(said.get("messageId"))
        if answer.status >= 400 or dig(said, "error"):
            raise _failure(answer, words(dig(said, "error", "message")).lower())
        if not sent:
            raise Unknown("answer")
        return Accepted(provider_id=sent)

    async def status(self, id: str, phone: str) -> Told | None:
        """Say nothing: what became of a message is posted only."""
        return None

    def posts(self, hook: Hook) -> list[Post]:
        """Take what was posted."""
        return [fields(given(hook))]

    def told(self, post: Post) -> Told | Inbound | str:
        """Read what was posted: a status of ours, or somebody's message to a number of ours."""
        id = post.get("message_id") or post.get("messageId") or post.get("event_id") or ""
        status = (post.get("status") or post.get("delivery_status") or "").lower().rpartition("_")[2]
        if "text" in post and ("in" in post.get("direction", "").lower() or not status):
            who = post.get("number") or post.get("sender") or ""
            return Inbound(id=id, phone=e164(who), text=post["text"]) if id and who else "empty"
        if not id or status not in _STATES:
            return status or "empty"
        state = _STATES[status]
        error = _WORDS.get(status, "unreachable") if state == "failed" else ""
        return Told(id=id, code=status, state=state, error=error)

    async def balance(self) -> float | None:
        """Return what is left. Raises Undelivered."""
        left = text((await self.asks("/finance/v1/GetBalance", json={})).get("balance"))
        try:
            return float(left)
        except ValueError:
            return None


def _failure(answer: Answer, why: str) -> Undelivered:
    if answer.status == 402 or any(word in why for word in _MONEY):
        return token_ill("money")
    if any(word in why for word in _STOP):
        return Undelivered("blocked", unreachable=True)
    return Undelivered("refused")
