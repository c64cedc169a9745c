"""What happens in conversations, told at once to the screens that show them: numbers and ids, never a word of it.

Each process of `web` hears each process of `chat` (NOTIFY, `chat.desk`), so it does not matter whose screen is where.
Whoever is told asks for what is new after the number he has; a number that was lost on the way is found so too.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final, Protocol

from web.live.desk import Caller
from web.live.meters import Meters

_ALL: Final = "chats"
_ACCOUNTS: Final = "chat accounts"


class Heard(Protocol):
    """What of `chat.client.ChatClient` is needed here."""

    def live(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what happens, for ever, reconnecting as needed."""


class Rooms(Protocol):
    """What of socketio.AsyncServer is needed here."""

    async def emit(self, event: str, data: Any, *, room: str) -> None:
        """Send to every socket in a room."""

    async def enter_room(self, sid: str, room: str) -> None:
        """Put a socket into a room."""

    async def leave_room(self, sid: str, room: str) -> None:
        """Take a socket out of a room."""


class ChatsLive:
    """Hears `chat` and tells screens.

    Args:
        chat: its client.
        rooms: the Socket.IO server.
        meters: the metrics.
    """

    def __init__(self, chat: Heard, rooms: Rooms, meters: Meters) -> None:
        self._chat, self._rooms, self._meters = chat, rooms, meters

    async def enter(self, caller: Caller, conversation: str) -> None:
        """Tell a socket from now on what happens in a conversation; does not yield to the loop."""
        await self._rooms.enter_room(caller.sid, _ALL)
        await self._rooms.enter_room(caller.sid, _room(conversation))

    async def leave(self, caller: Caller, conversation: str) -> None:
        """Tell it no more."""
        await self._rooms.leave_room(caller.sid, _room(conversation))

    async def watch_accounts(self, caller: Caller) -> None:
        """Tell a socket from now on how accounts are."""
        await self._rooms.enter_room(caller.sid, _ACCOUNTS)

    async def run(self) -> None:
        """Hear for ever."""
        async with aclosing(self._chat.live()) as told:
            async for one in told:
                await self.take(one)

    async def take(self, one: Mapping[str, Any]) -> None:
        """Tell one thing to whom it is for."""
        match one.get("what"):
            case "begun":
                await self._emit("chat", {"what": "begun"}, _ALL)
            case "account":
                await self._emit("chat_account", dict(one), _ACCOUNTS)
            case _ if one.get("conversation"):
                await self._emit("chat", dict(one), _room(str(one["conversation"])))

    async def _emit(self, event: str, data: dict[str, Any], room: str) -> None:
        self._meters.emitted.labels(event).inc()
        await self._rooms.emit(event, data, room=room)


def _room(conversation: str) -> str:
    return f"chat:{conversation}"
