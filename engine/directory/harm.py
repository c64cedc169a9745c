"""Whom a change of the directory would hurt just now, and what in it is odd though allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.world import Call, Operator, Request, View
from okno.settings.directory import Directory

_WAITS = frozenset({"new", "queued", "offered", "postponed"})
_WORKS = frozenset({"in_progress", "wrap_up"})


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know before he saves: `word` names the sentence, `more` fills it, `path` says where."""

    path: str
    word: str
    message: str
    more: dict[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"path": self.path, "word": self.word, "message": self.message, "more": self.more}


def harm(world: View, was: Directory, now: Directory) -> list[Remark]:
    """Return whom the change would hurt at this moment; it is refused unless the administrator insists.

    A queue that goes while people wait in it; an operator who goes, or whose phone becomes another, while he talks;
    one who goes with requests in his hands.

    Args:
        world: as it is now.
        was: the directory in force.
        now: the one that is wanted.
    """
    queues = {queue.name for queue in now.queues}
    found = [one for queue in was.queues if queue.name not in queues for one in _queue(world, queue.name)]
    operators = {operator.name: operator for operator in now.operators}
    for before in was.operators:
        after = operators.get(before.name)
        if after is None:
            found += _gone(world, before.name)
        elif (after.extension, after.pbx) != (before.extension, before.pbx) and _on_the_phone(world, before.name):
            path, words = f"operators[{before.name}].extension", "is on the phone; the call would stay with the old one"
            found.append(Remark(path, "phone_in_use", words, {"name": before.name}))
    return found


def oddities(directory: Directory) -> list[Remark]:
    """Return what is allowed and hardly meant: hours that never open, a queue nobody answers."""
    found = [
        Remark(f"hours.{name}", "never_open", "never open", {"name": name})
        for name, hours in directory.hours.items() if not any(hours.week.values())
    ]  # fmt: skip
    answered = {queue for operator in directory.operators for queue in operator.queues}
    dialled = {line.queue for line in directory.lines}
    for place, queue in enumerate(directory.queues):
        if queue.name in dialled - answered:
            words = "has a number and no operator"
            found.append(Remark(f"queues[{place}]", "nobody_answers", words, {"name": queue.name}))
    for place, operator in enumerate(directory.operators):
        if not operator.queues:
            words = "stands in no queue"
            found.append(Remark(f"operators[{place}].queues", "no_queue", words, {"name": operator.name}))
    return found


def _queue(world: View, name: str) -> Iterator[Remark]:
    callers = sum(
        1 for call in world.by(Call, "queue", name)
        if call.ended_at is None and any(stay.queue == name and stay.exit == "waiting" for stay in call.visits)
    )  # fmt: skip
    waiting = [one for one in world.by(Request, "queue", name) if one.kind != "call" and one.status in _WAITS]
    if callers or waiting:
        words = f"{callers} callers and {len(waiting)} requests wait in it"
        more = {"name": name, "callers": callers, "requests": len(waiting)}
        yield Remark(f"queues[{name}]", "queue_in_use", words, more)


def _gone(world: View, name: str) -> Iterator[Remark]:
    if _on_the_phone(world, name):
        yield Remark(f"operators[{name}]", "operator_talks", "is on the phone", {"name": name})
    held = sum(1 for one in world.by(Request, "owner", name) if one.status in _WORKS)
    if held:
        more = {"name": name, "requests": held}
        yield Remark(f"operators[{name}]", "operator_works", f"has {held} requests in hand", more)


def _on_the_phone(world: View, name: str) -> bool:
    operator = world.get(Operator, name)
    return operator is not None and operator.voice in ("ringing", "incall")
