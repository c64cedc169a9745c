"""The whole house with a real MIS: who calls is confirmed, booked, moved, cancelled; the FHIR server itself says so."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from demo.mis import filling, people, times
from okno import clock
from tests.mis.fhir_server import FhirServer
from tests.okno.conftest import own_home, own_postgres
from tests.pbx.dialog import Dialog
from tests.pbx.softphone import Softphone
from tests.system import web_phone
from tests.system.clinic import Clinic, free_ports
from tests.system.screen import logged_in
from tests.system.web_phone import LINE, order, phone, until

__all__ = ["own_home", "own_postgres"]

PATIENCE_MS = 30_000
# One for each try: what a try booked is no other's.
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Family:
    """A mother, her child and a dead grandfather behind one number, as the demo has them."""

    number: int

    @property
    def phone(self) -> str:
        return f"+7999000{self.number:04d}"

    @property
    def mother(self) -> str:
        return f"p{self.number:04d}-mother"

    @property
    def child(self) -> str:
        return f"p{self.number:04d}-child"


@pytest.fixture
def family() -> Family:
    """A family of this try."""
    return Family(next(_NUMBERS))


@pytest_asyncio.fixture(loop_scope="module")
async def filled(fhir_server: FhirServer, family: Family) -> FhirServer:
    """The demo's branches, doctors and prices, one family, and some days of free times."""
    told, today = filling.words(), clock.now().date()
    await fhir_server.put_all([*times.clinic(told), *people.family(family.number, told, today)])
    for ahead in range(1, 5):
        if made := times.day(today + timedelta(days=ahead), told, [family.mother]):
            await fhir_server.put_all(made)
    return fhir_server


@pytest.fixture
def running(filled: FhirServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic whose operator's phone is her page and whose MIS is that server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKNO_TEST_MIS", filled.token)
        mis = {"port": free_ports(1)[0], "connector": "fhir_r4", "address": filled.base, "secret": "env:OKNO_TEST_MIS",
               "queue": web_phone.QUEUE, "options": {"card_system": people.CARD_SYSTEM}}  # fmt: skip
        with web_phone.start(tmp_path_factory.mktemp("okno"), mis=mis) as clinic:
            yield clinic


@dataclass
class Stage:
    """Orlova's page, and the family's phone."""

    page: Page
    calling: Softphone


@pytest_asyncio.fixture(loop_scope="module")
async def stage(running: Clinic, family: Family, tmp_path: Path) -> AsyncIterator[Stage]:
    """Orlova is ready at her page, which is her phone."""
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(web_phone.chromium(tmp_path))
        page.set_default_timeout(PATIENCE_MS)
        pbx = type(web_phone.outside(running))("127.0.0.1", running.sip_port)
        calling = await stack.enter_async_context(Softphone(family.phone, web_phone.outside(running), pbx))
        await logged_in(page, running, "orlova", "operator", "orlova")
        said = await order(page, "presence", presence="available", reason="", phone="web")
        assert said["ok"], said

        async def ready() -> bool:
            told = await phone(page)
            return (told.get("kind"), told.get("state")) == ("web", "ready")

        await until(ready, "the phone in the page did not register", 40)
        yield Stage(page, calling)


async def calls(stage: Stage) -> Dialog:
    """The family calls, her page rings and shows who it may be, she answers."""
    call = stage.calling.dial(LINE.removeprefix("+"))
    await stage.page.locator(".call-bar[data-part=ringing]").wait_for()
    await stage.page.locator(".person-line").nth(2).wait_for()
    assert await stage.page.locator(".call-bar[data-part=ringing]").count() == 1
    await stage.page.keyboard.press("KeyA")
    await stage.page.locator(".call-bar[data-part=talking]").wait_for()
    return call


def named(one: dict[str, Any]) -> str:
    """A patient's name as screens say it."""
    name = one["name"][0]
    return " ".join([name["family"], *name["given"]])


async def visits(server: FhirServer, patient: str) -> dict[str, dict[str, Any]]:
    """What the server itself has of a patient's visits, by slot."""
    found = await server.search("Appointment", f"patient=Patient/{patient}")
    return {one["slot"][0]["reference"].partition("/")[2]: one for one in found}


async def pick(page: Page, at: int) -> str:
    """Choose the free time at this place of the grid; returns the slot's id."""
    free = page.locator(".slot[data-state=free]").nth(at)
    await free.wait_for()
    slot = await free.get_attribute("data-slot")
    assert slot
    await page.locator(f"[data-slot='{slot}']").click()
    await page.locator(".slots-foot").wait_for()
    return slot


@pytest.mark.asyncio(loop_scope="module")
async def test_a_mother_calls_about_her_child_and_he_is_booked_moved_and_cancelled(
    running: Clinic, filled: FhirServer, family: Family, stage: Stage
) -> None:
    page = stage.page
    mother, child = [named(await filled.get(f"Patient/{one}")) for one in (family.mother, family.child)]
    before = await visits(filled, family.child)
    await calls(stage)

    # Mother and child come, the dead man last; nobody is chosen, no card was asked for.
    await page.locator(".person-line", has_text=child).wait_for()
    lines = page.locator(".person-line")
    assert await lines.count() == 3
    assert mother in await page.locator(".people-list").inner_text()
    assert await lines.last.get_attribute("data-state") == "deceased"
    await page.locator(".person-line", has_text=child).locator(".person-pick").click()
    await page.get_by_role("button", name="ФИО", exact=True).click()
    await page.get_by_role("button", name="Дата рождения", exact=True).click()
    await page.get_by_role("button", name="Подтвердить", exact=True).click()
    await page.locator(".patient-name", has_text=child).wait_for()
    await page.locator(".relative", has_text=mother).wait_for()

    # Booked by keys; what the page says the server has.
    await page.keyboard.press("KeyB")
    await page.locator(".booking select[data-name=specialty]").select_option(label="Педиатр")
    first = await pick(page, 0)
    await page.locator(".slots-foot", has_text="держим").wait_for()
    await page.keyboard.press("Control+Enter")
    await page.locator(".deal[data-status=booked]", has_text="Записан: ").wait_for()
    made = (await visits(filled, family.child))[first]
    assert first not in before
    assert made["status"] == "booked" and (await filled.get(f"Slot/{first}"))["status"] == "busy"
    await page.locator(".visit").wait_for()

    # Moved, in one step where the MIS can: one visit, at the new time; the old time is free again.
    await page.locator(".visit").get_by_role("button", name="Перенести").click()
    second = await pick(page, 1)
    assert second != first
    await page.locator(".slots-foot").get_by_role("button", name="Перенести").click()
    await page.locator(".deal[data-status=booked]", has_text="Перенесён: ").wait_for()
    now = await visits(filled, family.child)
    assert now[second]["status"] == "booked" and now.get(first, {}).get("status") in (None, "cancelled")
    start = datetime.fromisoformat((await filled.get(f"Slot/{second}"))["start"])
    assert datetime.fromisoformat(now[second]["start"]) == start
    assert (await filled.get(f"Slot/{first}"))["status"] == "free"

    # Cancelled for a reason.
    await page.locator(".visit").get_by_role("button", name="Отменить").click()
    dialog = page.locator("dialog[open]")
    await dialog.locator("input[type=radio]").first.check()
    await dialog.get_by_role("button", name="Отменить приём").click()
    await page.locator(".deal[data-status=cancelled]", has_text="Отменён: ").wait_for()
    assert (await visits(filled, family.child))[second]["status"] == "cancelled"
    assert (await filled.get(f"Slot/{second}"))["status"] == "free"
    await page.get_by_text("Записей нет").wait_for()

    # Written down: who was confirmed and what was done stands in the request's history, and the audits hold.
    (request,) = [one for one in await running.every("/requests") if one["kind"] == "call"]
    history = [entry["what"] for entry in (await running.get(f"/requests/{request['id']}"))["history"]]
    for what in ("identified", "visit_booked", "visit_moved", "visit_cancelled"):
        assert what in history, history
    running.run("audit", "verify")
