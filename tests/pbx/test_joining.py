"""The joining rules by real calls through a real Asterisk: each missed, answered and blocked as a caller would have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from uuid import NAMESPACE_URL, uuid5

import pytest
import pytest_asyncio

from demo.scenarios import Call as Placed
from engine.effects import AnswerCommand, FindContact, Order
from engine.events import BlockAsked, ContactFound, Event, OpenAsked, SplitAsked, UnblockAsked
from engine.requests import of_calls
from engine.requests.opening import request_of
from engine.world import Blocked, Call, HistoryEntry, Request
from okno import clock
from okno.ids import uuid7
from tests.engine.playbook import perform
from tests.pbx.bench import Bench
from tests.pbx.ordering import Ordering

BOSS = "operator-1011"
_PEOPLE = count(5000)


class Following(Ordering):
    """A world that follows the PBX; remembers every call and request as the database would, and whose numbers are."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.calls: dict[str, Call] = {}
        self.requests: dict[str, Request] = {}
        self.lines: list[HistoryEntry] = []
        self.same: list[frozenset[str]] = []

    def take(self, event: Event) -> None:
        """Reduce an event, carry out what it leads to, answer whose numbers are."""
        asked: list[str] = []
        for outcome in perform(self.world, event):
            for change in outcome.changes:
                entity, entry = getattr(change, "entity", None), getattr(change, "entry", None)
                if isinstance(entity, Call):
                    self.calls[entity.key] = entity
                elif isinstance(entity, Request):
                    self.requests[entity.key] = entity
                elif isinstance(entry, HistoryEntry):
                    self.lines.append(entry)
            for effect in outcome.effects:
                if isinstance(effect, AnswerCommand):
                    self.answers[effect.command] = effect
                elif isinstance(effect, FindContact):
                    asked.append(effect.phone)
                elif isinstance(effect, Order):
                    self._giving.add(asyncio.create_task(self._give(effect)))
        for phone in asked:
            his = next((one for one in self.same if phone in one), frozenset({phone}))
            contact = str(uuid5(NAMESPACE_URL, "".join(sorted(his))))
            self.take(ContactFound(at=clock.now(), phone=phone, contact=contact, phones=tuple(sorted(his - {phone}))))

    def of(self, *phones: str) -> list[Request]:
        """What was ever opened for these numbers, the oldest first."""
        found = [one for one in self.requests.values() if one.phone in phones]
        return sorted(found, key=lambda one: (one.created_at, one.key))

    def open(self, *phones: str) -> list[Request]:
        """What is open of these numbers."""
        return [one for one in self.of(*phones) if self.world.get(Request, one.key) is not None]

    def said(self, request: str) -> list[str]:
        """A request's history."""
        return [one.what for one in self.lines if one.request == request]


class Town:
    """Callers outside, and the engine's rooms."""

    def __init__(self, bench: Bench, engine: Following) -> None:
        self.bench, self.engine = bench, engine

    def person(self, numbers: int = 1) -> list[str]:
        """The numbers of somebody nobody knows yet."""
        made = [f"+7999000{next(_PEOPLE):04d}" for _ in range(numbers)]
        self.engine.same.append(frozenset(made))
        return made

    async def calls(self, phone: str, line: str = "silent", hold_s: float | None = 3) -> None:
        """He calls, and it is over: who holds for three seconds at a line where nobody lifts has hung up."""
        before = set(self.engine.calls)
        assert await self.bench.patients([Placed(phone, self.bench.number(line), hold_s)]).wait() == 0
        await self._over(before)

    async def is_called(self, phone: str, hold_s: float = 4) -> None:
        """An operator calls him; he lifts."""
        before = set(self.engine.calls)
        assert await self.bench.operators([Placed("1011", phone, hold_s)]).wait() == 0
        await self._over(before)

    async def _over(self, before: set[str]) -> None:
        def over() -> bool:
            new = [call for key, call in self.engine.calls.items() if key not in before]
            return bool(new) and all(call.ended_at is not None for call in new)

        await self.engine.until(over, "the call is not over")

    async def open_one(self, phone: str, kind: str = "callback") -> str:
        """A promise somebody made by hand."""
        key = str(uuid7())
        self.engine.take(OpenAsked(
            at=clock.now(), command=key, actor=BOSS, role="operator", operator=BOSS, id=key, kind=kind, queue="second",
            phone=phone,
        ))  # fmt: skip
        assert self.engine.answers[key].ok
        return key

    def one(self, *phones: str) -> Request:
        """The only thing open of these numbers."""
        (found,) = self.engine.open(*phones)
        return found


@pytest_asyncio.fixture
async def town(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The town, with talks that count from two seconds on; how long they must be is proved elsewhere."""
    monkeypatch.setattr(of_calls, "REACHED_AFTER_S", 2)
    engine = Following(bench)
    running = asyncio.create_task(engine.link.run())
    try:
        await engine.until(lambda: engine.link.state == "live" and engine.link.can_order, "the link is not live", 20)
        yield Town(bench, engine)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await engine.link.close()


async def test_a_missed_call_is_work_and_the_next_ones_are_the_same_work(town: Town) -> None:
    (phone,) = town.person()
    await town.calls(phone)
    first = town.one(phone)
    assert (first.kind, first.missed, first.joined) == ("missed_call", 1, ())
    assert first.status in ("queued", "postponed")  # at night until the morning: nobody is called in his quiet hours
    await town.calls(phone)
    await town.calls(phone, "nobody", None)
    again = town.one(phone)
    assert (again.key, again.missed, len(again.calls), again.priority) == (first.key, 3, 3, first.priority + 20)
    assert {town.engine.calls[key].request for key in again.calls} == {first.key}
    assert sorted(town.engine.calls[key].result for key in again.calls) == ["abandoned", "abandoned", "unanswered"]
    assert [town.engine.requests[key].outcome for key in again.joined] == ["joined", "joined"]
    assert town.engine.said(first.key).count("joined") == 2


async def test_his_second_number_is_he_too_and_a_talk_from_it_settles_both(town: Town) -> None:
    one, two = town.person(2)
    await town.calls(one)
    await town.calls(two)
    request = town.one(one, two)
    assert (request.phone, request.missed) == (one, 2) and "joined_other" in town.engine.said(request.key)
    await town.calls(two, "registry", 8)
    assert [found.kind for found in town.engine.open(one, two)] == ["call"]  # being finished by who talked
    assert (town.engine.requests[request.key].status, town.engine.requests[request.key].outcome) == (
        "done", of_calls.REACHED,
    )


async def test_an_operator_who_reaches_him_settles_it_as_well(town: Town) -> None:
    (phone,) = town.person()
    await town.calls(phone)
    request = town.one(phone)
    await town.is_called(phone)
    assert (town.engine.requests[request.key].status, town.engine.requests[request.key].outcome) == (
        "done", of_calls.REACHED,
    )


async def test_a_promised_callback_takes_his_call_in_and_is_off_when_he_is_answered(town: Town) -> None:
    (phone,) = town.person()
    key = await town.open_one(phone)
    await town.calls(phone)
    assert (town.one(phone).key, town.one(phone).kind, town.one(phone).missed) == (key, "callback", 1)
    await town.calls(phone, "registry", 8)
    assert (town.engine.requests[key].status, town.engine.requests[key].outcome) == ("done", of_calls.REACHED)


async def test_who_hides_his_number_is_counted_and_joined_to_nobody(town: Town) -> None:
    before = set(town.engine.calls)
    await town.calls("anonymous")
    await town.calls("anonymous")
    new = [call for key, call in town.engine.calls.items() if key not in before]
    assert [(call.anonymous, call.result) for call in new] == [(True, "abandoned")] * 2
    assert [town.engine.requests[call.request or ""].outcome for call in new] == ["no_number", "no_number"]
    assert not [one for one in town.engine.world.all(Request) if not one.phone]


async def test_a_colleague_who_is_not_reached_is_nobody_s_work(town: Town) -> None:
    before, calls = set(town.engine.requests), set(town.engine.calls)
    assert await town.bench.operators([Placed("1011", "1041", 3)], patience_s=10).wait() is not None
    await asyncio.sleep(4)
    assert set(town.engine.requests) == before
    new = [call for key, call in town.engine.calls.items() if key not in calls]
    assert new and all(call.direction == "internal" and call.request is None for call in new)


async def test_a_blocked_number_rings_and_makes_no_work_until_it_is_let_go(town: Town) -> None:
    (phone,) = town.person()
    await town.calls(phone)
    assert (await town.engine.ask(BlockAsked, BOSS, role="supervisor", phone=phone, reason="a prank")).ok
    assert town.engine.open(phone) == [] and town.engine.of(phone)[0].outcome == "blocked"
    await town.calls(phone)
    assert town.engine.open(phone) == [] and town.engine.of(phone)[-1].outcome == "blocked"
    await town.calls(phone, "registry", 6)
    assert max(town.engine.calls.values(), key=lambda call: call.started_at).result == "answered"
    (block,) = town.engine.world.all(Blocked)
    assert (await town.engine.ask(UnblockAsked, BOSS, role="supervisor", block=block.key)).ok
    await town.calls(phone)
    assert "missed_call" in [one.kind for one in town.engine.open(phone)]


async def test_a_join_is_taken_back_and_both_are_work_again(town: Town) -> None:
    (phone,) = town.person()
    await town.calls(phone)
    await town.calls(phone)
    request = town.one(phone)
    call = town.engine.calls[request.calls[1]]
    own = town.engine.requests[request_of(call.key)]
    done = await town.engine.ask(
        SplitAsked, BOSS, role="supervisor", request=request.key, call=call.key, moved=call, own=own,
    )  # fmt: skip
    assert done.ok
    left, again = town.engine.open(phone)
    assert (left.key, left.missed, left.calls) == (request.key, 1, request.calls[:1])
    assert (again.key, again.number, again.kind, again.calls) == (own.key, own.number, "missed_call", (call.key,))
    assert town.engine.calls[call.key].request == own.key
    assert "split" in town.engine.said(request.key) and "split_away" in town.engine.said(own.key)


async def test_whoever_called_each_call_is_of_one_request(town: Town) -> None:
    he, she = town.person(2), town.person()
    placed = [Placed(phone, town.bench.number("silent"), 2.0 + number / 4) for number, phone in enumerate([*he, *she] * 3)]
    before = set(town.engine.calls)
    assert await town.bench.patients(placed, rate=3).wait() == 0
    await town.engine.until(
        lambda: len([one for key, one in town.engine.calls.items() if key not in before and one.ended_at]) == 9, "not over",
    )  # fmt: skip
    new = {key: call for key, call in town.engine.calls.items() if key not in before}
    owned = [key for request in town.engine.requests.values() for key in request.calls if key in new]
    assert sorted(owned) == sorted(new)
    assert (town.one(*he).missed, town.one(*she).missed) == (6, 3)
