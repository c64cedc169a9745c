"""WhatsApp Cloud: a number of the clinic's at Meta, by webhook only (reference/channels.md 3.4).

Written to is who wrote within a day; afterwards only by a template that Meta has approved.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from chat.channels import Account, Hook, Lamp, Messenger, Posted, Stranger, messenger
from chat.clouds.reading import dig, moment, same, words
from chat.hearing import whatsapp as hearing
from chat.hearing.facts import text
from chat.saying import whatsapp as saying
from chat.saying.settings import address, options
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered, Unknown
from okno import clock
from okno.settings.directory import Strict, Title

BASE = "https://graph.facebook.com"
_CAPTION, _DAY_S = 1024, 24 * 3600
_STRANGE_FOR, _TOKEN_ENDS = timedelta(hours=1), timedelta(days=7)


class Template(Strict):
    """A template that Meta has approved; `text` is what stands in it, `{{1}}` for its first value."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str = Field("ru", pattern=r"^[a-z]{2}(_[A-Z]{2})?$")
    title: Title = Field(default_factory=dict)
    text: str = Field("", max_length=1024)


class Options(Strict):
    """What the settings say besides: the number's id at Meta, the app's (its token is watched), the API's version."""

    number: str = Field(pattern=r"^[0-9]{5,30}$")
    app: str = Field("", pattern=r"^[0-9]{0,30}$")
    version: str = Field("v23.0", pattern=r"^v[0-9]{2}\.[0-9]$")
    templates: tuple[Template, ...] = ()


class WhatsApp:
    """A number's account.

    Args:
        account: what it is made with; its secrets: `token` (a system user's), `app` (proves what is posted) and
            `verify` (what Meta says when it first asks for the webhook).
    """

    abilities = Abilities(
        most_text=4096, most_file=saying.MOST_FILE, reply=True, typing=True, read=True, receipts="read",
        window_s=_DAY_S, templates=True, per_second=40.0, per_peer_s=6.0,
    )  # fmt: skip

    def __init__(self, account: Account) -> None:
        self.key, self._account = account.key, account
        self._options = options(account, Options)
        base = f"{address(account, BASE)}/{self._options.version}"
        secrets = account.secrets
        self._number = saying.Number(base, self._options.number, secrets["token"], account.settings.proxy)
        self._strange_at: datetime | None = None

    def posted(self, hook: Hook) -> Posted:
        """Take a webhook's post, or Meta's first question. Raises Stranger."""
        if hook.method == "GET":
            asked = hook.query.get("hub.mode") == "subscribe"
            if not asked or not same(hook.query.get("hub.verify_token"), self._account.secrets["verify"]):
                raise Stranger(403)
            return Posted(answer=hook.query.get("hub.challenge", "")[:200])
        proof = hmac.new(self._account.secrets["app"].encode(), hook.raw, hashlib.sha256).hexdigest()
        if not same(hook.headers.get("x-hub-signature-256"), f"sha256={proof}"):
            raise Stranger
        events, strange = hearing.events(hook.raw, self._options.number)
        if strange:
            self._strange_at = clock.now()
        return Posted(events=events)

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read a kept event. Raises ValueError."""
        return hearing.envelopes(self.key, body)

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message. Raises Undelivered, Unknown."""
        if len(message.text) > self.abilities.most_text:
            raise Undelivered("too_long")
        told = _told(message)
        if message.template is not None:
            return saying.accepted(await self._number.write({**told, **self._template(message.template)}))
        words_part = {"type": "text", "text": {"body": message.text, "preview_url": False}}
        if not message.files:
            return saying.accepted(await self._number.write({**told, **words_part}))
        part = await self._number.upload(message.files[0])
        captioned = bool(message.text) and len(message.text) <= _CAPTION and part["type"] != "audio"
        if captioned:
            part[part["type"]]["caption"] = message.text
        sent = await self._number.write({**told, **part})
        if message.text and not captioned:
            try:
                sent = await self._number.write({**told, **words_part})
            except Undelivered:  # the file is there already: sent again, it would be there twice
                raise Unknown("partly") from None
        return saying.accepted(sent)

    def _template(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a message that is a template. Raises Undelivered: the settings have none such."""
        name, language = chosen.get("name"), chosen.get("language")
        found = next((one for one in self._options.templates if (one.name, one.language) == (name, language)), None)
        if found is None:
            raise Undelivered("template")
        return saying.template_of(chosen, found.text)

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """WhatsApp lets no business change what it sent. Raises Undelivered."""
        raise Undelivered("refused")

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """WhatsApp lets no business take back what it sent. Raises Undelivered."""
        raise Undelivered("refused")

    async def typing(self, message: Outgoing) -> None:
        """Show him that we type, which shows that we have read. Raises Undelivered, Unknown."""
        if message.last_in:
            await self._number.write({**_read(message), "typing_indicator": {"type": "text"}})

    async def read_up_to(self, message: Outgoing) -> None:
        """Show him that we have read. Raises Undelivered, Unknown."""
        if message.last_in:
            await self._number.write(_read(message))

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        async for chunk in self._number.file(text(ref.get("id"))):
            yield chunk

    async def run(self) -> None:
        """Wait: Meta posts, nothing is asked for."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Let the connections go."""
        await self._number.close()

    async def lamp(self) -> Lamp:
        """Look how the account is: its number, its token, whether another number's posts come here."""
        try:
            number = await self._number.asks(f"/{self._options.number}", {"fields": "quality_rating"})
            ends_at = await self._token_ends()
        except Undelivered as error:
            return Lamp(colour="red", why=error.code)
        if not self._account.public_url:
            return Lamp(colour="red", why="no_address")
        if self._strange_at and clock.now() - self._strange_at < _STRANGE_FOR:
            return Lamp(colour="amber", why="other_number")
        if ends_at and ends_at - clock.now() < _TOKEN_ENDS:
            return Lamp(colour="amber", why="token_ends")
        if words(number.get("quality_rating")).upper() == "RED":
            return Lamp(colour="amber", why="quality")
        return Lamp(colour="green")

    async def _token_ends(self) -> datetime | None:
        """Return when the token ends, None when never or nobody said. Raises Undelivered."""
        if not self._options.app:
            return None
        authority = f"{self._options.app}|{self._account.secrets['app']}"
        asked = {"input_token": self._account.secrets["token"], "access_token": authority}
        said = await self._number.asks("/debug_token", asked)
        if dig(said, "data", "is_valid") is False:
            raise Undelivered("token", account=True)
        return moment(dig(said, "data", "expires_at"))


def _told(message: Outgoing) -> dict[str, Any]:
    """Return what goes with each kind of message; our own id comes back with each word about it, so that a message of
    unknown outcome is resolved."""
    who = message.peer.ext_user  # a number is written to by `to`, an id for this business by `recipient`
    told = {"recipient_type": "individual", "biz_opaque_callback_data": message.id}
    told["to" if who.isascii() and who.isdigit() else "recipient"] = who
    return {**told, "context": {"message_id": message.reply_to}} if message.reply_to else told


def _read(message: Outgoing) -> dict[str, Any]:
    return {"status": "read", "message_id": message.last_in}


@messenger("whatsapp", secrets=("token", "app", "verify"))
def whatsapp(account: Account) -> Messenger:
    """Make an account of a number. Raises BadAccount."""
    return WhatsApp(account)
