"""A form on a site is posted; an operator's desk offers it; he accepts, and the patient's phone rings: all of it real."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.okno.conftest import own_home, own_postgres
from tests.pbx.softphone import Softphone
from tests.system import web_phone
from tests.system.clinic import ANY_HOUR, Clinic, free_ports
from tests.system.conftest import page
from tests.system.screen import logged_in
from tests.system.web_phone import QUEUE, order, until

__all__ = ["own_home", "own_postgres", "page"]

SITE, TOKEN = "https://clinic.example", "a-token-of-the-site-s-server"
OTHER = "+79990001874"
# A test that is played again has another patient: three forms an hour are let in for each.
NUMBERS = itertools.count(60)
# Whatever hour it is where the test runs: nobody's are quiet.
CALLBACKS = ANY_HOUR | {"attempts_min": [0, 15]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic with a site."""
    chat, engine, agi = free_ports(3)
    patch = pytest.MonkeyPatch()
    patch.setenv("OKNO_TEST_SITE", TOKEN)
    title = {"ru": "Регистратура", "en": "Front desk"}
    sites = [{"key": "clinic", "origins": [SITE], "queue": QUEUE, "secret": "env:OKNO_TEST_SITE"}]
    with web_phone.start(
        tmp_path_factory.mktemp("okno"), chat={"port": chat, "sites": sites}, engine={"port": engine, "agi_port": agi},
        queues=[{"name": QUEUE, "title": title, "wrap_up_s": 60, "ring_s": 20, "callbacks": CALLBACKS}],
    ) as clinic:
        yield clinic
    patch.undo()


@dataclass
class Stage:
    """Orlova at her desk with a desk phone, and people outside."""

    clinic: Clinic
    page: Page
    phone: Softphone
    patient: Softphone
    number: str

    async def post(self, number: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Post the site's form as its page does: it asks for our clock, somebody fills it in, it is sent."""
        port = self.clinic.config["chat_public"]["port"]
        url = f"http://127.0.0.1:{port}/public/v1/callback"
        async with aiohttp.ClientSession(headers={"Origin": SITE}) as http:
            async with http.get(url) as shown:
                given = await shown.json()
            await asyncio.sleep(2.2)
            body = {"site_key": "clinic", "phone": number, "consent": True, "hp": "", **given, **more}
            async with http.post(url, json=body) as answer:
                return answer.status, await answer.json()

    async def promised(self, number: str) -> list[dict[str, Any]]:
        """The open requests by which a number is promised a call."""
        rows = await self.clinic.every("/requests", kind="callback")
        tail = f"{number[-4:-2]}-{number[-2:]}"
        return [row for row in rows if row["phone"].endswith(tail) and row["status"] not in ("done", "cancelled")]


@pytest_asyncio.fixture
async def stage(running: Clinic, page: Page) -> AsyncIterator[Stage]:
    """She is on duty."""
    page.set_default_timeout(20_000)
    at = type(web_phone.outside(running))("127.0.0.1", running.sip_port)
    async with AsyncExitStack() as stack:
        phone = await stack.enter_async_context(Softphone("1001", web_phone.phone_of(running, "orlova"), at))
        number = f"+799900018{next(NUMBERS):02}"
        patient = await stack.enter_async_context(Softphone(number, web_phone.outside(running), at))
        await logged_in(page, running, "orlova", "operator", "orlova")
        said = await order(page, "presence", presence="available", reason="", phone="desk")
        assert said["ok"], said
        yield Stage(running, page, phone, patient, number)
        await order(page, "presence", presence="offline", reason="", phone="")


async def test_a_form_is_posted_and_the_patient_s_phone_rings(stage: Stage) -> None:
    page = stage.page
    status, answer = await stage.post(stage.number, name="Anna", topic="a tooth")
    assert status == 202 and answer["reference"]

    # The offer comes by itself; nothing of who she is but a masked number.
    offer = page.locator(".offer")
    await offer.wait_for()
    tail = f"18-{stage.number[-2:]}"
    assert tail in await offer.inner_text() and f"+7 999 000-{tail}" not in await page.content()
    again = await stage.post(stage.number, name="Anna", topic="a tooth")
    assert again == (status, answer)
    assert len(await stage.promised(stage.number)) == 1

    await page.keyboard.press("KeyA")
    card = page.locator(".promised")
    await card.wait_for()
    assert "Форма на сайте" in await card.inner_text()
    await page.get_by_text("a tooth").first.wait_for()
    dial = page.locator(".callback-do .btn-primary")
    await until(dial.is_enabled, "her phone was never quiet", 20)
    await page.keyboard.press("KeyD")
    await stage.phone.lifts()
    talk = await stage.patient.lifts()
    await page.locator(".call-bar[data-part=talking]").wait_for()
    await page.locator(".try").first.wait_for()
    assert len(stage.patient.calls) == 1  # she was dialled once

    # A machine answered: she says so, and the next try is planned.
    await talk.hang_up()
    tell = page.locator(".promise-tell").get_by_role("button", name="Автоответчик", exact=True)
    await tell.click()
    [request] = await until(lambda: _planned(stage), "no further try was planned", 15)
    assert [one["outcome"] for one in request["callback"]["tries"]] == ["machine"]
    assert request["callback"]["next_at"] is not None
    assert len(stage.patient.calls) == 1


async def _planned(stage: Stage) -> list[dict[str, Any]]:
    return [row for row in await stage.promised(stage.number) if row["status"] == "postponed" and row["callback"]]


async def test_a_promise_by_rest_is_one_however_often_it_is_sent(stage: Stage) -> None:
    headers = {"Authorization": f"Bearer {stage.clinic.token}", "Idempotency-Key": "crm-1"}
    async with aiohttp.ClientSession(headers=headers) as http:
        made = []
        for _ in range(3):
            body = {"phone": "8 (999) 000-18-74", "queue": QUEUE, "note": "from a CRM"}
            async with http.post(f"{stage.clinic.url}/api/v1/callbacks", json=body) as answer:
                made.append((answer.status, (await answer.json())["id"]))
        assert len(set(made)) == 1 and made[0][0] == 202
        async with http.post(f"{stage.clinic.url}/api/v1/callbacks", json={"phone": "103", "queue": QUEUE}) as answer:
            assert answer.status == 422
    [request] = await stage.promised(OTHER)
    assert request["id"] == made[0][1] and request["callback"]["origin"] == "rest"
    await stage.page.locator(".offer", has_text="18-74").wait_for()


async def test_a_plain_form_needs_no_script(stage: Stage) -> None:
    port = stage.clinic.config["chat_public"]["port"]
    browser = stage.page.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False)
    visitor = await context.new_page()
    await visitor.set_content(
        f'<form method="post" action="http://127.0.0.1:{port}/public/v1/callback">'
        '<input name="site_key" value="clinic"><input name="phone" value="8 999 000-18-75">'
        '<input name="consent" type="checkbox" checked><input name="hp"><button>send</button></form>'
    )
    await visitor.get_by_role("button").click()
    await visitor.get_by_role("heading", name="Спасибо, мы вам перезвоним").wait_for()
    await context.close()
    await until(lambda: stage.promised("+79990001875"), "the form did not come")


async def test_a_site_s_server_posts_once_and_learns_what_came_of_it(stage: Stage) -> None:
    port = stage.clinic.config["chat_public"]["port"]
    url = f"http://127.0.0.1:{port}/public/v1/callback"
    body = {"site_key": "clinic", "phone": "8 999 000-18-76", "consent": True}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        made = []
        for _ in range(2):
            async with http.post(url, json=body, headers={"Idempotency-Key": "order-1"}) as answer:
                made.append((answer.status, await answer.json()))
        assert made[0] == made[1] and made[0][0] == 202
        [request] = await until(lambda: stage.promised("+79990001876"), "the wish did not come")
        headers = {"Authorization": f"Bearer {stage.clinic.token}"}
        done = f"{stage.clinic.url}/api/v1/requests/{request['id']}/complete"
        async with http.post(done, json={"outcome": "informed"}, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

        async def over() -> bool:
            async with http.get(f"{url}/{made[0][1]['reference']}") as answer:
                return bool((await answer.json())["state"] == "withdrawn")

        await until(over, "nobody told the site's server")
