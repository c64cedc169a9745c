"""Promises to call on a real Asterisk: twenty due, four operators, six on the line; and who rings himself meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from engine.events import AcceptAsked, CallbackWanted, PagesSeen, PresenceAsked, Swept, TimerFired, TriedAsked
from engine.requests import of_calls
from engine.world import Call, Callback, CallbackRule, Drop, Member, Offer, Operator, Put, Queue, Request, Timer
from okno import clock
from tests.pbx.dialog import Dialog
from tests.pbx.matrix.play import Desk, Expected, Scenario
from tests.pbx.matrix.play import Queue as QueueOf
from tests.pbx.matrix.stage import OUTSIDE, Stage, stage
from tests.pbx.ordering import Ordering, ordering
from tests.pbx.softphone import Softphone

QUEUE, TALK_S, PROMISES = "q2300", 1.5, 20
DESKS = ("3701", "3702", "3703", "3704")


async def _not_played(clinic: object) -> list[Expected]:
    raise AssertionError("these plays are the tests'")


SETTING = Scenario(
    name="callbacks", play=_not_played, block=2300,
    queues=(QueueOf(QUEUE, strategy="rrmemory", ring_s=15, max_wait_s=120, join_empty=True, wrap_up_s=2),),
    desks=tuple(Desk(desk, (QUEUE,), None) for desk in DESKS),
)  # fmt: skip


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The Asterisk all these tests share."""
    made = stage(tmp_path_factory.mktemp("callbacks"), [SETTING])
    with made.bench:
        yield made


@dataclass
class Seen:
    """What happened: who was dialled (number, since, until), what was accepted in order, how many called back at once."""

    dials: list[tuple[str, float, float]] = field(default_factory=list)
    ringing: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    most: int = 0
    twice: list[str] = field(default_factory=list)


@dataclass
class Floor:
    """The engine's rooms with their timers, the operators at their phones, and people outside."""

    engine: Ordering
    stage: Stage
    phones: dict[str, Softphone]
    trunk: Softphone
    seen: Seen = field(default_factory=Seen)
    accepting: bool = True

    async def keep_time(self) -> None:
        """Timers fire, the engine sweeps, pages are there."""
        everybody = tuple(self.engine.operator(desk) for desk in DESKS)
        for beat in range(100_000):
            now = clock.now()
            for timer in [one for one in self.engine.world.all(Timer) if one.due <= now]:
                self.engine.take(TimerFired(at=now, key=timer.key))
                left = self.engine.world.get(Timer, timer.key)
                if left is not None and left.due <= now:
                    self.engine.world.apply([Drop(Timer, timer.key)])
            if beat % 20 == 0:
                self.engine.take(PagesSeen(at=now, here=everybody))
                self.engine.take(Swept(at=now))
            self._look()
            await asyncio.sleep(0.05)

    def _look(self) -> None:
        """How many call back while somebody waits on the line."""
        waits = any(one.phase == "queued" for one in self.engine.world.all(Call) if one.direction == "inbound")
        if waits:
            at_it = {one.operator for one in self.engine.world.all(Offer)}
            self.seen.most = max(self.seen.most, len(at_it))

    async def accept(self) -> None:
        """Everybody says yes to what he is asked, a moment after he has seen it."""
        while True:
            for offer in [one for one in self.engine.world.all(Offer) if one.state == "pending" and self.accepting]:
                answer = await self.engine.ask(AcceptAsked, offer.operator, offer=offer.key)
                if answer.ok:
                    self.seen.accepted.append(offer.request)
            await asyncio.sleep(0.1)

    async def desk(self, phone: Softphone) -> None:
        """An operator lifts whatever rings and talks until the other side has had enough."""
        while True:
            call = await phone.rings(600)
            await asyncio.sleep(0.2)
            if call.ended_at is None:
                await call.answer()
                with contextlib.suppress(TimeoutError):
                    await call.over(60)

    async def outside(self) -> None:
        """Whoever is called outside lifts, talks and hangs up; nobody's phone may ring twice at a time."""
        talks: set[asyncio.Task[None]] = set()
        while True:
            call = await self.trunk.rings(600)
            talks.add(asyncio.create_task(self._talk(call)))

    async def _talk(self, call: Dialog) -> None:
        assert call.incoming is not None
        number, begun = call.incoming.uri("to").partition("sip:")[2].partition("@")[0], clock.monotonic()
        self.seen.ringing[number] += 1
        if self.seen.ringing[number] > 1:
            self.seen.twice.append(number)
        await asyncio.sleep(0.3)
        if call.ended_at is None:
            await call.answer()
            await asyncio.sleep(TALK_S)
            await call.hang_up()
        self.seen.ringing[number] -= 1
        self.seen.dials.append((number, begun, clock.monotonic()))

    async def say(self, presence: str, *desks: str) -> None:
        """These operators say that they are there, or are on a break."""
        for desk in desks:
            name = self.engine.operator(desk)
            self.engine.take(PagesSeen(at=clock.now(), here=(name,)))
            reason = "lunch" if presence == "break" else ""
            assert (await self.engine.ask(PresenceAsked, name, presence=presence, reason=reason)).ok
        interfaces = {f"PJSIP/{desk}" for desk in desks}
        if presence == "break":
            await self.engine.until(
                lambda: all(one.paused for one in self.engine.world.all(Member) if one.interface in interfaces),
                "the queue does not know it",
            )

    def rule(self, **fields: Any) -> None:
        """How the queue calls back."""
        queue = self.engine.world.get(Queue, QUEUE)
        assert queue is not None
        self.engine.world.apply([Put(replace(queue, callbacks=CallbackRule(quiet=(0, 0), **fields)))])

    def promise(self, n: int, at: datetime | None = None) -> str:
        """Somebody is promised a call; returns the request."""
        key = str(uuid4())
        self.engine.take(CallbackWanted(
            at=at or clock.now(), key=key, origin="form", phone=SETTING.number(n), queue=QUEUE,
        ))  # fmt: skip
        return key

    def number(self, n: int) -> str:
        """As the trunk has it."""
        return SETTING.number(n).removeprefix("+")


@asynccontextmanager
async def caller(floor: Floor, n: int) -> AsyncIterator[Dialog]:
    """Somebody rings and waits in the queue."""
    async with Softphone(SETTING.number(n), floor.stage.free(OUTSIDE), floor.stage.bench.sip) as phone:
        dialog = phone.dial(floor.stage.lines[QUEUE].removeprefix("+"))
        await floor.engine.until(
            lambda: any(one.phase == "queued" for one in floor.engine.world.by(Call, "phone", SETTING.number(n))),
            "he does not wait",
        )
        yield dialog


@pytest_asyncio.fixture
async def floor(pbx: Stage) -> AsyncIterator[Floor]:
    """Everybody at his place; nobody is on duty yet."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(ordering(pbx.bench))
        phones = {
            desk: await stack.enter_async_context(Softphone(desk, pbx.desks[desk], pbx.bench.sip)) for desk in DESKS
        }
        trunk = await stack.enter_async_context(Softphone("outside", pbx.outside, pbx.bench.sip))
        made = Floor(engine, pbx, phones, trunk)
        running = [asyncio.create_task(one) for one in (made.keep_time(), made.accept(), made.outside())]
        try:
            yield made
        finally:
            for task in running:
                task.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
            assert [one for one in ended if not isinstance(one, asyncio.CancelledError)] == []


@pytest.mark.asyncio
async def test_twenty_promises_four_operators_and_six_on_the_line(floor: Floor) -> None:
    engine, seen = floor.engine, floor.seen
    floor.rule(dial="auto", share=50)
    desks = [asyncio.create_task(floor.desk(phone)) for phone in floor.phones.values()]
    async with AsyncExitStack() as stack:
        await floor.say("break", *DESKS)
        early = [await stack.enter_async_context(caller(floor, n)) for n in (31, 32)]
        keys = [floor.promise(n) for n in range(1, PROMISES + 1)]
        late = [await stack.enter_async_context(caller(floor, n)) for n in (33, 34, 35, 36)]
        begun = clock.monotonic()
        await floor.say("available", *DESKS)
        waits: dict[int, float] = {}

        async def served(n: int, call: Dialog) -> None:
            await call.up(60)
            await engine.until(
                lambda: any(leg.answered_at for one in engine.world.by(Call, "phone", SETTING.number(n)) for leg in one.legs),
                "nobody talks with him", 60,
            )
            waits[n] = clock.monotonic() - begun
            await asyncio.sleep(TALK_S)
            await call.hang_up()

        await asyncio.gather(*[served(n, call) for n, call in zip((31, 32, 33, 34, 35, 36), [*early, *late], strict=True)])
        on_the_line_s = clock.monotonic() - begun
        await engine.until(lambda: len(seen.dials) == PROMISES and not list(engine.world.all(Request)), "not all", 120)
    for task in desks:
        task.cancel()
    order = [number for number, _, _ in sorted(seen.dials, key=lambda dial: dial[1])]
    assert sorted(order) == sorted(floor.number(n) for n in range(1, PROMISES + 1)), "somebody was not called just once"
    assert seen.twice == []
    assert seen.accepted == keys, "out of order"
    late_by = [order.index(floor.number(n)) - (n - 1) for n in range(1, PROMISES + 1)]
    assert max(map(abs, late_by)) < len(DESKS), late_by  # four dial side by side
    assert seen.most <= 2, "more than the share called back while callers waited"
    assert waits.keys() == {31, 32, 33, 34, 35, 36}
    print(
        f"\nsix callers answered after {sorted(round(wait, 1) for wait in waits.values())} s, all of them done after"
        f" {on_the_line_s:.1f} s; twenty called back after {max(end for _, _, end in seen.dials) - begun:.1f} s"
    )


@pytest.fixture
def soon_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A talk of a second settles what he was to be called for; that it takes twenty is the rooms' tests' business."""
    monkeypatch.setattr(of_calls, "REACHED_AFTER_S", 1)


async def alone(floor: Floor, dial: str = "auto") -> Softphone:
    """One operator is on duty and has accepted a promise to the first patient; his own phone rings."""
    floor.rule(dial=dial)
    await floor.say("break", *DESKS[1:])
    await floor.say("available", DESKS[0])
    floor.promise(1)
    return floor.phones[DESKS[0]]


def promised(floor: Floor) -> list[Callback]:
    """The promises there are."""
    return list(floor.engine.world.all(Callback))


@pytest.mark.asyncio
@pytest.mark.usefixtures("soon_settled")
async def test_he_rings_while_the_operators_phone_is_about_to_dial_him(floor: Floor) -> None:
    engine, phone = floor.engine, await alone(floor)
    about = await phone.rings()
    async with Softphone(SETTING.number(1), floor.stage.free(OUTSIDE), floor.stage.bench.sip) as patient:
        call = patient.dial(floor.stage.lines[QUEUE].removeprefix("+"))
        await about.over(5)  # nobody dials him: he is here
        mine = await phone.lifts()
        await call.up()
        (kept,) = promised(floor)
        assert [one.outcome for one in kept.tries] == ["called_off"] and kept.attempt == 0
        await asyncio.sleep(2)
        await call.hang_up()
        await mine.over(5)
    await engine.until(lambda: promised(floor) == [], "the promise is still open", 15)
    assert floor.trunk.calls == []


@pytest.mark.asyncio
@pytest.mark.usefixtures("soon_settled")
async def test_he_rings_while_his_own_phone_rings(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "_talk", _never)
    engine, phone = floor.engine, await alone(floor)
    mine = await phone.lifts()
    await engine.until(lambda: len(floor.trunk.calls) == 1, "he is not dialled")
    (theirs,) = floor.trunk.calls
    async with Softphone(SETTING.number(1), floor.stage.free(OUTSIDE), floor.stage.bench.sip) as patient:
        call = patient.dial(floor.stage.lines[QUEUE].removeprefix("+"))
        await engine.until(lambda: len(engine.world.by(Call, "phone", SETTING.number(1))) == 2, "he does not wait")
        theirs.refuse()  # he is busy: he is calling
        await mine.over(10)
        (kept,) = promised(floor)
        await engine.until(lambda: [one.outcome for one in promised(floor)[0].tries] == ["busy"], "not told apart")
        assert promised(floor)[0].attempt == 1 and kept.key == promised(floor)[0].key
        again = await phone.lifts()
        await call.up()
        await asyncio.sleep(2)
        await call.hang_up()
        await again.over(5)
    await engine.until(lambda: promised(floor) == [], "the promise is still open", 15)
    assert len(floor.trunk.calls) == 1, "he was dialled again"


async def _never(call: Dialog) -> None:
    """Nobody lifts."""


OUTCOMES = {"486 Busy Here": "busy", "603 Decline": "rejected", "480 Temporarily Unavailable": "no_answer", "404 Not Found": "wrong_number",
            "503 Service Unavailable": "unreachable"}  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("status", list(OUTCOMES))
async def test_what_the_line_says_is_told_apart(floor: Floor, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setattr(floor, "_talk", _never)
    engine, phone = floor.engine, await alone(floor)
    mine = await phone.lifts()
    await engine.until(lambda: len(floor.trunk.calls) == 1, "he is not dialled")
    floor.trunk.calls[0].refuse(status)
    await mine.over(15)
    await engine.until(lambda: promised(floor)[0].state == "waiting", "the try has not ended")
    (kept,) = promised(floor)
    assert [one.outcome for one in kept.tries] == [OUTCOMES[status]]
    request = engine.world.get(Request, kept.key)
    assert request is not None and (request.status, request.owner) == ("postponed", None)
    assert not engine.world.get(Operator, engine.operator(DESKS[0])).pauses  # type: ignore[union-attr]


@pytest.mark.asyncio
async def test_who_hangs_up_on_it_at_once_is_asked_whether_it_was_a_machine(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def machine(call: Dialog) -> None:
        await call.answer()
        await call.over(30)

    monkeypatch.setattr(floor, "_talk", machine)
    engine, phone = floor.engine, await alone(floor)
    mine = await phone.lifts()
    await engine.until(lambda: any(one.answered_at for one in engine.world.all(Call)), "nothing answers")
    await asyncio.sleep(1)
    await mine.hang_up()
    await engine.until(lambda: promised(floor)[0].tries[-1].outcome != "dialling", "the try has not ended")
    (kept,) = promised(floor)
    assert [one.outcome for one in kept.tries] == ["suspected"]
    request = engine.world.get(Request, kept.key)
    assert request is not None and request.status == "wrap_up"
    answer = await engine.ask(TriedAsked, engine.operator(DESKS[0]), request=kept.key, outcome="machine")
    assert answer.ok
    request = engine.world.get(Request, kept.key)
    assert request is not None and (request.status, request.owner) == ("postponed", None)
