"""The widget's HTTP side: who may, what is answered, what is refused."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from chat.widget import rules
from okno import clock
from tests.chat.widget.site import NAME, SITE, Site, Visitor

MakeVisitor = Callable[[], Visitor]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def vouched(id: str = "42", late_s: int = 0) -> dict[str, Any]:
    """What a site's server signs."""
    ts = int(clock.now().timestamp()) - late_s
    mac = hmac.new(b"0123456789abcdef0123456789abcdef", f"{id}.{ts}".encode(), hashlib.sha256).hexdigest()
    return {"id": id, "name": "Known Person", "phone": "+79990004420", "ts": ts, "hmac": mac}


async def test_a_session_is_nobody_until_he_consents(site: Site, visitor: Visitor) -> None:
    answer = await visitor.session()
    assert rules.TOKEN.fullmatch(answer["visitor_token"])
    assert answer["visitor"] == {"started": False, "consent": False, "name": "", "phone": False}
    assert answer["queue"] == {"open": True, "position": None, "eta_s": None, "opens_at": None}
    assert await site.database.fetchval("SELECT count(*) FROM widget_visitor") == 0
    refused = await visitor.start(consent=False)
    assert refused["error"] == {"code": "malformed", "fields": ["consent"]}
    assert (await visitor.start(name="  "))["error"]["fields"] == ["name"]
    assert await site.database.fetchval("SELECT count(*) FROM widget_visitor") == 0
    assert (await visitor.start())["visitor"]["started"] is True
    assert (await visitor.session())["visitor"] == {"started": True, "consent": True, "name": NAME, "phone": True}


async def test_a_consent_is_kept_with_the_person_once(site: Site, visitor: Visitor) -> None:
    await visitor.start()
    await visitor.start()
    rows = await site.database.fetch("SELECT c.version, c.text_sha256, c.address, c.agent, i.account FROM consent c JOIN identity i ON i.id = c.identity")
    assert [(row["version"], row["account"]) for row in rows] == [("1", f"widget:{SITE}")]
    words = "I consent to the processing of my personal data by Okno so that my question can be answered."
    assert rows[0]["text_sha256"] == hashlib.sha256(words.encode()).digest()
    assert b"127.0.0.1" not in rows[0]["address"]


async def test_a_returning_visitor_has_his_conversation(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Hello")
    conversation = await site.conversation()
    assert (await visitor.session())["conversation_id"] == str(conversation)


async def test_another_sites_page_may_not_post(visitor: Visitor) -> None:
    for origin in ("https://clinic.example", "null", "https://evil.example"):
        await visitor.post("/widget/session", {"site_key": SITE}, 403, Origin=origin)


async def test_what_is_no_session_is_refused(visitor: Visitor) -> None:
    await visitor.post("/widget/session", {"site_key": "nowhere"}, 404)
    await visitor.post("/widget/session", {}, 400)
    await visitor.post("/widget/session", {"site_key": SITE, "page_url": "x" * 2000}, 400)
    await visitor.post("/widget/session", {"site_key": SITE, "page_url": "x" * 40000}, 400)


async def test_from_denied_addresses_nobody_begins(visitor: Visitor) -> None:
    await visitor.session()
    body = {"site_key": SITE, "visitor_token": visitor.token, "consent": True, "name": NAME}
    await visitor.post("/widget/session", body, 403, **{"X-Forwarded-For": "203.0.113.7"})
    await visitor.post("/widget/start", body, 403, **{"X-Forwarded-For": "203.0.113.7"})


async def test_a_robot_is_thanked_and_is_nobody(site: Site, visitor: Visitor) -> None:
    assert (await visitor.start(hp="http://spam.example"))["visitor"]["started"] is True
    assert await site.database.fetchval("SELECT count(*) FROM widget_visitor") == 0
    await visitor.connect()
    assert (await visitor.hello())["error"]["code"] == "stranger"


async def test_whom_the_site_vouches_for_is_himself_in_every_browser_and_nobody_without_it(
    site: Site, visitors: MakeVisitor
) -> None:
    one, other = visitors(), visitors()
    await one.start(name="", phone="", identity=vouched())
    await one.connect()
    await one.hello()
    await one.write("From the office")
    await other.start(name="", phone="", identity=vouched())
    await other.connect()
    assert [message["text"] for message in (await other.hello())["messages"]] == ["From the office"]
    assert len(await site.conversations()) == 1
    again = await one.session()
    assert again["visitor"]["started"] is False, "his token alone is nobody's"
    assert again["visitor_token"] != other.token


async def test_the_sites_word_is_believed_only_when_signed_just_now(site: Site, visitors: MakeVisitor) -> None:
    for identity in (vouched(late_s=700), vouched() | {"id": "43"}, vouched() | {"hmac": "0" * 64}):
        one = visitors()
        assert (await one.start(name="", phone="", identity=identity))["error"]["fields"] == ["name"]
    assert await site.database.fetchval("SELECT count(*) FROM widget_visitor") == 0


async def test_a_number_of_the_page_is_a_claim_nobody_vouches_for(site: Site, visitor: Visitor) -> None:
    await visitor.start(name="", phone="", identity=vouched())
    await visitor.connect()
    await visitor.hello()
    await visitor.write("Hello")
    await site.conversation()
    rows = await site.database.fetch("SELECT payload FROM outbox WHERE kind = 'PhoneClaimed'")
    assert [row["payload"]["verified"] for row in rows] == [False]


async def test_files_are_taken_by_what_they_hold(site: Site, visitor: Visitor) -> None:
    await visitor.start()
    for name, content, status in (
        ("tooth.png", PNG, 200), ("tooth.html", b"<html>", 415), ("evil.png", b"MZ\x90", 415), ("big.png", PNG + b"\0" * rules.UPLOAD_BYTES, 413),
    ):  # fmt: skip
        assert await _upload(site, visitor.token, name, content) == status
    assert await _upload(site, "A" * 22, "tooth.png", PNG) == 401
    assert await site.database.fetchval("SELECT count(*) FROM widget_upload") == 1


async def test_a_file_that_says_nothing_of_its_size_is_cut_off(site: Site, visitor: Visitor) -> None:
    await visitor.start()
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield PNG
        while sent < 3 * rules.UPLOAD_BYTES:
            sent += 65536
            yield b"\0" * 65536

    try:
        async with aiohttp.ClientSession() as http, http.post(
            f"{site.public}/widget/upload", data=endless(), headers={"Okno-Visitor": visitor.token, "Okno-Name": "a.png"}
        ) as answer:
            assert answer.status == 413
    except aiohttp.ClientError:
        pass  # cut off while it was still sending
    assert sent < 3 * rules.UPLOAD_BYTES
    assert await site.database.fetchval("SELECT count(*) FROM widget_upload") == 0


async def test_of_one_visitor_two_files_come_at_once(site: Site, visitor: Visitor) -> None:
    await visitor.start()
    going = asyncio.Event()

    async def slow() -> Any:
        yield PNG
        await going.wait()

    async def send(http: aiohttp.ClientSession) -> int:
        headers = {"Okno-Visitor": visitor.token, "Okno-Name": "a.png"}
        async with http.post(f"{site.public}/widget/upload", data=slow(), headers=headers) as answer:
            return answer.status

    async with aiohttp.ClientSession() as http:
        tasks = [asyncio.create_task(send(http)) for _ in range(3)]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert [task.result() for task in done] == [429]
        going.set()
        assert sorted(await asyncio.gather(*tasks)) == [200, 200, 429]


async def test_files_of_a_conversation_are_its_visitors(site: Site, visitors: MakeVisitor) -> None:
    one, other = visitors(), visitors()
    await one.enter()
    await other.enter()
    async with aiohttp.ClientSession() as http:
        headers = {"Okno-Visitor": one.token, "Okno-Name": "tooth.png"}
        async with http.post(f"{site.public}/widget/upload", data=PNG, headers=headers) as answer:
            upload = (await answer.json())["upload_id"]
        assert (await other.write("Mine?", upload_ids=[upload]))["error"]["code"] == "upload"
        await one.write("See", upload_ids=[upload])
        attachments: list[dict[str, Any]] = []
        while not attachments or attachments[0]["state"] != "ready":
            attachments = (await one.hello())["messages"][-1]["attachments"]
        path = f"{site.public}/widget/file/{attachments[0]['id']}"
        async with http.get(path, headers={"Okno-Visitor": one.token}) as answer:
            assert (answer.status, await answer.read()) == (200, PNG)
            assert answer.headers["Content-Disposition"] == "attachment"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
        for headers in ({}, {"Okno-Visitor": other.token}):
            async with http.get(path, headers=headers) as answer:
                assert answer.status in (401, 404)
        for wrong in (uuid4(), "x"):
            async with http.get(f"{site.public}/widget/file/{wrong}", headers={"Okno-Visitor": one.token}) as answer:
                assert answer.status == 404


@pytest.mark.parametrize(("header", "expected"), [
    ("a%20b.png", "a b.png"), ("..%2F..%2Fetc%2Fpasswd.txt", "passwd.txt"), ("C%3A%5Cx%5Cy.png", "y.png"), ("", "file"),
    ("%D1%84.png", "\u0444.png"), ("a%0D%0Ab.png", "ab.png"), ("x" * 500, "x" * 200),
])  # fmt: skip
def test_a_name_is_one_line_without_folders(header: str, expected: str) -> None:
    from chat.widget.page.doors import _name

    assert _name(header) == expected


async def _upload(site: Site, token: str, name: str, content: bytes) -> int:
    async with aiohttp.ClientSession() as http:
        headers = {"Okno-Visitor": token, "Okno-Name": name}
        try:
            async with http.post(f"{site.public}/widget/upload", data=io.BytesIO(content), headers=headers) as answer:
                return answer.status
        except aiohttp.ClientConnectionError:
            return 413  # it was refused by its size alone, before all of it was sent
