"""One file per channel. A file registers itself by name; the settings switch it on.

A channel of messages is a `Messenger` for each account that the settings name; one of another kind (`forms`) is a
`Channel` alone. What a channel reads is pure, what it keeps and when it is answered is `chat.receiving`'s.
"""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Literal, Protocol, runtime_checkable

from aiohttp import web
from prometheus_client import CollectorRegistry

from chat.conversations.live import Hub
from chat.feed import CallbackOver
from chat.wire import Abilities, Accepted, Envelope, Outgoing
from okno.database import Database
from okno.seal import Sealer
from okno.settings import AccountSettings, Runtime

State = Literal["ready", "down"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a channel is made with: `own` seals what `chat` keeps, `bus` what others are told.

    `hub` says what happens in all processes, `keep(account, events)` keeps what came. A channel that is more than its
    accounts (the widget's public pages) finds them in `messengers`, by account.
    """

    runtime: Runtime
    database: Database
    own: Sealer
    bus: Sealer
    metrics: CollectorRegistry
    hub: Hub | None = None
    keep: KeepFor | None = None
    messengers: Mapping[str, Messenger] = field(default_factory=dict)


class Channel(Protocol):
    """What every channel can do."""

    async def state(self) -> State:
        """Return whether the channel's cloud can be reached."""

    def attach(self, app: web.Application) -> None:
        """Put what the internet reaches of it onto the public listener."""

    async def run(self) -> None:
        """Do what goes on beside, until cancelled."""

    async def over(self, told: CallbackOver) -> None:
        """Hear what came of a promise to call, asked for here or elsewhere. Raises DatabaseDown."""


class Stranger(Exception):
    """What was posted is not of the channel's cloud: it is answered with `status`, and nothing is kept."""

    def __init__(self, status: int = 401) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEvent:
    """One event as it came. `ext_id` knows a repetition, `peer` says whose turn it takes; `body` is read later."""

    ext_id: str
    peer: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a webhook's body is: its events, and what is answered once they are kept (`answer`, text/plain)."""

    events: Sequence[RawEvent] = ()
    answer: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook's request: headers (names in lower case), the query, the raw body, and who posts it."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    raw: bytes
    path: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """How an account is: green works, amber works with a doubt, red does not; `why` is a word below `chat.lamp.`."""

    colour: Literal["green", "amber", "red"]
    why: str = ""
    since: datetime | None = None


KeepFor = Callable[[str, "Sequence[RawEvent]"], Awaitable[int]]
"""Keeps events of an account, each once; returns how many are new. Raises DatabaseDown."""
Keep = Callable[[Sequence[RawEvent]], Awaitable[int]]
"""Keeps events, each once; returns how many are new. Raises DatabaseDown: then nothing is kept or confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a messenger's account is made with: the settings, its secrets, where what it hears is kept.

    `cursor` and `set_cursor` remember how far a long poll or a mailbox was read; `public_url` is where the cloud
    reaches its webhook, empty when the clinic has no public address.
    """

    key: str
    settings: AccountSettings
    secrets: Mapping[str, str]
    setup: Setup
    keep: Keep
    cursor: Callable[[], Awaitable[dict[str, Any]]]
    set_cursor: Callable[[dict[str, Any]], Awaitable[None]]
    heard_at: Callable[[], datetime | None]
    public_url: str = ""
    dialogs: Callable[[], Awaitable[Sequence[str]]] | None = None


@runtime_checkable
class Messenger(Protocol):
    """An account of a channel of messages."""

    key: str
    abilities: Abilities

    def posted(self, hook: Hook) -> Posted:
        """Say what a webhook's body is, after its signature was proved on the raw bytes. Raises Stranger."""

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read a kept event: pure. Raises ValueError when it cannot be read at all: it is kept as dead."""

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message once. Raises Undelivered, Unknown."""

    def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield the content of a file that came. Raises Undelivered."""

    async def run(self) -> None:
        """Poll, subscribe, fill gaps, until cancelled: another process goes on with it, and this one still sends."""

    async def close(self) -> None:
        """Let go of all that is held, for the service ends."""

    async def lamp(self) -> Lamp:
        """Look how the account is; at most once a minute."""


@runtime_checkable
class Expressive(Protocol):
    """What some messengers can do besides; a channel's `abilities` say which."""

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """Change a message of ours. Raises Undelivered, Unknown."""

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """Take a message of ours back. Raises Undelivered, Unknown."""

    async def typing(self, message: Outgoing) -> None:
        """Show him that we type. Raises Undelivered, Unknown."""

    async def read_up_to(self, message: Outgoing) -> None:
        """Show him that we have read up to his `last_in`. Raises Undelivered, Unknown."""


@runtime_checkable
class Seeking(Protocol):
    """A messenger that can be asked whether a message of unknown outcome went (`resend` is `look`)."""

    async def look(self, message: Outgoing, since: datetime) -> Accepted | None:
        """Return what became of it, None when it did not go. Raises Undelivered."""


Make = Callable[[Setup], Channel | None]
Open = Callable[[Account], Messenger]
_REGISTRY: dict[str, Make] = {}
_MESSENGERS: dict[str, Opening] = {}


@dataclass(frozen=True, slots=True)
class Opening:
    """How accounts of a channel are made: `secrets` are the names it must be given, `may` those it can do without."""

    open: Open
    secrets: tuple[str, ...] = ()
    may: tuple[str, ...] = field(default=())


def channel(name: str) -> Callable[[Make], Make]:
    """Register what makes the channel called `name`; it makes None when the settings do not switch it on."""

    def register(make: Make) -> Make:
        _REGISTRY[name] = make
        return make

    return register


def messenger(name: str, *, secrets: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> Callable[[Open], Open]:
    """Register what makes an account of the channel called `name`."""

    def register(made: Open) -> Open:
        _MESSENGERS[name] = Opening(made, secrets, may)
        return made

    return register


def _read() -> None:
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def load(setup: Setup) -> dict[str, Channel]:
    """Return the channels of this folder that are switched on, by name. Raises SecretMissing."""
    _read()
    made = {name: make(setup) for name, make in sorted(_REGISTRY.items())}
    return {name: one for name, one in made.items() if one is not None}


def messengers() -> dict[str, Opening]:
    """Return the channels of messages in this folder, by name."""
    _read()
    return dict(sorted(_MESSENGERS.items()))
