"""Callers in flows on a real Asterisk: keys over real RTP, every leaf of the demo clinic's menu, and what breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from engine.calls.repairs.comparing import differences
from engine.events import SurveyAnswered
from engine.world import Call, Callback, Operator, Request
from tests.pbx.bench import Bench, build
from tests.pbx.dialog import Dialog
from tests.pbx.flowing import (
    BORN,
    DAY,
    NIGHT,
    Flowing,
    OneVisit,
    by_journal,
    caller,
    flow_settings,
    flowing,
    record_prompts,
)
from tests.pbx.softphone import Softphone

numbers = iter(range(1000, 1999))


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The Asterisk all these tests share."""
    made = build(tmp_path_factory.mktemp("ivr"), flow_settings())
    record_prompts(made)
    with made:
        made.phones()
        yield made


@pytest.fixture
def mis() -> OneVisit:
    """The clinic's MIS."""
    return OneVisit()


@pytest_asyncio.fixture
async def engine(pbx: Bench, mis: OneVisit) -> AsyncIterator[Flowing]:
    """The engine's side."""
    async with flowing(pbx, mis) as made:
        yield made


@pytest_asyncio.fixture
async def patient(pbx: Bench) -> AsyncIterator[Softphone]:
    """A patient with a number nobody had before."""
    async with caller(pbx, f"+7999000{next(numbers)}") as phone:
        yield phone


async def walk(engine: Flowing, phone: Softphone, line: str, keys: str) -> Dialog:
    """Call, and press keys as a person does who has heard the menu: each group where its step is reached.

    `keys`: groups `step:keys`, with a blank between.
    """
    call = await phone.dial(line.removeprefix("+")).up()
    flow = "main" if line == DAY else "night"
    for group in keys.split():
        step, _, pressed = group.partition(":")
        await engine.inside(flow, step)
        await asyncio.sleep(0.3)
        await call.press(pressed)
    return call


# Every leaf of the demo clinic's menu: the keys, and how the call ends.
SERVED = [
    (DAY, "menu:3", "self_service", "done"),
    (DAY, f"menu:2 born:{BORN} decide:1", "self_service", "done"),
    (DAY, f"menu:2 born:{BORN} decide:2 sure:1", "self_service", "done"),
    (NIGHT, "night:3", "self_service", "done"),
    (DAY, "menu:4 callback:1", "self_service", "promised"),
    (NIGHT, "night:1 night_callback:1", "self_service", "promised"),
    (NIGHT, "night:2", "voicemail", "voicemail"),
    (NIGHT, "night:*", "unanswered", "hangup"),
]
PEOPLE = ["menu:1", "menu:0", "menu:9 menu:0", f"menu:2 born:{BORN} decide:0", f"menu:2 born:{BORN} decide:2 sure:0"]


@pytest.mark.parametrize("leaf", SERVED, ids=lambda leaf: f"{leaf[3]}-{leaf[1]}")
async def test_a_leaf_that_needs_nobody(
    engine: Flowing, mis: OneVisit, patient: Softphone, leaf: tuple[str, str, str, str]
) -> None:
    line, keys, result, left = leaf
    call = await walk(engine, patient, line, keys)
    await call.over(60)
    ended = await engine.over(patient.name)
    assert ended.result == result
    flow = "main" if line == DAY else "night"
    assert engine.counts.rows()["flows"][flow]["exits"] == {left: 1}
    wanted = [word for key, word in (("decide:1", "confirm v1"), ("sure:1", "cancel v1")) if key in keys]
    assert mis.done == wanted


@pytest.mark.parametrize("keys", PEOPLE)
async def test_a_leaf_that_leads_to_an_operator(engine: Flowing, patient: Softphone, keys: str) -> None:
    call = await walk(engine, patient, DAY, keys)
    await engine.until(lambda: any(leg.answered_at for one in engine.world.by(Call, "phone", patient.name)
                                   for leg in one.legs), "no operator", 15)  # fmt: skip
    await call.hang_up()
    ended = await engine.over(patient.name)
    assert (ended.result, ended.queue) == ("answered", "registry")


async def test_who_presses_nothing_reaches_an_operator(engine: Flowing, patient: Softphone) -> None:
    call = await patient.dial(DAY.removeprefix("+")).up()
    await engine.until(lambda: any(leg.answered_at for one in engine.world.by(Call, "phone", patient.name)
                                   for leg in one.legs), "no operator", 40)  # fmt: skip
    await call.hang_up()
    assert (await engine.over(patient.name)).result == "answered"


async def test_who_hangs_up_in_the_menu_is_a_missed_call(engine: Flowing, patient: Softphone) -> None:
    call = await walk(engine, patient, DAY, "")
    await engine.inside("main", "menu")
    await call.hang_up()
    assert (await engine.over(patient.name)).result == "abandoned"
    assert engine.counts.rows()["flows"]["main"]["exits"] == {"left": 1}


async def test_who_hangs_up_once_it_is_done_was_served(engine: Flowing, mis: OneVisit, patient: Softphone) -> None:
    call = await walk(engine, patient, DAY, f"menu:2 born:{BORN} decide:1")
    await engine.until(lambda: mis.done, "nothing was confirmed")
    await call.hang_up()
    assert (await engine.over(patient.name)).result == "self_service"


async def answered(engine: Flowing, phone: Softphone, within_s: float = 20) -> None:
    """Wait until an operator talks with him."""
    await engine.until(lambda: any(leg.answered_at for one in engine.world.by(Call, "phone", phone.name)
                                   for leg in one.legs), "no operator", within_s)  # fmt: skip


async def test_without_an_engine_callers_reach_people(pbx: Bench, patient: Softphone) -> None:
    async with flowing(pbx, listening=False) as engine:
        call = await patient.dial(DAY.removeprefix("+")).up()
        await answered(engine, patient)
        await call.hang_up()
        assert (await engine.over(patient.name)).result == "answered"


async def test_the_engine_dies_while_callers_are_in_a_menu_and_they_reach_people(pbx: Bench, engine: Flowing) -> None:
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(caller(pbx, f"+7999000{next(numbers)}")) for _ in range(3)
        ]  # fmt: skip
        calls = [await one.dial(DAY.removeprefix("+")).up() for one in people]
        await engine.inside("main", "menu", 3)
        await engine.server.close()
        for one in people:
            await answered(engine, one)
        for call in calls:
            await call.hang_up()
        assert {(await engine.over(one.name)).result for one in people} == {"answered"}


async def test_an_engine_that_begins_anew_goes_on_at_the_step(engine: Flowing, mis: OneVisit, patient: Softphone) -> None:
    call = await walk(engine, patient, DAY, "menu:2")
    await engine.inside("main", "born")
    await engine.begin_anew()
    await engine.listen()
    await engine.inside("main", "born")
    assert engine.counts.rows()["flows"]["main"]["steps"]["menu"]["entered"] == 1
    await asyncio.sleep(0.3)
    await call.press(BORN)
    await engine.inside("main", "decide")
    await asyncio.sleep(0.3)
    await call.press("1")
    await call.over(30)
    assert (await engine.over(patient.name)).result == "self_service" and mis.done == ["confirm v1"]


async def test_an_engine_that_stands_still_keeps_nobody_in_silence(pbx: Bench, patient: Softphone) -> None:
    """It takes the connection and never says a word, as a frozen process does."""
    held: list[asyncio.StreamWriter] = []
    port = pbx.settings.engine.agi_port
    frozen = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", port)
    async with flowing(pbx, listening=False) as engine:
        call = await patient.dial(DAY.removeprefix("+")).up()
        await answered(engine, patient, 40)
        assert len(held) == 2
        # The limit that ended the silence does not end the talk.
        await asyncio.sleep(10)
        assert call.ended_at is None
        await call.hang_up()
        assert (await engine.over(patient.name)).result == "answered"
    frozen.close()
    for writer in held:
        writer.close()


async def test_a_mis_that_hangs_costs_a_moment(engine: Flowing, mis: OneVisit, patient: Softphone) -> None:
    mis.hangs = True
    call = await walk(engine, patient, DAY, f"menu:2 born:{BORN}")
    await answered(engine, patient, 30)
    await call.hang_up()
    assert (await engine.over(patient.name)).result == "answered"


async def test_the_journal_tells_the_same_calls(pbx: Bench, engine: Flowing, mis: OneVisit) -> None:
    """P8: how a call in a flow ended, by AMI and by the PBX's journal."""
    async with AsyncExitStack() as stack:
        for line, keys in ((NIGHT, "night:3"), (NIGHT, "night:2"), (DAY, f"menu:2 born:{BORN} decide:1"), (DAY, "")):
            phone = await stack.enter_async_context(caller(pbx, f"+7999000{next(numbers)}"))
            call = await walk(engine, phone, line, keys)
            if not keys:
                await engine.inside("main", "menu")
                await call.hang_up()
            await call.over(60)
            await engine.over(phone.name)
    told = {call.key: call for call in by_journal(pbx)}
    for ours in engine.ended.values():
        assert differences(told[ours.key], ours) == (), ours.result
    assert {call.result for call in engine.ended.values()} == {"self_service", "voicemail", "abandoned"}


async def test_who_hangs_up_in_the_middle_of_his_message_has_left_one(engine: Flowing, patient: Softphone) -> None:
    call = await walk(engine, patient, NIGHT, "night:2")
    await engine.inside("night", "message")
    await asyncio.sleep(3.5)
    await call.hang_up()
    assert (await engine.over(patient.name)).result == "voicemail"
    (file,) = (engine.home / "spool/okno/voicemail").glob(f"{engine.call_id(patient.name)}-1.wav")
    assert file.stat().st_size > 8000


async def test_who_hangs_up_at_once_has_left_no_message(engine: Flowing, patient: Softphone) -> None:
    call = await walk(engine, patient, NIGHT, "night:2")
    await engine.inside("night", "message")
    await call.hang_up()
    assert (await engine.over(patient.name)).result == "abandoned"


async def waits(engine: Flowing, pbx: Bench, phone: Softphone, line: str = "silent") -> Dialog:
    """He waits in a queue where nobody answers."""
    call = await phone.dial(pbx.number(line)).up()
    await engine.until(lambda: any(one.queued_at for one in engine.world.by(Call, "phone", phone.name)), "not queued", 15)
    return call


async def test_who_presses_one_while_he_waits_is_promised_a_call_and_keeps_his_place(
    pbx: Bench, engine: Flowing, patient: Softphone
) -> None:
    call = await waits(engine, pbx, patient)
    (waiting,) = engine.world.by(Call, "phone", patient.name)
    await call.press("1")
    await call.over(20)
    ended = await engine.over(patient.name)
    assert (ended.result, [visit.exit for visit in ended.visits]) == ("self_service", ["key"])
    (request,) = engine.world.by(Request, "phone", patient.name)
    promise = engine.world.get(Callback, request.key)
    assert promise is not None and request.key == ended.request and request.status != "done"
    assert (request.kind, promise.origin, promise.state, promise.place_at) == (
        "callback", "queue", "waiting", waiting.queued_at
    )  # fmt: skip


async def test_without_an_engine_who_presses_one_keeps_his_place_in_the_queue(pbx: Bench) -> None:
    async with flowing(pbx, listening=False) as engine, AsyncExitStack() as stack:
        people = [await stack.enter_async_context(caller(pbx, f"+7999000{next(numbers)}")) for _ in range(3)]
        calls = [await waits(engine, pbx, one) for one in people]
        async with pbx.tap() as tap:
            await calls[1].press("1")
            back = await tap.until("QueueCallerJoin", Queue="silent")
        assert back["Position"] == "2" and back["CallerIDNum"].endswith(people[1].name[-4:])
        for call in calls:
            await call.hang_up()
        for one in people:
            assert (await engine.over(one.name)).result == "abandoned"


async def test_who_hides_his_number_is_promised_nothing_and_waits_on(pbx: Bench, engine: Flowing) -> None:
    async with caller(pbx, "anonymous") as phone:
        call = await phone.dial(pbx.number("silent")).up()
        async with pbx.tap() as tap:
            await asyncio.sleep(3)
            await call.press("1")
            await tap.until("QueueCallerJoin", Queue="silent")
        await call.hang_up()
    await engine.until(lambda: engine.ended, "the call is not over")
    assert {one.result for one in engine.ended.values()} == {"abandoned"} and not list(engine.world.all(Callback))


async def test_after_the_talk_he_is_asked_how_it_was(pbx: Bench, engine: Flowing, patient: Softphone) -> None:
    """The operator hangs up first; the key is a score of this call, which stays answered, by AMI and by the journal."""
    call = await patient.dial(pbx.number("hangs")).up()
    await answered(engine, patient)
    await engine.inside("rating", "ask", within_s=30)
    # Who talked finishes it meanwhile, and is not rung.
    await engine.until(lambda: any("eng:acw" in one.pauses for one in engine.world.all(Operator)), "no wrap-up", 5)
    (request,) = engine.world.by(Request, "phone", patient.name)
    assert request.status == "wrap_up"
    await asyncio.sleep(0.3)
    await call.press("5")
    await call.over(20)
    ended = await engine.over(patient.name)
    (score,) = (event for event in engine.events if isinstance(event, SurveyAnswered))
    assert (score.call, score.question, score.score) == (ended.key, "talk", 5)
    assert (ended.result, ended.ended_by, [leg.left_by for leg in ended.legs]) == ("answered", "operator", ["operator"])
    (told,) = (one for one in by_journal(pbx) if one.key == ended.key)
    assert differences(told, ended) == ()
