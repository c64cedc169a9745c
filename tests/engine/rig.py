"""A loop on a real database, without PBXs or a door: what tests of the writer set in motion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from engine.effects import AnswerCommand, Publish, ShowRing
from engine.events import Asked, CallArrived, NoteAsked, PresenceAsked, TimerFired
from engine.live.drawing import draw_all
from engine.live.screens import Screens
from engine.loop import Loop
from engine.reducer import Outcome
from engine.reducer import reduce as rooms
from engine.store import opening
from engine.store.codec import Codec
from engine.store.lease import Lease
from engine.store.saving import TurnStore
from engine.turns.commands import Commands
from engine.turns.figures import Figures
from engine.turns.surroundings import Surroundings
from engine.world import Append, Call, Counter, HistoryEntry, Pbx, Put, Timer, World
from okno import clock
from okno.database import Database
from okno.seal import Keyring


@dataclass
class Rig:
    """A running loop; `performed` are the effects begun, `told` the live messages, `registry` the metrics."""

    database: Database
    lease: Lease
    loop: Loop
    screens: Screens
    codec: Codec
    registry: CollectorRegistry
    task: asyncio.Task[None]
    performed: list[Any] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    overflowed: list[str] = field(default_factory=list)

    def metric(self, name: str, /, **labels: str) -> float:
        """A metric's value."""
        return self.registry.get_sample_value(name, labels) or 0.0

    async def until(self, fact: Callable[[], Any], within_s: float = 10) -> None:
        """Wait until it is so."""
        for _ in range(int(within_s / 0.01)):
            if fact():
                return
            if self.task.done():
                self.task.result()
            await asyncio.sleep(0.01)
        raise AssertionError("it did not become so")


@asynccontextmanager
async def running(
    database: Database, keyring: Keyring, reduce: Any = rooms, *, world: World | None = None, **around: Any
) -> AsyncIterator[Rig]:
    """Take the lease, load what is there (or take `world`), and run a loop until the end of the `async with`."""
    codec, registry = Codec(keyring.sealer("engine")), CollectorRegistry()
    lease = Lease(database, str(uuid4()), "http://127.0.0.1:1")
    await lease.take()
    world = world or World(await opening.open_world(database, codec))
    performed: list[Any] = []
    overflowed: list[str] = []
    screens = Screens(f"{lease.epoch}-test")
    screens.begin(draw_all(world))
    figures = Figures(registry)
    made = Surroundings(
        reduce=reduce, saver=TurnStore(database, codec), epoch=lease.epoch, turn=lease.turn, screens=screens,
        perform=performed.append, overflowed=overflowed.append, zone=ZoneInfo("Asia/Yekaterinburg"),
    )  # fmt: skip
    loop = Loop(world, replace(made, **around), Commands(figures, await opening.answers(database)), figures)
    task = asyncio.create_task(loop.run())
    rig = Rig(database, lease, loop, screens, codec, registry, task, performed, overflowed=overflowed)
    try:
        with screens.reading(rig.told.append):
            yield rig
            loop.stop()
            await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await lease.release()


def tiny(world: World, event: Any) -> Outcome:
    """A room of our own: events write what their texts say, so that a test can write anything."""
    match event:
        case NoteAsked(note="boom"):
            raise ValueError("a mistake of ours with a number +79990001873")
        case NoteAsked(note="bad"):
            return Outcome((Put(_call("no uuid", event)),), (_answer(event),))
        case NoteAsked(note="timer"):
            return Outcome((Put(Timer(key="t", due=event.at + timedelta(seconds=0.2))),), (_answer(event),))
        case NoteAsked(note="ring"):
            call = _call(event.request, event)
            return Outcome((Put(call),), (ShowRing(operator="orlova", call=call.key, leg=0), _answer(event)))
        case NoteAsked(note="silent"):
            return Outcome()
        case NoteAsked():
            entry = HistoryEntry(request=event.request, at=event.at, actor=event.actor, what="note", note=event.note)
            published = Publish(kind="Noted", key=event.command, at=event.at, payload={})
            counter = world.get(Counter, "notes") or Counter(key="notes")
            more = replace(counter, value=counter.value + 1)
            again = (CallArrived(at=event.at, call=event.request),) if event.note == "again" else ()
            return Outcome((Put(more), Append(entry)), (published, _answer(event)), again=again)
        case CallArrived():
            return Outcome((Put(Counter(key="again", value=1)),))
        case TimerFired():
            return Outcome((Put(Counter(key=f"fired:{event.key}", value=1)),))
        case PresenceAsked():
            return Outcome((Put(Pbx(key="main", link=event.presence)),), (_answer(event),))
    return Outcome()


def note(text: str = "a note", **more: Any) -> NoteAsked:
    """A command for `tiny`."""
    given = {"request": str(uuid4()), "command": str(uuid4())} | more
    return NoteAsked(at=clock.now(), actor="anna", role="operator", operator="orlova", note=text, **given)


def _answer(asked: Asked) -> AnswerCommand:
    return AnswerCommand(command=asked.command, ok=True)


def _call(key: str, asked: Asked) -> Call:
    return Call(
        key=key, pbx="main", direction="inbound", channel=asked.command, phone="+79990001873", started_at=asked.at
    )


__all__ = ["Rig", "note", "running", "tiny"]
