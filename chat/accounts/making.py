"""From the settings to messengers: one for each account that is on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from chat.channels import Account, Messenger, Opening, RawEvent, Setup, messengers
from chat.conversations.sealing import PERSON, Seals
from chat.receiving.raws import Raws
from chat.wire import Abilities, Peer
from okno import clock, logs
from okno.errors import OknoError
from okno.settings import AccountSettings, ChatSettings, Runtime

_DIALOGS_H = 36  # MAX repeats for a day; what was said before that is not looked for
_DIALOGS = 500

log = logs.get(__name__)


class NoSuchChannel(OknoError):
    """The settings name an account of a channel that is not there."""


class AccountWrong(OknoError):
    """A setting of an account cannot be."""


@dataclass(frozen=True, slots=True)
class Running:
    """An account that is on."""

    key: str
    settings: AccountSettings
    messenger: Messenger

    @property
    def abilities(self) -> Abilities:
        """What its channel can do."""
        return self.messenger.abilities


class Accounts(Mapping[str, Running]):
    """The accounts that are on, by key. Make it with `made`."""

    def __init__(self, running: Mapping[str, Running]) -> None:
        self._running = dict(running)

    def __getitem__(self, key: str) -> Running:
        """Return the account called `key`."""
        return self._running[key]

    def __iter__(self) -> Iterator[str]:
        """Go through the keys."""
        return iter(self._running)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._running)

    @property
    def messengers(self) -> Mapping[str, Messenger]:
        """The messengers, by account."""
        return {key: one.messenger for key, one in self._running.items()}

    async def close(self) -> None:
        """Let go of what messengers hold, whichever process ran them: the service ends."""
        for key, messenger in self.messengers.items():
            try:
                await messenger.close()
            except Exception:  # the others hold something too
                log.exception("chat_account_not_closed", extra={"account": key})


def wanted(settings: ChatSettings, known: Sequence[str]) -> list[AccountSettings]:
    """Return the accounts that are on: those named, and of each site its widget and its form for feedback.

    Args:
        settings: of `chat`.
        known: the channels there are.
    """
    named = [one for one in settings.accounts if one.on]
    keys = {one.key for one in settings.accounts}
    implied = [
        AccountSettings(channel=channel, name=site.key, queue=site.queue, title=site.title)
        for site in settings.sites
        for channel, there in (("widget", site.widget is not None), ("feedback", True))
        if there and channel in known
    ]
    return named + [one for one in implied if one.key not in keys]


def made(setup: Setup, raws: Raws, seals: Seals) -> Accounts:
    """Make the messengers of all accounts that are on.

    Raises:
        NoSuchChannel: there is no such channel.
        SecretMissing: a secret an account needs is not there.
        AccountWrong: a setting of an account cannot be.
    """
    known = messengers()
    running: dict[str, Running] = {}
    for one in wanted(setup.runtime.settings.chat, list(known)):
        opening = known.get(one.channel)
        if opening is None:
            raise NoSuchChannel(f"chat.accounts: there is no channel {one.channel}; there are {', '.join(known)}")
        secrets = secrets_of(setup.runtime, one, opening)
        try:
            running[one.key] = Running(one.key, one, opening.open(_account(setup, raws, seals, one, secrets)))
        except ValueError as error:
            raise AccountWrong(f"chat.accounts {one.key}: {flaw(error)}") from None
    return Accounts(running)


def secrets_of(runtime: Runtime, one: AccountSettings, opening: Opening) -> dict[str, str]:
    """Return the secrets of an account, by the names its channel asks for. Raises SecretMissing."""
    return {name: runtime.secret(one.secrets.get(name) or _default(one, name)) for name in opening.secrets} | {
        name: runtime.secret(one.secrets[name]) for name in opening.may if name in one.secrets
    }


def flaw(error: ValueError) -> str:
    """Say what is wrong in one line, without the value that is."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"options.{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"


def _default(one: AccountSettings, name: str) -> str:
    return f"file:{one.channel}.{one.name}.{name}"


def _account(
    setup: Setup, raws: Raws, seals: Seals, one: AccountSettings, secrets: Mapping[str, str]
) -> Account:
    public = setup.runtime.settings.chat.public_url.rstrip("/")

    async def keep(events: Sequence[RawEvent]) -> int:
        return await raws.keep(one.key, events)

    return Account(
        key=one.key, settings=one, secrets=secrets, setup=setup, keep=keep, cursor=_cursor(setup, one.key),
        set_cursor=_set_cursor(setup, one.key), heard_at=lambda: raws.heard_at(one.key),
        public_url=f"{public}/hook/{one.channel}/{one.name}" if public else "",
        dialogs=_dialogs(setup, seals, one.key),
    )  # fmt: skip


def _cursor(setup: Setup, key: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def cursor() -> dict[str, Any]:
        return dict(await setup.database.fetchval("SELECT cursor FROM account WHERE key = $1", key) or {})

    return cursor


def _set_cursor(setup: Setup, key: str) -> Callable[[dict[str, Any]], Awaitable[None]]:
    async def set_cursor(now: dict[str, Any]) -> None:
        await setup.database.execute(
            "INSERT INTO account (key, since, cursor) VALUES ($1, $2, $3)"
            " ON CONFLICT (key) DO UPDATE SET cursor = EXCLUDED.cursor", key, clock.now(), now,
        )  # fmt: skip

    return set_cursor


def _dialogs(setup: Setup, seals: Seals, key: str) -> Callable[[], Awaitable[Sequence[str]]]:
    async def dialogs() -> Sequence[str]:
        """Return where those are answered who wrote lately, whoever wrote last first."""
        rows = await setup.database.fetch(
            "SELECT i.id, i.person FROM conversation c JOIN identity i ON i.id = c.identity WHERE c.account = $1"
            " AND c.touched_at > $2 ORDER BY c.touched_at DESC LIMIT $3", key,
            clock.now() - timedelta(hours=_DIALOGS_H), _DIALOGS,
        )  # fmt: skip
        people = (Peer(**seals.get(PERSON, row["id"], row["person"])) for row in rows)
        return list(dict.fromkeys(one.ext_chat or one.ext_user for one in people))

    return dialogs


def abilities_of(running: Running | None) -> dict[str, Any]:
    """Return what a page's composer may offer; of an account that is off: nothing."""
    return asdict(running.abilities if running else Abilities(most_text=0))
