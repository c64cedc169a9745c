"""Who looks at which conversation just now, and what he is told of it: all after the number he has, nothing twice.

A room is one visitor in all his tabs. Whatever happens in his conversation wakes it; it then reads what is new, so that
a word that was lost, or came twice, changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from chat.conversations.live import Hub
from chat.widget.sight import Sight, Standing
from chat.widget.visitors import Visitor
from okno import logs
from okno.database import DatabaseDown

_KEPT = 10_000
_SHOWN_S = 2.0

log = logs.get(__name__)


class Emit(Protocol):
    """Sends a word to one browser."""

    async def __call__(self, event: str, body: Mapping[str, Any], sid: str) -> None:
        """Send it."""


@dataclass(slots=True)
class Seat:
    """A tab: what it has of which conversation."""

    sid: str
    visitor: Visitor
    language: str
    address: str = ""
    conversation: UUID | None = None
    has: int = 0
    state: dict[str, Any] | None = None
    seen: int = 0


@dataclass(slots=True)
class Room:
    """A visitor's tabs. `waiting` are messages whose numbers are waited for; `standing` how it stood last."""

    account: str
    blind: bytes
    seats: dict[str, Seat] = field(default_factory=dict)
    waiting: dict[str, asyncio.Future[int]] = field(default_factory=dict)
    standing: Standing | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    awake: bool = False


class Rooms:
    """The rooms of this process.

    Args:
        sight: reads what visitors see.
        emit: tells them.
    """

    def __init__(self, sight: Sight, emit: Emit) -> None:
        self._sight, self._emit = sight, emit
        self._rooms: dict[bytes, Room] = {}
        self._by_conversation: dict[UUID, Room] = {}
        self._places: dict[UUID, tuple[int | None, int | None]] = {}
        self._others: set[UUID] = set()  # of other channels: asked about once
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, hub: Hub) -> Callable[[], None]:
        """Listen to what happens in conversations; returns what ends it."""
        return hub.on(self._heard)

    @property
    def seats(self) -> int:
        """How many tabs there are."""
        return sum(len(room.seats) for room in self._rooms.values())

    async def enter(self, seat: Seat, since: int, conversation: UUID | None) -> dict[str, Any]:
        """Let a tab in and return what it lacks. Raises DatabaseDown."""
        blind = self._sight.blind(seat.visitor)
        room = self._rooms.setdefault(blind, Room(seat.visitor.account, blind))
        async with room.lock:
            self._rooms[blind] = room
            room.seats[seat.sid] = seat
            standing = await self._stands(room)
            if standing is None:
                return {"conversation": None, "messages": [], "more": False, "state": {"status": ""}, "heard_seq": 0}
            since = since if conversation == standing.conversation else 0
            messages, more = await self._sight.messages(standing, since, seat.language)
            seat.conversation = standing.conversation
            seat.has = messages[-1]["n"] if messages else since
            seat.state, seat.seen = self._state(seat, standing), standing.seen_seq
        return {
            "conversation": str(standing.conversation), "messages": messages, "more": more, "state": seat.state,
            "heard_seq": standing.heard_seq, "read_seq": standing.seen_seq,
        }  # fmt: skip

    def leave(self, seat: Seat) -> None:
        """Let a tab out."""
        room = self._rooms.get(self._sight.blind(seat.visitor))
        if room is None or room.seats.pop(seat.sid, None) is None or room.seats:
            return
        del self._rooms[room.blind]
        if room.standing is not None:
            self._by_conversation.pop(room.standing.conversation, None)

    def standing(self, seat: Seat) -> Standing | None:
        """Return how his conversation stood when it was looked at last."""
        room = self._rooms.get(self._sight.blind(seat.visitor))
        return room.standing if room is not None else None

    def expect(self, seat: Seat, id: str) -> asyncio.Future[int] | None:
        """Return what will know the number of a message that is about to be kept; None without a room."""
        room = self._rooms.get(self._sight.blind(seat.visitor))
        if room is None:
            return None
        return room.waiting.setdefault(id, asyncio.get_running_loop().create_future())

    async def number(self, seat: Seat, id: str, expected: asyncio.Future[int] | None) -> int | None:
        """Return the number of a message that was kept just now; None when it has none in a moment."""
        room = self._rooms.get(self._sight.blind(seat.visitor))
        if room is None or expected is None:
            return None
        try:
            async with asyncio.timeout(_SHOWN_S):
                return await asyncio.shield(expected)
        except TimeoutError:
            self._wake(room)  # its word was lost, or nobody reads events just now
            return None
        finally:
            room.waiting.pop(id, None)

    def place(self, conversation: UUID) -> tuple[int | None, int | None]:
        """Return where a conversation waits, and how long it will: (position, seconds)."""
        return self._places.get(conversation, (None, None))

    def _heard(self, said: Mapping[str, Any]) -> None:
        what = said["what"]
        if what == "begun":
            for one in self._rooms.values():
                self._wake(one)
            return
        if what not in ("message", "changed", "conversation", "place", "answering") or not said.get("conversation"):
            return
        conversation = UUID(said["conversation"])
        room = self._by_conversation.get(conversation)
        if what == "place":
            self._placed(conversation, said)
        if room is None:
            if what in ("message", "conversation") and self._rooms and conversation not in self._others:
                self._begin(self._found(conversation))
        elif what == "answering":
            self._begin(self._typing(room, bool(said.get("on"))))
        else:
            self._wake(room)

    def _placed(self, conversation: UUID, said: Mapping[str, Any]) -> None:
        if len(self._places) >= _KEPT:
            self._places.clear()
        self._places[conversation] = (said.get("position"), said.get("eta_s"))

    async def _found(self, conversation: UUID) -> None:
        """A conversation nobody here is known to look at: perhaps a visitor's first."""
        with contextlib.suppress(DatabaseDown):  # the hub says «begun» when it is back
            blind = await self._sight.whose(conversation)
            if blind is not None and blind in self._rooms:
                self._wake(self._rooms[blind])
            elif blind is None:
                if len(self._others) >= _KEPT:
                    self._others.clear()
                self._others.add(conversation)

    async def _typing(self, room: Room, on: bool) -> None:
        for seat in tuple(room.seats.values()):
            await self._emit("typing", {"on": on}, seat.sid)

    def _wake(self, room: Room) -> None:
        if not room.awake:
            room.awake = True
            self._begin(self._tell(room))

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work, name="widget room")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, room: Room) -> None:
        async with room.lock:
            room.awake = False  # what happens from here on wakes it again
            try:
                standing = await self._stands(room)
                for seat in tuple(room.seats.values()):
                    if standing is not None:
                        await self._show(room, seat, standing)
            except DatabaseDown:
                log.info("widget_waits", extra={"reason": "the database is away"})

    async def _show(self, room: Room, seat: Seat, standing: Standing) -> None:
        if seat.conversation != standing.conversation:
            seat.conversation, seat.has, seat.state, seat.seen = standing.conversation, 0, None, 0
        more = True
        while more:
            messages, more = await self._sight.messages(standing, seat.has, seat.language)
            for message in messages:
                await self._emit("msg", message, seat.sid)
                seat.has = message["n"]
                waited = room.waiting.get(message["id"])
                if waited is not None and not waited.done():
                    waited.set_result(message["seq"])
        state = self._state(seat, standing)
        if state != seat.state:
            seat.state = state
            await self._emit("state", state, seat.sid)
            if not standing.open:
                await self._emit("closed", {"conversation": str(standing.conversation)}, seat.sid)
        if standing.seen_seq > seat.seen:
            seat.seen = standing.seen_seq
            await self._emit("read", {"up_to_seq": standing.seen_seq}, seat.sid)

    def _state(self, seat: Seat, standing: Standing) -> dict[str, Any]:
        return standing.told(seat.language, self.place(standing.conversation))

    async def _stands(self, room: Room) -> Standing | None:
        standing = await self._sight.standing(room.account, room.blind)
        if room.standing is not None:
            self._by_conversation.pop(room.standing.conversation, None)
        room.standing = standing
        if standing is not None and room.seats:
            self._by_conversation[standing.conversation] = room
        return standing
