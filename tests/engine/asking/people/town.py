"""A small town in a real database: callers with names, their calls and requests, some of it open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.asking.cards import Cards
from engine.asking.people.search import Search
from engine.asking.people.timeline import Timeline
from engine.asking.who import Asked, Who
from engine.store import opening
from engine.store.batch import Batch
from engine.store.codec import Codec
from engine.store.history import History
from engine.store.people.contacts import Contacts
from engine.store.people.moments import Moments
from engine.store.saving import TurnStore
from engine.world import Append, Call, Change, ContactName, Drop, HistoryEntry, Put, Request, World
from okno.audit import AuditRow, AuditTrail
from okno.database import Database
from okno.ids import uuid7_of
from okno.seal import Keyring
from okno.settings.model import Clinic

T = datetime(2026, 11, 20, 9, tzinfo=UTC)
IVANOVA, SEMENOV, HIDDEN = "+79990001873", "+79990021873", ""
WHO = Who("anna", "operator", "search")


@dataclass
class Town:
    """See the module."""

    database: Database
    codec: Codec
    trail: AuditTrail
    _changes: list[Change] = field(default_factory=list)
    _number: int = 0

    def call(self, phone: str, hours: float, *, still_open: bool = False, **fields: Any) -> Call:
        """A call so many hours after T."""
        at = T + timedelta(hours=hours)
        key = str(uuid7_of(at, "call", f"{phone}{hours}"))
        call = Call(**({"key": key, "pbx": "main", "direction": "inbound", "channel": key, "phone": phone, "started_at": at,
                        "result": "answered"} | fields))  # fmt: skip
        self._changes += [Put(call), *([] if still_open else [Drop(Call, key)])]
        return call

    def request(self, phone: str, hours: float, *, still_open: bool = False, **fields: Any) -> Request:
        """A request so many hours after T; a call's one when `calls` are given."""
        at = T + timedelta(hours=hours)
        self._number += 1
        key = str(uuid7_of(at, "request", f"{phone}{hours}{self._number}"))
        request = Request(**({"key": key, "year": 2026, "number": self._number, "kind": "callback", "status": "done",
                              "created_at": at, "since": at, "phone": phone} | fields))  # fmt: skip
        self._changes += [Put(request), *([] if still_open else [Drop(Request, key)])]
        return request

    def note(self, request: Request, text: str, what: str = "note") -> None:
        """Something written about a request."""
        entry = HistoryEntry(request=request.key, at=request.created_at, actor="anna", what=what, note=text)
        self._changes.append(Append(entry))

    def link(self, call: Call, request: Request) -> Call:
        """The call made the request."""
        linked = replace(call, request=request.key)
        self._changes += [Put(linked), Drop(Call, call.key)]
        return linked

    async def named(self, phone: str, name: str) -> str:
        """A contact with a name; its id."""
        id = (await Contacts(self.database, self.codec).of(phone, T)).id
        self._changes += [Put(ContactName(key=id, name=name, actor="anna", at=T)), Drop(ContactName, id)]
        return id

    async def settled(self) -> World:
        """Write it all down, and return the open world as an engine loads it."""
        batch = Batch()
        batch.add(self._changes, ())
        self._changes = []
        turn = await self.database.fetchval("SELECT turn FROM lease")
        await self.database.execute("UPDATE lease SET epoch = 1")
        await TurnStore(self.database, self.codec).save(1, turn + 1, batch)
        return World(await opening.open_world(self.database, self.codec))

    async def search(self) -> Search:
        """The search over it."""
        world, asked = await self.settled(), Asked(self.trail)
        history, contacts = History(self.database, self.codec), Contacts(self.database, self.codec)
        return Search(world, history, contacts, codec=self.codec, asked=asked, clinic=Clinic(name="Test"))

    async def timeline(self, **kinds: Any) -> Timeline:
        """The timelines over it."""
        world, asked = await self.settled(), Asked(self.trail)
        history, contacts = History(self.database, self.codec), Contacts(self.database, self.codec)
        cards = Cards(world, history, contacts, asked)
        return Timeline(cards, history, Moments(self.database, self.codec), asked, **kinds)

    async def audited(self) -> list[AuditRow]:
        """What the audit says, the oldest first."""
        return (await self.trail.page())[::-1]


def town(database: Database, keyring: Keyring) -> Town:
    """An empty one."""
    sealer = keyring.sealer("engine")
    return Town(database, Codec(sealer), AuditTrail(database, sealer))


