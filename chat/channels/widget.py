"""The widget of the clinic's site: each site that has one is an account of its own (`widget:<site>`).

There is no cloud: what a visitor writes is kept like any channel's event, and what we write is sent once it is kept
here, for his browser asks for everything after the number it has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web

from chat.channels import Account, Channel, Hook, Lamp, Posted, Setup, State, Stranger, channel, messenger
from chat.conversations.live import announce
from chat.conversations.sealing import Seals
from chat.feed import CallbackOver
from chat.forms import Forms
from chat.widget import asks, rules
from chat.widget.page import demo
from chat.widget.page.consents import Consents
from chat.widget.page.doors import Doors
from chat.widget.page.frame import Frame
from chat.widget.page.hours import Hours
from chat.widget.rooms import Rooms
from chat.widget.sight import Sight
from chat.widget.sockets import Sockets
from chat.widget.uploads import Uploads
from chat.widget.visitors import Visitors
from chat.widget.visits import Visits
from chat.wire import Abilities, Accepted, Envelope, Outgoing
from okno.database import DatabaseDown
from okno.i18n import Catalogue

ABILITIES = Abilities(
    most_text=4000, most_file=rules.UPLOAD_BYTES, files_at_once=10, reply=True, edit=True, delete=True, typing=True,
    read=True, receipts="read", per_second=200.0, per_peer_s=0.0, resend="safe",
)  # fmt: skip
_WORDS = Path(__file__).parent.parent / "i18n"
_TIDY_EVERY_S = 3600.0


@messenger("widget")
class WidgetAccount:
    """The widget of one site, as conversations know it.

    Args:
        account: what it is made with.
    """

    abilities = ABILITIES

    def __init__(self, account: Account) -> None:
        self.key = account.key
        self._database = account.setup.database
        self._uploads = Uploads(self._database, Seals(account.setup.own))

    def posted(self, hook: Hook) -> Posted:
        """Nobody posts for a widget."""
        raise Stranger(404)

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read what a visitor's browser said. Raises ValueError."""
        return [asks.envelope(self.key, body, received_at)]

    async def send(self, message: Outgoing) -> Accepted:
        """Note that it is sent: whoever has the page open was told when it was kept, the others ask when they come."""
        return Accepted(provider_id=message.id)

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield what a visitor uploaded. Raises Undelivered."""
        async for piece in self._uploads.content(UUID(str(ref["upload"]))):
            yield piece

    async def run(self) -> None:
        """Nothing is asked of anybody."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held."""

    async def lamp(self) -> Lamp:
        """It is as well as this service is."""
        return Lamp(colour="green") if self._database.available else Lamp(colour="red", why="database")

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """His browser is told by the change itself."""

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """His browser is told by the change itself."""

    async def typing(self, message: Outgoing) -> None:
        """Show him that we type."""
        with contextlib.suppress(DatabaseDown):  # shown or not, nothing hangs on it
            async with self._database.acquire() as connection:
                await announce(connection, "answering", conversation=message.conversation, on=True)

    async def read_up_to(self, message: Outgoing) -> None:
        """Have his browser told up to where we have read."""
        with contextlib.suppress(DatabaseDown):  # it asks again when it comes back
            async with self._database.acquire() as connection:
                await announce(connection, "conversation", conversation=message.conversation, only="read")


@channel("widget")
def widget(setup: Setup) -> Channel | None:
    """Make the channel, when a site has a widget. Raises SecretMissing."""
    return WidgetChannel(setup) if any(site.widget for site in setup.runtime.settings.chat.sites) else None


class WidgetChannel:
    """What the internet reaches of the widgets: the script, the frame, the socket.

    Args:
        setup: what it is made with.
    """

    def __init__(self, setup: Setup) -> None:
        if setup.hub is None or setup.keep is None:
            raise ValueError("the widget needs to hear conversations and to keep events")
        settings, database, seals = setup.runtime.settings, setup.database, Seals(setup.own)
        words = Catalogue.load(_WORDS)
        self._database = database
        self._visitors, self._uploads = Visitors(database, setup.own, seals), Uploads(database, seals)
        sight = Sight(database, setup.own, words)
        visits = Visits(
            settings, database, setup.own, keep=setup.keep, sight=sight, visitors=self._visitors,
            uploads=self._uploads, forms=Forms(database, setup.own, setup.bus),
        )  # fmt: skip
        self._sockets = Sockets(visits, setup.metrics)
        rooms = Rooms(sight, self._sockets.emit)
        self._sockets.rooms = visits.rooms = rooms
        hours = Hours(database, words)
        self._stop = (rooms.follow(setup.hub), setup.hub.on(hours.heard))
        frame = Frame(settings.clinic, words, settings.chat.public_url)
        self._doors = Doors(
            setup.runtime, frame, hours=hours, visitors=self._visitors, uploads=self._uploads,
            sight=sight, rooms=rooms, consents=Consents(database, seals),
        )
        self._demo = demo.site(settings, words)

    async def state(self) -> State:
        """Say whether what is written can be kept."""
        return "ready" if self._database.available else "down"

    def attach(self, app: web.Application) -> None:
        """Put the routes onto the public listener."""
        self._doors.attach(app)
        self._sockets.attach(app)
        for path, answer in self._demo.items():
            app.router.add_get(path, answer)

    async def run(self) -> None:
        """Forget what was kept long enough, until cancelled."""
        try:
            while True:
                with contextlib.suppress(DatabaseDown):  # /ready says so; the next round forgets it
                    await self._uploads.tidy()
                    await self._visitors.tidy()
                await asyncio.sleep(_TIDY_EVERY_S)
        finally:
            for end in self._stop:
                end()

    async def over(self, told: CallbackOver) -> None:
        """What came of a promise, its form keeps."""
