"""The widget on a page of another site with a strict policy, in Chromium: nothing lost, nothing twice, and who may."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from chat.feed import FORM_PLACE
from okno.command.processes import ports
from okno.settings import Runtime
from tests.chat.widget.page.test_doors import vouched
from tests.chat.widget.site import ANNA, running
from tests.fixtures import MakeUrl
from tests.screens.axe import violations
from tests.screens.third_party import (
    Line,
    Shop,
    begun,
    elsewhere,
    frame_of,
    looked_at,
    opened,
    photographed,
    shop,
    speaking,
    texts,
    wrote,
)

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest_asyncio.fixture
async def place(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """A site of somebody else, our service, and the line between."""
    port, url = ports.free(), await new_database_url("chat")
    secret = runtime.path(runtime.settings.paths.secrets) / "widget.secret"
    secret.write_text("0123456789abcdef0123456789abcdef")
    secret.chmod(0o600)
    between = ports.free()
    origins = (f"http://localhost:{port}", f"http://127.0.0.1:{between}")
    async with running(
        runtime, url, redis_url, monkeypatch, origins=origins, demo=True, secret="file:widget.secret",
        deep_links={"max": "okno_bot", "vk": "okno_clinic"},
    ) as site:
        line = Line(site.public, between)
        await line.up()
        async with shop(site, line, port) as made:
            yield made
        await line.down()


async def test_on_a_page_with_a_strict_policy_one_talks(place: Shop) -> None:
    page = await place.visit()
    frame = await opened(page)
    consent = frame.get_by_role("checkbox")
    await expect(consent).not_to_be_checked()
    await expect(frame.get_by_role("link", name="103")).to_be_visible()
    await expect(frame.get_by_role("link", name="112")).to_be_visible()
    await frame.get_by_label("Your name").fill("Zoya Q.")
    await frame.get_by_label("Your question").fill("Is the doctor there?")
    await frame.get_by_role("button", name="Start the chat").click()
    await expect(frame.get_by_text("Without consent we cannot answer.")).to_be_visible()
    assert await place.site.database.fetchval("SELECT count(*) FROM widget_visitor") == 0
    await consent.check()
    await frame.get_by_role("button", name="Start the chat").click()
    await expect(frame.get_by_text("Is the doctor there?")).to_be_visible()
    await expect(frame.get_by_role("status").first).to_contain_text("looking for an operator")
    await place.site.taken()
    await expect(frame.get_by_role("status").first).to_contain_text("Anna B. answers")
    await place.site.answers("He is: https://clinic.example/doctors, until 18:00")
    link = frame.get_by_role("link", name="https://clinic.example/doctors")
    await expect(link).to_have_attribute("rel", "noopener nofollow ugc")
    view = await place.site.client.open(str(await place.site.conversation()), ANNA)
    assert view.entry["page"] == f"{place.url}/"
    assert view.entry["utm_source"] == "ads"
    assert (view.name, [row.text for row in view.messages if row.side == "in"]) == ("Zoya Q.", ["Is the doctor there?"])
    assert await place.site.database.fetchval("SELECT count(*) FROM consent") == 1
    assert place.serious() == []


async def test_what_is_written_with_the_line_cut_comes_once_and_in_order(place: Shop) -> None:
    page = await place.visit()
    frame = await begun(page, "Before")
    await expect(frame.locator(".pending")).to_have_count(0)
    await place.site.taken()
    await place.line.down()
    await expect(frame.get_by_text("No connection.")).to_be_visible()
    for n in range(5):
        await wrote(frame, f"Offline {n}")
    await place.site.answers("Meanwhile")
    await expect(frame.locator(".pending")).to_have_count(5)
    await place.line.up()
    await expect(frame.locator(".pending")).to_have_count(0)
    await expect(frame.get_by_text("Meanwhile")).to_be_visible()
    wanted = ["Before", *(f"Offline {n}" for n in range(5))]
    assert await place.site.texts() == wanted
    assert [one for one in await texts(frame) if one != "Meanwhile"] == wanted
    assert len(await texts(frame)) == 7
    assert place.serious() == []


async def test_a_reload_with_the_line_cut_loses_nothing(place: Shop) -> None:
    page = await place.visit()
    frame = await begun(page, "Before")
    await expect(frame.locator(".pending")).to_have_count(0)
    await place.line.down()
    await wrote(frame, "Kept over the reload")
    await expect(frame.locator(".pending")).to_have_count(1)
    await place.line.up()
    await page.reload()
    frame = await opened(page)
    await expect(frame.get_by_text("Kept over the reload")).to_be_visible()
    await expect(frame.locator(".pending")).to_have_count(0)
    assert await texts(frame) == ["Before", "Kept over the reload"]
    assert await place.site.texts() == ["Before", "Kept over the reload"]


async def test_on_our_own_site_the_frame_keeps_for_itself_and_a_full_store_loses_nothing(place: Shop) -> None:
    page = await place.browser.new_page()
    await page.goto(f"http://127.0.0.1:{place.line.port}/demo/site?lang=en")
    frame = await begun(page, "Before")
    await expect(frame.locator(".pending")).to_have_count(0)
    await frame.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }")
    await place.line.down()
    await wrote(frame, "With no room left")
    await expect(frame.locator(".pending")).to_have_count(1)
    await place.line.up()
    await expect(frame.locator(".pending")).to_have_count(0)
    await page.reload()
    frame = await opened(page)
    await expect(frame.get_by_text("With no room left")).to_be_visible()
    assert await texts(frame) == ["Before", "With no room left"] == await place.site.texts()
    await page.close()


async def test_two_tabs_that_come_back_together_send_nothing_twice(place: Shop) -> None:
    first = await place.visit()
    one = await begun(first, "Before")
    await expect(one.locator(".pending")).to_have_count(0)
    second = await place.visit(first.context)
    other = await opened(second)
    await expect(other.get_by_text("Before")).to_be_visible()
    await place.line.down()
    for n in range(3):
        await wrote(one, f"One {n}")
        await wrote(other, f"Other {n}")
    await place.line.up()
    for frame in (one, other):
        await expect(frame.locator(".pending")).to_have_count(0)
        await expect(frame.locator(".log .text")).to_have_count(7)
    wanted = {"Before", *(f"One {n}" for n in range(3)), *(f"Other {n}" for n in range(3))}
    kept = await place.site.texts()
    assert set(kept) == wanted
    assert len(kept) == 7
    assert await texts(one) == await texts(other)
    assert len(await place.site.conversations()) == 1


async def test_an_answer_to_a_closed_panel_is_counted_on_the_button_and_there_after_a_reload(place: Shop) -> None:
    page = await place.visit()
    frame = await begun(page, "Hello")
    await expect(frame.locator(".pending")).to_have_count(0)
    await frame.get_by_role("button", name="Close the chat").click()
    await place.site.taken()
    await place.site.answers("Good day")
    await expect(page.get_by_role("button", name="new messages: 1")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="new messages: 1")).to_be_visible()
    await page.get_by_role("button", name="new messages: 1").click()
    await expect(page.frame_locator("iframe").get_by_text("Good day")).to_be_visible()
    async with asyncio.timeout(10):
        while await place.site.database.fetchval("SELECT count(*) FROM message WHERE state = 'read'") != 1:
            await asyncio.sleep(0.05)


async def test_all_of_it_goes_by_keys_alone(place: Shop) -> None:
    page = await place.visit()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Open the chat")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.frame_locator("iframe").get_by_label("Your name")).to_be_focused()
    await page.keyboard.type("Zoya Q.")
    frame = frame_of(page)
    while not await frame.evaluate("document.activeElement.name === 'consent'"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(frame.get_by_role("textbox", name="Message")).to_be_focused()
    await page.keyboard.type("By keys")
    await page.keyboard.press("Enter")
    await expect(frame.get_by_text("By keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Open the chat")).to_be_focused()
    assert place.serious() == []


async def test_out_of_hours_he_asks_for_a_call_which_is_promised(place: Shop) -> None:
    await place.site.closed_now()
    page = await place.visit()
    frame = await opened(page)
    await expect(frame.get_by_role("heading", name="We are closed now")).to_be_visible()
    await frame.get_by_label("Your name").fill("Zoya Q.")
    await frame.get_by_label("Phone").fill("8 (999) 000-44-17")
    await frame.get_by_label("Your question").fill("A tooth hurts")
    await frame.get_by_role("checkbox").check()
    await frame.get_by_role("button", name="Call me back").click()
    await expect(frame.get_by_text("Reference:")).to_be_visible()
    row = await place.site.database.fetchrow("SELECT * FROM outbox WHERE kind = 'CallbackAskedFor'")
    assert row is not None
    asked = row["payload"]
    assert (asked["origin"], asked["queue"], asked["wanted_at"]) == ("messenger", "registry", None)
    who = json.loads(place.site.bus.open(base64.b64decode(asked["who"]), row=asked["key"], **FORM_PLACE))
    assert who == {"phone": "+79990004417", "name": "Zoya Q.", "topic": "A tooth hurts"}


async def test_a_page_left_open_asks_again_whether_somebody_is_there(place: Shop) -> None:
    page = await place.visit()
    frame = await opened(page)
    await frame.get_by_label("Your name").fill("Typed already")
    await frame.evaluate("{ const now = Date.now; Date.now = () => now() + 3600000; }")
    await frame.get_by_role("button", name="Close the chat").click()
    await page.get_by_role("button", name="Open the chat").click()
    await expect(frame.get_by_label("Your name")).to_have_value("Typed already")
    await place.site.closed_now()
    await frame.evaluate("{ const now = Date.now; Date.now = () => now() + 7200000; }")
    await frame.get_by_role("button", name="Close the chat").click()
    await page.get_by_role("button", name="Open the chat").click()
    await expect(frame.get_by_role("heading", name="We are closed now")).to_be_visible()


async def test_files_go_both_ways_and_are_never_pages_of_ours(place: Shop) -> None:
    page = await place.visit()
    frame = await begun(page, "See the picture")
    await expect(frame.locator(".pending")).to_have_count(0)
    files = [
        {"name": "tooth.png", "mimeType": "image/png", "buffer": PIXEL},
        {"name": "evil.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"},
    ]
    await frame.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    await expect(frame.get_by_text("Files of this kind are not taken.")).to_be_visible()
    await expect(frame.locator(".chips li:not(.waiting)")).to_have_count(1)
    await frame.get_by_role("button", name="Send", exact=True).click()
    await expect(frame.get_by_role("button", name="tooth.png")).to_be_visible()
    view = await place.site.client.open(str(await place.site.conversation()), ANNA)
    [sent] = [one for row in view.messages for one in row.attachments]
    assert (sent.name, sent.mime, sent.state) == ("tooth.png", "image/png", "ready")
    assert (await place.site.client.attachment(sent.id, ANNA))[1] == PIXEL
    await place.site.taken()
    ours = await place.site.client.upload(b"%PDF-1.4 price list", "prices.pdf", "application/pdf", ANNA)
    await place.site.answers("Here", attachments=[ours.id])
    async with page.expect_download() as download:
        await frame.get_by_role("button", name="prices.pdf").click()
    saved = await (await download.value).path()
    assert saved.read_bytes() == b"%PDF-1.4 price list"
    assert [one for one in place.serious() if "415" not in one] == []


async def test_after_the_end_he_rates_it_and_may_begin_anew(place: Shop) -> None:
    page = await place.visit()
    frame = await begun(page, "Hello")
    await place.site.taken()
    await place.site.answers("Good day")
    await expect(frame.get_by_text("Good day")).to_be_visible()
    await place.site.over()
    await expect(frame.get_by_role("heading", name="How did we answer?")).to_be_visible()
    await frame.get_by_label("4").check()
    await frame.get_by_role("button", name="Send", exact=True).first.click()
    await expect(frame.get_by_role("heading", name="How did we answer?")).to_have_count(0)
    async with asyncio.timeout(10):
        while (await place.site.conversations())[0]["score"] != 4:
            await asyncio.sleep(0.05)
    await wrote(frame, "One more thing")
    await expect(frame.get_by_text("One more thing")).to_be_visible()
    await expect(frame.locator(".pending")).to_have_count(0)
    assert [one["open"] for one in await place.site.conversations()] == [False, True]


async def test_whom_the_site_vouches_for_has_his_conversation_and_a_shared_computer_shows_it_to_nobody_else(place: Shop) -> None:
    page = await place.visit()
    await page.evaluate("who => oknoWidget.identify(who)", vouched())
    frame = await opened(page)
    await expect(frame.get_by_label("Your name")).to_have_value("")
    await frame.get_by_role("checkbox").check()
    await frame.get_by_label("Your name").fill("Known Person")
    await frame.get_by_label("Your question").fill("Mine alone")
    await frame.get_by_role("button", name="Start the chat").click()
    await expect(frame.locator(".mine")).to_have_count(1)
    await expect(frame.locator(".pending")).to_have_count(0)
    await page.reload()
    frame = await opened(page)
    await expect(frame.get_by_role("button", name="Start the chat")).to_be_visible()
    await page.evaluate("who => oknoWidget.identify(who)", vouched())
    await expect(frame.get_by_text("Mine alone")).to_be_visible()
    await page.evaluate("oknoWidget.identify(null)")
    await expect(frame.get_by_text("Mine alone")).to_have_count(0)
    other = await place.visit()
    await other.evaluate("who => oknoWidget.identify(who)", vouched())
    frame = await opened(other)
    await expect(frame.get_by_text("Mine alone")).to_be_visible()
    assert place.serious() == []


async def test_it_goes_on_in_a_messenger(place: Shop) -> None:
    page = await place.visit()
    frame = await begun(page, "Hello")
    await expect(frame.locator(".pending")).to_have_count(0)
    await frame.get_by_role("button", name="More").click()
    link = frame.get_by_role("menuitem", name="Continue in MAX")
    await expect(link).to_have_attribute("href", re.compile(r"^https://max\.ru/okno_bot\?start=[\w-]{40}$"))
    await page.keyboard.press("Escape")
    await expect(link).to_be_hidden()


async def test_a_page_of_nobody_we_know_gets_no_frame(place: Shop) -> None:
    frame = f"http://127.0.0.1:{place.line.port}/widget/frame?site=clinic"
    async with elsewhere(f"<iframe src='{frame}'></iframe>") as stranger:
        page = await (await place.browser.new_context()).new_page()
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text))
        await page.goto(stranger)
        async with asyncio.timeout(10):
            while not any("frame-ancestors" in one for one in said):
                await asyncio.sleep(0.05)
        await expect(page.frame_locator("iframe").locator("header")).to_have_count(0)


async def test_the_demo_clinics_own_page_has_it(place: Shop) -> None:
    page = await place.visit(path="/nowhere")
    await page.goto(f"{place.site.public}/demo/site?lang=en")
    frame = await begun(page, "From the demo's page")
    await expect(frame.locator(".pending")).to_have_count(0)
    assert await place.site.texts() == ["From the demo's page"]


@pytest.mark.parametrize(("lang", "theme", "width"), [("en", "light", 1280), ("ru", "dark", 390)])
async def test_every_face_of_it_is_accessible_in_both_themes(place: Shop, lang: str, theme: str, width: int) -> None:
    say = speaking(lang)
    page = await place.visit(path=f"/?lang={lang}&theme={theme}", viewport={"width": width, "height": 780})
    assert await violations(page) == []
    frame = await opened(page, lang)
    if width < 480:
        box = await page.locator(".panel").bounding_box()
        assert box is not None and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, 780)
    await looked_at(frame)
    await photographed(page, f"before-{theme}-{lang}")
    await frame.get_by_role("button", name=say("widget.start")).click()
    await expect(frame.get_by_text(say("widget.wrong.consent"))).to_be_visible()
    await looked_at(frame)
    await frame.get_by_label(say("widget.field.name")).fill("Zoya Q.")
    await frame.get_by_label(say("widget.field.topic")).fill("A question with https://clinic.example/ in it")
    await frame.get_by_role("checkbox").check()
    await frame.get_by_role("button", name=say("widget.start")).click()
    await expect(frame.locator(".mine")).to_have_count(1)
    await expect(frame.locator(".pending")).to_have_count(0)
    await place.site.taken()
    await place.site.answers("An answer with https://clinic.example/ in it")
    await expect(frame.locator(".theirs")).to_have_count(1)
    await looked_at(frame)
    await photographed(page, f"talk-{theme}-{lang}")
    assert await frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the frame"
    await frame.get_by_role("button", name=say("widget.menu"), exact=True).click()
    await expect(frame.get_by_role("menuitem", name=say("widget.continue.max"))).to_be_visible()
    await looked_at(frame)
    await frame.get_by_role("menuitem", name=say("widget.menu.callback")).click()
    await expect(frame.get_by_role("heading", name=say("widget.callback.title"))).to_be_visible()
    await looked_at(frame)
    await frame.get_by_role("button", name=say("widget.back")).click()
    await place.site.over()
    await expect(frame.get_by_role("heading", name=say("widget.rate.title"))).to_be_visible()
    await looked_at(frame)
    await photographed(page, f"rate-{theme}-{lang}")
    await place.site.closed_now()
    fresh = await place.visit(path=f"/?lang={lang}&theme={theme}", viewport={"width": width, "height": 780})
    frame = await opened(fresh, lang)
    await expect(frame.get_by_role("heading", name=say("widget.closed.title"))).to_be_visible()
    await looked_at(frame)
    await photographed(fresh, f"closed-{theme}-{lang}")
    assert place.serious() == []


async def test_the_scripts_size(place: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    sizes: dict[str, int] = {}
    async with aiohttp.ClientSession(auto_decompress=False) as http:

        async def size(path: str) -> tuple[int, int, str]:
            async with http.get(place.site.public + path, headers={"Accept-Encoding": "gzip"}) as answer:
                raw = await answer.read()
                body = gzip.decompress(raw) if answer.headers.get("Content-Encoding") == "gzip" else raw
                return len(raw), len(body), body.decode()

        served, whole, _ = await size("/widget/v1.js?site=clinic")
        sizes["script"], sizes["script unpacked"] = served, whole
        *page, text = await size("/widget/frame?site=clinic")
        left, seen = re.findall(r'(?:src|href)="(/widget/static[^"]+)"', text), set()
        total = page[0]
        while left:
            path = left.pop()
            if path in seen:
                continue
            seen.add(path)
            one, _, source = await size(path)
            total += one
            folder = path.rpartition("/")[0]
            for found in re.findall(r'from "(\.[^"]+)"', source):
                parts = f"{folder}/{found}".split("/")
                while ".." in parts:
                    at = parts.index("..")
                    del parts[at - 1 : at + 1]
                left.append("/".join(part for part in parts if part != "."))
        sizes["frame"] = total
    with capsys.disabled():
        print(f"\nthe widget as served, bytes: {sizes}")
    assert sizes["script unpacked"] <= 40 * 1024
    assert sizes["script"] + sizes["frame"] <= 60 * 1024
