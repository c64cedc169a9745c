"""Messages callers left: taken from the helpers beside the PBXs, told to the world, played to who may (audited)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from engine.asking.cards import NotFound
from engine.asking.sounds.letters import ListenAsked, MessageTold
from engine.asking.who import Asked, Who
from engine.calls.naming import call_id
from engine.events import Event, VoicemailLeft
from engine.speech import wav
from engine.speech.sound import RATE, from_alaw
from engine.store.history import BadQuery
from engine.store.sounds.recordings import Recording, RecordingStore
from engine.turns.turn import Done
from engine.world import Call, Request, World
from okno import clock
from okno.errors import Refused, TheirFault
from okno.ids import uuid7_of

# A message comes before its call when the engine was away: the journal tells the call within this, or nobody does.
CALL_COMES = timedelta(minutes=10)
# As long as a person's command is waited for.
SAVED_S = 8.0
_OF_CALL = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+")
_OF_CHANNEL = re.compile(r"(\S+\.\d+)-\d+")


class ComeAgain(TheirFault):
    """The message cannot be taken just now; nothing of it is lost as long as its file is kept."""


class NotYours(Refused):
    """The request is not this operator's."""


class History(Protocol):
    """What of `engine.store.history.History` is needed here."""

    async def call(self, id: str) -> Call | None:
        """A call."""

    async def request(self, id: str) -> Request | None:
        """A request."""


class Messages:
    """Takes and plays messages.

    Args:
        world: the open state.
        history: the rest.
        store: of messages.
        asked: the engine's audit.
        take: gives the loop an event, and learns of its commit.
    """

    def __init__(
        self, world: World, history: History, store: RecordingStore, asked: Asked,
        take: Callable[[Event, Done], None],
    ) -> None:  # fmt: skip
        self._world, self._history, self._store, self._asked, self._take = world, history, store, asked, take

    async def left(self, told: MessageTold) -> dict[str, Any]:
        """Keep a message and tell the world: {recording}. The same file again does nothing twice.

        Raises:
            BadQuery: its name is none of ours.
            ComeAgain: its call is not known yet, or nothing can be written.
            DatabaseDown: nothing can be written.
        """
        key = _call_of(told)
        call = self._world.get(Call, key) or await self._history.call(key)
        if call is None and clock.now() - told.at < CALL_COMES:
            raise ComeAgain
        id = str(uuid7_of(told.at, "message", told.pbx, told.name))
        length = round(len(told.sound) / RATE, 2)
        await self._store.keep(Recording(id, key, told.at, length, told.sound))
        saved: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(good: bool) -> None:
            if not saved.done():
                saved.set_result(good)

        self._take(VoicemailLeft(
            at=clock.now(), call=key, recording=id, seconds=length, left_at=told.at,
            request=(call.request or "") if call else "", phone=call.phone if call else "",
            queue=call.queue if call else "", source=call.source if call else "",
        ), done)  # fmt: skip
        try:
            async with asyncio.timeout(SAVED_S):
                if not await saved:
                    raise ComeAgain
        except TimeoutError:
            raise ComeAgain from None
        return {"recording": id}

    async def heard(self, wish: ListenAsked) -> dict[str, Any]:
        """Return a message of a request: {sound (WAV, bytes), seconds, at, number, of}; audited before it is answered.

        Raises:
            NotFound: there is no such request or message.
            NotYours: an operator hears the messages of his own requests.
            DatabaseDown: it could not be audited: nothing is played.
        """
        request = self._world.get(Request, str(wish.request)) or await self._history.request(str(wish.request))
        if request is None:
            raise NotFound
        if wish.role == "operator" and (wish.operator is None or request.owner != wish.operator):
            raise NotYours
        ids = await self._store.of_calls(request.calls)
        if request.recording and request.recording not in ids:
            ids.append(request.recording)
        if wish.number >= len(ids):
            raise NotFound
        message = await self._store.get(ids[-1 - wish.number])
        if message is None:
            raise NotFound
        who = Who(wish.actor, wish.role, wish.purpose, wish.operator)
        await self._asked.about(
            who, "message.listen", request.contact or request.key, request=request.key,
            details={"recording": message.id, "call": message.call, "operator": wish.operator},
        )  # fmt: skip
        return {
            "sound": wav.write(from_alaw(message.sound)), "seconds": message.seconds, "at": message.at,
            "number": wish.number, "of": len(ids),
        }  # fmt: skip


def _call_of(told: MessageTold) -> str:
    """The call a message was left in, by the name of its file: the call's id, or its channel's. Raises BadQuery."""
    by_call, by_channel = _OF_CALL.fullmatch(told.name), _OF_CHANNEL.fullmatch(told.name)
    if by_call is not None:
        return str(UUID(by_call[1]))
    if by_channel is None:
        raise BadQuery("the file's name says no call")
    return call_id(told.pbx, by_channel[1])
