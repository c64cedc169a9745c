"""A wallboard's socket sees counters of queues and nothing else; its token is known to nobody but its maker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from okno.audit import AuditTrail
from okno.seal import Keyring
from tests.web.house import House, Page, cookies, form_token
from tests.web.scripted import CALL, NUMBER, REQUEST, ScriptedEngine, T, call_row, operator_row, queue_row, request_row
from web.accounts.roles import PERMISSIONS
from web.view import TABLES, View

PRIVATE = (NUMBER, "•••", "SHCHUKOEDOV", "Орлова", "orlova", CALL, REQUEST, "2026-000123", "1001", "Сайт", "+73430000001")


async def made(house: House, name: str = "Hall") -> dict[str, Any]:
    """A wallboard that a supervisor made."""
    async with house.browser(f"boss{name.lower()}", "supervisor") as browser, house.page(browser) as page:
        answer = await page.ask("wallboards", {"do": "make", "name": name})
        assert answer["ok"]
        return dict(answer)


@asynccontextmanager
async def wall(house: House, token: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A screen that has exchanged the token."""
    async with house.visitor() as browser:
        answer = await enter(browser, token)
        assert answer.status == 303 and answer.headers["Location"] == "/wallboard"
        yield browser


async def enter(browser: aiohttp.ClientSession, token: str) -> aiohttp.ClientResponse:
    """Send what the page sends."""
    async with browser.get("/wallboard") as page:
        assert page.status == 401
    form = {"token": token, "csrf": await form_token(browser, "/wallboard")}
    answer = await browser.post("/wallboard/enter", data=form, allow_redirects=False)
    await answer.read()
    return answer


async def test_its_socket_gets_counters_and_nothing_of_anybody(house: House, engine: ScriptedEngine) -> None:
    """Trap 19 of the MIS sheet: a shared wall shows counters only."""
    engine.tables["offers"] = {"o": {"id": "o", "request": REQUEST, "operator": "orlova"}}
    engine.tables["alerts"] = {"a": {"id": "a", "rule": "late", "queue": "front", "title": {"ru": "Х", "en": "X"}}}
    engine.tables["lines"] = {"+73430000001": {"id": "+73430000001", "queue": "front", "source": {"ru": "Сайт", "en": "Site"}}}
    token = (await made(house))["token"]
    async with wall(house, token) as browser, house.page(browser) as page:
        answer = await page.ask("sync", {})
        filled = {table for table in TABLES if answer["snapshot"][table]}
        assert filled == {"queues", "pbxes"}
        row = answer["snapshot"]["queues"]["front"]
        assert row["waiting"] == 1 and row["longest_since"] == T and "oldest" not in row
        await engine.patch(
            ["set", "calls", CALL, call_row(phase="talking")], ["set", "requests", REQUEST, request_row(owner="orlova")],
            ["set", "operators", "orlova", operator_row(presence="break")], ["set", "queues", "front", queue_row(waiting=7)],
        )
        patch = await page.until("patch")
        assert [op[1] for op in patch["ops"]] == ["queues"] and patch["ops"][0][3]["waiting"] == 7
        await engine.ring("orlova")
        await engine.notice("orlova")
        await engine.patch(["del", "calls", CALL])
        await page.until("patch", 2)
        told = json.dumps([answer, page.came], ensure_ascii=False)
        assert [word for word in PRIVATE if word in told] == []
        assert {name for name, _ in page.came} <= {"patch", "link"}


@pytest.mark.parametrize(("event", "body"), [
    ("card", {"call": CALL}), ("history", {"kind": "calls"}), ("search", {"text": "0001"}), ("statistics", {"since": T, "until": T}),
    ("notices", {}), ("wallboards", {}), ("phone", {}),
    ("command", {"id": CALL, "name": "take", "args": {"request": REQUEST}}), ("command", {"id": CALL, "name": "message", "args": {"text": "x"}}),
])  # fmt: skip
async def test_it_may_ask_for_nothing(house: House, engine: ScriptedEngine, event: str, body: dict[str, Any]) -> None:
    token = (await made(house))["token"]
    async with wall(house, token) as browser, house.page(browser) as page:
        assert await page.ask(event, body) == {"ok": False, "why": "forbidden"}
    assert [path for path, _, _ in engine.asked] == []


async def test_no_other_page_opens_for_it(house: House) -> None:
    token = (await made(house))["token"]
    async with wall(house, token) as browser:
        async with browser.get("/wallboard") as page:
            text = await page.text()
            assert page.status == 200
        assert '"permissions": []' in text and "Обед" not in text and "+73430000001" not in text
        for path in ("/", "/desk", "/supervisor", "/history"):
            async with browser.get(path, allow_redirects=False, headers={"Accept": "text/html"}) as answer:
                assert (answer.status, answer.headers.get("Location")) == (303, f"/login?next={path}")
        async with browser.get("/api/v1/live") as answer:
            assert answer.status == 401
        async with browser.get("/login") as answer:
            assert answer.status == 200, "a person may still sign in on it"


async def test_the_token_is_kept_by_nobody_and_in_no_address(house: House, caplog: pytest.LogCaptureFixture) -> None:
    answer = await made(house)
    assert answer["token"].startswith("wall_")
    async with wall(house, answer["token"]) as browser:
        assert answer["token"] not in cookies(browser)
    dump = str([dict(row) for row in await house.database.fetch("select * from wallboards")])
    assert answer["token"] not in dump and answer["token"] not in caplog.text
    async with house.browser("zimina", "supervisor") as browser, house.page(browser) as page:
        assert answer["token"] not in str(await page.ask("wallboards", {}))
    actions = [row["action"] for row in await house.database.fetch("select action from audit order by id")]
    assert {"wallboard.made", "wallboard.entered"} <= set(actions)


@pytest.mark.parametrize("token", ["", "wall_", "wall_" + "x" * 43, "okno_" + "x" * 43, "x" * 5000])
async def test_another_token_opens_nothing(house: House, token: str) -> None:
    async with house.visitor() as browser:
        answer = await enter(browser, token)
        assert answer.status == 403
        assert "okno-wall" not in cookies(browser)


async def test_a_form_of_another_page_is_refused(house: House) -> None:
    token = (await made(house))["token"]
    async with house.visitor() as browser, browser.post("/wallboard/enter", data={"token": token}, allow_redirects=False) as answer:
        assert answer.status == 403


async def test_revoked_it_ends_at_once_and_for_good(house: House) -> None:
    board = await made(house)
    async with wall(house, board["token"]) as browser, house.page(browser) as page:
        await page.ask("sync", {})
        async with house.browser("zimina", "supervisor") as boss, house.page(boss) as hers:
            answer = await hers.ask("wallboards", {"do": "revoke", "id": board["items"][0]["id"]})
            assert answer["items"] == []
            assert (await hers.ask("wallboards", {"do": "revoke", "id": board["items"][0]["id"]}))["why"] == "not_found"
        assert await page.until("bye") == {"reason": "revoked"}
        async with browser.get("/wallboard") as again:
            assert again.status == 401
        assert (await enter(browser, board["token"])).status == 403


async def test_words_on_the_wall(house: House) -> None:
    board = await made(house)
    async with wall(house, board["token"]) as browser, house.page(browser) as page:
        assert await page.ask("wallboard") == {"ok": True, "announcement": ""}
        async with house.browser("zimina", "supervisor") as boss, house.page(boss) as hers:
            await hers.ask("wallboards", {"do": "announce", "id": board["items"][0]["id"], "text": "Планёрка в 15:00"})
            assert (await hers.ask("wallboards", {"do": "announce", "text": "x"}))["why"] == "bad_request"
        assert (await page.ask("wallboard"))["announcement"] == "Планёрка в 15:00"
    sealer = Keyring.load(house.web._runtime.keyring_path).sealer("web")
    newest = (await AuditTrail(house.database, sealer).page(subject=board["items"][0]["id"]))[0]
    assert (newest.actor, newest.action, newest.details) == ("zimina", "wallboard.announced", {"words": "Планёрка в 15:00"})


async def test_two_screens_of_one_wallboard_and_its_session_outlives_the_watch(house: House) -> None:
    token = (await made(house))["token"]
    async with wall(house, token) as one, wall(house, token) as two, house.page(one) as first, house.page(two) as second:
        for page in (first, second):
            await page.ask("sync", {})
        assert await house.web._alive(house.web.sockets.keys()) >= house.web.sockets.keys()


def test_a_view_of_counters() -> None:
    view = View("wallboard", lambda number: "#")
    assert [table for table in TABLES if view.sees(table)] == ["queues", "pbxes"]
    assert view.number("+79990000001") == ""
    assert view.row("queues", queue_row(tomorrow=5, whose="orlova", late=True)) == {
        **{name: value for name, value in queue_row().items() if name != "oldest"}, "tomorrow": 5, "late": True
    }
    assert view.row("pbxes", {"id": "main", "link": "live", "reason": "x", "since": T}) == {"id": "main", "link": "live", "since": T}


def test_a_wallboard_may_read_two_things() -> None:
    assert {name for name, roles in PERMISSIONS.items() if "wallboard" in roles} == {"live.read", "wallboard.read"}


__all__ = ["Page"]
