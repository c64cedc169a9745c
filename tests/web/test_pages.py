"""Pages as a browser meets them."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from okno.settings import Runtime
from tests.web.house import PASSWORD, House, cookies, form_token, log_in
from web.accounts.sessions import key_of


async def test_a_page_without_a_session_leads_to_the_log_in(house: House) -> None:
    async with house.visitor() as browser:
        answer = await browser.get("/desk", headers={"Accept": "text/html"}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/desk")
        assert (await browser.get("/desk", allow_redirects=False)).status == 401


async def test_logging_in_opens_the_role_s_screen(house: House) -> None:
    for login, role, home in (
        ("orlova", "operator", "/desk"), ("boss", "supervisor", "/supervisor"), ("root", "administrator", "/supervisor"),
        ("eye", "auditor", "/history"),
    ):  # fmt: skip
        async with house.browser(login, role) as browser:
            answer = await browser.get("/", allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (303, home)
            page = await browser.get(home)
            assert page.status == 200
            boot = json.loads(_boot(await page.text()))
            assert (boot["me"]["login"], boot["me"]["role"]) == (login, role)


async def test_the_session_cookie_is_bound_to_the_host_and_only_its_hash_is_stored(house: House) -> None:
    await house.account("orlova")
    async with house.visitor() as browser:
        answer = await log_in(browser, "orlova")
        morsel = answer.cookies["__Host-okno"]
        assert morsel["secure"] and morsel["httponly"] and morsel["samesite"] == "Strict" and morsel["path"] == "/"
        assert not morsel["domain"]
        rows = await house.database.fetch("select id_hash from sessions")
        assert [row["id_hash"] for row in rows] == [key_of(morsel.value)]
        dump = str(await house.database.fetch("select * from sessions"))
        assert morsel.value not in dump


async def test_an_unknown_name_and_a_wrong_password_look_the_same(house: House) -> None:
    await house.account("orlova")
    bodies = []
    for login in ("orlova", "nobody"):
        async with house.visitor() as browser:
            form = {"login": login, "password": "wrong", "csrf": await form_token(browser)}
            answer = await browser.post("/login", data=form, allow_redirects=False)
            text = await answer.text()
            assert answer.status == 401 and "Set-Cookie" not in answer.headers
            bodies.append(re.sub(r'nonce="[^"]+"|value="[0-9a-f]{64}"', "", text))
    assert bodies[0] == bodies[1]


async def test_fifty_wrong_tries_slow_their_address_down_and_nobody_else(house: House) -> None:
    await house.account("orlova")
    async with house.visitor() as attacker:
        token = await form_token(attacker)
        form = {"login": "orlova", "password": "wrong", "csrf": token}
        headers = {"X-Forwarded-For": "203.0.113.9"}
        tries = [attacker.post("/login", data=form, headers=headers, allow_redirects=False) for _ in range(50)]
        statuses = [answer.status for answer in await asyncio.gather(*tries)]
        assert statuses.count(401) <= 6 and statuses.count(429) >= 44
        right = await attacker.post("/login", data=form | {"password": PASSWORD}, headers=headers, allow_redirects=False)
        assert right.status == 429 and int(right.headers["Retry-After"]) >= 1
    async with house.visitor() as browser:
        assert (await log_in(browser, "orlova")).status == 303


async def test_a_form_without_our_token_or_from_another_site_is_refused(house: House) -> None:
    await house.account("orlova")
    async with house.visitor() as browser:
        bare = await browser.post("/login", data={"login": "orlova", "password": PASSWORD}, allow_redirects=False)
        assert bare.status == 403
        form = {"login": "orlova", "password": PASSWORD, "csrf": await form_token(browser)}
        foreign = await browser.post("/login", data=form, headers={"Sec-Fetch-Site": "cross-site"}, allow_redirects=False)
        assert foreign.status == 403
        page = await browser.post("/login", data={"login": "x"}, headers={"Accept": "text/html"}, allow_redirects=False)
        assert (page.status, page.headers["Location"]) == (303, "/login?expired=1")


async def test_a_log_in_leads_back_to_our_own_pages_only(house: House) -> None:
    await house.account("orlova")
    for wanted, given in (("/history", "/history"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("/login", "/")):
        async with house.visitor() as browser:
            assert (await log_in(browser, "orlova", next=wanted)).headers["Location"] == given


async def test_logging_out_ends_the_session_and_clears_the_browser(house: House) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        old = cookies(browser)
        answer = await browser.post("/logout", data={"csrf": await form_token(browser, "/desk")}, allow_redirects=False)
        assert answer.status == 303
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert (await page.until("bye"))["reason"] == "logout"
        await asyncio.wait_for(page.gone.wait(), 2)
    async with house.visitor() as thief:
        assert (await thief.get("/desk", headers={"Cookie": old}, allow_redirects=False)).status == 401


async def test_every_answer_has_the_headers(house: House) -> None:
    async with house.browser("orlova") as browser:
        nonces = set()
        for path in ("/login", "/desk", "/nowhere", "/api/v1/calls", "/health"):
            answer = await browser.get(path, allow_redirects=False)
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert "Server" not in answer.headers and "Strict-Transport-Security" not in answer.headers
            nonces |= set(re.findall(r"'nonce-([^']+)'", policy))
        page = await browser.get("/desk")
        text, policy = await page.text(), page.headers["Content-Security-Policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
        assert nonce is not None and nonce.group(1) not in nonces
        scripts = re.findall(r"<script[^>]*>", text)
        assert scripts and all(f'nonce="{nonce.group(1)}"' in script for script in scripts)


async def test_pages_of_other_roles_are_forbidden(house: House) -> None:
    async with house.browser("orlova") as browser:
        answer = await browser.get("/supervisor", headers={"Accept": "text/html"})
        assert answer.status == 403 and "Traceback" not in await answer.text()
    async with house.browser("root", "administrator") as browser:
        assert (await browser.get("/history")).status == 403


async def test_language_and_theme_are_kept_with_the_account(house: House) -> None:
    async with house.browser("orlova") as browser:
        token = await form_token(browser, "/desk")
        change = {"csrf": token, "lang": "en", "theme": "dark", "back": "/desk"}
        answer = await browser.post("/preferences", data=change, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/desk")
        assert 'lang="en" data-theme="dark"' in await (await browser.get("/desk")).text()
    async with house.browser("orlova", make=False) as elsewhere:
        assert 'lang="en" data-theme="dark"' in await (await elsewhere.get("/desk")).text()


async def test_metrics_ask_the_credential(house: House, clinic: Runtime) -> None:
    async with house.visitor() as browser:
        assert (await browser.get("/metrics")).status == 401
        secret = clinic.secret("file:service.secret")
        answer = await browser.get("/metrics", headers={"Okno-Service": secret})
        assert "okno_web_ack_p99_seconds" in await answer.text()
        status = await browser.get("/internal/v1/status", headers={"Okno-Service": secret})
        assert (await status.json())["insecure"] is False
        assert (await browser.get("/internal/v1/status")).status == 401


@pytest.mark.parametrize("path", ["/static/x/../../service.py", "/static/x/%2e%2e/service.py", "/static/x/nothing.js"])
async def test_static_files_are_only_those_of_the_folder(house: House, path: str) -> None:
    async with house.visitor() as browser:
        assert (await browser.get(path)).status == 404


def _boot(text: str) -> str:
    found = re.search(r'<script type="application/json" id="boot"[^>]*>(.*?)</script>', text, re.S)
    assert found is not None
    return found.group(1)
