"""Viber: a commercial bot's account, by webhook only (reference/channels.md 3.5).

No file of ours can be sent: Viber fetches them from a public address, and the clinic's files have none.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from chat.channels import Account, Hook, Lamp, Messenger, Posted, Stranger, messenger
from chat.clouds.calling import pause
from chat.clouds.reading import same, words
from chat.clouds.trouble import wait_s, why
from chat.hearing import viber as hearing
from chat.hearing.facts import text
from chat.saying import viber as saying
from chat.saying.settings import address, options
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered, Unknown
from okno.settings.directory import Strict

BASE = "https://chatapi.viber.com/pa"
_EVENTS = ["message", "subscribed", "unsubscribed", "conversation_started", "delivered", "seen", "failed"]
_DAY_S, _AGAIN_S, _LOOK_S = 24 * 3600, 5.0, 300.0


class Options(Strict):
    """What the settings say besides: who writes, as he sees it; `paid`: messages outside his session are paid for."""

    sender: str = Field(min_length=1, max_length=28)
    paid: bool = False


class Viber:
    """A bot's account.

    Args:
        account: what it is made with; its secret: `token`.
    """

    def __init__(self, account: Account) -> None:
        self.key, self._account = account.key, account
        self._options = options(account, Options)
        self._token = account.secrets["token"]
        self._bot = saying.Bot(address(account, BASE), self._token, account.settings.proxy)
        self._sooner = asyncio.Event()
        self._hooked, self._trouble = False, ""
        usual = Abilities(most_text=7000, receipts="read", window_s=_DAY_S, per_second=10.0)
        self.abilities = replace(usual, window_s=None) if self._options.paid else usual

    def posted(self, hook: Hook) -> Posted:
        """Take a callback. Raises Stranger."""
        proof = hmac.new(self._token.encode(), hook.raw, hashlib.sha256).hexdigest()
        if not same(hook.headers.get("x-viber-content-signature"), proof):
            raise Stranger
        event = hearing.event(hook.raw)
        return Posted(events=() if event is None else (event,))

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read a callback. Raises ValueError."""
        return hearing.envelopes(self.key, body)

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message. Raises Undelivered, Unknown."""
        if len(message.text) > self.abilities.most_text:
            raise Undelivered("too_long")
        if message.files:
            raise Undelivered("file")
        said = await self._bot.ask("send_message", {
            "receiver": message.peer.ext_user, "min_api_version": 1, "sender": {"name": self._options.sender},
            "type": "text", "text": message.text, "tracking_data": message.id,
        })  # fmt: skip
        if not (token := text(said.get("message_token"))):
            raise Unknown("answer")
        return Accepted(provider_id=token)

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        async for chunk in self._bot.file(words(ref.get("url"))):
            yield chunk

    async def run(self) -> None:
        """Keep the webhook, until cancelled."""
        while True:
            again_s = _LOOK_S
            try:
                await self._keep_hook()
                self._trouble = ""
            except (Undelivered, Unknown) as error:
                self._trouble, again_s = why(error), wait_s(error, _AGAIN_S)
            await pause(again_s, self._sooner)

    async def close(self) -> None:
        """Let the connections go."""
        await self._bot.close()

    async def _keep_hook(self) -> None:
        """Say where callbacks are to be posted; Viber tries the address during the call."""
        if not self._account.public_url:
            return
        if not self._hooked or not await self._there():
            told = {"url": self._account.public_url, "event_types": _EVENTS, "send_name": True, "send_photo": False}
            await self._bot.ask("set_webhook", told)
            self._hooked = True

    async def _there(self) -> bool:
        return words((await self._bot.ask("get_account_info", {})).get("webhook")) == self._account.public_url

    async def lamp(self) -> Lamp:
        """Look how the account is."""
        if not self._account.public_url:
            return Lamp(colour="red", why="no_address")
        try:
            there = await self._there()
        except (Undelivered, Unknown) as error:
            return Lamp(colour="red", why=why(error))
        if not there:
            self._sooner.set()
            return Lamp(colour="red", why="webhook_gone")
        return Lamp(colour="amber", why=self._trouble) if self._trouble else Lamp(colour="green")


@messenger("viber", secrets=("token",))
def viber(account: Account) -> Messenger:
    """Make an account of a bot. Raises BadAccount."""
    return Viber(account)
