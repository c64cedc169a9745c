"""Members of Asterisk's queues as the PBX reports them, and the pauses that people make by their phones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from engine.events import MemberChanged, MemberRemoved, MemberSeen
from engine.operators.pausing import AUTOPAUSE, AUTOPAUSE_REASON, humans
from engine.operators.voice import STATUSES, with_device
from engine.room import Said
from engine.world import Drop, Member, Operator, Put, View

# A pause made on the phone without a reason.
BY_PHONE = "human:phone"
# What the phone codes of our dialplan give as the reason of an unpause; the engine never does.
BACK_BY_PHONE = frozenset({"human:back", "human:login"})
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
    """QueueMember…: the device's state, and a pause that is not ours."""
    now = member(event.pbx, event)
    before = world.get(Member, now.key)
    if now == before:
        return
    yield Put(now)
    for operator in world.by(Operator, "interface", event.interface):
        if operator.pbx != event.pbx:
            continue
        changed = _pause(operator, before, now, event.at)
        if 0 < event.status < len(STATUSES):
            changed = with_device(changed, STATUSES[event.status], event.at)
        if changed != operator:
            yield Put(changed)


def on_removed(world: View, event: MemberRemoved) -> Said:
    """QueueMemberRemoved."""
    key = member_key(event.pbx, event.queue, event.interface)
    if world.get(Member, key) is not None:
        yield Drop(Member, key)


def _pause(operator: Operator, before: Member | None, now: Member, at: datetime) -> Operator:
    """What a member's flag tells of its operator, if the order was not ours."""
    was = before is not None and before.paused
    if (was, before.reason if before else "") == (now.paused, now.reason) or is_ours(now.reason, operator, at):
        return operator
    if now.paused:
        return paused_by_phone(operator, owner_of(now.reason), at)
    return unpaused_by_phone(operator, at) if was else operator


def is_ours(reason: str, operator: Operator, at: datetime) -> bool:
    """Whether the event is the echo of the engine's own order, maybe a late one after he changed his mind."""
    if reason in BACK_BY_PHONE:
        return False
    if reason.startswith("eng:") or (bool(reason) and reason in operator.pauses):
        return True
    said = operator.presence_since
    return reason.startswith("human:") and said is not None and at - said < ECHO


def owner_of(reason: str) -> str:
    """The owner that a pause with this reason has."""
    if reason == AUTOPAUSE_REASON:
        return AUTOPAUSE
    if reason.startswith(("human:", "eng:")):
        return reason
    return f"human:{reason}" if reason else BY_PHONE


def paused_by_phone(operator: Operator, owner: str, at: datetime) -> Operator:
    """The operator as he paused himself by his phone, or Asterisk did by autopause."""
    operator = replace(operator, pauses=operator.pauses | {owner})
    if owner == AUTOPAUSE or operator.presence == "break":
        return operator
    return replace(
        operator, presence="break", presence_reason=owner.removeprefix("human:"), presence_since=at,
    )


def unpaused_by_phone(operator: Operator, at: datetime) -> Operator:
    """The operator as he came back by his phone: his own owners go, the engine's stay."""
    operator = replace(operator, pauses=operator.pauses - humans(operator.pauses) - {AUTOPAUSE})
    if operator.presence not in ("break", "offline"):
        return operator
    return replace(operator, presence="available", presence_reason="", presence_since=at)


def flags(members: Iterable[Member]) -> tuple[bool, str]:
    """Whether any of these members is paused, and the reason of the first that is."""
    for one in members:
        if one.paused:
            return True, one.reason
    return False, ""
