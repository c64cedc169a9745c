"""The web service beside the real engine, each its own process or loop, on real servers; no PBX is attached."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest_asyncio

from okno.settings import Runtime
from tests.fixtures import MakeUrl
from tests.web.house import House, Page, running
from web.accounts.tokens import Tokens
from web.view import apply

ENGINE = """
import asyncio, sys
import engine.service as service
from okno.settings import runtime
service.url_for = lambda settings, name: sys.argv[1]
asyncio.run(service.main(runtime()))
"""


class Engine:
    """A real engine process that can be killed and started again."""

    def __init__(self, runtime: Runtime, url: str) -> None:
        config = runtime.state / "okno.yaml"
        config.write_text(json.dumps(runtime.settings.model_dump(mode="json", exclude_none=True)))
        self._url = url
        self._environment = os.environ | {"OKNO_STATE": str(runtime.state), "OKNO_CONFIG": str(config)}
        self.start()

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", ENGINE, self._url], env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def kill(self) -> str:
        """Kill it without a word; return its last words."""
        self._process.kill()
        return self._process.communicate()[1].decode()[-2000:]


@pytest_asyncio.fixture
async def real(clinic: Runtime, new_database_url: MakeUrl) -> AsyncIterator[Engine]:
    """A running engine."""
    engine = Engine(clinic, await new_database_url("engine"))
    yield engine
    print(engine.kill())


@pytest_asyncio.fixture
async def house(clinic: Runtime, real: Engine, new_database_url: MakeUrl, redis_url: str) -> AsyncIterator[House]:
    """A running web process that hears the engine."""
    async with running(clinic, await new_database_url("web"), redis_url, clinic.settings.web.port) as one:
        async with asyncio.timeout(30):
            while not one.web.replica.linked:
                await asyncio.sleep(0.05)
        yield one


async def test_a_request_from_rest_is_taken_and_closed_on_a_screen(house: House) -> None:
    _, token = await Tokens(house.database).create("site", role="supervisor", operator=None, lifetime=timedelta(days=1))
    bearer = {"Authorization": f"Bearer {token}"}
    async with house.browser("orlova") as browser, house.page(browser) as page:
        tables = (await page.ask("sync", {}))["snapshot"]
        assert set(tables["operators"]) == {"orlova", "klimov"} and set(tables["queues"]) == {"front"}
        order = {"queue": "front", "phone": "8 999 000-00-07", "note": "asks for a call"}
        answer = await browser.post("/api/v1/requests", json=order, headers=bearer | {"Idempotency-Key": "once"})
        made = await answer.json()
        assert answer.status == 201, made
        again = await browser.post("/api/v1/requests", json=order, headers=bearer | {"Idempotency-Key": "once"})
        assert (await again.json())["id"] == made["id"]
        row = await _row(page, tables, made["id"], lambda row: row["status"] == "queued")
        assert row["phone"] == "+7 999 •••-00-07" and row["kind"] == "callback"
        taken = await page.ask("command", _order("take", request=made["id"], version=row["version"]))
        assert taken["ok"], taken
        row = await _row(page, tables, made["id"], lambda row: row["owner"] == "orlova")
        card = (await page.ask("card", {"request": made["id"]}))["card"]
        assert card["contact"]["phone"] == "+79990000007" and any(line["note"] == order["note"] for line in card["history"])
        done = await page.ask("command", _order("complete", request=made["id"], version=row["version"], outcome="booked"))
        assert done["ok"], done
        shown = await browser.get(f"/api/v1/requests/{made['id']}", headers=bearer)
        closed = await shown.json()
        assert (closed["status"], closed["outcome"]) == ("done", "booked") and closed["history"]
        listed = await (await browser.get("/api/v1/requests?status=done", headers=bearer)).json()
        assert [item["id"] for item in listed["items"]] == [made["id"]]
        assert (await browser.get("/api/v1/calls", headers=bearer)).status == 200
        assert "+79990000007" not in json.dumps(listed)


async def test_an_engine_killed_and_back_is_the_same_on_the_screen(house: House, real: Engine) -> None:
    async with house.browser("orlova") as browser, house.page(browser) as page:
        before = await page.ask("sync", {})
        answer = await page.ask("command", _order("presence", presence="break", reason="lunch"))
        assert answer["ok"], answer
        real.kill()
        async with asyncio.timeout(10):
            while [body for name, body in page.came if name == "link"][-1]["engine"]:
                await asyncio.sleep(0.05)
        assert (await page.ask("command", _order("presence", presence="available")))["why"] == "engine_down"
        real.start()
        async with asyncio.timeout(30):
            while not any(body["epoch"] != before["epoch"] for name, body in page.came if name == "patch"):
                await asyncio.sleep(0.05)
        after = await page.ask("sync", {"epoch": before["epoch"], "seq": before["seq"]})
        assert after["epoch"] != before["epoch"]
        assert after["snapshot"]["operators"]["orlova"]["presence"] == "break"


def _order(name: str, **args: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "name": name, "args": args}


async def _row(page: Page, tables: dict[str, Any], key: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the screen's own copy shows the request as wanted."""
    taken = 0
    async with asyncio.timeout(10):
        while True:
            patches = [body for name, body in page.came if name == "patch"]
            for patch in patches[taken:]:
                apply(tables, patch["ops"])
            taken = len(patches)
            row = tables["requests"].get(key)
            if row is not None and good(row):
                return dict(row)
            await asyncio.sleep(0.02)


async def test_a_supervisor_steers_writes_and_the_operator_knows(house: House, real: Engine) -> None:
    """Over real processes: a pause by another's hand and a message come to the operator's screens, and survive a death."""
    async with (
        house.browser("zimina", "supervisor") as one, house.page(one) as boss, house.browser("orlova") as two,
        house.page(two) as hers, house.browser("klimov") as three, house.page(three) as his,
    ):  # fmt: skip
        for page in (boss, hers, his):
            await page.ask("sync", {})
        assert (await _sent(hers, "presence", presence="available"))["ok"]
        steered = {"target": "orlova", "presence": "break", "reason": "lunch"}
        assert (await _sent(boss, "steer_presence", **steered))["ok"]
        assert (await hers.until("notice"))["text"] == "@paused"
        assert (await _sent(boss, "message", text="See me", to_operator="orlova"))["ok"]
        told = await hers.until("notice", 2)
        assert (told["text"], told["author"]) == ("See me", "zimina")
        assert (await _sent(his, "message", text="x"))["why"] == "forbidden"
        real.kill()
        real.start()
        async with asyncio.timeout(60):
            while len((await hers.ask("notices")).get("items", ())) != 2:
                await asyncio.sleep(0.3)
        assert (await _sent(hers, "seen", notice=told["id"]))["ok"]
        assert [row["text"] for row in (await hers.ask("notices"))["items"]] == ["@paused"]
        assert not [name for page in (boss, his) for name, _ in page.came if name == "notice"]


async def _sent(page: Page, name: str, **args: Any) -> dict[str, Any]:
    """Give an order as a page does."""
    return dict(await page.ask("command", {"id": str(uuid.uuid4()), "name": name, "args": args}))
