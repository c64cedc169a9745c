"""The phone in the page against a real Asterisk: rung by the queue, audio both ways measured, held, cut, passed on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Dialog as PageDialog
from playwright.async_api import Page

from tests.okno.conftest import own_home, own_postgres
from tests.pbx import dialog
from tests.pbx.dialog import Dialog
from tests.pbx.softphone import Softphone
from tests.system import web_phone
from tests.system.clinic import Clinic
from tests.system.screen import logged_in
from tests.system.tones import Tone
from tests.system.web_phone import LINE, PAGE_HZ, PATIENT, SIP_HZ, Wire, ears, order, phone, until

__all__ = ["own_home", "own_postgres"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The clinic of tests/system/web_phone.py, once for the file."""
    with web_phone.start(tmp_path_factory.mktemp("okno")) as clinic:
        yield clinic


@dataclass
class Stage:
    """The page, its wire to the PBX, and the SIP phones around it."""

    page: Page
    wire: Wire
    patient: Softphone
    colleague: Softphone


@pytest_asyncio.fixture
async def stage(running: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Orlova at her page, which is her phone today and registered; a patient and a colleague whose phones say a tone."""
    monkeypatch.setattr(dialog, "Voice", Tone)
    pbx = web_phone.outside(running)
    at = type(pbx)("127.0.0.1", running.sip_port)
    async with AsyncExitStack() as stack:
        wire = Wire()
        page = await stack.enter_async_context(web_phone.chromium(tmp_path, wire))
        patient = await stack.enter_async_context(Softphone(PATIENT, web_phone.outside(running), at))
        colleague = await stack.enter_async_context(Softphone("1002", web_phone.phone_of(running, "klimov"), at))
        await logged_in(page, running, "orlova", "operator", "orlova")
        said = await order(page, "presence", presence="available", reason="", phone="web")
        assert said["ok"], said

        async def ready() -> bool:
            told = await phone(page)
            return (told.get("kind"), told.get("state")) == ("web", "ready")

        await until(ready, "the phone in the page did not register", 30)
        yield Stage(page, wire, patient, colleague)


async def is_(stage: Stage, within_s: float = 20, **wanted: object) -> None:
    """Wait until the page's phone is so."""

    async def so() -> bool:
        return wanted.items() <= (await phone(stage.page)).items()

    await until(so, f"the phone in the page was never {wanted}", within_s)


async def shown(stage: Stage, selector: str) -> None:
    """Wait until the page shows something."""
    await until(lambda: stage.page.query_selector(selector), f"{selector} was not shown", 15)


async def answered(stage: Stage) -> tuple[Dialog, Tone]:
    """A patient calls, the page rings, she presses A; returns the patient's side, talking, and his voice."""
    call = stage.patient.dial(LINE.removeprefix("+"))
    await is_(stage, ringing=True)
    await shown(stage, ".call-bar[data-part=ringing]")
    await stage.page.keyboard.press("KeyA")
    await is_(stage, talking=True)
    await shown(stage, ".call-bar[data-part=talking]")
    assert isinstance(call.voice, Tone)
    return call, call.voice


async def hears(voice: Tone, hertz: float, within_s: float = 10) -> None:
    """Wait until a phone hears a frequency, ten times louder than one that nobody says."""
    voice.forget()

    async def loud() -> bool:
        return voice.hears(hertz) > max(0.02, 10 * voice.hears(1700))

    await until(loud, f"{hertz} Hz was not heard in {voice.packets} packets", within_s)


async def silent(voice: Tone, hertz: float) -> None:
    """For a second a phone hears packets, and nothing of a frequency in them."""
    await asyncio.sleep(0.5)
    voice.forget()
    await asyncio.sleep(1)
    assert voice.packets > 10 and voice.hears(hertz) < 0.01, (voice.packets, voice.hears(hertz))


async def page_hears(stage: Stage, hertz: float) -> None:
    """Wait until a frequency is the loudest of what the page hears."""

    async def loud() -> bool:
        heard = await ears(stage.page)
        return abs(heard["hertz"] - hertz) < 15 and heard["loud"] > -40

    await until(loud, f"the page did not hear {hertz} Hz", 15)


async def test_a_patient_is_answered_in_the_page_and_each_hears_the_other(stage: Stage) -> None:
    page = stage.page
    call, voice = await answered(stage)
    await hears(voice, PAGE_HZ)
    await page_hears(stage, SIP_HZ)
    await page.keyboard.press("KeyM")
    await is_(stage, muted=True)
    await silent(voice, PAGE_HZ)
    await page.keyboard.press("KeyM")
    await hears(voice, PAGE_HZ)
    await page.keyboard.press("KeyH")
    await is_(stage, held=True)
    await shown(stage, ".call-bar[data-part=held]")
    await silent(voice, PAGE_HZ)
    assert (await ears(page, 300))["loud"] < -90
    await page.keyboard.press("KeyH")
    await hears(voice, PAGE_HZ)
    await page_hears(stage, SIP_HZ)
    await page.keyboard.press("KeyD")
    await shown(stage, ".pad")
    for key in "12#":
        await page.keyboard.press(key)
        await asyncio.sleep(0.3)
    await until(lambda: _true(voice.pressed == [1, 2, 11]), "the tones did not come", 5)
    await page.keyboard.press("Escape")
    await call.hang_up()
    await is_(stage, talking=False)


async def test_a_cut_socket_ends_no_talk_and_a_reload_is_asked_about(stage: Stage) -> None:
    page = stage.page
    call, voice = await answered(stage)
    await hears(voice, PAGE_HZ)
    await stage.wire.cut()
    await is_(stage, state="registering", talking=True)
    await hears(voice, PAGE_HZ)
    await page_hears(stage, SIP_HZ)
    stage.wire.mend()
    await is_(stage, state="ready", talking=True)
    await hears(voice, PAGE_HZ)

    asked: list[str] = []

    async def stay(question: PageDialog) -> None:
        asked.append(question.type)
        await question.dismiss()

    page.on("dialog", stay)
    await page.close(run_before_unload=True)
    await until(lambda: _true(asked == ["beforeunload"]), "nobody asked before the page went", 10)
    await hears(voice, PAGE_HZ)
    # The patient hangs up: Asterisk tells the page by its new way, which it learnt after the cut.
    await call.hang_up()
    await is_(stage, talking=False)


async def test_hanging_up_asks_twice_and_the_patient_is_let_go(stage: Stage) -> None:
    call, voice = await answered(stage)
    await hears(voice, PAGE_HZ)
    await stage.page.keyboard.press("KeyE")
    await asyncio.sleep(0.5)
    assert (await phone(stage.page))["talking"]
    await stage.page.keyboard.press("KeyE")
    await call.over(10)
    assert call.ended_by == "them"
    await is_(stage, talking=False)


async def test_the_page_asks_a_colleague_at_a_sip_phone_and_hands_the_patient_over(stage: Stage) -> None:
    page = stage.page
    call, voice = await answered(stage)
    await hears(voice, PAGE_HZ)
    await page.keyboard.press("KeyT")
    await shown(stage, ".pass input[type=text]")
    await page.keyboard.type("1002")
    await page.keyboard.press("Enter")
    consult = await stage.colleague.lifts(timeout_s=20)
    assert isinstance(consult.voice, Tone)
    await hears(consult.voice, PAGE_HZ)
    await silent(voice, PAGE_HZ)
    await shown(stage, ".consult")
    await page.keyboard.press("Shift+KeyH")
    await hears(voice, PAGE_HZ)
    await page.keyboard.press("Shift+KeyT")
    await is_(stage, talking=False)
    await silent(voice, PAGE_HZ)
    await hears(voice, SIP_HZ)
    await hears(consult.voice, SIP_HZ)
    await call.hang_up()
    await consult.over(10)


async def _true(so: bool) -> bool:
    return so
