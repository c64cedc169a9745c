"""Telegram: a bot's account, by webhook or by long poll, straight or by a proxy (reference/channels.md 3.1)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field, IPvAnyNetwork

from chat.channels import Account, Hook, Lamp, Messenger, Posted, Stranger, messenger
from chat.clouds.beside import Beside
from chat.clouds.calling import pause
from chat.clouds.reading import dig, moment, objects, same, whole, words
from chat.clouds.trouble import wait_s, why
from chat.hearing import telegram as hearing
from chat.hearing.facts import text
from chat.saying import telegram as saying
from chat.saying.settings import address, options, within
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered, Unknown
from okno import clock
from okno.database import DatabaseDown
from okno.settings.directory import Strict

BASE = "https://api.telegram.org"
ASK_PHONE = "ask_phone"
_ALLOWED = ["callback_query", "edited_message", "message", "my_chat_member"]
_CAPTION, _CHORES = 1024, 1000
_POLL_S, _ANSWER_S, _AGAIN_S, _LOOK_S = 50, 65.0, 5.0, 60.0
_BEHIND, _RECENT = 50, timedelta(minutes=10)


class Options(Strict):
    """What the settings say besides.

    `mode` is how updates come: by webhook where the clinic has a public address, by long poll where it has none.
    `connections` are Telegram's to the webhook, `addresses` where they come from (none: anywhere; the secret decides).
    `phone_button` is written on the button that asks for his number.
    """

    mode: Literal["webhook", "poll"] | None = None
    connections: int = Field(40, ge=1, le=100)
    addresses: tuple[IPvAnyNetwork, ...] = ()
    phone_button: str = Field("☎", min_length=1, max_length=60)


class Telegram:
    """A bot's account.

    Args:
        account: what it is made with; its secrets: `token`, and `hook` where the webhook's is not to be made of that.
    """

    abilities = Abilities(
        most_text=4096, most_file=saying.MOST_FILE, reply=True, edit=True, delete=True, typing=True, per_second=25.0,
        per_peer_s=1.0,
    )  # fmt: skip

    def __init__(self, account: Account) -> None:
        self.key, self._account, token = account.key, account, account.secrets["token"]
        self._options = options(account, Options)
        self._bot = saying.Bot(address(account, BASE), token, account.settings.proxy)
        made = hmac.new(token.encode(), b"okno.hook:" + account.key.encode(), hashlib.sha256).hexdigest()
        self._hook = account.secrets.get("hook") or made
        self._chores: deque[tuple[str, str, str]] = deque(maxlen=_CHORES)
        self._beside = Beside(self.key, self._do_chores)
        self._sooner = asyncio.Event()
        self._hooked, self._trouble = False, ""

    @property
    def polled(self) -> bool:
        """Whether updates are asked for rather than posted."""
        return (self._options.mode or ("webhook" if self._account.public_url else "poll")) == "poll"

    def posted(self, hook: Hook) -> Posted:
        """Take a webhook's update. Raises Stranger."""
        if not same(hook.headers.get("x-telegram-bot-api-secret-token"), self._hook):
            raise Stranger
        if hook.method != "POST":
            raise Stranger(405)
        if not within(hook.address, self._options.addresses):
            raise Stranger(403)
        self._note(hook.raw)
        return Posted(events=(hearing.event(hook.raw),))

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read an update. Raises ValueError."""
        return hearing.envelopes(self.key, body)

    def _note(self, raw: bytes) -> None:
        """Note what is to be done besides: a group is left, the press of a button answered."""
        for chore in (
            ("leaveChat", "chat_id", hearing.group(raw)),
            ("answerCallbackQuery", "callback_query_id", hearing.pressed(raw)),
        ):
            if chore[2]:
                self._chores.append(chore)
                self._beside.wake()

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message. Raises Undelivered, Unknown."""
        if len(message.text) > self.abilities.most_text:
            raise Undelivered("too_long")
        chat = {"chat_id": _chat(message)}
        told = {**chat, **saying.reply_to(message.reply_to)}
        if not message.files:
            asked = dig(message.template, "name") == ASK_PHONE
            title = words(dig(message.template, "button"), 60) or self._options.phone_button
            button = saying.phone_button(title) if asked else {}
            return saying.accepted(await self._bot.ask("sendMessage", {**told, **button, "text": message.text}))
        caption = message.text if len(message.text) <= _CAPTION else ""
        fields = saying.as_form({**told, "caption": caption} if caption else told)
        sent = await self._bot.upload(message.files[0], fields)
        if message.text and not caption:
            try:
                sent = await self._bot.ask("sendMessage", {**chat, "text": message.text})
            except Undelivered:  # the file is there already: sent again, it would be there twice
                raise Unknown("partly") from None
        return saying.accepted(sent)

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """Change a message of ours. Raises Undelivered, Unknown."""
        which = _which(provider_id)
        try:
            try:
                await self._bot.ask("editMessageText", {**which, "text": message.text})
            except Undelivered as error:
                if error.code != "no_text":
                    raise
                await self._bot.ask("editMessageCaption", {**which, "caption": message.text})
        except Undelivered as error:
            if error.code != "same":
                raise

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """Take a message of ours back. Raises Undelivered, Unknown."""
        await self._bot.ask("deleteMessage", _which(provider_id))

    async def typing(self, message: Outgoing) -> None:
        """Show him that we type, for five seconds. Raises Undelivered, Unknown."""
        await self._bot.ask("sendChatAction", {"chat_id": _chat(message), "action": "typing"})

    async def read_up_to(self, message: Outgoing) -> None:
        """Telegram shows nobody what a bot has read."""

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        async for chunk in self._bot.file(text(ref.get("file_id"))):
            yield chunk

    async def run(self) -> None:
        """Poll or keep the webhook, until cancelled."""
        await (self._poll() if self.polled else self._keep_hook())

    async def close(self) -> None:
        """Leave the chores, and let the connections go."""
        await self._beside.stop()
        await self._bot.close()

    async def _do_chores(self) -> None:
        while self._chores:
            method, name, id = self._chores.popleft()
            with suppress(Undelivered, Unknown):  # neither is worth a second try: a group's comes up again by itself
                await self._bot.ask(method, {name: id})

    async def _keep_hook(self) -> None:
        while True:
            again_s = _LOOK_S
            try:
                await self._set_hook(await self._bot.ask("getWebhookInfo", {}))
                self._trouble = ""
            except (Undelivered, Unknown) as error:
                self._trouble, again_s = why(error), wait_s(error, _AGAIN_S)
            await pause(again_s, self._sooner)

    async def _set_hook(self, info: Any) -> None:
        """Say where updates are to be posted: once at the start, and whenever Telegram says otherwise."""
        if self._hooked and dig(info, "url") == self._account.public_url:
            return
        await self._bot.ask("setWebhook", {
            "url": self._account.public_url, "secret_token": self._hook, "allowed_updates": _ALLOWED,
            "max_connections": self._options.connections, "drop_pending_updates": False,
        })  # fmt: skip
        self._hooked = True

    async def _poll(self) -> None:
        offset: int | None = None
        while True:
            try:
                if offset is None:
                    offset = whole((await self._account.cursor()).get("offset")) or 0
                if updates := objects(await self._updates(offset)):
                    offset = await self._kept(updates)
                self._trouble = ""
            except (Undelivered, Unknown) as error:
                self._trouble = why(error)
                if self._trouble == "webhook_there":
                    with suppress(Undelivered, Unknown):  # asked again at the next refusal
                        await self._bot.ask("deleteWebhook", {"drop_pending_updates": False})
                await pause(wait_s(error, _AGAIN_S), self._sooner)
            except DatabaseDown:  # nothing was confirmed: Telegram tells it again
                await pause(_AGAIN_S, self._sooner)

    async def _updates(self, offset: int) -> Any:
        told = {"timeout": _POLL_S, "limit": 100, "allowed_updates": _ALLOWED}
        return await self._bot.ask("getUpdates", {**told, "offset": offset} if offset else told, answer_s=_ANSWER_S)

    async def _kept(self, updates: Sequence[dict[str, Any]]) -> int:
        """Keep updates and return from where on the next are wanted: asking for them deletes these.

        Raises DatabaseDown.
        """
        bodies = [json.dumps(update).encode() for update in updates]
        await self._account.keep([hearing.event(body) for body in bodies])
        for body in bodies:
            self._note(body)
        offset = max(whole(update.get("update_id")) or 0 for update in updates) + 1
        await self._account.set_cursor({"offset": offset})
        return offset

    def poll_now(self) -> None:
        """Do not wait for the next try."""
        self._sooner.set()

    async def lamp(self) -> Lamp:
        """Look how the account is."""
        try:
            info = await self._bot.ask("getWebhookInfo", {})
        except (Undelivered, Unknown) as error:
            return Lamp(colour="red", why=why(error))
        if not self.polled and words(dig(info, "url")) != self._account.public_url:
            self.poll_now()
            return Lamp(colour="red", why="webhook_gone")
        if self._trouble:
            return Lamp(colour="red" if self._trouble == "other_reader" else "amber", why=self._trouble)
        if (whole(dig(info, "pending_update_count")) or 0) > _BEHIND:
            return Lamp(colour="amber", why="behind")
        failed_at = moment(dig(info, "last_error_date"))
        if failed_at and not self.polled and clock.now() - failed_at < _RECENT:
            return Lamp(colour="amber", why="webhook_errors")
        return Lamp(colour="green")


def _chat(message: Outgoing) -> str:
    return message.peer.ext_chat or message.peer.ext_user


def _which(provider_id: str) -> dict[str, Any]:
    chat, _, number = provider_id.partition(":")
    return {"chat_id": chat, "message_id": whole(number)}


@messenger("telegram", secrets=("token",), may=("hook",))
def telegram(account: Account) -> Messenger:
    """Make an account of a bot. Raises BadAccount."""
    return Telegram(account)
