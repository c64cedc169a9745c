"""Members of Asterisk's queues as the PBX reports them, and what people do by their phones' codes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from engine.events import MemberChanged, MemberRemoved, MemberSeen, OperatorLeft
from engine.operators import quiet
from engine.operators.duty.steering import reset
from engine.operators.freeing import put
from engine.operators.membership import look, on_duty, wanted
from engine.operators.pausing import (
    AUTOPAUSE,
    AUTOPAUSE_REASON,
    GIVEN_BACK,
    RONA,
    differs,
    flag,
    humans,
    logs_in,
    members_of,
    word,
)
from engine.operators.voice import STATUSES, with_device
from engine.room import Said
from engine.world import Drop, Member, Operator, Put, View
from engine.world.reading import is_live

# A pause made on the phone without a reason.
BY_PHONE = "human:phone"
# What the phone codes of our dialplan give as the reason of an unpause; the engine never does.
BACK_BY_PHONE = frozenset({"human:back", "human:login"})
# …and of the pause that stands for logging off where members stand in the PBX's own configuration.
OFF_BY_PHONE = "human:logout"
# The echo of an order comes within this; a person does not press a phone code so soon after his screen.
ECHO = timedelta(seconds=3)


def member_key(pbx: str, queue: str, interface: str) -> str:
    """The key of a `Member`."""
    return f"{pbx}/{queue}/{interface}"


def member(pbx: str, seen: MemberChanged | MemberSeen) -> Member:
    """The member as the PBX has it."""
    return Member(
        key=member_key(pbx, seen.queue, seen.interface), pbx=pbx, queue=seen.queue, interface=seen.interface,
        status=seen.status, paused=seen.paused, reason=seen.reason, penalty=seen.penalty,
    )


def on_changed(world: View, event: MemberChanged) -> Said:
    """QueueMember…: the device's state, and what was not our doing."""
    now = member(event.pbx, event)
    before = world.get(Member, now.key)
    if now == before:
        return
    yield Put(now)
    for known in whose(world, event.pbx, event.interface):
        if before is None:
            yield from _came(world, known, now, event.at)
        operator = world.get(Operator, known.key) or known
        if operator.active and event.interface == operator.interface:
            yield from _told(world, operator, before, now, event.at)


def on_removed(world: View, event: MemberRemoved) -> Said:
    """QueueMemberRemoved: who stands in none of the queues where we want him has logged off by his phone."""
    key = member_key(event.pbx, event.queue, event.interface)
    if world.get(Member, key) is None:
        return
    yield Drop(Member, key)
    for operator in whose(world, event.pbx, event.interface):
        ours = event.interface != operator.interface or event.queue not in wanted(world, operator)
        if ours or not logs_in(world, operator):
            yield from quiet.look(world, operator, event.at)
        elif members_of(world, operator) or _just_said(operator, event.at):
            yield from look(operator, event.at)
        else:
            yield from put(world, off_by_phone(operator, event.at), event.at)
            yield OperatorLeft(at=event.at, operator=operator.key)


def whose(world: View, pbx: str, interface: str) -> list[Operator]:
    """The operators who have this phone, today's or not."""
    found = {
        one.key: one for name in ("interface", "desk_interface", "web_interface")
        for one in world.by(Operator, name, interface) if one.pbx == pbx
    }  # fmt: skip
    return [found[key] for key in sorted(found)]


def _came(world: View, operator: Operator, now: Member, at: datetime) -> Said:
    """A phone that came into a queue: he logged in by it, or it is our own order's echo."""
    expected = now.interface == operator.interface and now.queue in wanted(world, operator)
    if expected or not logs_in(world, operator):
        return
    if operator.active and not on_duty(operator) and not _just_said(operator, at):
        yield from put(world, on_by_phone(operator, now, at), at)
    yield from look(operator, at)


def _told(world: View, operator: Operator, before: Member | None, now: Member, at: datetime) -> Said:
    """What the member tells of its operator: his pause, his phone's state; and the flag again where it must hold."""
    was = before is not None and before.paused
    changed = _pause(operator, before, now, at)
    if 0 < now.status < len(STATUSES):
        changed = with_device(changed, STATUSES[now.status], at)
    yield from put(world, changed, at)
    if changed.presence == "offline" and operator.presence != "offline":
        yield OperatorLeft(at=at, operator=operator.key)
    # He came back by his phone while the engine still holds it; or said something else while his phone came in.
    back = was and not now.paused and not is_ours(now.reason, operator, at) and bool(changed.pauses)
    if (back or (before is None and differs(now, changed.pauses))) and is_live(world, changed.pbx):
        yield flag(changed, paused=bool(changed.pauses), reason=word(changed.pauses) if changed.pauses else now.reason)
    yield from quiet.look(world, changed, at)


def _pause(operator: Operator, before: Member | None, now: Member, at: datetime) -> Operator:
    """What a member's flag tells of its operator, if the order was not ours."""
    was = before is not None and before.paused
    if (was, before.reason if before else "") == (now.paused, now.reason) or is_ours(now.reason, operator, at):
        return operator
    if now.paused:
        return paused_by_phone(operator, owner_of(now.reason), at)
    return unpaused_by_phone(operator, at) if was and now.reason != GIVEN_BACK else operator


def is_ours(reason: str, operator: Operator, at: datetime) -> bool:
    """Whether the event is the echo of the engine's own order, maybe a late one after he changed his mind."""
    if reason in BACK_BY_PHONE:
        return False
    if reason.startswith("eng:") or (bool(reason) and reason in operator.pauses):
        return True
    return reason.startswith("human:") and _just_said(operator, at)


def _just_said(operator: Operator, at: datetime) -> bool:
    return operator.said_at is not None and at - operator.said_at < ECHO


def owner_of(reason: str) -> str:
    """The owner that a pause with this reason has."""
    if reason == AUTOPAUSE_REASON:
        return AUTOPAUSE
    if reason.startswith(("human:", "eng:")):
        return reason
    return f"human:{reason}" if reason else BY_PHONE


def paused_by_phone(operator: Operator, owner: str, at: datetime) -> Operator:
    """The operator as he paused himself by his phone, or Asterisk did by autopause."""
    if owner == OFF_BY_PHONE:
        return replace(off_by_phone(operator, at), pauses=operator.pauses | {owner})
    operator = replace(operator, pauses=operator.pauses | {owner})
    if owner == AUTOPAUSE or operator.presence == "break":
        return operator
    return replace(
        operator, presence="break", presence_reason=owner.removeprefix("human:"), presence_since=at, steered_by="",
    )


def unpaused_by_phone(operator: Operator, at: datetime) -> Operator:
    """The operator as he came back by his phone: his own owners go, the engine's stay, and he is there."""
    pauses = operator.pauses - humans(operator.pauses) - {AUTOPAUSE, RONA}
    operator = replace(operator, pauses=pauses, rang_out=0)
    if operator.presence == "available":
        return operator
    return replace(
        operator, presence="available", presence_reason="", presence_since=at, missed=0, steered_by="",
    )


def on_by_phone(operator: Operator, phone: Member, at: datetime) -> Operator:
    """The operator as he logged in by this phone's code, which is today's phone from then on."""
    web = phone.interface == operator.web_interface
    operator = replace(operator, phone="web" if web else "desk", interface=phone.interface)
    return unpaused_by_phone(operator, at)


def off_by_phone(operator: Operator, at: datetime) -> Operator:
    """The operator as he logged off by his phone: what a supervisor gave him for the day is over."""
    return replace(
        reset(operator), presence="offline", presence_reason="", presence_since=at, missed=0, rang_out=0,
        pauses=operator.pauses - humans(operator.pauses) - {AUTOPAUSE, RONA}, steered_by="",
    )


def flags(members: Iterable[Member]) -> tuple[bool, str]:
    """Whether any of these members is paused, and the reason of the first that is."""
    for one in members:
        if one.paused:
            return True, one.reason
    return False, ""
