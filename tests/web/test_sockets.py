"""Sockets over a real server with real python-socketio clients."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
import socketio.exceptions

from engine.client import EngineClient
from okno.bus import connect
from okno.settings import Runtime
from tests.fixtures import MakeUrl
from tests.web.house import House, Page, cookies, running
from tests.web.scripted import CALL, NUMBER, REQUEST, ScriptedEngine, call_row, request_row
from web.accounts.people import People
from web.accounts.revocation import announce
from web.view import TABLES, apply


async def test_first_sync_gives_a_masked_snapshot_and_patches_follow(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answer = await page.ask("sync", {"epoch": None, "seq": None})
        assert (answer["epoch"], answer["seq"]) == (engine.epoch, engine.seq)
        assert set(answer["snapshot"]) == set(TABLES)
        assert answer["snapshot"]["calls"][CALL]["phone"] == "+7 999 •••-00-01"
        assert NUMBER not in str(answer) and "SHCHUKOEDOV" not in str(answer)
        await engine.patch(["set", "calls", CALL, call_row(phase="talking")])
        patch = await page.until("patch")
        assert (patch["from"], patch["to"]) == (10, 11)
        assert patch["ops"][0][3]["phase"] == "talking"
        assert NUMBER not in str(patch)
        assert (await page.until("link"))["engine"] is True


async def test_patches_of_a_moment_come_as_one(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        for phase in ("queued", "ringing", "talking"):
            await engine.patch(["set", "calls", CALL, call_row(phase=phase)])
        await engine.patch(["set", "requests", REQUEST, request_row(status="done")], ["del", "requests", REQUEST])
        patch = await page.until("patch")
        assert (patch["from"], patch["to"]) == (10, 14)
        assert [op[:3] for op in patch["ops"]] == [
            ["set", "calls", CALL], ["set", "requests", REQUEST], ["del", "requests", REQUEST]
        ]  # fmt: skip


async def test_a_screen_that_was_away_gets_what_it_missed(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser:
        async with house.page(browser) as page:
            seen = await page.ask("sync", {})
        await engine.patch(["set", "calls", CALL, call_row(phase="talking")])
        await engine.patch(["del", "calls", CALL])
        await _told(house, 12)
        async with house.page(browser) as page:
            answer = await page.ask("sync", {"epoch": seen["epoch"], "seq": seen["seq"]})
            assert "snapshot" not in answer
            assert answer["patches"][0]["from"] == 10 and answer["patches"][-1]["to"] == 12
            tables = seen["snapshot"]
            for patch in answer["patches"]:
                apply(tables, patch["ops"])
            assert tables == (await page.ask("sync", {}))["snapshot"]


async def test_another_life_of_the_engine_makes_screens_begin_anew(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        old = await page.ask("sync", {})
        await engine.restart()
        patch = await page.until("patch")
        assert patch["epoch"] != old["epoch"] and patch["ops"] == []
        answer = await page.ask("sync", {"epoch": old["epoch"], "seq": old["seq"]})
        assert "snapshot" in answer and answer["epoch"] == engine.epoch


async def test_no_gap_and_no_repeat_while_many_screens_synchronise(house: House, engine: ScriptedEngine) -> None:
    """The law over the wire: every screen's snapshot with its patches is the snapshot a new screen gets."""
    async with house.browser("orlova") as browser:
        stop = asyncio.Event()
        writing = asyncio.create_task(_write(engine, stop))
        pages = [Page(house.url, cookies(browser)) for _ in range(6)]
        try:
            screens = await asyncio.gather(*(_screen(page) for page in pages))
            await asyncio.sleep(0.5)
            stop.set()
            await writing
            await _told(house, engine.seq)
            for page, answer in zip(pages, screens, strict=True):
                async with asyncio.timeout(5):
                    while not any(b["to"] == engine.seq for n, b in page.came if n == "patch"):
                        await asyncio.sleep(0.02)
                tables, seq = answer["snapshot"], answer["seq"]
                for patch in [body for name, body in page.came if name == "patch"]:
                    assert patch["from"] == seq
                    apply(tables, patch["ops"])
                    seq = patch["to"]
                assert tables == (await page.ask("sync", {}))["snapshot"]
        finally:
            stop.set()
            for page in pages:
                await page.close()


async def test_a_ring_reaches_its_operator_at_once_with_facts_only(house: House, engine: ScriptedEngine) -> None:
    async with (
        house.browser("orlova") as one, house.page(one) as hers, house.browser("klimov") as two, house.page(two) as his,
    ):  # fmt: skip
        await hers.ask("sync", {})
        await his.ask("sync", {})
        await engine.ring("orlova")
        ring = await hers.until("ring")
        assert ring["leg"] == 0 and ring["call"]["phone"] == "+7 999 •••-00-01"
        assert set(ring["call"]) == {
            "id", "direction", "phone", "anonymous", "dialled", "source", "queue", "phase", "started_at", "queued_at", "request"
        }  # fmt: skip
        await asyncio.sleep(0.1)
        assert not [name for name, _ in his.came if name == "ring"]


async def test_a_foreign_origin_or_no_session_opens_nothing(house: House) -> None:
    async with house.browser("orlova") as browser:
        for origin, cookie in (
            ("http://evil.example", cookies(browser)), (house.url, ""), (house.url, "__Host-okno=" + "x" * 43),
        ):  # fmt: skip
            page = Page(house.url, cookie)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await page.connect(origin)
            await page.close()
        bare = await browser.get("/socket.io/", params={"EIO": "4", "transport": "polling"}, headers={"Origin": house.url})
        assert bare.status == 400


async def test_a_disabled_person_is_out_within_two_seconds_by_redis(house: House, redis_url: str) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        account = await People(house.database).disable("orlova")
        redis = connect(redis_url)
        assert await announce(redis, account, "revoked")
        await redis.aclose()
        assert (await page.until("bye"))["reason"] in ("revoked", "expired")
        await asyncio.wait_for(page.gone.wait(), 2)
        assert (await browser.get("/desk", allow_redirects=False)).status == 401


async def test_a_disabled_person_is_out_within_two_seconds_with_redis_dead(
    clinic: Runtime, engine: ScriptedEngine, new_database_url: MakeUrl
) -> None:
    dead = "redis://127.0.0.1:1/0"
    port = clinic.settings.web.port
    async with (
        running(clinic, await new_database_url("web"), dead, port) as house, house.browser("orlova") as browser,
        house.page(browser) as page,
    ):  # fmt: skip
        assert "snapshot" in await page.ask("sync", {})
        await engine.patch(["del", "calls", CALL])
        await page.until("patch")
        await People(house.database).disable("orlova")
        async with asyncio.timeout(2):
            await page.gone.wait()
        told = len(page.came)
        await engine.patch(["set", "calls", CALL, call_row()])
        await asyncio.sleep(0.2)
        assert len(page.came) == told


async def test_an_order_goes_to_the_engine_once_with_who_gave_it(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        order = {"id": str(uuid.uuid4()), "name": "take", "args": {"request": REQUEST, "version": 1}}
        answer = await page.ask("command", order)
        assert answer["ok"] and answer["request"]["owner"] == "orlova"
        assert answer["request"]["phone"] == "+7 999 •••-00-01"
        ((_, body, _),) = [asked for asked in engine.asked if asked[0] == "POST commands"]
        assert (body["name"], body["actor"], body["role"], body["operator"]) == ("take", "orlova", "operator", "orlova")
        assert body["args"] == order["args"]
        engine.answers["commands"] = {"ok": False, "why": "taken", "by": "Klimov", "request": None}
        assert await page.ask("command", order) == {"ok": False, "why": "taken", "by": "Klimov", "request": None}


async def test_a_card_shows_the_full_number_to_operators_only(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        card = (await page.ask("card", {"call": CALL}))["card"]
        assert card["contact"]["phone"] == NUMBER and card["request"]["phone"] == "+7 999 •••-00-01"
        assert engine.asked[-1][1]["purpose"] == "pop"
        assert await page.ask("card", {"call": CALL, "request": REQUEST}) == {"ok": False, "why": "bad_request"}
    async with house.browser("boss", "supervisor") as browser, house.page(browser) as page:
        card = (await page.ask("card", {"request": REQUEST}))["card"]
        assert card["contact"]["phone"] is None and NUMBER not in str(card)


async def test_a_mistake_of_ours_is_an_answer_too_and_is_counted(
    house: House, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    async with house.browser("orlova") as browser, house.page(browser) as page:
        with monkeypatch.context() as patched:
            patched.setattr(EngineClient, "calls", broken)
            assert await page.ask("history", {"kind": "calls"}) == {"ok": False, "why": "failed"}
        assert (await page.ask("history", {"kind": "calls"}))["ok"]
    assert house.web.service.metrics.get_sample_value("okno_web_refused_total", {"why": "failed"}) == 1


async def test_history(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        calls = await page.ask("history", {"kind": "calls", "cursor": None, "limit": 50, "filters": {"queue": "front"}})
        assert calls["ok"] and calls["items"][0]["phone"] == "+7 999 •••-00-01"
        assert engine.asked[-1][1] == {"queue": "front", "limit": "50"}
        assert engine.asked[-1][2]["Okno-Actor"] == "orlova"
        assert (await page.ask("history", {"kind": "requests", "cursor": "abc"}))["cursor"] == "abc"
        assert await page.ask("history", {"kind": "calls", "limit": 500}) == {"ok": False, "why": "bad_request"}


@pytest.mark.parametrize(("role", "refused"), [
    ("administrator", {"card", "history", "search"}), ("auditor", {"card", "search"}), ("operator", set()), ("supervisor", set()),
])  # fmt: skip
async def test_events_a_role_may_not_are_refused(house: House, role: str, refused: set[str]) -> None:
    bodies: dict[str, Any] = {
        "sync": {}, "card": {"call": CALL}, "history": {"kind": "calls"}, "search": {"text": "0001"},
        "command": {"id": str(uuid.uuid4()), "name": "take", "args": {"request": REQUEST}},
    }
    async with house.browser("orlova", role) as browser, house.page(browser) as page:
        for event, body in bodies.items():
            why = (await page.ask(event, body)).get("why")
            assert (why == "forbidden") == (event in refused or (event == "command" and role in ("administrator", "auditor")))
        assert (await page.ask("no_such_event", {}))["why"] == "unknown_event"


async def test_an_administrator_sees_no_calls_and_an_auditor_pseudonyms(house: House) -> None:
    async with house.browser("root", "administrator") as browser, house.page(browser) as page:
        tables = (await page.ask("sync", {}))["snapshot"]
        assert tables["calls"] == {} and tables["requests"] == {} and tables["queues"]
    async with house.browser("eye", "auditor") as browser, house.page(browser) as page:
        phone = (await page.ask("sync", {}))["snapshot"]["calls"][CALL]["phone"]
        assert phone.startswith("#") and "00-01" not in phone


async def test_a_script_is_slowed_down(house: House) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        answers = await asyncio.gather(*(page.ask("history", {"kind": "calls"}) for _ in range(100)))
        assert any(answer.get("why") == "too_fast" for answer in answers)
        assert sum(answer["ok"] for answer in answers) >= 60


async def test_screens_are_told_that_the_engine_is_away_and_back(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})
        engine.silent = True
        await _link(page, False)
        order = {"id": str(uuid.uuid4()), "name": "take", "args": {"request": REQUEST}}
        engine.answers["commands"] = 500
        assert (await page.ask("command", order))["why"] == "engine_down"
        engine.silent = False
        await _link(page, True)
        assert (await page.ask("command", order))["why"] == "unknown"


async def test_a_stopped_process_lets_its_screens_go_quickly_and_they_come_back(
    clinic: Runtime, engine: ScriptedEngine, new_database_url: MakeUrl, redis_url: str
) -> None:
    url, port = await new_database_url("web"), clinic.settings.web.port
    async with running(clinic, url, redis_url, port) as first, first.browser("orlova") as browser:
        page = Page(first.url, cookies(browser))
        await page.connect()
        await page.ask("sync", {})
        first.web.service.stop()
        async with asyncio.timeout(3):
            await page.gone.wait()
        assert not [name for name, _ in page.came if name == "bye"]
        await page.close()
    async with running(clinic, url, redis_url, port) as second, second.page(browser) as page:
        assert "snapshot" in await page.ask("sync", {})


async def test_two_processes_show_the_same_and_end_the_same_person(
    clinic: Runtime, new_database_url: MakeUrl, redis_url: str, engine: ScriptedEngine
) -> None:
    url, port = await new_database_url("web"), clinic.settings.web.port
    async with (
        running(clinic, url, redis_url, port) as one, running(clinic, url, redis_url, clinic.settings.chat.port) as two,
        one.browser("orlova") as browser, one.page(browser) as here, two.page(browser) as there,
    ):  # fmt: skip
        assert (await here.ask("sync", {}))["snapshot"] == (await there.ask("sync", {}))["snapshot"]
        await engine.patch(["set", "calls", CALL, call_row(phase="talking")])
        a, b = await here.until("patch"), await there.until("patch")
        assert (a["to"], a["ops"]) == (b["to"], b["ops"])
        await People(one.database).disable("orlova")
        async with asyncio.timeout(2):
            await here.gone.wait()
            await there.gone.wait()


async def test_the_engine_is_told_whose_first_and_last_page_it_is(house: House, engine: ScriptedEngine) -> None:
    async with house.browser("orlova") as browser:
        async with house.page(browser) as one, house.page(browser) as other:
            await asyncio.gather(one.ask("sync", {}), other.ask("sync", {}))
        await _heard(engine, {"here": [], "left": ["orlova"]})
    assert engine.pages[0] == {"here": ["orlova"], "left": []}
    assert sum(bool(word["left"]) for word in engine.pages) == 1


async def _heard(engine: ScriptedEngine, word: dict[str, list[str]]) -> None:
    async with asyncio.timeout(5):
        while word not in engine.pages:
            await asyncio.sleep(0.02)


async def _link(page: Page, engine: bool) -> None:
    async with asyncio.timeout(8):
        while [body for name, body in page.came if name == "link"][-1]["engine"] is not engine:
            await asyncio.sleep(0.05)


async def _told(house: House, seq: int) -> None:
    async with asyncio.timeout(5):
        while house.web.replica.seq < seq:
            await asyncio.sleep(0.01)


async def _screen(page: Page) -> Any:
    await asyncio.sleep(0.1)
    await page.connect()
    return await page.ask("sync", {})


async def _write(engine: ScriptedEngine, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        row = call_row(id=f"c{number % 7}", talk_s=float(number))
        await engine.patch(["set", "calls", row["id"], row] if number % 5 else ["del", "calls", row["id"]])
        await asyncio.sleep(0.005)


