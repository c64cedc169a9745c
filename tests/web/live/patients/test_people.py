"""Who it may be, who it is, his card: nothing medical before two identifiers, nothing of anybody but the confirmed."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from mis.client import MisClient
from tests.web.house import Page
from tests.web.live.patients.desk import TWO, about, identify
from tests.web.live.patients.small import CHILD, MOTHER, NEW, OLD, STRANGER, VIP, Small
from tests.web.scripted import NUMBER, REQUEST, ScriptedEngine, request_row


async def test_a_family_on_one_phone_is_candidates_and_no_more(page: Page, mis: Small) -> None:
    answer = await page.ask("patients", about())
    assert answer["ok"] and answer["lookup"]["state"] == "ready"
    people = {one["id"]: one for one in answer["lookup"]["people"]}
    assert set(people) == {MOTHER, CHILD, VIP, OLD} and people[MOTHER]["birth_year"] == 1988
    assert people[VIP]["name"] == "" and people[VIP]["restricted"]
    assert NUMBER not in json.dumps(answer) and "1988-03-01" not in json.dumps(answer)


async def test_whom_the_mis_means_is_told_among_the_candidates(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    assert (await page.ask("patients", about()))["meant"] is None
    row = request_row(owner="orlova", version=2, meant=CHILD)
    await engine.patch(["set", "requests", REQUEST, row])
    async with asyncio.timeout(5):
        while (await page.ask("patients", about()))["meant"] != CHILD:
            await asyncio.sleep(0.05)
    assert await page.ask("patient", about()) == {"ok": False, "why": "not_identified"}


async def test_nothing_medical_before_two_identifiers(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    for event in ("patient", "bookings", "wishes", "disown"):
        assert await page.ask(event, about()) == {"ok": False, "why": "not_identified"}
    await page.ask("patients", about())
    for verified in ([], ["name"], ["name", "name"], ["name", "horoscope"]):
        answer = await page.ask("identify", about(patient=MOTHER, verified=verified))
        assert answer == {"ok": False, "why": "bad_request"}
    assert "POST commands" not in [one[0] for one in engine.asked]


async def test_who_is_confirmed_has_a_card_at_once(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await page.ask("patients", about())
    answer = await page.ask("identify", about(patient=MOTHER, verified=TWO, version=1))
    assert answer["ok"] and answer["request"]["identified"] and MOTHER not in json.dumps(answer)
    sent = next(body for what, body, _ in engine.asked if what == "POST commands")
    assert sent["name"] == "identify" and sent["operator"] == sent["actor"] == "orlova"
    assert sent["args"] == {"request": REQUEST, "patient": MOTHER, "verified": sorted(TWO), "version": 1}
    card = await page.ask("patient", about())  # the live feed has told nothing yet
    assert card["ok"] and card["card"]["name"].startswith("Лунина") and not card["closed"]
    assert [one["id"] for one in card["card"]["upcoming"]] == [mis.of_mother.id]
    assert [one["id"] for one in card["card"]["relatives"]] == [CHILD]


async def test_a_card_is_only_of_the_patient_confirmed_for_the_request(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    assert await page.ask("identify", about(patient=STRANGER, verified=TWO)) == {"ok": False, "why": "not_shown"}
    assert await page.ask("patient", about(patient=STRANGER)) == {"ok": False, "why": "bad_request"}
    await identify(page, engine, MOTHER)  # shown by the number, though this page never asked
    await identify(page, engine, CHILD)
    assert (await page.ask("patient", about()))["card"]["id"] == CHILD
    assert "card" in mis.asked and "POST commands" in [one[0] for one in engine.asked]


async def test_whom_a_search_has_shown_may_be_confirmed(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    for bad in ({}, {"name": " "}, {"name": "x" * 201}, {"name": "x", "phone": NUMBER}, {"born": "yesterday"}):
        assert await page.ask("patient_search", about(**bad)) == {"ok": False, "why": "bad_request"}
    found = await page.ask("patient_search", about(name=" Соседова ", born="1955-07-07"))
    assert [one["id"] for one in found["lookup"]["people"]] == [STRANGER]
    await identify(page, engine, STRANGER)
    assert (await page.ask("patient", about()))["card"]["id"] == STRANGER


async def test_who_searches_for_everybody_is_slowed_down(page: Page, mis: Small) -> None:
    answers = [await page.ask("patient_search", about(card_number=f"{n}")) for n in range(30)]
    refused = [one for one in answers if one.get("why") == "too_fast"]
    assert refused and len(refused) < 11 and all(one["ok"] for one in answers[:20])


async def test_a_restricted_card_opens_for_a_reason_only(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, VIP)
    for reason in ("", "   "):
        answer = await page.ask("patient", about(reason=reason))
        assert answer["ok"] and answer["closed"] and answer["card"]["restricted"]
        assert answer["card"]["name"] == answer["card"]["card_number"] == "" and answer["card"]["born"] is None
    answer = await page.ask("patient", about(reason="he called himself"))
    assert not answer["closed"] and answer["card"]["name"] == "Тайный Человек"


async def test_disowned_is_not_shown_for_the_number_again(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, OLD)
    assert (await page.ask("disown", about(version=1)))["why"] == "stale"
    answer = await page.ask("disown", about(version=2))
    assert answer["ok"] and not answer["request"]["identified"]
    assert await page.ask("patient", about()) == {"ok": False, "why": "not_identified"}
    people = [one["id"] for one in (await page.ask("patients", about()))["lookup"]["people"]]
    assert OLD not in people and MOTHER in people


async def test_a_merged_patient_is_followed(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, OLD)
    card = (await page.ask("patient", about()))["card"]
    assert (card["id"], card["replaced"]) == (NEW, OLD) and card["upcoming"][0]["id"] == mis.of_new.id


async def test_what_the_engine_refuses_is_told(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    engine.answers["commands"] = {"ok": False, "why": "not_yours", "by": "klimov", "request": request_row()}
    answer = await page.ask("identify", about(patient=MOTHER, verified=TWO))
    assert (answer["ok"], answer["why"], answer["by"]) == (False, "not_yours", "klimov")
    engine.answers["commands"] = 503
    assert (await page.ask("identify", about(patient=MOTHER, verified=TWO)))["why"] == "unknown"
    assert await page.ask("identify", about(patient=MOTHER, verified=TWO, version=0)) == {"ok": False, "why": "stale"}


async def test_a_patient_is_made_with_the_request_s_own_number(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    draft: dict[str, Any] = {"key": str(uuid4()), "family": "Новая", "given": "Яна", "born": "2001-01-01"}
    assert (await page.ask("patient_new", about(draft=draft | {"guardian": MOTHER})))["why"] == "not_identified"
    answer = await page.ask("patient_new", about(draft=draft))
    assert answer["ok"] and answer["made"]["id"] == "made" and answer["like"] == []
    assert [(one.key, one.phone) for one in mis.drafts] == [(draft["key"], NUMBER)]
    await identify(page, engine, "made")
    child = draft | {"key": str(uuid4()), "given": "Олег", "phone": "", "guardian": "made"}
    assert (await page.ask("patient_new", about(draft=child)))["ok"]
    assert (mis.drafts[-1].phone, mis.drafts[-1].guardian) == ("", "made")


async def test_like_ones_are_shown_and_nothing_is_made(page: Page, mis: Small) -> None:
    draft = {"key": str(uuid4()), "family": "Лунин", "given": "Пётр", "born": "2019-05-02"}
    answer = await page.ask("patient_new", about(draft=draft))
    assert answer["made"] is None and [one["id"] for one in answer["like"]] == [CHILD] and mis.drafts == []
    assert (await page.ask("patient_new", about(draft=draft | {"anyway": True})))["made"]["id"] == "made"


async def test_how_the_mis_is_and_its_directories(page: Page, mis: Small) -> None:
    answer = await page.ask("mis_status", {})
    assert answer["ok"] and answer["status"]["state"] == "ready" and "book" in answer["status"]["capabilities"]
    assert answer["emergency_words"] == ["грудь"] and answer["soft_s"] > 0
    doctors = await page.ask("mis_directory", {"kind": "doctors"})
    assert doctors["ok"] and [one["name"] for one in doctors["items"]] == ["Doctor One"] and not doctors["stale"]
    assert (await page.ask("mis_directory", {"kind": "patients"}))["why"] == "bad_request"


async def test_with_mis_dead_reads_say_so_and_the_emergency_s_words_are_there(page: Page, engine: ScriptedEngine) -> None:
    down = {"ok": False, "why": "mis_down"}
    assert await page.ask("patients", about()) == down
    assert await page.ask("patient_search", about(name="Лунина")) == down
    assert await page.ask("identify", about(patient=MOTHER, verified=TWO)) == down
    assert (await page.ask("mis_status", {}))["emergency_words"] == ["грудь"]
    assert await page.ask("mis_directory", {"kind": "doctors"}) == down
    draft = {"key": str(uuid4()), "family": "Новая", "given": "Яна"}
    assert await page.ask("patient_new", about(draft=draft)) == {"ok": False, "why": "unknown"}
    assert "POST commands" not in [one[0] for one in engine.asked]


async def test_what_the_mis_cannot_do_is_said(page: Page, mis: Small) -> None:
    mis.capabilities = frozenset()
    assert await page.ask("patients", about()) == {"ok": False, "why": "not_offered"}


async def test_what_mis_cannot_mean_is_our_fault(
    page: Page, mis: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nonsense(self: MisClient, path: str, asker: Any, body: Any) -> Any:
        return {"people": 7}

    monkeypatch.setattr(MisClient, "_post", nonsense)
    assert await page.ask("patients", about()) == {"ok": False, "why": "failed"}
