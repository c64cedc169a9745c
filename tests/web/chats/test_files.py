"""Files by HTTP: the page's token, the size, the pass, what a browser may show of them."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections.abc import AsyncIterator

import aiohttp

from tests.web.chats.conftest import opened
from tests.web.house import House, form_token
from tests.web.scripted_chat import ScriptedChat, Talk

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


async def token(browser: aiohttp.ClientSession) -> dict[str, str]:
    """What a page of ours sends with a script's post."""
    return {"Okno-Form": await form_token(browser, "/desk"), "Okno-Name": "%D1%81%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA.png", "Content-Type": "image/png"}


async def test_a_file_is_brought_and_given_back_to_who_brought_it(house: House, chat: ScriptedChat) -> None:
    async with house.browser("orlova") as browser:
        answer = await browser.post("/chat/files", data=PNG, headers=await token(browser))
        row = await answer.json()
        assert answer.status == 200 and row["name"] == "снимок.png" and chat.files[row["id"]][1] == PNG
        given = await browser.get(f"/chat/files/{row['id']}?k={row['key']}")
        assert await given.read() == PNG and given.content_type == "image/png"
        assert given.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%D1%81%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA.png"
        assert given.headers["X-Content-Type-Options"] == "nosniff" and given.headers["Cache-Control"] == "no-store"


async def test_without_the_pages_token_or_the_pass_there_is_nothing(house: House, chat: ScriptedChat) -> None:
    row = chat.keep(b"secret", "a.pdf", "application/pdf")
    async with house.browser("orlova") as browser:
        headers = await token(browser)
        for wrong in ({}, {"Okno-Form": "0" * 64}, {"Sec-Fetch-Site": "cross-site"}):
            sent = {name: text for name, text in headers.items() if name != "Okno-Form" or wrong} | wrong
            assert (await browser.post("/chat/files", data=PNG, headers=sent)).status == 403
        for path in (f"{row['id']}", f"{row['id']}?k={'0' * 32}", "nonsense?k=1", f"{uuid.uuid4()}?k="):
            assert (await browser.get(f"/chat/files/{path}")).status == 404
    async with house.visitor() as stranger:
        assert (await stranger.get(f"/chat/files/{row['id']}", allow_redirects=False)).status in (303, 401)
    async with house.browser("audit", "auditor") as auditor:
        assert (await auditor.get(f"/chat/files/{row['id']}")).status == 403


async def test_what_is_no_picture_is_only_saved(house: House, chat: ScriptedChat, talk: Talk) -> None:
    files = [chat.keep(b"<script>", name, mime) for name, mime in (("a.html", "text/html"), ("b.svg", "image/svg+xml"), ("c.pdf", "application/pdf"))]
    talk.put("", attachments=files)
    async with house.browser("orlova") as browser, house.page(browser) as page:
        seen = await opened(page, talk)
        for file in seen["messages"][-1]["attachments"]:
            given = await browser.get(f"/chat/files/{file['id']}?k={file['key']}")
            assert given.status == 200 and given.content_type == "application/octet-stream"
            assert given.headers["Content-Disposition"].startswith("attachment;")


async def test_a_file_too_big_is_refused_before_it_is_all_here(house: House, chat: ScriptedChat) -> None:
    async def endless() -> object:
        for _ in range(40):
            yield b"\0" * 1024 * 1024

    async with house.browser("orlova") as browser:
        headers = await token(browser)
        declared = await browser.post("/chat/files", data=io.BytesIO(b"\0" * (21 * 1024 * 1024)), headers=headers)
        assert declared.status == 413
        try:
            streamed = await browser.post("/chat/files", data=endless(), headers=headers)
            assert streamed.status == 413
        except aiohttp.ClientError:  # the line was cut while it was still sending: refused all the same
            pass
    assert chat.files == {}


async def test_who_sends_slowly_keeps_nobody_else(house: House, chat: ScriptedChat) -> None:
    go = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield PNG
        await go.wait()

    async with house.browser("orlova") as browser, house.browser("klimov") as other:
        headers = await token(browser)
        waiting = [asyncio.create_task(browser.post("/chat/files", data=slow(), headers=headers)) for _ in range(6)]
        await asyncio.sleep(0.3)
        assert (await other.post("/chat/files", data=PNG, headers=await token(other))).status == 200
        assert len(chat.files) == 1
        go.set()
        assert [(await one).status for one in waiting] == [200] * 6


async def test_a_chat_service_that_is_away_says_so(house: House, chat: ScriptedChat, talk: Talk) -> None:
    talk.put("", attachments=[chat.keep(PNG, "a.png", "image/png")])
    async with house.browser("orlova") as browser, house.page(browser) as page:
        file = (await opened(page, talk))["messages"][-1]["attachments"][0]
        chat.away = True
        assert (await browser.get(f"/chat/files/{file['id']}?k={file['key']}")).status == 503
