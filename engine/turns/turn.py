"""A turn: the events gathered in at most 25 ms, what each led to, and how to take it back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.effects import Effect
from engine.events import Asked, Event, PhoneAsked
from engine.live.drawing import Drawing
from engine.store.batch import Batch, Poisoned
from engine.world import Change, World


class Outcome(Protocol):
    """What the loop reads of `engine.reducer.Outcome`."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """For the world and the database."""

    @property
    def effects(self) -> tuple[Effect, ...]:
        """For the loop to perform."""

    @property
    def again(self) -> tuple[Event, ...]:
        """To be reduced next."""


Reduce = Callable[[World, Event], Outcome]
Done = Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event in the queue. `alone`: it gets a turn of its own; `retried`: its prompt effects were performed.

    `done` is told, after the commit and the effects, whether the event was reduced and written.
    """

    event: Event
    since: float
    alone: bool = False
    retried: bool = False
    done: Done | None = None


@dataclass(slots=True)
class Step:
    """One event of the queue and all it led to, the events that came round the loop included."""

    event: Event
    alone: bool = False
    changes: list[Change] = field(default_factory=list)
    undo: list[Change] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    poisoned: list[Poisoned] = field(default_factory=list)
    done: Done | None = None

    def took(self, changes: Iterable[Change], undo: list[Change], effects: Iterable[Effect]) -> None:
        """Note what was applied; `undo` takes it back."""
        self.changes.extend(changes)
        self.undo[:0] = undo
        self.effects.extend(effects)

    def over(self) -> None:
        """Tell whoever waits for it that it is written, or given up."""
        if self.done is not None:
            self.done(not self.poisoned)

    def again(self, at: float, alone: bool) -> Waiting:
        """Its event, to be reduced once more."""
        return Waiting(self.event, at, alone, retried=True, done=self.done)


@dataclass(slots=True)
class Turn:
    """Steps that are written in one transaction, in order.

    Args:
        at: when it began, by the wall clock.
        began: the same by the monotonic clock.
        asked: whether a person waits for its answer.
    """

    at: datetime
    began: float
    steps: list[Step] = field(default_factory=list)
    batch: Batch = field(default_factory=Batch)
    drawing: Drawing = field(default_factory=dict)
    number: int = 0
    shown: bool = False
    asked: bool = False

    def add(self, step: Step) -> None:
        """Take in a step."""
        self.steps.append(step)
        self.asked = self.asked or isinstance(step.event, Asked)
        self.batch.add(step.changes, step.effects, step.undo)
        self.batch.poisoned.extend(step.poisoned)

    @property
    def alone(self) -> bool:
        """Whether it holds one event that must not share a turn."""
        return bool(self.steps) and self.steps[-1].alone

    @property
    def events(self) -> Iterator[Event]:
        """The events of the queue that made it."""
        return (step.event for step in self.steps)

    @property
    def owed(self) -> Iterator[Asked]:
        """The commands to be answered now; an order about a phone is, when the PBX has shown what came of it."""
        for step in self.steps:
            if isinstance(step.event, Asked) and (step.poisoned or not isinstance(step.event, PhoneAsked)):
                yield step.event

    @property
    def effects(self) -> Iterator[Effect]:
        """Every effect in order."""
        return (effect for step in self.steps for effect in step.effects)

    def over(self) -> None:
        """It is written and its effects have begun: tell whoever waits for one of its events."""
        for step in self.steps:
            step.over()


def take_back(world: World, turns: Iterable[Turn]) -> list[tuple[list[Change], list[Change]]]:
    """Take turns back from the world, the last first; return for each step its changes and what undid them."""
    taken: deque[tuple[list[Change], list[Change]]] = deque()
    for turn in reversed(list(turns)):
        for step in reversed(turn.steps):
            world.apply(step.undo)
            taken.append((step.undo, step.changes))
    return list(taken)
