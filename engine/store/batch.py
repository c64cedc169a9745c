"""What one turn writes: the last state of each durable entity it touched, its lines of history, its outbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from engine.effects import AnswerCommand, Effect, OrderCall, Publish, RecordRepair, ReportContact, TellStanding
from engine.world import Append, Call, Change, Drop, Entity, HistoryEntry, Offer, Put


@dataclass(frozen=True, slots=True)
class Poisoned:
    """An event that could not be reduced or written. `text` is the event itself; it is sealed."""

    id: str
    at: datetime
    kind: str
    reason: str
    text: str


@dataclass(slots=True)
class Batch:
    """The durable part of a turn.

    Args:
        puts: the last state of each entity, and whether it is still in the open world.
        drops: entities that left without being put in this turn.
        entries: lines of history.
        published: events for the outbox.
        answers: commands done; they are remembered.
        poisoned: events given up.
        repairs: calls the journal mended.
        shrunk: calls with fewer legs or stays than they had.
        reports: contacts with patients, for the MIS.
        standings: how requests of conversations stand, for `chat`.
    """

    puts: dict[tuple[type[Entity], str], tuple[Entity, bool]] = field(default_factory=dict)
    drops: set[tuple[type[Entity], str]] = field(default_factory=set)
    entries: list[HistoryEntry] = field(default_factory=list)
    published: list[Publish] = field(default_factory=list)
    answers: list[AnswerCommand] = field(default_factory=list)
    poisoned: list[Poisoned] = field(default_factory=list)
    repairs: list[RecordRepair] = field(default_factory=list)
    shrunk: set[str] = field(default_factory=set)
    reports: list[ReportContact] = field(default_factory=list)
    standings: list[TellStanding] = field(default_factory=list)

    def __len__(self) -> int:
        """How many rows it writes."""
        return (
            len(self.puts) + len(self.drops) + len(self.entries) + len(self.published) + len(self.answers)
            + len(self.poisoned) + len(self.repairs) + len(self.reports) + len(self.standings)
        )  # fmt: skip

    @property
    def offers(self) -> bool:
        """Whether an offer begins, changes or ends by it."""
        return any(kind is Offer for kind, _ in self.puts)

    def add(self, changes: Iterable[Change], effects: Iterable[Effect], undo: Iterable[Change] = ()) -> None:
        """Take in what one event led to, in order; `undo` tells what was before, and so which call lost a leg."""
        for change in changes:
            match change:
                case Put(entity):
                    if entity.DURABLE:
                        self.puts[type(entity), entity.key] = (entity, True)
                        self.drops.discard((type(entity), entity.key))
                case Drop(kind, key):
                    self._drop(kind, key)
                case Append(entry):
                    self.entries.append(entry)
        self._effects(effects)
        for change in undo:
            if isinstance(change, Put) and isinstance(change.entity, Call):
                self._shrank(change.entity)

    def _effects(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Publish():
                    self.published.append(effect)
                case AnswerCommand(ok=True):  # a refusal changed nothing: no transaction for it
                    self.answers.append(effect)
                case OrderCall():  # should we die before its answer, the same command is not given twice (P2)
                    self.answers.append(AnswerCommand(command=effect.command, ok=False, why="unknown"))
                case RecordRepair():
                    self.repairs.append(effect)
                case ReportContact():
                    self.reports.append(effect)
                case TellStanding():
                    self.standings.append(effect)

    def _shrank(self, was: Call) -> None:
        put = self.puts.get((Call, was.key))
        now = put[0] if put is not None else None
        if isinstance(now, Call) and (len(now.legs) < len(was.legs) or len(now.visits) < len(was.visits)):
            self.shrunk.add(was.key)

    def _drop(self, kind: type[Entity], key: str) -> None:
        if not kind.DURABLE:
            return
        put = self.puts.get((kind, key))
        if put is None:
            self.drops.add((kind, key))
        else:
            self.puts[kind, key] = (put[0], False)
