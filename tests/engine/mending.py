"""A live world whose history answers, and the calls a perfect journal has of the same facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from engine import events as ev
from engine.effects import LookUpCalls, RecordRepair
from engine.reducer import reduce_calls
from engine.world import Call, HistoryEntry, Request, World
from tests.engine.clinic import PBX, Ended, clinic
from tests.engine.playbook import perform


def told_by(facts: Iterable[Any]) -> tuple[Call, ...]:
    """The calls of which the journal has these facts, in the order of their ends."""
    world, ended = clinic(), dict[str, Call]()
    for fact in facts:
        waiting = [fact]
        while waiting:
            outcome = reduce_calls(world, waiting.pop(0))
            world.apply(outcome.changes)
            waiting += outcome.again
            for change in outcome.changes:
                entity = getattr(change, "entity", None)
                if isinstance(entity, Call) and entity.phase == "ended":
                    ended[entity.key] = entity
    return tuple(ended.values())


class Live(Ended):
    """A world and its history; `tell` gives it the journal's word and looks up what is asked."""

    def __init__(self, world: World | None = None) -> None:
        super().__init__(world or clinic())
        self.repairs: list[RecordRepair] = []
        self.lines: list[HistoryEntry] = []

    def tell(self, calls: Iterable[Call], at: datetime, *, pbx: str = PBX) -> list[RecordRepair]:
        """Tell calls that ended; returns what was mended."""
        before = len(self.repairs)
        self._take(ev.JournalTold(at=at, pbx=pbx, calls=tuple(calls)))
        return self.repairs[before:]

    def _take(self, event: Any) -> None:
        for outcome in perform(self.world, event):
            for change in outcome.changes:
                entity, entry = getattr(change, "entity", None), getattr(change, "entry", None)
                if isinstance(entity, Call):
                    self.calls[entity.key] = entity
                elif isinstance(entity, Request):
                    self.requests[entity.key] = entity
                elif entry is not None:
                    self.lines.append(entry)
            self.said += [*outcome.events, *outcome.effects]
            self.repairs += [effect for effect in outcome.effects if isinstance(effect, RecordRepair)]
            for effect in outcome.effects:
                if isinstance(effect, LookUpCalls):
                    self._take(self._looked_up(effect.calls, event.at))

    def _looked_up(self, told: tuple[Call, ...], at: datetime) -> ev.CallsLookedUp:
        kept = tuple(self.calls[call.key] for call in told if call.key in self.calls)
        requests = tuple(self.requests[call.request] for call in kept if call.request in self.requests)
        return ev.CallsLookedUp(at=at, told=told, kept=kept, requests=requests)
