"""The phone in the page against a real Asterisk: rung by the queue, audio both ways measured, held, cut, passed on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.okno.conftest import own_home, own_postgres
from tests.pbx import dialog
from tests.pbx.dialog import Dialog
from tests.pbx.softphone import Softphone
from tests.system import web_phone
from tests.system.clinic import Clinic
from tests.system.screen import logged_in
from tests.system.tones import Tone
from tests.system.web_phone import LINE, PAGE_HZ, PATIENT, SIP_HZ, ears, order, phone, until

__all__ = ["own_home", "own_postgres"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The clinic of tests/system/web_phone.py, once for the file."""
    clinic = web_phone.start(tmp_path_factory.mktemp("okno"))
    try:
        asyncio.run(clinic.ready())
        yield clinic
    finally:
        clinic.stop()


@dataclass
class Stage:
    """The page, and the SIP phones around it."""

    page: Page
    patient: Softphone
    colleague: Softphone


@pytest_asyncio.fixture
async def stage(running: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Orlova at her page, which is her phone today and registered; a patient and a colleague whose phones say a tone."""
    monkeypatch.setattr(dialog, "Voice", Tone)
    pbx = web_phone.outside(running)
    at = type(pbx)("127.0.0.1", running.sip_port)
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(web_phone.chromium(tmp_path))
        patient = await stack.enter_async_context(Softphone(PATIENT, web_phone.outside(running), at))
        colleague = await stack.enter_async_context(Softphone("1002", web_phone.phone_of(running, "klimov"), at))
        await logged_in(page, running, "orlova", "operator", "orlova")
        said = await order(page, "presence", presence="available", reason="", phone="web")
        assert said["ok"], said

        async def ready() -> bool:
            told = await phone(page)
            return (told.get("kind"), told.get("state")) == ("web", "ready")

        await until(ready, "the phone in the page did not register", 20)
        yield Stage(page, patient, colleague)


async def answered(stage: Stage) -> Dialog:
    """A patient calls, the page rings, she presses A; returns the patient's side, talking."""
    call = stage.patient.dial(LINE.removeprefix("+"))

    async def rings() -> bool:
        return bool((await phone(stage.page)).get("ringing"))

    await until(rings, "the page did not ring", 20)
    await until(lambda: stage.page.query_selector(".call-bar[data-part=ringing]"), "no call bar", 10)
    await stage.page.keyboard.press("KeyA")
    await call.up()
    return call


async def hears(voice: Tone, hertz: float, within_s: float = 6) -> float:
    """Wait until a phone hears a frequency; returns how loud."""
    voice.forget()

    async def loud() -> float:
        heard = voice.hears(hertz)
        return heard if heard > 0.02 else 0.0

    return float(await until(loud, f"{hertz} Hz was not heard: {voice.packets} packets", within_s))


async def test_a_patient_is_answered_in_the_page_and_each_hears_the_other(stage: Stage) -> None:
    call = await answered(stage)
    assert isinstance(call.voice, Tone)
    loud = await hears(call.voice, PAGE_HZ)
    assert loud > 10 * call.voice.hears(1700)
    heard = await ears(stage.page)
    assert abs(heard["hertz"] - SIP_HZ) < 15 and heard["loud"] > -40, heard
    await call.hang_up()
