"""SMS: a gateway's account. Mostly we write; somebody answers where a number is rented (reference/channels.md 3.9)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field, IPvAnyNetwork

from chat.channels import Account, Hook, Lamp, Messenger, Posted, RawEvent, Stranger, messenger
from chat.clouds.beside import Beside
from chat.clouds.reading import loads, same, words
from chat.hearing.facts import facts, fingerprint
from chat.saying.settings import BadAccount, address, options, within
from chat.sms import aero, exolve, smsc, smsru
from chat.sms.gateway import Gateway, Inbound, Post, Setting, Told
from chat.sms.rules import Rules
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Peer, Sent, Undelivered
from okno import clock

_AGAIN_S = (30.0, 60.0, 180.0, 600.0, 3600.0, 21600.0)
_LOOK_S, _RECENT = 15.0, 5000
_GATEWAYS: dict[str, tuple[type[Any], str, str]] = {
    "smsru": (smsru.SmsRu, smsru.BASE, smsru.ANSWER), "smsc": (smsc.Smsc, smsc.BASE, smsc.ANSWER),
    "aero": (aero.Aero, aero.BASE, aero.ANSWER), "exolve": (exolve.Exolve, exolve.BASE, exolve.ANSWER),
}  # fmt: skip
_ASKED = {"aero": ("login", "sender"), "exolve": ("sender",)}


class Options(Rules):
    """What the settings say besides, with the rules of what may be written.

    `gateway` carries it, `sender` is the name (or number) approved there, `login` whose account it is where a login is
    asked for. `addresses` are where its posts come from (none: anywhere). Below `least` on its account the lamp warns.
    """

    gateway: Literal["smsru", "smsc", "aero", "exolve"]
    sender: str = Field("", max_length=15)
    login: str = Field("", max_length=100)
    addresses: tuple[IPvAnyNetwork, ...] = ()
    least: float = Field(100.0, ge=0)


@dataclass(slots=True)
class _Sent:
    """A message whose outcome is asked for: next when, how many times it was."""

    id: str
    phone: str
    next_at: datetime
    asked: int = 0


class Sms:
    """A gateway's account.

    Args:
        account: what it is made with; its secrets: `key`; `hook`, the last part of the address the gateway posts to
            (made of the key when it is not given); `sign`, the word SMSC proves its posts with.
    """

    def __init__(self, account: Account) -> None:
        self.key, self._account = account.key, account
        self._options = told = options(account, Options)
        secrets, (make, base, self._answer) = account.secrets, _GATEWAYS[told.gateway]
        for name in _ASKED.get(told.gateway, ()):
            if not getattr(told, name):
                raise BadAccount(f"chat.accounts, {account.key}: options.{name}: {told.gateway} asks for one")
        made = hmac.new(secrets["key"].encode(), b"okno.hook:" + account.key.encode(), hashlib.sha256).hexdigest()[:32]
        self._hook = secrets.get("hook") or made
        self.gateway: Gateway = make(Setting(
            base=address(account, base), key=secrets["key"], login=told.login, sender=told.sender,
            proxy=account.settings.proxy, sign=secrets.get("sign", ""),
            public_url=f"{account.public_url}/{self._hook}" if account.public_url else "",
        ))  # fmt: skip
        self._recent: deque[_Sent] = deque(maxlen=_RECENT)
        self._beside = Beside(self.key, self._watch)
        self.abilities = Abilities(
            most_text=told.most_signs, receipts="delivered", per_second=10.0, per_peer_s=1.0, first=True,
            resend=self.gateway.resend, templates=bool(told.templates), segments=True,
        )  # fmt: skip

    def posted(self, hook: Hook) -> Posted:
        """Take what a gateway posts to our secret address. Raises Stranger."""
        if not same(hook.path.rpartition("/")[2], self._hook):
            raise Stranger(404)
        if hook.method != "POST":  # a number in an address would lie open in every log on the way
            raise Stranger(405)
        if not within(hook.address, self._options.addresses):
            raise Stranger(403)
        try:
            posts = self.gateway.posts(hook)
        except ValueError:  # no form we know, from where it should come: kept as it is
            return Posted(events=(_kept({"raw": hook.raw.decode("latin-1")}, fingerprint(hook.raw), ""),))
        return Posted(events=[self._event(post) for post in posts], answer=self._answer)

    def _event(self, post: Post) -> RawEvent:
        told = self.gateway.told(post)
        body = {"post": dict(post)}
        if isinstance(told, Told):
            return _kept(body, self._known(told), f"status:{told.id}")
        if isinstance(told, Inbound):
            return _kept(body, f"{self.gateway.name}:in:{told.id}", told.phone)
        return _kept(body, fingerprint(json.dumps(body, sort_keys=True).encode()), "")

    def _known(self, told: Told) -> str:
        return f"{self.gateway.name}:{told.id}:{told.code}"

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read what was posted, or heard when it was asked for. Raises ValueError."""
        kept = loads(body)
        if "raw" in kept:
            raise ValueError("no form that is known")
        if heard := facts(kept.get("told")):
            return [self._status(Told(id=words(heard["id"]), code=words(heard["code"]), state=heard["state"],
                                      error=words(heard["error"])))]  # fmt: skip
        post = {words(name): words(value) for name, value in facts(kept.get("post")).items()}
        told = self.gateway.told(post)
        if isinstance(told, Told):
            return [self._status(told)]
        if isinstance(told, Inbound):
            return [self._message(told)]
        known = fingerprint(json.dumps({"post": post}, sort_keys=True).encode())
        return [Envelope(account=self.key, kind="unsupported", ext_id=known, error=told)] if told else []

    def _status(self, told: Told) -> Envelope:
        return Envelope(
            account=self.key, kind="status", ext_id=self._known(told), message=told.id, at=told.at, state=told.state,
            error=told.error, silent=True,
        )  # fmt: skip

    def _message(self, told: Inbound) -> Envelope:
        """Read a message of a number; anybody can give himself a number in an SMS: it proves nothing."""
        peer = Peer(ext_user=told.phone, ext_chat=told.phone, phone=told.phone)
        known = f"{self.gateway.name}:in:{told.id}"
        return Envelope(
            account=self.key, kind="message.in", ext_id=known, message=told.id, at=told.at, peer=peer, text=told.text
        )

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message. Raises Undelivered, Unknown."""
        phone = _number(message)
        if message.files:
            raise Undelivered("file")
        if why := self._options.refusal(message.text):
            raise Undelivered(why)
        accepted = await self.gateway.send(message.id, phone, message.text)
        self._recent.append(_Sent(accepted.provider_id, phone, clock.now() + timedelta(seconds=_AGAIN_S[0])))
        self._beside.wake()
        return accepted

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Nothing but words comes by SMS. Raises Undelivered."""
        nothing: tuple[bytes, ...] = ()
        for chunk in nothing:
            yield chunk
        raise Undelivered("expired")

    async def run(self) -> None:
        """Tell the gateway where it reports, and wait, until cancelled. Whoever sent asks what became of it."""
        while True:
            try:
                await self.gateway.report_here()
                break
            except Undelivered:  # the lamp says why
                await asyncio.sleep(_LOOK_S)
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Ask no more, and let the connections go."""
        await self._beside.stop()
        await self.gateway.close()

    async def _watch(self) -> None:
        """Ask what became of messages while there are any. Raises Undelivered, DatabaseDown."""
        while self._recent:
            await self._ask()
            await asyncio.sleep(_LOOK_S)

    async def _ask(self) -> None:
        """Ask about messages of late that are due. Raises Undelivered, DatabaseDown."""
        now = clock.now()
        for one in [one for one in self._recent if one.next_at <= now]:
            told = await self.gateway.status(one.id, one.phone)
            if told is not None and told.state is not None:
                heard = {"id": told.id, "code": told.code, "state": told.state, "error": told.error}
                await self._account.keep([_kept({"told": heard}, self._known(told), f"status:{told.id}")])
            one.asked += 1
            if one.asked >= len(_AGAIN_S) or (told is not None and told.state in ("delivered", "read", "failed")):
                with suppress(ValueError):  # pushed out by newer ones meanwhile
                    self._recent.remove(one)
            else:
                one.next_at = now + timedelta(seconds=_AGAIN_S[one.asked])

    async def lamp(self) -> Lamp:
        """Look how the account is: whether the gateway knows us, and what is left."""
        try:
            left = await self.gateway.balance()
        except Undelivered as error:
            return Lamp(colour="red", why=error.code)
        if left is not None and left <= 0:
            return Lamp(colour="red", why="money")
        if left is not None and left < self._options.least:
            return Lamp(colour="amber", why="money")
        return Lamp(colour="green")


class SoughtSms(Sms):
    """The account of a gateway that finds a message by our own id."""

    async def look(self, message: Outgoing, since: datetime) -> Accepted | None:
        """Return what became of a message, None when it did not go. Raises Undelivered."""
        known = smsc.own(message.id)
        told = await self.gateway.status(known, _number(message))
        return None if told is None or told.state is None else Accepted(provider_id=known, state=_went(told.state))


def _went(state: Sent) -> Sent:
    """Return the state a message that was found has: what became of it later is told apart."""
    return state if state in ("delivered", "read") else "sent"


def _number(message: Outgoing) -> str:
    """Return whose number it goes to. Raises Undelivered when there is none."""
    for number in (message.peer.ext_user, message.peer.phone):
        if re.fullmatch(r"\+[0-9]{10,15}", number, re.ASCII):
            return number
    raise Undelivered("unreachable", unreachable=True)


def _kept(body: Mapping[str, Any], known: str, peer: str) -> RawEvent:
    return RawEvent(ext_id=known, peer=peer, body=json.dumps(body, sort_keys=True).encode())


@messenger("sms", secrets=("key",), may=("hook", "sign"))
def sms(account: Account) -> Messenger:
    """Make an account of a gateway. Raises BadAccount."""
    return SoughtSms(account) if account.settings.options.get("gateway") == "smsc" else Sms(account)
