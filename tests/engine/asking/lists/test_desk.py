"""Lists on a running engine: made, looked at, steered; what is written, and what is not told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.service import ServiceRefused
from tests.engine.conftest import Child, StartEngine

WHO = {"actor": "boss", "role": "supervisor", "purpose": "lists"}
PHONES = ("+79990000011", "+79990000012", "+79990000013")


@pytest_asyncio.fixture
async def engine(start_engine: StartEngine) -> AsyncIterator[Child]:
    """A running engine."""
    child = await start_engine()
    await child.ready()
    yield child


def wish(**more: Any) -> dict[str, Any]:
    people = [
        {"place": place, "phone": phone, "name": f"Test {place}", "note": "yearly check", "ref": f"R{place}"}
        for place, phone in enumerate(PHONES, 1)
    ]
    return {"id": str(uuid4()), "title": "Recall", "source": "csv", "mode": "operator", "queue": "main", "people": people, **more}


async def made(child: Child, **more: Any) -> str:
    wanted = wish(**more)
    assert await child.client.lists("make", wanted, **WHO) == {"ok": True, "why": ""}
    return str(wanted["id"])


async def test_a_list_is_made_once_and_seen_with_its_people_masked(engine: Child) -> None:
    wanted = wish()
    for _ in range(2):
        assert (await engine.client.lists("make", wanted, **WHO))["ok"]
    (row,) = (await engine.client.lists("all", {}, **WHO))["items"]
    assert (row["id"], row["state"], row["counts"], row["author"]) == (wanted["id"], "running", {"waiting": 3}, "boss")
    page = await engine.client.lists("people", {"list": wanted["id"], "limit": 2}, **WHO)
    assert [(one["place"], one["number"], one["name"], one["ref"]) for one in page["items"]] == [
        (1, "+7 999 •••-00-11", "Test 1", "R1"), (2, "+7 999 •••-00-12", "Test 2", "R2"),
    ]
    rest = await engine.client.lists("people", {"list": wanted["id"], "after": 2}, **WHO)
    assert [one["place"] for one in rest["items"]] == [3]
    assert "phone" not in rest["items"][0]


async def test_who_looked_at_people_and_who_took_them_away_is_written_down(engine: Child) -> None:
    list_id = await made(engine)
    await engine.client.lists("people", {"list": list_id, "limit": 2}, **WHO)
    await engine.client.lists("people", {"list": list_id, "limit": 500, "export": True}, **WHO)
    with pytest.raises(ServiceRefused):
        await engine.client.lists("people", {"list": list_id, "limit": 501}, **WHO)
    await engine.client.lists("refusals", {}, **WHO)
    database = await Database.open(engine.database_url, name="t")
    try:
        trail = AuditTrail(database, Keyring.load(engine.runtime.keyring_path).sealer("engine"))
        rows = [row for row in await trail.page() if row.action.startswith("lists.")]
    finally:
        await database.close()
    assert [(row.action, row.actor, row.purpose) for row in sorted(rows, key=lambda row: row.id)] == [
        ("lists.make", "boss", "lists"), ("lists.people", "boss", "lists"), ("lists.export", "boss", "lists"),
        ("lists.refusals", "boss", "lists"),
    ]  # fmt: skip


async def test_a_list_is_paused_stopped_and_goes_on_again(engine: Child) -> None:
    list_id = await made(engine, running=False)
    for what, state in (("resume", "running"), ("pause", "paused"), ("stop", "stopped"), ("resume", "running")):
        answer = await engine.client.lists("steer", {"command": str(uuid4()), "list": list_id, "what": what}, **WHO)
        assert answer["ok"]
        assert (await engine.client.lists("one", {"list": list_id}, **WHO))["list"]["state"] == state
    paced = {"command": str(uuid4()), "list": list_id, "what": "pace", "at_once": 2, "per_minute": 3}
    assert (await engine.client.lists("steer", paced, **WHO))["ok"]
    row = (await engine.client.lists("one", {"list": list_id}, **WHO))["list"]
    assert (row["at_once"], row["per_minute"]) == (2, 3)


async def test_who_refused_is_told_before_and_is_in_no_list(engine: Child) -> None:
    assert (await engine.client.lists("refuse", {"command": str(uuid4()), "phone": PHONES[1]}, **WHO))["ok"]
    told = await engine.client.lists("check", {"phones": list(PHONES)}, **WHO)
    assert told == {"refused": [1], "blocked": [], "elsewhere": []}
    list_id = await made(engine)
    row = (await engine.client.lists("one", {"list": list_id}, **WHO))["list"]
    assert row["counts"] == {"refused": 1, "waiting": 2}
    assert (await engine.client.lists("check", {"phones": list(PHONES)}, **WHO))["elsewhere"] == [0, 2]
    (refusal,) = (await engine.client.lists("refusals", {}, **WHO))["items"]
    assert refusal["number"] == "+7 999 •••-00-12"
    assert (await engine.client.lists("lift", {"command": str(uuid4()), "refusal": refusal["id"]}, **WHO))["ok"]
    assert (await engine.client.lists("refusals", {}, **WHO))["items"] == []


async def test_one_person_is_taken_out_and_put_back(engine: Child) -> None:
    list_id = await made(engine)
    first = (await engine.client.lists("people", {"list": list_id, "limit": 1}, **WHO))["items"][0]["id"]
    for what, state in (("skip", "skipped"), ("back", "waiting"), ("refuse", "refused")):
        order = {"command": str(uuid4()), "target": first, "what": what}
        assert (await engine.client.lists("person", order, **WHO))["ok"]
        (one,) = (await engine.client.lists("people", {"list": list_id, "limit": 1}, **WHO))["items"]
        assert one["state"] == state


@pytest.mark.parametrize(("more", "words"), [
    ({"opens": 1200, "closes": 540}, "the hours end before they begin"), ({"people": []}, "people are given"),
    ({"queue": ""}, "a queue is needed"), ({"mode": "ivr"}, "a flow is needed"), ({"days": "89"}, "days"),
    ({"people": [{"place": 1, "phone": "8 999"}]}, "people.0.phone"),
])  # fmt: skip
async def test_what_cannot_be_a_list_is_refused_without_an_echo(engine: Child, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ServiceRefused) as refusal:
        await engine.client.lists("make", wish(**more), **WHO)
    assert refusal.value.status == 400
    assert words in str(refusal.value.problem["title"])
    assert "8 999" not in str(refusal.value.problem)


async def test_what_nobody_could_work_through_is_answered_why(engine: Child) -> None:
    assert await engine.client.lists("make", wish(queue="nowhere"), **WHO) == {"ok": False, "why": "no_queue"}
    assert await engine.client.lists("make", wish(mode="ivr", flow="none"), **WHO) == {"ok": False, "why": "no_flow"}
    assert await engine.client.lists("make", wish(source="mis", people=[]), **WHO) == {"ok": False, "why": "list_empty"}
    assert (await engine.client.lists("one", {"list": str(uuid4())}, **WHO)) == {"list": None}


async def test_lists_survive_a_restart(start_engine: StartEngine) -> None:
    child = await start_engine()
    await child.ready()
    list_id = await made(child)
    child.stop()
    again = await start_engine()
    await again.ready()
    order = {"command": str(uuid4()), "list": list_id, "what": "pause"}
    assert (await again.client.lists("steer", order, **WHO))["ok"]
    assert (await again.client.lists("one", {"list": list_id}, **WHO))["list"]["state"] == "paused"
