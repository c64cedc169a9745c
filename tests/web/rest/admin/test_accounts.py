"""Accounts from the page: made, given a new password, disabled; never the last administrator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from okno.audit import AuditTrail
from okno.seal import Keyring
from tests.web.house import House, form_token, log_in
from tests.web.scripted import ScriptedEngine
from web.accounts.people import People
from web.accounts.tokens import Tokens

Ask = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


@pytest_asyncio.fixture
async def ask(house: House, engine: ScriptedEngine) -> AsyncIterator[Ask]:
    """`ask(method, path, body)` as the page of an administrator does."""
    operators = [{"name": "orlova", "title": {"ru": "Orlova R", "en": "Orlova"}}]
    engine.answers["directory"] = {"version": 1, "epoch": "1", "head": None, "document": {"operators": operators}}
    async with house.browser("root", "administrator") as browser:
        word = await form_token(browser, "/admin")

        async def send(method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
            async with browser.request(method, f"/api/v1{path}", headers={"Okno-Form": word}, json=body) as answer:
                return answer.status, await answer.json(content_type=None)

        yield send


async def enters(house: House, login: str, password: str) -> bool:
    """Whether somebody can sign in."""
    async with house.visitor() as browser:
        return (await log_in(browser, login, password)).status == 303


async def test_an_account_is_made_with_a_password_shown_once(house: House, ask: Ask) -> None:
    status, made = await ask("POST", "/accounts", {"login": "Anna", "role": "operator", "operator": "orlova"})
    assert (status, made["login"], made["title"], made["operator"]) == (201, "anna", "Orlova R", "orlova")
    assert await enters(house, "anna", made["password"])
    listed = (await ask("GET", "/accounts"))[1]["items"]
    assert [(one["login"], one["role"], one["disabled"]) for one in listed] == [
        ("anna", "operator", False), ("root", "administrator", False)
    ]
    assert "password" not in listed[0]
    assert (await ask("POST", "/accounts", {"login": "anna", "role": "auditor"}))[0] == 409
    for bad in ({"login": "b!", "role": "auditor"}, {"login": "bob", "role": "operator"},
                {"login": "bob", "role": "operator", "operator": "nobody"}, {"login": "bob", "role": "king"}):  # fmt: skip
        assert (await ask("POST", "/accounts", bad))[0] == 422


async def test_a_new_password_ends_what_was_open(house: House, ask: Ask) -> None:
    await house.account("orlova")
    async with house.browser("orlova", make=False) as browser, house.page(browser) as page:
        id = str((await People(house.database).find("orlova")).id)  # type: ignore[union-attr]
        status, answer = await ask("POST", f"/accounts/{id}/reset", {})
        assert status == 200 and await enters(house, "orlova", answer["password"])
        await asyncio.wait_for(page.gone.wait(), 2)
        assert (await browser.get("/desk", allow_redirects=False)).status in (303, 401)


async def test_who_is_disabled_is_out_within_two_seconds(house: House, ask: Ask) -> None:
    await house.account("orlova")
    async with house.browser("orlova", make=False) as browser, house.page(browser) as page:
        id = str((await People(house.database).find("orlova")).id)  # type: ignore[union-attr]
        status, answer = await ask("POST", f"/accounts/{id}/disable", {})
        assert (status, answer["disabled"]) == (200, True)
        await asyncio.wait_for(page.gone.wait(), 2)
        assert (await page.until("bye"))["reason"] == "revoked"
    assert (await ask("POST", "/accounts/01900000-0000-7000-8000-000000000009/disable", {}))[0] == 404


@pytest.mark.parametrize("what", ["disable", "reset"])
async def test_who_is_out_has_no_phone_in_the_page_either(house: House, engine: ScriptedEngine, ask: Ask, what: str) -> None:
    await house.account("orlova")
    id = str((await People(house.database).find("orlova")).id)  # type: ignore[union-attr]
    assert (await ask("POST", f"/accounts/{id}/{what}", {}))[0] == 200
    wanted = {"action": "rotate", "actor": "root", "role": "administrator", "operator": "orlova"}
    async with asyncio.timeout(5):
        while wanted not in [body for asked, body, _ in engine.asked if asked == "POST phone"]:
            await asyncio.sleep(0.02)


async def test_the_last_administrator_stays(house: House, ask: Ask) -> None:
    people = People(house.database)
    root = await people.find("root")
    assert root is not None
    status, body = await ask("POST", f"/accounts/{root.id}/disable", {})
    assert (status, body["key"]) == (409, "error.last_administrator")
    await house.account("second", "administrator")
    second = await people.find("second")
    assert second is not None
    both = await asyncio.gather(people.dismiss(root.id), people.dismiss(second.id), return_exceptions=True)
    assert sum(isinstance(one, Exception) for one in both) == 1
    assert sum(one.disabled_at is None for one in await people.all()) == 1


async def test_every_step_is_audited_and_no_token_makes_people(house: House, ask: Ask) -> None:
    _, made = await ask("POST", "/accounts", {"login": "carl", "role": "auditor"})
    await ask("POST", f"/accounts/{made['id']}/reset", {})
    await ask("POST", f"/accounts/{made['id']}/disable", {})
    sealer = Keyring.load(house.web._runtime.keyring_path).sealer("web")
    rows = await AuditTrail(house.database, sealer).page(subject=made["id"])
    assert [(row.actor, row.action) for row in rows] == [
        ("root", "account.disable"), ("root", "account.reset"), ("root", "account.add")
    ]
    _, token = await Tokens(house.database).create("t", role="administrator", operator=None, lifetime=timedelta(days=1))
    async with aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {token}"}) as client:
        assert (await client.get("/api/v1/accounts")).status == 401
