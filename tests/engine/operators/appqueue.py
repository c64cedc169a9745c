"""What app_queue does with orders and phone codes, as routing.md 2.8 has it, and a clinic whose members log in.

A model for properties: everything it claims is also shown by the tests with a real Asterisk (`tests/pbx`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine import events as ev
from engine.effects import ChangeMember, PauseMember
from engine.operators.pausing import GIVEN_BACK
from engine.world import Drop, Operator, Pbx, Put, Queue, Timer, World
from tests.engine.clinic import PBX, at, settings
from tests.engine.playbook import perform
from tests.engine.plays import snapshot

DESK, WEB = "PJSIP/1001", "PJSIP/web-1001"
# The queues of orlova's log-in code, with her penalties.
HERS = {"front": 0, "back": 0}


def loaded(**more: Any) -> ev.ConfigurationLoaded:
    """The settings of `tests.engine.clinic` where members log in; orlova may use the page as her phone."""
    said = settings()
    orlova, *others = said.operators
    pbx = replace(said.pbxes[0], members="logged_in")
    return replace(said, operators=(replace(orlova, web_phone=True), *others), pbxes=(pbx,), **more)


def logged_in_clinic(live: bool = True) -> World:
    """Its world after start-up."""
    world = World()
    perform(world, loaded())
    if live:
        perform(world, ev.PbxLinkChanged(at=at(0), pbx=PBX, state="live"))
    return world


def her(world: World, key: str = "orlova") -> Operator:
    """An operator as she is."""
    found = world.get(Operator, key)
    assert found is not None
    return found


class AppQueue:
    """One Asterisk: its members, and the facts it has told nobody yet."""

    def __init__(self) -> None:
        self.members: dict[tuple[str, str], ev.MemberSeen] = {}
        self.facts: list[Any] = []

    def does(self, order: Any, now: datetime) -> bool:
        """Carry out an order; False when it is refused."""
        if isinstance(order, PauseMember):
            return self._pause(order.interface, order.paused, order.reason, now)
        assert isinstance(order, ChangeMember)
        key = (order.queue, order.interface)
        if order.change == "add" and key not in self.members:
            self._set(ev.MemberSeen(
                queue=order.queue, interface=order.interface, status=1, paused=bool(order.reason),
                reason=order.reason, penalty=order.penalty, in_call=False,
            ), now)  # fmt: skip
        elif order.change == "remove" and key in self.members:
            del self.members[key]
            self.facts.append(ev.MemberRemoved(at=now, pbx=PBX, queue=order.queue, interface=order.interface))
        elif order.change == "penalty":
            if key not in self.members:
                return False
            self._set(replace(self.members[key], penalty=order.penalty), now)
        return True

    def dials(self, code: str, now: datetime, phone: str = DESK) -> None:
        """Somebody dials a code, with or without an engine."""
        if code == "*41":
            for queue, penalty in HERS.items():
                add = ChangeMember(pbx=PBX, interface=phone, queue=queue, change="add", penalty=penalty)
                self.does(add, now)
            self._pause(phone, False, "human:login", now)
        elif code == "*42":
            for queue, _ in [key for key in self.members if key[1] == phone]:
                self.does(ChangeMember(pbx=PBX, interface=phone, queue=queue, change="remove"), now)
        else:
            self._pause(phone, code == "*45", "human:break" if code == "*45" else "human:back", now)

    def watchdog(self, now: datetime) -> None:
        """The engine is dead: every pause that bears its name ends (R12)."""
        for one in [one for one in self.members.values() if one.paused and one.reason.startswith("eng:")]:
            self._set(replace(one, paused=False, reason=GIVEN_BACK), now)

    def rows(self) -> tuple[ev.MemberSeen, ...]:
        """QueueStatus: an unpaused member shows no reason."""
        return tuple(one if one.paused else replace(one, reason="") for one in self.members.values())

    def _pause(self, phone: str, paused: bool, reason: str, now: datetime) -> bool:
        mine = [one for one in self.members.values() if one.interface == phone]
        for one in mine:
            self._set(replace(one, paused=paused, reason=reason), now)
        return bool(mine)

    def _set(self, one: ev.MemberSeen, now: datetime) -> None:
        self.members[one.queue, one.interface] = one
        self.facts.append(ev.MemberChanged(
            at=now, pbx=PBX, queue=one.queue, interface=one.interface, status=one.status, paused=one.paused,
            reason=one.reason, penalty=one.penalty,
        ))  # fmt: skip


class Shift:
    """A world and its PBX, a clock between them; what the rooms order is done, what the PBX tells is heard."""

    def __init__(self) -> None:
        self.world, self.pbx, self.s = logged_in_clinic(live=False), AppQueue(), 0.0
        self.orders: list[Any] = []
        self.said: list[Any] = []
        self.linked = False
        self.link()

    @property
    def now(self) -> datetime:
        """Now."""
        return at(self.s)

    def tell(self, *events: Any) -> None:
        """Reduce, and keep what was ordered."""
        for event in events:
            for outcome in perform(self.world, event):
                self.said += [*outcome.events, *outcome.effects]
                self.orders += [one for one in outcome.effects if isinstance(one, PauseMember | ChangeMember)]

    def work(self) -> None:
        """Orders are done and their facts heard, as long as there is a link."""
        while self.linked and (self.orders or self.pbx.facts):
            orders, self.orders = self.orders, []
            for order in orders:
                if not self.pbx.does(order, self.now):
                    self.tell(failed(order, self.now))
            facts, self.pbx.facts = self.pbx.facts, []
            self.tell(*facts)

    def lose(self) -> None:
        """Orders are lost on their way, and the engine is told so."""
        orders, self.orders = self.orders, []
        for order in orders:
            self.tell(failed(order, self.now))

    def wait(self, seconds: float) -> None:
        """Time passes: everything is done and heard, timers fire."""
        end = self.s + seconds
        self.work()
        while due := [one for one in self.world.all(Timer) if one.due <= at(end) and self.fires(one)]:
            first = min(due, key=lambda one: (one.due, one.key))
            self.s = max(self.s, (first.due - at(0)).total_seconds())
            self.tell(ev.TimerFired(at=self.now, key=first.key))
            known = self.world.get(Timer, first.key)
            if known is not None and known.due <= self.now:
                self.world.apply([Drop(Timer, first.key)])
            self.work()
        self.s = end

    @staticmethod
    def fires(timer: Timer) -> bool:
        """Whether it is one of the operators' room."""
        return timer.key.partition(":")[0] in ("pause", "quiet", "members")

    def cut(self) -> None:
        """The link is lost; orders that were not given yet are not given any more, facts are not repeated."""
        self.linked = False
        self.orders.clear()
        self.tell(ev.PbxLinkChanged(at=self.now, pbx=PBX, state="down"))

    def link(self, gap_from: datetime | None = None) -> None:
        """The link is there again: a snapshot, then live."""
        self.pbx.facts.clear()
        self.tell(snapshot({}, self.now, members=self.pbx.rows(), gap_from=gap_from))
        self.linked = True
        self.tell(ev.PbxLinkChanged(at=self.now, pbx=PBX, state="live"))
        self.work()

    def change(self, **fields: Any) -> None:
        """Orlova as another part of the engine changed her."""
        self.world.apply([Put(replace(her(self.world), **fields))])


def failed(order: Any, now: datetime) -> ev.PauseFailed:
    """What the hands say of an order that was refused or lost."""
    queue = order.queue if isinstance(order, ChangeMember) else ""
    return ev.PauseFailed(at=now, pbx=PBX, interface=order.interface, queue=queue)


def flags(pbx: AppQueue, phone: str = DESK) -> set[tuple[bool, str]]:
    """The flags of a phone in all its queues."""
    return {(one.paused, one.reason if one.paused else "") for one in pbx.members.values() if one.interface == phone}


def memberships(pbx: AppQueue) -> dict[tuple[str, str], int]:
    """Who stands where, with his penalty."""
    return {key: one.penalty for key, one in pbx.members.items()}


def queue(world: World, key: str, **fields: Any) -> Put:
    """A queue as the directory now has it."""
    known = world.get(Queue, key)
    assert known is not None
    return Put(replace(known, **fields))


def pbx_of(world: World) -> Pbx:
    """The PBX."""
    found = world.get(Pbx, PBX)
    assert found is not None
    return found


def asks(s: float, presence: str, reason: str = "", **more: Any) -> ev.PresenceAsked:
    """She says it, or somebody for her."""
    fields = {"actor": "a", "role": "operator", "operator": "orlova"} | more
    return ev.PresenceAsked(at=at(s), command="c", presence=presence, reason=reason, **fields)


def only(kind: type, said: Iterable[Any]) -> list[Any]:
    """What was said of one kind."""
    return [one for one in said if isinstance(one, kind)]
