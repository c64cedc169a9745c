"""Whatever happens in whatever order: no number is called twice at a time, no refusal is passed over, no bound is broken."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.effects import OrderCall
from engine.world import CallList, NoLists, Pbx, Put, Request, Target, World
from tests.engine.callbacks.lists.given import PEOPLE, command, made, people, play
from tests.engine.callbacks.lists.test_ringing import IVR, lifts, over, there
from tests.engine.clinic import PBX, at, clinic

LISTS = tuple(str(UUID(int=number)) for number in (0xA1, 0xA2))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
STEPS = st.lists(
    st.tuples(st.sampled_from((
        "sweep", "sweep", "sweep", "there", "lifts", "over", "busy", "served", "refused_order", "pause", "resume", "stop",
        "skip", "back", "refuse", "calls_us", "restart",
    )), st.integers(0, 5)), max_size=40,
)  # fmt: skip


class Game:
    """Two lists of the same people, and all that may happen to them."""

    def __init__(self) -> None:
        self.world: World = clinic()
        self.now = 0.0
        self.orders: list[OrderCall] = []
        self.alive: list[OrderCall] = []
        for number, key in enumerate(LISTS):
            one = made(**(IVR | {"key": key, "at_once": 2, "again_min": 1}))
            targets = tuple(
                replace(who, key=str(UUID(int=0x100 * (number + 1) + who.place)), list=key) for who in people()
            )
            self.take(command(ev.ListAsked, 0, made=one, targets=targets))

    def take(self, *events: Any) -> None:
        refused = {one.phone for one in self.world.all(NoLists)}
        for one in play(self.world, *events):
            if isinstance(one, OrderCall):
                number = "+" + dict(one.variables)["CALLERID(num)"]
                assert number not in refused, "he wants no lists"
                self.orders.append(one)
                self.alive.append(one)
        self.check()

    def check(self) -> None:
        dialling = [one for one in self.world.all(Target) if one.state in ("dialling", "asked")]
        assert max(Counter(one.phone for one in dialling).values(), default=0) <= 1, "two dials to one person"
        assert max(Counter(one.list for one in dialling).values(), default=0) <= 2, "more lines than the list has"
        assert len({one.channel_id for one in self.orders}) == len(self.orders)

    def step(self, what: str, which: int) -> None:
        self.now += 7
        now, targets = self.now, sorted(self.world.all(Target), key=lambda one: one.key)
        order = self.alive[which % len(self.alive)] if self.alive else None
        target = targets[which % len(targets)] if targets else None
        key = LISTS[which % 2]
        if what == "sweep":
            self.take(ev.Swept(at=at(now)))
        elif what == "restart":
            pbx = self.world.get(Pbx, PBX)
            assert pbx is not None
            self.world.apply([Put(replace(pbx, live_from=at(now)))])
        elif what == "calls_us":
            phone = PEOPLE[which % 3]
            self.take(
                ev.ChannelCreated(
                    at=at(now), pbx=PBX, uniqueid=f"1760000000.{int(now)}", linkedid=f"1760000000.{int(now)}", state=4,
                    name=f"PJSIP/trunk-{int(now):08x}", number=phone, context="okno-inbound", exten="73430000001",
                ), ev.Swept(at=at(now + 1)),
                ev.ChannelHungUp(
                    at=at(now + 2), pbx=PBX, uniqueid=f"1760000000.{int(now)}", linkedid=f"1760000000.{int(now)}", cause=16
                ),
            )  # fmt: skip
        elif what in ("pause", "resume", "stop"):
            self.take(command(ev.ListSteered, now, list=key, what=what))
        elif what in ("skip", "back", "refuse") and target is not None:
            self.take(command(ev.TargetSteered, now, target=target.key, what=what))
        elif order is not None:
            self.ring(what, order, now)

    def ring(self, what: str, order: OrderCall, now: float) -> None:
        """Something becomes of a ring."""
        if what == "there":
            self.take(*there(order, now))
        elif what == "lifts":
            self.take(*lifts(order, now))
        elif what == "over":
            self.take(*over(order, now))
        elif what == "busy":
            self.take(*over(order, now, 17, "BUSY"))
        elif what == "served":
            self.take(ev.SelfServed(at=at(now), pbx=PBX, uniqueid=order.channel_id), *over(order, now))
        elif what == "refused_order":
            self.take(ev.OrderEnded(at=at(now), command=order.command, pbx=PBX, ok=False, why="failed"))
        if what in ("over", "busy", "served", "refused_order"):
            self.alive.remove(order)


@QUICK
@given(STEPS)
def test_nothing_anybody_does_breaks_the_laws(steps: list[tuple[str, int]]) -> None:
    game = Game()
    for what, which in steps:
        game.step(what, which)


@QUICK
@given(STEPS)
def test_a_list_that_is_left_alone_comes_to_its_end(steps: list[tuple[str, int]]) -> None:
    game = Game()
    for what, which in steps:
        game.step(what, which)
    for key in LISTS:
        game.step("resume", LISTS.index(key))
    for _ in range(200):
        while game.alive:
            game.step("there", 0)
            game.step("busy", 0)
        game.now += 60
        game.step("sweep", 0)
    left = [one for one in game.world.all(Target) if one.state in ("waiting", "dialling", "asked")]
    assert all(game.world.by(Request, "phone", one.phone) for one in left), "only a matter of his own holds him"
    assert {one.key for one in game.world.all(CallList)} == {one.list for one in left}
