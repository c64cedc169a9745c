"""MAX: a bot's account, by webhook or by long poll (reference/channels.md 3.2)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from chat.channels import Account, Hook, Lamp, Messenger, Posted, RawEvent, Stranger, messenger
from chat.clouds import trust
from chat.clouds.beside import Beside
from chat.clouds.max_api import BASE, MaxApi, since_ms
from chat.clouds.max_line import MaxLine
from chat.clouds.reading import dig, digits, objects, same, whole, words
from chat.hearing import max as hearing
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered, Unknown
from okno import clock
from okno.settings.directory import Strict

ASK_PHONE = "ask_phone"
_MOST_FILE = 200 << 20
_AGAIN_S = 5.0
_ENDING = timedelta(days=30)
_SECRET = re.compile(r"[A-Za-z0-9_-]{5,256}")
_CHORES = 1000


class Options(Strict):
    """What the settings say besides.

    `mode`: how updates come (default: webhook when there is a public address). `authorities`: a PEM file that replaces
    the Russian authorities of this release. `phone_button`: the words of the button that gives his number.
    """

    mode: Literal["webhook", "poll"] | None = None
    authorities: str = ""
    phone_button: str = ""


class Max:
    """A bot's account.

    Args:
        account: what it is made with; secrets: `token` of the bot and `secret` of the webhook.

    Raises:
        ValueError: a setting cannot be; it names the setting.
    """

    abilities = Abilities(
        most_text=4000, most_file=_MOST_FILE, reply=True, edit=True, delete=True, typing=True, read=True,
        per_second=30.0, per_peer_s=0.5, resend="look",
    )  # fmt: skip

    def __init__(self, account: Account) -> None:
        self.key, self._account = account.key, account
        self._options = Options.model_validate(account.settings.options)
        self._token, self._secret = account.secrets["token"], account.secrets["secret"]
        if not _SECRET.fullmatch(self._secret):
            raise ValueError(f"{self.key}: secrets.secret is 5 to 256 of A-Z a-z 0-9 _ -")
        given = self._options.authorities
        self._authorities = account.setup.runtime.path(Path(given)) if given else trust.RUSSIAN
        self._api = MaxApi(
            account.settings.address or BASE, self._token, proxy=account.settings.proxy,
            trust=trust.context(self._authorities),
        )  # fmt: skip
        self._chores: deque[tuple[str, str, dict[str, str], Any]] = deque(maxlen=_CHORES)
        self._beside = Beside(self.key, self._do_chores)
        polled = (self._options.mode or ("webhook" if account.public_url else "poll")) == "poll"
        if not polled and not account.public_url:
            raise ValueError(f"{self.key}: options.mode is webhook, and chat.public_url says nothing")
        if not polled and not self._api.http.near and not _postable(account.public_url):
            raise ValueError(f"{self.key}: MAX posts to https and port 443 only; chat.public_url is another")
        self._line = MaxLine(account, self._api, self._secret, polled, self._heard)

    def posted(self, hook: Hook) -> Posted:
        """Take a webhook's update. Raises Stranger."""
        if not same(hook.headers.get("x-max-bot-api-secret"), self._secret):
            raise Stranger
        if hook.method != "POST":
            raise Stranger(405)
        try:
            return Posted(events=self._heard(hearing.update(hook.raw), hook.raw))
        except ValueError:
            return Posted(events=(hearing.unread(hook.raw),))

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read an update. Raises ValueError."""
        return hearing.envelopes(self.key, self._token, body)

    def _heard(self, tree: dict[str, Any], raw: bytes) -> tuple[RawEvent, ...]:
        """Return what is kept of an update: of a group nothing, for nobody there has written to us."""
        if chat := hearing.group(tree):
            self._chore("DELETE", f"/chats/{chat}/members/me", {})
            return ()
        if id := hearing.pressed(tree):
            self._chore("POST", "/answers", {"callback_id": id}, {"notification": "\N{WHITE HEAVY CHECK MARK}"})
        return (hearing.event(tree, raw),)

    def _chore(self, method: str, path: str, query: dict[str, str], told: Any = None) -> None:
        self._chores.append((method, path, query, told))
        self._beside.wake()

    async def _do_chores(self) -> None:
        while self._chores:
            chore = self._chores.popleft()
            with suppress(Undelivered, Unknown):  # the group's next message asks again; a button's wheel ends by itself
                await self._api.ask(*chore)

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message. Raises Undelivered, Unknown."""
        if len(message.text) > self.abilities.most_text:
            raise Undelivered("too_long")
        if any(len(file.content) > _MOST_FILE for file in message.files):
            raise Undelivered("too_big")
        given = [await self._api.bring(file) for file in message.files]
        told: dict[str, Any] = {"text": message.text, "notify": True, "attachments": [*given, *self._keyboard(message)]}
        if message.reply_to:
            told["link"] = {"type": "reply", "mid": message.reply_to}
        came = await self._api.say(_to(message), told, next((one["type"] for one in given), ""))
        return _accepted(came.get("message"))

    def _keyboard(self, message: Outgoing) -> list[dict[str, Any]]:
        template = message.template or {}
        button = words(template.get("button"), 128) or self._options.phone_button or "\N{BLACK TELEPHONE}"
        if template.get("name") != ASK_PHONE:
            return []
        rows = [[{"type": "request_contact", "text": button}]]
        return [{"type": "inline_keyboard", "payload": {"buttons": rows}}]

    async def look(self, message: Outgoing, since: datetime) -> Accepted | None:
        """Look for a message of ours in the dialog, sent after `since`: minutes after, when files went before it.

        Raises:
            Undelivered: MAX does not say.
        """
        try:
            newest = await self._api.newest(message.peer.ext_chat)
        except Unknown:
            raise Undelivered("offline", retry_after_s=_AGAIN_S, counts=False) from None
        first = since_ms(since + self._api.ahead - timedelta(seconds=2))
        known = message.extra.get("known", ())  # whoever says the same twice has two messages
        for one in reversed(newest):
            if dig(one, "body", "mid") in known:
                continue
            ours = dig(one, "sender", "is_bot") is True and dig(one, "body", "text") == message.text
            files = [file for file in objects(dig(one, "body", "attachments")) if file.get("type") != "inline_keyboard"]
            if ours and len(files) == len(message.files) and first <= (whole(one.get("timestamp")) or 0):
                return _accepted(one)
        return None

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        url = words(ref.get("url"), 4000)
        if token := words(ref.get("video"), 4000):
            url = await self._api.video(token)
        async for chunk in self._api.http.file(url):
            yield chunk

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """Change a message of ours. Raises Undelivered, Unknown."""
        done = await self._api.ask("PUT", "/messages", {"message_id": provider_id}, {"text": message.text})
        _succeeded(done)

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """Take a message of ours back. Raises Undelivered, Unknown."""
        _succeeded(await self._api.ask("DELETE", "/messages", {"message_id": provider_id}))

    async def typing(self, message: Outgoing) -> None:
        """Show him that we type. Raises Undelivered, Unknown."""
        await self._act(message, "typing_on")

    async def read_up_to(self, message: Outgoing) -> None:
        """Show him that we have read. Raises Undelivered, Unknown."""
        await self._act(message, "mark_seen")

    async def _act(self, message: Outgoing, action: str) -> None:
        if chat := digits(message.peer.ext_chat):
            await self._api.ask("POST", f"/chats/{chat}/actions", None, {"action": action})

    async def run(self) -> None:
        """Poll or watch the subscription, leave groups, until cancelled."""
        await self._line.run()

    async def close(self) -> None:
        """Leave what goes on beside, and let the connections go."""
        await self._beside.stop()
        await self._api.http.close()

    async def lamp(self) -> Lamp:
        """Ask MAX whether we are subscribed, and look when its authorities end."""
        lamp = await self._line.lamp()
        if lamp.colour == "green" and trust.ends(self._authorities) - clock.now() < _ENDING:
            return Lamp(colour="amber", why="authorities_end")
        return lamp


def _postable(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.port in (None, 443)


def _to(message: Outgoing) -> dict[str, str]:
    user, chat = digits(message.peer.ext_user), digits(message.peer.ext_chat)
    if not user and not chat:
        raise Undelivered("unreachable", unreachable=True)
    return {"user_id": user} if user else {"chat_id": chat}


def _accepted(message: Any) -> Accepted:
    mid, order = words(dig(message, "body", "mid"), 200), digits(dig(message, "body", "seq"))
    if not mid:
        raise Unknown("answer")
    return Accepted(provider_id=mid, order=int(order) if order else None)


def _succeeded(told: dict[str, Any]) -> None:
    if told.get("success") is False:
        raise Undelivered("refused")


@messenger("max", secrets=("token", "secret"))
def open_max(account: Account) -> Messenger:
    """Make a bot's account. Raises ValueError: a setting cannot be."""
    return Max(account)
