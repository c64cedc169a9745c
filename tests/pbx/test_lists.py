"""Outbound lists on a real Asterisk: a flow rings people outside, hears their keys, and nobody is rung twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from demo.sipp import Address
from engine.events import ListAsked, NoListsAsked, Swept
from engine.world import Call, CallList, Drop, NoLists, Put, Request, Target, World
from okno import clock
from okno.settings.model import Settings
from tests.pbx.bench import PBX, Bench, build
from tests.pbx.dialog import Dialog
from tests.pbx.flowing import Flowing, flow_settings, flowing, record_prompts
from tests.pbx.softphone import Softphone

PEOPLE = ("+79990000031", "+79990000032", "+79990000033")
FLOW = {
    "title": {"ru": "Придёте?", "en": "Coming?"}, "language": "ru", "start": "ask", "steps": {
        "ask": {
            "kind": "survey", "questions": [{"name": "coming", "prompt": "main_menu", "least": 1, "most": 2}], "wait_s": 8,
            "next": "bye",
        },
        "bye": {"kind": "leave", "to": "done", "prompts": ["goodbye"]},
    },
}  # fmt: skip
REFUSING = {
    "title": {"ru": "Отказ", "en": "Refusal"}, "language": "ru", "start": "ask", "steps": {
        "ask": {
            "kind": "survey", "wait_s": 8, "next": "bye",
            "questions": [{"name": "do_not_call", "prompt": "main_menu", "least": 9, "most": 9}],
        },
        "bye": {"kind": "leave", "to": "done", "prompts": ["goodbye"]},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """An Asterisk with a flow that asks people whether they come."""
    plain = flow_settings().model_dump(mode="json")
    plain["flows"] |= {"coming": FLOW, "refusing": REFUSING}
    made = build(tmp_path_factory.mktemp("lists"), Settings.model_validate(plain))
    record_prompts(made)
    with made:
        yield made


@pytest_asyncio.fixture
async def engine(pbx: Bench) -> AsyncIterator[Flowing]:
    """The engine's side."""
    async with flowing(pbx) as made:
        yield made


@pytest_asyncio.fixture
async def people(pbx: Bench) -> AsyncIterator[Softphone]:
    """Everybody outside: whoever is rung is rung here."""
    trunk = pbx.pbx.trunks[0].contact or ""
    async with Softphone("outside", Address("127.0.0.2", int(trunk.rpartition(":")[2])), pbx.sip) as phone:
        yield phone


def listed(engine: Flowing, *phones: str, **more: Any) -> str:
    """A list of these people, under way at any hour."""
    fields: dict[str, Any] = {
        "key": str(uuid4()), "title": "Coming?", "source": "csv", "mode": "ivr", "flow": "coming", "pbx": PBX,
        "shown": "+73430000090", "opens": 0, "closes": 1440, "at_once": 1, "per_minute": 600, "attempts": 2,
        "again_min": 1, "at": clock.now(), "author": "boss",
    } | more  # fmt: skip
    made = CallList(**fields)
    people = tuple(
        Target(key=str(uuid4()), list=made.key, place=place, phone=phone, zone=_noon()) for place, phone in enumerate(phones, 1)
    )
    engine.take(ListAsked(at=made.at, command=made.key, actor="boss", role="supervisor", made=made, targets=people))
    sweep(engine)
    return made.key


def _noon() -> str:
    """A zone where it is no quiet hour now."""
    behind = clock.now().hour - 13
    return f"Etc/GMT{behind:+d}" if behind else "Etc/UTC"


def sweep(engine: Flowing) -> None:
    """The engine looks through everything, as it does every few seconds."""
    engine.take(Swept(at=clock.now()))


def target(world: World, place: int = 1) -> Target:
    """A person of the newest list."""
    newest = max(world.all(CallList), key=lambda one: one.at)
    (found,) = [one for one in world.all(Target) if one.place == place and one.list == newest.key]
    return found


async def stands(engine: Flowing, place: int, state: str, within_s: float = 20) -> Target:
    """Wait until a person of the list stands so."""
    await engine.until(lambda: target(engine.world, place).state == state, f"{place} is not {state}", within_s)
    return target(engine.world, place)


async def says(engine: Flowing, call: Dialog, key: str, flow: str = "coming") -> None:
    """Press a key once the question is asked."""
    await engine.inside(flow, "ask")
    await asyncio.sleep(0.3)
    await call.press(key)


async def test_people_are_rung_one_after_another_and_their_keys_are_kept(engine: Flowing, people: Softphone) -> None:
    listed(engine, *PEOPLE)
    first = await people.rings()
    sweep(engine)
    assert [one.phone for one in engine.world.all(Target) if one.state == "dialling"] == [PEOPLE[0]]
    assert first.party == "73430000090", "the clinic's number is what he sees"
    await first.answer()
    await says(engine, first, "1")
    await first.over()
    reached = await stands(engine, 1, "reached")
    assert (reached.outcome, reached.answer) == ("self_service", "coming=1")
    assert len(people.calls) == 1
    sweep(engine)
    second = await people.rings()
    await second.answer()
    await says(engine, second, "2")
    await second.over()
    assert (await stands(engine, 2, "reached")).answer == "coming=2"
    ended = [engine.ended[one.call] for one in engine.world.all(Target) if one.call]
    assert [(one.direction, one.phone, one.result) for one in sorted(ended, key=lambda one: one.phone)] == [
        ("outbound", PEOPLE[0], "self_service"), ("outbound", PEOPLE[1], "self_service"),
    ]  # fmt: skip
    assert not list(engine.world.all(Request)), "a call that needed nobody leaves no work"


async def test_as_many_at_once_as_it_has_lines(engine: Flowing, people: Softphone) -> None:
    listed(engine, *PEOPLE, at_once=2)
    calls = [await people.rings(), await people.rings()]
    sweep(engine)
    await asyncio.sleep(1)
    assert len(people.calls) == 2
    for call in calls:
        call.refuse()
    for place in (1, 2):
        again = await stands(engine, place, "waiting")
        assert (again.outcome, again.attempt) == ("busy", 1)


@pytest.mark.parametrize(("status", "outcome"), [
    ("486 Busy Here", "busy"), ("503 Service Unavailable", "unreachable"), ("603 Decline", "rejected"),
])  # fmt: skip
async def test_in_vain_he_is_rung_again_and_then_no_more(engine: Flowing, people: Softphone, status: str, outcome: str) -> None:
    listed(engine, PEOPLE[0])
    (await people.rings()).refuse(status)
    first = await stands(engine, 1, "waiting")
    assert first.attempt == 1
    assert first.outcome == outcome
    sweep(engine)
    assert target(engine.world).state == "waiting", "not before its time"
    engine.world.apply([Put(replace(first, next_at=clock.now()))])
    sweep(engine)
    (await people.rings()).refuse(status)
    await stands(engine, 1, "not_reached")
    assert len(people.calls) == 2


async def test_a_number_that_does_not_exist_is_not_rung_again(engine: Flowing, people: Softphone) -> None:
    listed(engine, PEOPLE[0])
    (await people.rings()).refuse("404 Not Found")
    assert (await stands(engine, 1, "not_reached")).outcome == "wrong_number"


async def test_who_hangs_up_on_the_flow_is_left_alone(engine: Flowing, people: Softphone) -> None:
    listed(engine, PEOPLE[0])
    call = await people.lifts()
    await engine.inside("coming", "ask")
    await call.hang_up()
    heard = await stands(engine, 1, "heard")
    assert heard.outcome == "hung_up"
    sweep(engine)
    await asyncio.sleep(1)
    assert len(people.calls) == 1


async def test_who_says_no_by_key_is_in_no_list_any_more(engine: Flowing, people: Softphone) -> None:
    listed(engine, PEOPLE[0], flow="refusing")
    call = await people.lifts()
    await says(engine, call, "9", "refusing")
    await call.over()
    await stands(engine, 1, "reached")
    assert [one.phone for one in engine.world.all(NoLists)] == [PEOPLE[0]]
    listed(engine, PEOPLE[0])
    assert target(engine.world).state == "refused"
    await asyncio.sleep(1)
    assert len(people.calls) == 1


async def test_who_is_on_the_line_with_us_is_not_rung(engine: Flowing, people: Softphone) -> None:
    """His turn comes while he talks to us: it waits until he has hung up."""
    call = Call(
        key=str(uuid4()), pbx=PBX, direction="inbound", channel="1.1", phone=PEOPLE[0], started_at=clock.now(),
        phase="talking",
    )  # fmt: skip
    engine.world.apply([Put(call)])
    listed(engine, PEOPLE[0])
    await asyncio.sleep(1)
    assert target(engine.world).state == "waiting"
    engine.world.apply([Drop(Call, call.key)])
    sweep(engine)
    await people.rings()
    await stands(engine, 1, "dialling")


async def test_an_engine_that_dies_between_dial_and_answer_rings_nobody_twice(pbx: Bench, people: Softphone) -> None:
    """What it wrote is all the next one has: it finds the call by its id, and hears how it ends."""
    async with flowing(pbx) as first:
        listed(first, PEOPLE[0], PEOPLE[1])
        ringing = await people.rings()
        written = [*first.world.all(CallList), *first.world.all(Target)]
    assert [one.state for one in written if isinstance(one, Target)].count("dialling") == 1
    async with flowing(pbx, listening=False) as second:
        second.world.apply([Put(one) for one in written])
        await second.listen()
        for _ in range(3):
            sweep(second)
            await asyncio.sleep(0.5)
        assert len(people.calls) == 1, "he is ringing already"
        await ringing.answer()
        await says(second, ringing, "1")
        await ringing.over()
        reached = await stands(second, 1, "reached")
        assert reached.attempt == 1
        assert len(people.calls) == 1


async def test_a_ring_that_ended_while_nobody_looked_is_not_repeated(pbx: Bench, people: Softphone) -> None:
    async with flowing(pbx) as first:
        listed(first, PEOPLE[0])
        ringing = await people.rings()
        written = [*first.world.all(CallList), *first.world.all(Target)]
    ringing.refuse()
    await asyncio.sleep(0.5)
    async with flowing(pbx) as second:
        old = [replace(one, tried_at=clock.now() - timedelta(minutes=2)) if isinstance(one, Target) else one for one in written]
        second.world.apply([Put(one) for one in old])
        sweep(second)
        assert target(second.world).state == "unknown"
        sweep(second)
        await asyncio.sleep(1)
        assert len(people.calls) == 1


async def test_a_refusal_noted_by_a_person_stops_the_next_ring(engine: Flowing, people: Softphone) -> None:
    listed(engine, *PEOPLE)
    (await people.rings()).refuse()
    await stands(engine, 1, "waiting")
    engine.take(NoListsAsked(at=clock.now(), command="no", actor="boss", role="supervisor", phone=PEOPLE[1]))
    sweep(engine)
    await people.rings()
    assert [target(engine.world, place).state for place in (2, 3)] == ["refused", "dialling"]
