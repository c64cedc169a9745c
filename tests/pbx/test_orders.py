"""Every order about a phone on a real Asterisk, from the person's command to what is heard at each phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from engine.events import ConsultAsked, DialAsked, HangUpAsked, PassAsked, SpyAsked, TonesAsked
from engine.world import Call, PhoneOrder, Request
from tests.pbx import dialog
from tests.pbx.dialog import Dialog
from tests.pbx.matrix.play import Desk, Expected, Queue, Scenario
from tests.pbx.matrix.stage import OUTSIDE, Stage, stage
from tests.pbx.ordering import Ordering, ordering
from tests.pbx.softphone import Softphone
from tests.system.tones import Tone

FRONT, BACK = "q1900", "q1900b"
# What each phone says, so that everybody knows whom he hears; none is another's harmonic.
PATIENT_HZ, FIRST_HZ, SECOND_HZ, NOBODY_HZ = 440.0, 700.0, 1130.0, 1700.0


async def _not_played(clinic: object) -> list[Expected]:
    raise AssertionError("these plays are the tests'")


SETTING = Scenario(
    name="orders", play=_not_played, block=1900, queues=(Queue(FRONT), Queue(BACK)),
    desks=(Desk("3601", (FRONT,), None), Desk("3602", (BACK,), None), Desk("3603", (), None)),
)  # fmt: skip


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The Asterisk all these tests share."""
    made = stage(tmp_path_factory.mktemp("orders"), [SETTING])
    with made.bench:
        yield made


@dataclass
class Floor:
    """Two operators and a supervisor at softphones that say tones, a patient, and the engine's rooms."""

    engine: Ordering
    stage: Stage
    patient: Softphone
    first: Softphone
    second: Softphone
    third: Softphone

    @property
    def me(self) -> str:
        """The operator at the first phone."""
        return self.engine.operator("3601")

    def number(self) -> str:
        """The patient's."""
        return SETTING.number(1)

    async def talk(self) -> tuple[Dialog, Dialog, Call]:
        """The patient talks with the first operator."""
        theirs = self.patient.dial(self.stage.lines[FRONT].removeprefix("+"))
        mine = says(await self.first.lifts(), FIRST_HZ)
        says(theirs, PATIENT_HZ)
        await self.engine.until(lambda: any(leg.answered_at for leg in self.engine.call(self.number()).legs), "no talk")
        return theirs, mine, self.engine.call(self.number())

    async def consult(self, call: Call) -> Dialog:
        """The first operator asks the second, who lifts."""
        asked = asyncio.create_task(
            self.engine.ask(PassAsked, self.me, call=call.key, how="attended", to="3602")
        )
        two = says(await self.second.lifts(), SECOND_HZ)
        assert (await asked).ok
        assert self.engine.call(self.number()).consult == "away"
        return two


def says(call: Dialog, hertz: float) -> Dialog:
    """The phone of this call says that tone from now on."""
    voice(call).SAYS = hertz
    return call


def voice(call: Dialog) -> Tone:
    """What a phone says and hears in a call."""
    assert isinstance(call.voice, Tone)
    return call.voice


async def hears(call: Dialog, *wanted: float, within_s: float = 8) -> None:
    """Wait until a phone hears just these of the three tones."""
    rest = {PATIENT_HZ, FIRST_HZ, SECOND_HZ} - set(wanted) - {voice(call).SAYS}
    levels: dict[float, float] = {}
    try:
        async with asyncio.timeout(within_s):
            while True:
                voice(call).forget()
                await asyncio.sleep(0.6)
                levels = {hertz: voice(call).hears(hertz) for hertz in (*wanted, *rest, NOBODY_HZ)}
                if all(levels[one] > 0.02 for one in wanted) and all(levels[one] < 0.01 for one in rest):
                    return
    except TimeoutError:
        raise AssertionError(f"heard {levels}, wanted {wanted}, packets {voice(call).packets}") from None


@pytest_asyncio.fixture
async def floor(pbx: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Floor]:
    """Everybody at his place."""
    monkeypatch.setattr(dialog, "Voice", Tone)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(ordering(pbx.bench))
        phones = [Softphone(SETTING.number(1), pbx.free(OUTSIDE), pbx.bench.sip)]
        phones += [Softphone(desk.extension, pbx.desks[desk.extension], pbx.bench.sip) for desk in SETTING.desks]
        yield Floor(engine, pbx, *[await stack.enter_async_context(phone) for phone in phones])


@pytest_asyncio.fixture
async def trunk(pbx: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Softphone]:
    """Whoever is called outside."""
    monkeypatch.setattr(dialog, "Voice", Tone)
    async with Softphone(SETTING.number(2), pbx.outside, pbx.bench.sip) as phone:
        yield phone


@pytest.mark.asyncio
async def test_click_to_call_is_one_call_of_its_request_with_tones_both_ways(floor: Floor, trunk: Softphone) -> None:
    engine, number = floor.engine, SETTING.number(2)
    request = engine.request(floor.me, number)
    asked = asyncio.create_task(engine.ask(DialAsked, floor.me, to=number, request=request.key))
    mine = await floor.first.rings()
    assert mine.incoming is not None and "answer-after=0" in mine.incoming.get("call-info")
    assert number.removeprefix("+") in mine.incoming.get("from")
    says(await mine.answer(), FIRST_HZ)
    assert (await asked).ok
    theirs = says(await trunk.lifts(), PATIENT_HZ)
    await hears(theirs, FIRST_HZ)
    await hears(mine, PATIENT_HZ)
    call = engine.call(number)
    assert (call.direction, call.request, [leg.operator for leg in call.legs]) == ("outbound", request.key, [floor.me])
    joined = engine.world.get(Request, request.key)
    assert joined is not None and joined.calls == (call.key,)
    assert (await engine.ask(TonesAsked, floor.me, call=call.key, digits="5#0")).ok
    await engine.until(lambda: voice(theirs).pressed == [5, 11, 0], f"pressed {voice(theirs).pressed}")
    assert (await engine.ask(HangUpAsked, floor.me, call=call.key)).ok
    await asyncio.gather(mine.over(5), theirs.over(5))
    assert [order.action for order in engine.given] == ["originate", "tones", "hang_up"]


@pytest.mark.asyncio
async def test_a_phone_nobody_lifts_makes_no_call(floor: Floor) -> None:
    asked = asyncio.create_task(floor.engine.ask(DialAsked, floor.me, to=SETTING.number(2)))
    mine = await floor.first.rings()
    assert (await asked).ok
    mine.refuse()
    await floor.engine.until(lambda: not list(floor.engine.world.all(PhoneOrder)), "the order is still under way")
    assert not list(floor.engine.world.all(Call))
    # His phone is free: he may try again.
    again = asyncio.create_task(floor.engine.ask(DialAsked, floor.me, to="3602"))
    says(await floor.first.lifts(), FIRST_HZ)
    two = says(await floor.second.lifts(), SECOND_HZ)
    assert (await again).ok
    await hears(two, FIRST_HZ)
    assert floor.engine.call("3601").direction == "internal"


@pytest.mark.asyncio
async def test_a_blind_transfer_and_what_is_refused_meanwhile(floor: Floor) -> None:
    theirs, mine, call = await floor.talk()
    assert (await floor.engine.ask(PassAsked, floor.me, call=call.key, how="blind", to="3699")).why == "bad_target"
    assert (await floor.engine.ask(PassAsked, floor.me, call=call.key, how="blind", to="3602")).ok
    two = says(await floor.second.lifts(), SECOND_HZ)
    await hears(theirs, SECOND_HZ)
    await hears(two, PATIENT_HZ)
    await mine.over(5)
    assert (await floor.engine.ask(HangUpAsked, floor.me, call=call.key)).why == "not_yours"


@pytest.mark.asyncio
async def test_a_blind_transfer_into_a_queue(floor: Floor) -> None:
    theirs, mine, call = await floor.talk()
    assert (await floor.engine.ask(PassAsked, floor.me, call=call.key, how="blind", to_queue=BACK)).ok
    await hears(says(await floor.second.lifts(), SECOND_HZ), PATIENT_HZ)
    await mine.over(5)
    assert [visit.queue for visit in floor.engine.call(floor.number()).visits] == [FRONT, BACK]
    await theirs.hang_up()


@pytest.mark.asyncio
async def test_a_consultation_swapped_given_up_and_asked_anew(floor: Floor) -> None:
    theirs, mine, call = await floor.talk()
    two = await floor.consult(call)
    await hears(two, FIRST_HZ)
    await hears(mine, SECOND_HZ)
    assert (await floor.engine.ask(ConsultAsked, floor.me, call=call.key, action="swap")).ok
    assert floor.engine.call(floor.number()).consult == "back"
    await hears(theirs, FIRST_HZ)
    await hears(mine, PATIENT_HZ)
    assert (await floor.engine.ask(ConsultAsked, floor.me, call=call.key, action="swap")).ok
    await hears(two, FIRST_HZ)
    assert (await floor.engine.ask(ConsultAsked, floor.me, call=call.key, action="abort")).ok
    await two.over(5)
    await hears(theirs, FIRST_HZ)
    assert (await floor.engine.ask(ConsultAsked, floor.me, call=call.key, action="join")).why == "not_consulting"
    again = await floor.consult(call)
    await hears(again, FIRST_HZ)


@pytest.mark.asyncio
async def test_a_consultation_completed(floor: Floor) -> None:
    theirs, mine, call = await floor.talk()
    two = await floor.consult(call)
    assert (await floor.engine.ask(ConsultAsked, floor.me, call=call.key, action="complete")).ok
    await mine.over(5)
    await hears(theirs, SECOND_HZ)
    await hears(two, PATIENT_HZ)
    assert floor.engine.call(floor.number()).consult == ""


@pytest.mark.asyncio
async def test_all_three_talk_and_the_first_leaves(floor: Floor) -> None:
    theirs, mine, call = await floor.talk()
    two = await floor.consult(call)
    await hears(two, FIRST_HZ)
    assert (await floor.engine.ask(ConsultAsked, floor.me, call=call.key, action="join")).ok
    await hears(theirs, FIRST_HZ, SECOND_HZ)
    await hears(two, FIRST_HZ, PATIENT_HZ)
    assert (await floor.engine.ask(HangUpAsked, floor.me, call=call.key)).ok
    await mine.over(5)
    await hears(theirs, SECOND_HZ)


Heard = Callable[[Dialog, Dialog, Dialog], Awaitable[None]]


async def _listen(theirs: Dialog, mine: Dialog, boss: Dialog) -> None:
    await hears(boss, FIRST_HZ, PATIENT_HZ)
    await hears(mine, PATIENT_HZ)
    await hears(theirs, FIRST_HZ)


async def _whisper(theirs: Dialog, mine: Dialog, boss: Dialog) -> None:
    await hears(boss, FIRST_HZ, PATIENT_HZ)
    await hears(mine, PATIENT_HZ, SECOND_HZ)
    await hears(theirs, FIRST_HZ)


async def _barge(theirs: Dialog, mine: Dialog, boss: Dialog) -> None:
    await hears(mine, PATIENT_HZ, SECOND_HZ)
    await hears(theirs, FIRST_HZ, SECOND_HZ)


@pytest.mark.asyncio
@pytest.mark.parametrize(("how", "heard"), [("listen", _listen), ("whisper", _whisper), ("barge", _barge)])
async def test_a_supervisor_is_heard_by_whom_he_speaks_to_and_by_nobody_else(floor: Floor, how: str, heard: Heard) -> None:
    theirs, mine, _ = await floor.talk()
    boss = floor.engine.operator("3603")
    asked = asyncio.create_task(
        floor.engine.ask(SpyAsked, boss, role="supervisor", target=floor.me, how=how)
    )
    spying = says(await floor.third.lifts(), SECOND_HZ)
    assert (await asked).ok
    await heard(theirs, mine, spying)
    assert len(list(floor.engine.world.all(Call))) == 1 and len(floor.engine.call(floor.number()).legs) == 1
    await theirs.hang_up()
    await asyncio.gather(mine.over(5), spying.over(5))
