"""The real engine and the real `mis` behind one page: who was confirmed is kept, told, and what visits are booked by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest_asyncio

from mis.client import plain
from okno.settings import Runtime
from tests.fixtures import MakeUrl
from tests.web.house import House, Page, running
from tests.web.live.patients.desk import TWO
from tests.web.live.patients.small import CHILD, MOTHER, Small, slot
from tests.web.test_with_engine import Engine
from web.accounts.tokens import Tokens


@pytest_asyncio.fixture
async def real(clinic: Runtime, mis: Small, new_database_url: MakeUrl) -> AsyncIterator[Engine]:
    """A running engine, beside a running `mis`."""
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


async def test_from_a_number_to_a_visit_booked_for_the_child(house: House, page: Page, mis: Small) -> None:
    request = await _taken(house, page)
    people = [one["id"] for one in (await page.ask("patients", {"request": request}))["lookup"]["people"]]
    assert {MOTHER, CHILD} <= set(people)
    assert (await page.ask("patient", {"request": request}))["why"] == "not_identified"
    said = await page.ask("identify", {"request": request, "patient": CHILD, "verified": TWO})
    assert said["ok"] and said["request"]["identified"]
    assert (await page.ask("patient", {"request": request}))["card"]["id"] == CHILD
    body = {"request": request, "key": str(uuid4()), "slot": plain(slot(0))}
    assert (await page.ask("book", body))["booking"]["appointment"]["patient"] == CHILD
    stale = await page.ask("disown", {"request": request, "version": said["request"]["version"] - 1})
    assert stale == {"ok": False, "why": "stale"}
    assert (await page.ask("disown", {"request": request, "version": said["request"]["version"]}))["ok"]
    assert (await page.ask("patient", {"request": request}))["why"] == "not_identified"
    card = (await page.ask("card", {"request": request}))["card"]
    history = {line["what"]: line["note"] for line in card["history"]}
    assert history["identified"].split() == sorted(TWO) and "disowned" in history
    assert CHILD not in str([body for name, body in page.came if name == "patch"])


async def _taken(house: House, page: Page) -> str:
    """Make a request of the family's number and take it."""
    _, token = await Tokens(house.database).create("site", role="supervisor", operator=None, lifetime=timedelta(days=1))
    order = {"queue": "front", "phone": "8 999 000-00-01", "note": "asks for a call"}
    async with house.visitor() as site, site.post(
        "/api/v1/requests", json=order, headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        made: dict[str, Any] = await answer.json()
    take = {"id": str(uuid4()), "name": "take", "args": {"request": made["id"]}}
    assert (await page.ask("command", take))["ok"]
    return str(made["id"])
