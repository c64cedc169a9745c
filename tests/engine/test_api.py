"""The engine's routes on a running engine: commands, cards and lists, audited before they are answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from engine.feed import Card, CommandAnswer, NoticeRow, RequestPage, RequestWithHistory, Status
from okno.audit import AuditTrail, verify
from okno.database import Database
from okno.seal import Keyring
from okno.service import ServiceRefused
from tests.engine.conftest import Child, StartEngine

WHO = {"actor": "anna", "role": "operator", "purpose": "work"}
PHONE = "+79990001873"
NOTE = "asked about Ivanova's tooth"


@pytest_asyncio.fixture
async def engine(start_engine: StartEngine) -> AsyncIterator[Child]:
    """A running engine."""
    child = await start_engine()
    await child.ready()
    yield child


async def command(child: Child, name: str, id: str | None = None, **args: Any) -> dict[str, Any]:
    """Give a command as orlova; the answer must be one of the feed's."""
    answer = await child.client.command(
        id or str(uuid4()), name, actor="anna", role="operator", operator="orlova", args=args
    )
    CommandAnswer.model_validate(answer)
    return answer


async def opened(child: Child, phone: str = PHONE) -> str:
    """A request made by hand; its id."""
    answer = await command(child, "open", kind="callback", queue="main", phone=phone, note=NOTE)
    assert answer["ok"], answer
    return str(answer["request"]["id"])


async def test_open_pages_are_told_and_seen(engine: Child) -> None:
    assert (await engine.client.pages(["orlova", "nobody"], [])) == {}
    pages: dict[str, str] = {}
    async with asyncio.timeout(5):
        while pages.get("orlova") != "here":
            async for message in engine.client.live():
                pages = {key: row["page"] for key, row in message["tables"]["operators"].items()}
                break
    assert set(pages.values()) == {"here", "none"}
    with pytest.raises(ServiceRefused):
        await engine.client.pages([""], [])


async def test_a_request_from_its_opening_to_its_end(engine: Child) -> None:
    id = await opened(engine)
    assert (await command(engine, "take", request=id))["request"]["owner"] == "orlova"
    assert (await command(engine, "note", request=id, note="second"))["ok"]
    done = await command(engine, "complete", request=id, outcome="booked")
    assert (done["ok"], done["request"]["status"]) == (True, "done")
    request = await engine.client.request(id, **WHO)
    RequestWithHistory.model_validate(request)
    assert (request["status"], request["outcome"]) == ("done", "booked")
    assert {entry["note"] for entry in request["history"]} >= {NOTE, "second"}
    page = await engine.client.requests(**WHO, params={"status": "done"})
    RequestPage.model_validate(page)
    assert [item["id"] for item in page["items"]] == [id]


async def test_the_same_command_is_done_once(engine: Child) -> None:
    id = str(uuid4())
    first = await command(engine, "open", id, kind="callback", queue="main", phone=PHONE)
    again = await command(engine, "open", id, kind="callback", queue="main", phone=PHONE)
    assert first["request"]["id"] == again["request"]["id"]
    assert len((await engine.client.requests(**WHO))["items"]) == 1


async def test_who_comes_second_is_told_who_was_first(engine: Child) -> None:
    id = await opened(engine)
    assert (await command(engine, "take", request=id))["ok"]
    late = await engine.client.command(
        str(uuid4()), "take", actor="boris", role="operator", operator="klimov", args={"request": id}
    )
    assert (late["ok"], late["why"], late["by"]) == (False, "taken", "orlova")
    assert late["request"]["owner"] == "orlova"


async def test_a_card_shows_the_number_to_whom_it_belongs_and_is_audited_first(engine: Child) -> None:
    id = await opened(engine)
    card = await engine.client.card(request=id, operator="orlova", **WHO)
    Card.model_validate(card)
    assert card["contact"]["phone"] is None and card["contact"]["pretty"] == "+7 999 •••-18-73"
    await command(engine, "take", request=id)
    card = await engine.client.card(request=id, operator="orlova", **WHO)
    assert card["contact"]["phone"] == PHONE and card["contact"]["pretty"] == "+7 999 000-18-73"
    assert [item["id"] for item in card["requests"]] == [id] and card["history"]
    other = await engine.client.card(request=id, operator="klimov", **WHO)
    assert other["contact"]["phone"] is None
    database = await Database.open(engine.database_url, name="t")
    try:
        sealer = Keyring.load(engine.runtime.keyring_path).sealer("engine")
        rows = [row for row in await AuditTrail(database, sealer).page() if row.action == "card.show"]
        assert [row.details["full"] for row in rows] == [False, True, False]
        assert {row.subject for row in rows} == {card["contact"]["id"]} and str(rows[0].request) == id
        assert await verify(database, sealer) is None
    finally:
        await database.close()


async def test_every_query_about_people_is_audited_with_its_purpose(engine: Child) -> None:
    id = await opened(engine)
    await engine.client.calls(**WHO)
    await engine.client.requests(**WHO)
    await engine.client.search_calls(**WHO, last4="1873")
    await engine.client.search_calls(**WHO, phone="8 999 000-18-73")
    await engine.client.request(id, **WHO)
    database = await Database.open(engine.database_url, name="t")
    try:
        rows = await database.fetch("SELECT action, actor, purpose FROM audit WHERE actor <> 'system' ORDER BY id")
    finally:
        await database.close()
    assert [row["action"] for row in rows] == [
        "calls.list", "requests.list", "calls.search", "calls.search", "request.show"
    ]
    assert {(row["actor"], row["purpose"]) for row in rows} == {("anna", "work")}


@pytest.mark.parametrize(
    ("name", "args"),
    [("take", {}), ("take", {"request": "x"}), ("take", {"request": str(uuid4()), "colour": "red"}),
     ("open", {"queue": "main", "phone": "112"}), ("dance", {}), ("presence", {"presence": "asleep"}),
     ("note", {"request": str(uuid4()), "note": "x" * 5000}), ("postpone", {"request": str(uuid4()), "until": "soon"})],
)  # fmt: skip
async def test_an_order_that_is_not_understood_is_refused_without_an_echo(
    engine: Child, name: str, args: dict[str, Any]
) -> None:
    with pytest.raises(ServiceRefused) as caught:
        await command(engine, name, **args)
    assert caught.value.status == 400
    assert "112" not in str(caught.value.problem) and "xxx" not in str(caught.value.problem)


async def test_bad_queries_are_told_in_one_line(engine: Child) -> None:
    for params in ({"limit": "0"}, {"limit": "501"}, {"cursor": "x"}, {"from": "yesterday"}, {"colour": "red"}):
        with pytest.raises(ServiceRefused) as caught:
            await engine.client.calls(**WHO, params=params)
        assert caught.value.status == 400, params
    for id in (str(uuid4()), "not-an-id"):
        with pytest.raises(ServiceRefused) as caught:
            await engine.client.call(id, **WHO)
        assert caught.value.status == (400 if id == "not-an-id" else 404)
    with pytest.raises(ServiceRefused) as caught:
        await engine.client.card(request=str(uuid4()), **WHO)
    assert caught.value.status == 404


async def test_nobody_without_the_credential_and_nobody_without_a_name(engine: Child) -> None:
    base = f"http://127.0.0.1:{engine.runtime.settings.engine.port}"
    secret = engine.runtime.secret("file:service.secret")
    async with aiohttp.ClientSession() as session:
        for path in ("/v1/calls", "/v1/status", "/live", "/v1/requests/1"):
            async with session.get(base + path) as answer:
                assert answer.status == 401
        async with session.get(f"{base}/v1/calls", headers={"Okno-Service": secret}) as answer:
            assert answer.status == 400
        headers = {"Okno-Service": secret, "Content-Type": "application/json"}
        for body in (b"{", b"\xff", b"[" * 100_000, b'"x"', json.dumps({"command": "x"}).encode()):
            async with session.post(f"{base}/v1/commands", data=body, headers=headers) as answer:
                assert answer.status == 400
    Status.model_validate(await engine.client.status())


async def test_nothing_readable_is_left_in_database_logs_or_metrics(engine: Child) -> None:
    """A dump of every table, the debug log and /metrics hold no number, no note and no name."""
    numbers = [f"+7999000{n:04d}" for n in range(20, 30)]
    for phone in numbers:
        id = await opened(engine, phone)
        await command(engine, "take", request=id)
        await command(engine, "note", request=id, note=NOTE)
        await engine.client.card(request=id, operator="orlova", **WHO)
    await engine.client.search_calls(**WHO, phone=numbers[0])
    database = await Database.open(engine.database_url, name="t")
    try:
        names = [row["tablename"] for row in await database.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )]  # fmt: skip
        assert len(names) > 12
        select = "SELECT string_agg(t::text, '') FROM {} t"
        dump = "".join([await database.fetchval(select.format(name)) or "" for name in names])
    finally:
        await database.close()
    base = f"http://127.0.0.1:{engine.runtime.settings.engine.port}"
    async with aiohttp.ClientSession() as session, session.get(f"{base}/metrics") as answer:
        metrics = await answer.text()
    logs = engine.log.read_text()
    assert len(dump) > 10_000 and "okno_turns_total" in metrics and "world_loaded" in logs
    for place in (dump, metrics, logs):
        for secret in [*(phone[-10:] for phone in numbers), "Ivanova", "tooth"]:
            assert secret not in place
            assert secret.encode().hex() not in place  # as a bytea is printed


async def test_a_message_is_served_to_its_reader_sealed_at_rest_and_gone_once_read(engine: Child) -> None:
    await command(engine, "presence", presence="available")
    text = "See me before noon"
    sent = await engine.client.command(
        str(uuid4()), "message", actor="zimina", role="supervisor", args={"text": text, "to_operator": "orlova"}
    )
    assert sent["ok"], sent
    (notice,) = (await engine.client.notices("orlova"))["items"]
    NoticeRow.model_validate(notice)
    assert (notice["text"], notice["author"], notice["seen"]) == (text, "zimina", False)
    assert (await engine.client.notices("ivanov"))["items"] == []
    database = await Database.open(engine.database_url, name="t")
    row = await database.fetchrow("select * from notices")
    assert row is not None and row["open"] and text not in str(dict(row))
    assert (await command(engine, "seen", notice=notice["id"]))["ok"]
    assert (await engine.client.notices("orlova"))["items"] == []
    row = await database.fetchrow("select open, seen_at from notices")
    await database.close()
    assert row is not None and not row["open"] and row["seen_at"] is not None
