"""What every gateway of SMS does for us, whoever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from chat.channels import Hook
from chat.clouds.calling import Answer, Api
from chat.clouds.trouble import why
from chat.wire import Accepted, Sent, Undelivered, Unknown

AGAIN_S, TOKEN_AGAIN_S = 5.0, 60.0
Post = Mapping[str, str]
"""One thing a gateway tells, as it told it: its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a gateway is asked with: where it is, its key (and login), the approved sender's name, where it reports."""

    base: str
    key: str
    login: str = ""
    sender: str = ""
    proxy: str = ""
    sign: str = ""
    public_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a message of ours. `code` is the gateway's own."""

    id: str
    code: str
    state: Sent | None
    error: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message somebody sent to our rented number."""

    id: str
    phone: str
    text: str
    at: datetime | None = None


class Gateway(Protocol):
    """A gateway."""

    name: str
    resend: Literal["look", "ask"]

    async def send(self, id: str, phone: str, body: str) -> Accepted:
        """Send once: our id, the number in E.164, the text. Raises Undelivered, Unknown."""

    async def status(self, id: str, phone: str) -> Told | None:
        """Ask what became of a message, None when the gateway does not say. Raises Undelivered."""

    def posts(self, hook: Hook) -> list[Post]:
        """Take apart what was posted. Raises Stranger, ValueError."""

    def told(self, post: Post) -> Told | Inbound | str:
        """Read one of them; a word names what nobody knows, nothing what is no matter of people's."""

    async def balance(self) -> float | None:
        """Return what is left on the account, in its currency, None when it does not say. Raises Undelivered."""

    async def report_here(self) -> None:
        """Tell the gateway where it reports, where that can be told. Raises Undelivered."""

    async def close(self) -> None:
        """Let the connections go."""


class Wire:
    """The calls all gateways share.

    Args:
        setting: what the gateway is asked with.
        headers: what goes with each call.
    """

    def __init__(self, setting: Setting, headers: Mapping[str, str] | None = None) -> None:
        self.setting = setting
        self._api = Api(setting.base, headers=headers, proxy=setting.proxy)

    async def close(self) -> None:
        """Let the connections go."""
        await self._api.close()

    async def sends(self, path: str, *, form: Mapping[str, str] | None = None, json: Any = None) -> Answer:
        """Post something that goes out. Raises Undelivered, Unknown."""
        return refused(await self._api.call("POST", path, data=form, json=json))

    async def asks(self, path: str, *, form: Mapping[str, str] | None = None, json: Any = None) -> dict[str, Any]:
        """Ask for something: it changes nothing, so nothing is unknown. Raises Undelivered."""
        try:
            return (await self.sends(path, form=form, json=json)).tree()
        except Unknown as fault:
            raise Undelivered(why(fault), retry_after_s=AGAIN_S, counts=False) from None

    async def report_here(self) -> None:
        """Most gateways are told where they report in their own cabinet."""


def refused(answer: Answer) -> Answer:
    """Return an answer that is no refusal of the connection's own. Raises Undelivered, Unknown."""
    if answer.status in (401, 403):
        raise token_ill()
    if answer.status == 429:
        raise too_often(answer.retry_after_s)
    if answer.status >= 500:
        raise Unknown(f"http_{answer.status}")
    return answer


def token_ill(why: str = "token") -> Undelivered:
    """Say that the account itself is ill."""
    return Undelivered(why, retry_after_s=TOKEN_AGAIN_S, counts=False, account=True)


def too_often(wait_s: float | None = None) -> Undelivered:
    """Say that it is to be tried again later."""
    return Undelivered("rate", retry_after_s=wait_s or AGAIN_S, counts=False)
