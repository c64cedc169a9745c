"""Patients write by messengers and the site's widget; one operator answers them all at her desk: all of it real."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import os
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from playwright.async_api import Frame, Page

from demo.clouds import max as max_cloud
from demo.clouds import vk as vk_cloud
from demo.clouds.max import MaxCloud
from demo.clouds.server import Upload
from demo.clouds.vk import GROUP, VkCloud
from demo.sipp import Address
from tests.okno.conftest import own_home, own_postgres
from tests.pbx.softphone import Softphone
from tests.screens.third_party import begun, wrote
from tests.system import web_phone
from tests.system.clinic import ANY_HOUR, Clinic, free_ports
from tests.system.conftest import page
from tests.system.leaks import _places, leaks
from tests.system.screen import logged_in
from tests.system.web_phone import QUEUE, order, until

__all__ = ["own_home", "own_postgres", "page"]

T = TypeVar("T")
TOKENS = {
    "OKNO_TEST_MAX": "a-max-token-of-tests", "OKNO_TEST_MAX_HOOK": "a_hook_of-tests", "OKNO_TEST_VK": "a-vk-token-of-tests",
    "OKNO_TEST_VK_HOOK": "a-word-of-vk",
}  # fmt: skip
PEOPLE = itertools.count(5501)
DOCTOR, SITE = "doctor", "clinic"


class Outside:
    """Clouds in a loop of their own: they are there before the clinic begins, and answer while a test waits."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="clouds", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done there and return what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def end(self) -> None:
        """Be gone."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@dataclass
class House:
    """A clinic, and the clouds its accounts are in."""

    clinic: Clinic
    outside: Outside
    max: MaxCloud
    vk: VkCloud


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A clinic with a bot in MAX, a community in VK and a widget on its site."""
    chat, public = free_ports(2)
    # A cloud that is not answered posts again: for as long as a killed service takes to be back, and longer.
    retry_s = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
    outside = Outside()
    max_, vk = MaxCloud(TOKENS["OKNO_TEST_MAX"], retry_s), VkCloud(TOKENS["OKNO_TEST_VK"], retry_s=retry_s)
    for cloud in (max_, vk):
        outside.do(cloud.start())
    patch = pytest.MonkeyPatch()
    for name, word in TOKENS.items():
        patch.setenv(name, word)
    accounts = [{
        "channel": "max", "queue": QUEUE, "address": max_.url,
        "secrets": {"token": "env:OKNO_TEST_MAX", "secret": "env:OKNO_TEST_MAX_HOOK"},
    }, {
        "channel": "vk", "queue": QUEUE, "address": f"{vk.url}/method", "options": {"group": GROUP},
        "secrets": {"token": "env:OKNO_TEST_VK", "secret": "env:OKNO_TEST_VK_HOOK"},
    }]  # fmt: skip
    url = f"http://127.0.0.1:{public}"
    sites = [{"key": SITE, "origins": [url], "queue": QUEUE, "language": "en", "widget": {"required": ["name"]}}]
    queues = [
        {"name": name, "title": {"ru": ru, "en": en}, "wrap_up_s": 0, "ring_s": 20, "callbacks": ANY_HOUR}
        for name, ru, en in ((QUEUE, "Регистратура", "Front desk"), (DOCTOR, "Врач", "Doctor"))
    ]
    with web_phone.start(
        tmp_path_factory.mktemp("okno"), chat_public={"port": public}, demo={"site": SITE}, queues=queues,
        chat={"port": chat, "public_url": url, "accounts": accounts, "sites": sites},
    ) as clinic:
        yield House(clinic, outside, max_, vk)
    for cloud in (max_, vk):
        outside.do(cloud.stop())
    outside.end()
    patch.undo()


@dataclass
class Stage:
    """Orlova at her desk, and the world outside."""

    house: House
    page: Page

    def in_max(self, name: str) -> max_cloud.Person:
        """Somebody new in MAX."""
        return self.house.max.person(next(PEOPLE), first_name=name)

    def in_vk(self, name: str) -> vk_cloud.Person:
        """Somebody new in VK."""
        return self.house.vk.person(next(PEOPLE), first_name=name)

    def writes(self, who: max_cloud.Person | vk_cloud.Person, text: str, copies: int = 1) -> None:
        """Somebody writes; his words are posted so often."""
        cloud: Any = self.house.max if isinstance(who, max_cloud.Person) else self.house.vk
        self.house.outside.do(cloud.tell(cloud.says(who, text), copies))

    async def visitor(self, question: str) -> Frame:
        """Somebody new in the widget on the clinic's site."""
        context = await self.page.context.browser.new_context(locale="en")  # type: ignore[union-attr]
        page = await context.new_page()
        page.set_default_timeout(20_000)
        await page.goto(f"http://127.0.0.1:{self.house.clinic.config['chat_public']['port']}/demo/site?lang=en")
        return await begun(page, question)

    async def accepts(self) -> None:
        """She takes what is offered; a key at the very moment it appears would not count."""
        await self.page.locator(".offer").wait_for()
        id = await self.page.locator(".offer").get_attribute("data-offer")
        await asyncio.sleep(0.6)
        await self.page.keyboard.press("KeyA")
        await self.page.locator(f".offer[data-offer='{id}']").wait_for(state="detached")

    async def answers(self, name: str, text: str) -> None:
        """She answers somebody."""
        tab = self.page.locator(".chat-tab", has_text=name)
        if await tab.count():
            await tab.click()
        await self.page.locator(".chat-name", has_text=name).wait_for()
        await self.page.locator(".composer textarea").fill(text)
        await self.page.keyboard.press("Enter")
        await self.page.locator(".chat-panel").get_by_text(text).wait_for()

    async def sent(self, who: max_cloud.Person | vk_cloud.Person, count: int) -> list[str]:
        """Wait until so many answers came to him; return them."""
        async def told() -> list[str]:
            if isinstance(who, max_cloud.Person):
                texts = [one["body"]["text"] for one in self.house.max.sent(who)]
            else:
                texts = [one["text"] for one in self.house.vk.sent(who)]
            return texts if len(texts) >= count else []

        return list(await until(told, "no answer came", 30))

    async def chats(self, **wanted: str) -> list[dict[str, Any]]:
        """The requests of conversations that stand so."""
        rows = await self.house.clinic.every("/requests", kind="chat")
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    async def closes(self) -> None:
        """She closes all she has."""
        for row in await self.chats(owner="orlova"):
            if row["status"] not in ("done", "cancelled"):
                await order(self.page, "complete", request=row["id"], outcome="informed")


@pytest_asyncio.fixture
async def stage(house: House, page: Page) -> AsyncIterator[Stage]:
    """She is on duty."""
    page.set_default_timeout(20_000)
    await logged_in(page, house.clinic, "orlova", "operator", "orlova")
    said = await order(page, "presence", presence="available", reason="", phone="desk")
    assert said["ok"], said
    made = Stage(house, page)
    yield made
    await made.closes()
    await order(page, "presence", presence="offline", reason="", phone="")


async def test_somebody_writes_and_is_answered(stage: Stage) -> None:
    page, who = stage.page, stage.in_max("Anna")
    stage.writes(who, "May I come tomorrow?", copies=3)
    await stage.accepts()
    await page.locator(".chat-panel").get_by_text("May I come tomorrow?").wait_for()
    await stage.answers("Anna", "Yes, at ten.")
    assert await stage.sent(who, 1) == ["Yes, at ten."]
    (row,) = await stage.chats(status="in_progress")
    assert row["first_response_at"] and row["conversation"]


async def test_three_chats_and_a_call_at_once_and_one_is_handed_over(stage: Stage) -> None:
    page, clinic = stage.page, stage.house.clinic
    anna, boris = stage.in_max("Galina"), stage.in_vk("Boris")
    stage.writes(anna, "Are my results there?")
    await stage.accepts()
    stage.writes(boris, "How much is an ultrasound?")
    await stage.accepts()
    frame = await stage.visitor("Where do I park?")
    await stage.accepts()
    at = Address("127.0.0.1", clinic.sip_port)
    async with (
        Softphone("1001", web_phone.phone_of(clinic, "orlova"), at) as phone,
        Softphone("+79990001860", web_phone.outside(clinic), at) as patient,
    ):
        call = patient.dial(web_phone.LINE)
        await phone.lifts()
        await call.up()
        await page.locator(".call-bar[data-part=talking]").wait_for()
        await page.locator("#side-chat").click()
        for name, text in (("Galina", "They are ready."), ("Boris", "2,200 rubles."), ("Zoya", "Behind the house.")):
            await stage.answers(name, text)
        assert await stage.sent(anna, 1) == ["They are ready."] and await stage.sent(boris, 1) == ["2,200 rubles."]
        await frame.get_by_text("Behind the house.").wait_for()
        await wrote(frame, "Thank you!")
        await page.locator(".chat-panel").get_by_text("Thank you!").wait_for()
        # Boris is given to the doctors' queue, in the middle of the talk.
        await page.locator(".chat-tab", has_text="Boris").click()
        await page.locator(".chat-line").get_by_role("button", name="Передать").click()
        await page.locator("dialog[open]").wait_for()
        await page.keyboard.type("Врач")
        await page.keyboard.press("Enter")
        await page.locator(".chat-tab", has_text="Boris").wait_for(state="detached")
        assert await page.locator(".call-bar[data-part=talking]").is_visible()
        await call.hang_up()
    (given,) = await stage.chats(queue=DOCTOR)
    assert given["status"] == "queued" and given["owner"] is None
    mine = await stage.chats(owner="orlova", status="in_progress")
    assert len(mine) == 2 and all(row["first_response_at"] for row in mine)
    await until(lambda: _answered(clinic), "the call is not told as answered")
    history = (await clinic.get(f"/requests/{given['id']}"))["history"]
    assert [line["what"] for line in history if line["what"] in ("taken", "accepted", "transferred")][-1] == "transferred"


async def test_while_the_engine_is_frozen_and_killed_what_is_written_waits_and_is_one_request(stage: Stage) -> None:
    clinic, who = stage.house.clinic, stage.in_max("Darya")
    engine = clinic.pid("engine")
    os.kill(engine, signal.SIGSTOP)
    try:
        for number in range(5):
            stage.writes(who, f"message {number}", copies=2)
        await asyncio.sleep(3)
    finally:
        os.kill(engine, signal.SIGKILL)
    await clinic.ready(60)
    await stage.accepts()
    for number in range(5):
        await stage.page.locator(".chat-panel").get_by_text(f"message {number}").wait_for()
    assert await stage.page.locator(".bubble[data-side=in]").count() == 5
    assert len(await stage.chats(owner="orlova", status="in_progress")) == 1


async def test_chat_is_killed_while_people_write_and_a_call_does_not_notice(stage: Stage) -> None:
    clinic, page = stage.house.clinic, stage.page
    people = [stage.in_max(name) for name in ("Egor", "Faina", "Gleb")]
    at = Address("127.0.0.1", clinic.sip_port)
    async with (
        Softphone("1001", web_phone.phone_of(clinic, "orlova"), at) as phone,
        Softphone("+79990001861", web_phone.outside(clinic), at) as patient,
    ):
        call = patient.dial(web_phone.LINE)
        await phone.lifts()
        await call.up()
        os.kill(clinic.pid("chat"), signal.SIGKILL)
        for number, who in enumerate(people):
            stage.writes(who, f"into the void {number}", copies=2)
        await page.locator(".call-bar[data-part=talking]").wait_for()
        assert call.ended_at is None
        await call.hang_up()
    await clinic.ready(60)
    for _ in people:
        await stage.accepts()
    mine = await stage.chats(owner="orlova", status="in_progress")
    assert len(mine) == 3
    await stage.answers("Faina", "We are here again.")
    assert await stage.sent(people[1], 1) == ["We are here again."]


async def test_nothing_of_who_writes_is_readable_anywhere(stage: Stage) -> None:
    """What he wrote, is called, sent and said is his, and what was answered: neither in dumps nor in logs or figures."""
    page, clinic, phone = stage.page, stage.house.clinic, "+79990001977"
    who = stage.house.max.person(next(PEOPLE), first_name="Wqxkist", last_name="Jjqzlom", username="zyxwvut_nick")
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{phone[1:]}\r\nFN:Wqxkist Jjqzlom\r\nEND:VCARD\r\n"
    proof = hmac.new(TOKENS["OKNO_TEST_MAX"].encode(), card.encode(), hashlib.sha256).hexdigest()
    given = {"type": "contact", "payload": {"vcf_info": card, "hash": proof, "max_info": who.told()}}
    paper = Upload(name="qqvzpaper.pdf", mime="application/pdf", content=b"%PDF-1.4 hhqxcontent")
    stage.house.outside.do(stage.house.max.tell(stage.house.max.says(who, "xzqabol in the kkqzside", [paper], more=[given])))
    await stage.accepts()
    await stage.answers("Wqxkist", "vvqzanswer is here")
    assert await stage.sent(who, 1) == ["vvqzanswer is here"]
    await page.locator(".bubble").get_by_text("qqvzpaper").wait_for()
    words = [
        "Wqxkist", "Jjqzlom", "zyxwvut", "xzqabol", "kkqzside", "qqvzpaper", "hhqxcontent", "vvqzanswer",
        TOKENS["OKNO_TEST_MAX"], TOKENS["OKNO_TEST_VK"],
    ]  # fmt: skip
    marks = {form for word in words for form in (word, word.encode().hex(), base64.b64encode(word.encode()).decode()[:-4])}
    places = [one async for one in _places(clinic)]
    assert "database okno_chat" in {place for place, _ in places}
    assert [(place, mark) for place, text in places for mark in marks if mark in text] == []
    assert await leaks(clinic, (phone,)) == []


async def _answered(clinic: Clinic) -> bool:
    calls = [one for one in await clinic.every("/calls") if one["number"].endswith("60")]
    return bool(calls) and all(one["result"] == "answered" and one["ended_at"] for one in calls)
