"""What supervisors say to operators, and what operators are told of what a supervisor did to them."""

from collections.abc import Iterable
from dataclasses import replace

from engine.effects import AnswerCommand, ShowNotice
from engine.events import MessageAsked, PresenceAsked, QueuesAsked, SeenAsked, SkillsAsked, SpyAsked
from engine.room import Said
from engine.world import Drop, Notice, Operator, PhoneOrder, Put, Queue, View, notice_of
from okno.ids import uuid7_of

# Whoever does not read his messages for so long has other ways to be told.
KEPT = 50
Steered = PresenceAsked | QueuesAsked | SkillsAsked | SpyAsked
STEERED = {"available": "unpaused", "break": "paused", "offline": "logged_off"}


def on_message(world: View, event: MessageAsked) -> Said:
    """One notice for each operator meant; each is his own to read."""
    meant = list(_meant(world, event))
    if not meant:
        there = event.to_operator is None or world.get(Operator, event.to_operator) is not None
        yield AnswerCommand(command=event.command, ok=False, why="nobody_there" if there else "not_found")
        return
    # A text that begins with `@` is a key of ours: a person's own words never are.
    text = f" {event.text}" if event.text.startswith("@") else event.text
    for operator in meant:
        key = str(uuid7_of(event.at, "notice", event.command, operator.key))
        yield from _said(world, Notice(
            key=key, operator=operator.key, author=event.actor, at=event.at, text=text,
        ))  # fmt: skip
    yield AnswerCommand(command=event.command, ok=True)


def on_seen(world: View, event: SeenAsked) -> Said:
    """He has read it; his other pages learn it. Read already is well too."""
    notice = world.get(Notice, event.notice)
    if notice is not None and notice.operator != event.operator:
        yield AnswerCommand(command=event.command, ok=False, why="not_yours")
        return
    if notice is not None:
        yield Put(replace(notice, seen_at=event.at))
        yield Drop(Notice, notice.key)
        yield ShowNotice(notice=notice.key, operator=notice.operator)
    yield AnswerCommand(command=event.command, ok=True)


def on_presence(world: View, event: PresenceAsked) -> Said:
    """A supervisor paused him, called him back or logged him off: the room before has done it, or refused."""
    operator = world.get(Operator, event.target)
    if operator is None or operator.key == event.operator or event.presence not in STEERED:
        return
    if operator.presence == event.presence and operator.presence_since == event.at:
        yield from _told(world, STEERED[event.presence], operator, event)


def on_queues(world: View, event: QueuesAsked) -> Said:
    """A supervisor gave him other queues, or the directory's again."""
    operator = world.get(Operator, event.target)
    if operator is not None and operator.active and operator.key != event.operator:
        wanted = operator.home_queues if event.queues is None else event.queues
        if set(operator.queues) == set(wanted):
            yield from _told(world, "queues", operator, event)


def on_skills(world: View, event: SkillsAsked) -> Said:
    """A supervisor gave him other skills, or the directory's again."""
    operator = world.get(Operator, event.target)
    if operator is not None and operator.active and operator.key != event.operator:
        wanted = operator.home_skills if event.skills is None else event.skills
        if sorted(operator.skills) == sorted(wanted):
            yield from _told(world, "skills", operator, event)


def on_spied(world: View, event: SpyAsked) -> Said:
    """Somebody is about to hear his talk: the PBX was ordered it, and he knows before the first word."""
    order, operator = world.get(PhoneOrder, event.command), world.get(Operator, event.target)
    if order is not None and order.what == "spy" and operator is not None:
        yield from _told(world, event.how, operator, event)


def _told(world: View, what: str, operator: Operator, event: Steered) -> Said:
    yield from _said(world, notice_of(
        what, operator=operator.key, author=event.actor, at=event.at, command=event.command,
    ))  # fmt: skip


def _said(world: View, notice: Notice) -> Said:
    yield Put(notice)
    yield ShowNotice(notice=notice.key, operator=notice.operator)
    open_ones = sorted(world.by(Notice, "operator", notice.operator), key=lambda one: (one.at, one.key))
    for old in open_ones[:-KEPT]:
        yield Drop(Notice, old.key)


def _meant(world: View, event: MessageAsked) -> Iterable[Operator]:
    if event.to_operator is not None:
        one = world.get(Operator, event.to_operator)
        return [one] if one is not None and one.active else []
    if event.to_queue is not None and world.get(Queue, event.to_queue) is None:
        return []
    return sorted((
        one for one in world.all(Operator)
        if one.active and one.presence != "offline" and (event.to_queue is None or event.to_queue in one.queues)
    ), key=lambda one: one.key)  # fmt: skip
