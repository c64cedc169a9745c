"""What `okno check` says of the accounts of written channels: their settings, their secrets, whether they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from prometheus_client import CollectorRegistry

from chat.accounts.making import flaw, secrets_of
from chat.channels import Account, Lamp, Messenger, RawEvent, Setup, messengers
from okno.database import Database
from okno.errors import OknoError
from okno.seal import Keyring
from okno.settings import AccountSettings, Runtime

_LOOK_S = 30.0
# Nothing to ask of them: they are pages of our own.
_OURS = {"widget", "feedback"}
# What `chat` itself puts right as soon as it runs: said, and no reason to fail.
_BY_ITSELF = {"webhook_gone", "unsubscribed", "unconfirmed"}
_WORDS = {
    "imap_login": "the mailbox refuses our user or password", "imap_tls": "the mailbox's certificate cannot be trusted",
    "imap_away": "the mailbox does not answer", "imap_folder": "the mailbox has no such folder",
    "smtp_login": "the mail server refuses our user or password",
    "smtp_tls": "the mail server's certificate cannot be trusted", "smtp_away": "the mail server does not answer",
    "token": "its token is refused", "offline": "its cloud does not answer", "money": "there is no money left",
    "stranger": "somebody else answers at its address: look at `address` and `proxy`",
    "webhook_gone": "its webhook is not set; `okno serve chat` sets it",
    "unsubscribed": "its webhook is not subscribed; `okno serve chat` subscribes it",
    "unconfirmed": "its address is not confirmed yet; `okno serve chat` answers when it is asked",
    "no_address": "chat.public_url is empty, and this channel needs it", "rights": "its key lacks rights",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one account: `reason` is empty when it is well; `advice` fails nothing."""

    account: str
    reason: str = ""
    advice: bool = False


async def look(runtime: Runtime) -> Sequence[Found]:
    """Return what was found of each account that is on. Raises KeyringBroken."""
    accounts = [one for one in runtime.settings.chat.accounts if one.on]
    if not accounts:
        return []
    own, bus = (Keyring.load(runtime.keyring_path).sealer(name) for name in ("chat", "bus"))
    # What is asked here keeps nothing: no account is made that would.
    setup = Setup(runtime, cast(Database, None), own, bus, CollectorRegistry())
    return [await _look_at(setup, one) for one in accounts]


async def _look_at(setup: Setup, one: AccountSettings) -> Found:
    opening = messengers().get(one.channel)
    if opening is None:
        return Found(one.key, f"there is no channel {one.channel}; there are {', '.join(messengers())}")
    try:
        messenger = opening.open(_account(setup, one, secrets_of(setup.runtime, one, opening)))
    except OknoError as error:
        return Found(one.key, str(error))
    except ValueError as error:
        return Found(one.key, flaw(error))
    if one.channel in _OURS:
        return Found(one.key)
    return _said(one.key, await _asked(messenger))


async def _asked(messenger: Messenger) -> Lamp | None:
    """How the account is; None: it does not answer in time."""
    try:
        async with asyncio.timeout(_LOOK_S):
            return await messenger.lamp()
    except TimeoutError:
        return None
    finally:
        await messenger.close()


def _said(key: str, lamp: Lamp | None) -> Found:
    if lamp is None:
        return Found(key, f"it does not answer within {_LOOK_S:.0f} s")
    if lamp.colour == "green":
        return Found(key)
    words = _WORDS.get(lamp.why, lamp.why.replace("_", " "))
    return Found(key, words, advice=lamp.colour == "amber" or lamp.why in _BY_ITSELF)


def _account(setup: Setup, one: AccountSettings, secrets: dict[str, str]) -> Account:
    """An account that is only looked at."""
    public = setup.runtime.settings.chat.public_url.rstrip("/")

    async def keep(events: Sequence[RawEvent]) -> int:
        raise RuntimeError("an account that is only looked at keeps nothing")

    async def cursor() -> dict[str, Any]:
        return {}

    async def set_cursor(now: dict[str, Any]) -> None:
        raise RuntimeError("an account that is only looked at remembers nothing")

    return Account(
        key=one.key, settings=one, secrets=secrets, setup=setup, keep=keep, cursor=cursor, set_cursor=set_cursor,
        heard_at=lambda: None, public_url=f"{public}/hook/{one.channel}/{one.name}" if public else "",
    )  # fmt: skip
