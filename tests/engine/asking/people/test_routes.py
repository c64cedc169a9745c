"""The routes about people on a running engine: from a name that was given to all that finds it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest

from engine.feed import CommandAnswer
from okno.audit import AuditTrail, verify
from okno.database import Database
from okno.seal import Keyring
from okno.service import ServiceRefused
from tests.engine.conftest import Child, StartEngine, own_home, own_postgres, start_engine

__all__ = ["own_home", "own_postgres", "start_engine"]

WHO = {"actor": "anna", "role": "operator", "purpose": "search"}
ASKER = {"actor": "anna", "role": "operator", "operator": "orlova", "purpose": "timeline"}
BOSS = {"actor": "zimina", "role": "supervisor", "purpose": "supervision"}
PHONE, OTHER = "+79990001873", "+79990001874"
HINT = {"version": 0, "title": "Prices", "text": "Ask first."}


async def command(child: Child, order: str, /, **args: Any) -> dict[str, Any]:
    """Give a command as orlova."""
    answer = await child.client.command(
        str(uuid4()), order, actor="anna", role="operator", operator="orlova", args=args
    )
    CommandAnswer.model_validate(answer)
    return answer


async def mine(child: Child, phone: str) -> str:
    """A request in orlova's hands."""
    opened = await command(child, "open", kind="form", queue="main", phone=phone, note="hello")
    id = str(opened["request"]["id"])
    assert (await command(child, "take", request=id))["ok"]
    for _ in range(100):
        card = await child.client.card(request=id, **ASKER)
        if card["request"]["contact"]:
            return id
        await asyncio.sleep(0.02)
    raise AssertionError("whose it is was never found")


async def test_a_name_given_to_a_contact_is_found_and_survives_a_restart(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    id = await mine(engine, PHONE)
    assert (await command(engine, "name", request=id, name="Щукоедова Мария"))["ok"]
    card = await engine.client.card(request=id, **ASKER)
    assert card["contact"]["name"] == "Щукоедова Мария" and card["history"][-1]["what"] == "named"
    for again in (False, True):
        found = await engine.client.search("oerjtl", **WHO)  # a beginning, on the wrong layout
        assert [(one["type"], one["row"].get("name")) for one in found["items"]] == [
            ("request", None), ("contact", "Щукоедова М.")
        ]
        page = await engine.client.timeline({"request": id}, **ASKER)
        assert [(one["kind"], one["id"]) for one in page["items"]] == [("request", id)]
        assert [note["note"] for one in page["items"] for note in one["notes"]] == ["hello"]
        if not again:
            assert engine.stop() == 0
            engine = await start_engine()
            await engine.ready()
    database = await Database.open(engine.database_url, name="t")
    try:
        trail = AuditTrail(database, Keyring.load(engine.runtime.keyring_path).sealer("engine"))
        assert [row.action for row in await trail.page()][:2] == ["timeline.show", "search"]
        assert await verify(database, Keyring.load(engine.runtime.keyring_path).sealer("engine")) is None
        tables = await database.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
        select = "SELECT string_agg(t::text, '') FROM {} t"
        dump = "".join([await database.fetchval(select.format(one["name"])) or "" for one in tables])
    finally:
        await database.close()
    for secret in ("Щукоедова", "щукоедова", "oerjtl", "Мария", PHONE[-10:]):
        assert secret not in dump and secret.encode().hex() not in dump and secret not in engine.log.read_text()


async def test_a_request_is_linked_to_a_contact_or_a_number(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    first, second = await mine(engine, PHONE), await mine(engine, OTHER)
    contact = (await engine.client.card(request=first, **ASKER))["request"]["contact"]
    assert contact is not None
    linked = await command(engine, "link", request=second, contact=contact)
    assert linked["ok"] and linked["request"]["contact"] == contact and linked["request"]["phone"] == OTHER
    page = await engine.client.timeline({"request": second}, **ASKER)
    assert {one["id"] for one in page["items"]} == {first, second}
    assert (await command(engine, "link", request=second, contact=str(uuid4())))["why"] == "bad_contact"
    assert (await command(engine, "link", request=second))["why"] == "bad_contact"
    assert (await command(engine, "link", request=second, phone="8 999 000-18-74"))["request"]["phone"] == OTHER
    with pytest.raises(ServiceRefused):
        await command(engine, "link", request=second, phone="112")


async def test_hints_are_read_written_and_told_by_the_beat(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    assert await engine.client.hints() == {"version": 0, "items": []}
    async with aclosing(engine.client.live()) as live:
        async for message in live:
            if message["type"] == "beat":
                assert message["hints"] == 0
                break
        id = str(uuid4())
        saved = await engine.client.hint("save", {"id": id, **HINT, "queues": ["main"]}, **BOSS)
        assert (saved["ok"], saved["version"], saved["hint"]["version"]) == (True, 1, 1)
        async with asyncio.timeout(1):
            async for message in live:
                if message.get("hints") == 1:
                    break
    listed = await engine.client.hints()
    assert (listed["version"], [one["title"] for one in listed["items"]]) == (1, ["Prices"])
    assert await engine.client.hints(after=1) == {"version": 1, "items": None}
    stale = await engine.client.hint("save", {"id": id, **HINT, "text": "Another"}, **BOSS)
    assert (stale["ok"], stale["why"], stale["hint"]["text"]) == (False, "stale", "Ask first.")
    gone = await engine.client.hint("remove", {"id": id, "version": 1}, **BOSS)
    assert gone["ok"] and gone["hint"]["removed"] and (await engine.client.hints())["items"] == []
    back = await engine.client.hint("save", {"id": id, **HINT, "version": 2}, **BOSS)
    assert back["ok"] and (await engine.client.hints())["version"] == 3
    assert (await engine.client.hint("remove", {"id": str(uuid4()), "version": 1}, **BOSS))["why"] == "not_found"
    for bad in ({"title": ""}, {"text": "x" * 4001}, {"title": "a\0b"}, {"colour": "red"}, {"version": -1}, {"id": "x"}):
        with pytest.raises(ServiceRefused) as caught:
            await engine.client.hint("save", {"id": id, **HINT, **bad}, **BOSS)
        assert caught.value.status == 400 and "xxx" not in str(caught.value.problem)


async def test_a_number_called_from_becomes_the_contact_s_and_stays_so(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    first, second = await mine(engine, PHONE), await mine(engine, OTHER)
    contact = (await engine.client.card(request=first, **ASKER))["request"]["contact"]
    assert (await command(engine, "link", request=second, contact=contact))["ok"]
    assert (await command(engine, "complete", request=first, outcome="booked"))["ok"]
    engine.kill()
    engine = await start_engine()
    await engine.ready()
    third = await mine(engine, OTHER)
    assert (await engine.client.card(request=third, **ASKER))["request"]["contact"] == contact


async def test_a_number_is_blocked_listed_and_let_go(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    first, waiting = await mine(engine, PHONE), (await command(engine, "open", kind="callback", queue="main", phone=PHONE))
    blocked = await command(engine, "block", request=first, reason="a prank")
    assert blocked["ok"] and blocked["request"]["owner"] == "orlova"
    assert (await engine.client.request(waiting["request"]["id"], **BOSS))["outcome"] == "blocked"
    (row,) = (await engine.client.blocked(**BOSS))["items"]
    assert (row["phone"], row["reason"], row["actor"], row["until"]) == (PHONE, "a prank", "anna", None)
    history = (await engine.client.request(first, **BOSS))["history"]
    assert [line["note"] for line in history if line["what"] == "blocked"] == ["a prank"]
    assert (await command(engine, "unblock", block=row["id"]))["why"] == "not_yours"
    freed = await engine.client.command(
        str(uuid4()), "unblock", actor="zimina", role="supervisor", args={"block": row["id"]}
    )
    assert freed["ok"] and (await engine.client.blocked(**BOSS))["items"] == []
    log = engine.log.read_text()
    assert PHONE not in log and PHONE[-4:] not in log and "a prank" not in log


async def test_what_cannot_be_split_is_refused_in_words(start_engine: StartEngine) -> None:
    engine = await start_engine()
    await engine.ready()
    first = await mine(engine, PHONE)
    for strange in (str(uuid4()), "ffffffff-ffff-4fff-bfff-ffffffffffff"):  # the second is of no year a clock knows
        assert (await command(engine, "split", request=first, call=strange))["why"] == "not_joined"
    for wrong in ({"request": first}, {"request": first, "call": "x"}, {"request": first, "call": str(uuid4()), "all": True}):
        with pytest.raises(ServiceRefused):
            await command(engine, "split", **wrong)
    for wrong in ({}, {"request": first, "phone": PHONE}, {"phone": "112"}, {"request": first, "until": "tomorrow"}):
        with pytest.raises(ServiceRefused):
            await command(engine, "block", **wrong)
