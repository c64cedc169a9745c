"""Candidates, never «the patient»: the traps of the MIS sheet that are about who it may be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from mis.finding import BadAsk
from mis.terms import Capability, NotOffered, Unavailable
from okno.database import DatabaseDown
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import CALL, CHILD, DEAD, MOTHER, OTHER, PHONE, VIP, Desk, desk, twin


@pytest.fixture
async def one(database: OpenDatabase, keyring: Keyring) -> Desk:
    return desk(await database("mis"), keyring)


async def test_trap_1_a_family_on_one_phone(one: Desk) -> None:
    """Mother, child and dead grandfather: all come, nobody is chosen, the dead one last."""
    answer = await one.finder.candidates(PHONE, one.asker, None)
    assert [(who.id, who.relation, who.deceased, who.minor) for who in answer.people] == [
        ("mother", "self", False, False), ("child", "ward", False, True), ("dead", "self", True, False),
    ]  # fmt: skip
    assert (answer.state, answer.complete, answer.stale, answer.error) == ("ready", True, False, "")


async def test_each_candidate_is_audited_before_he_is_shown(one: Desk) -> None:
    await one.finder.candidates(PHONE, one.asker, None)
    await one.finder.candidates("+79990000009", one.asker, None)
    assert [(action, subject) for action, subject, _ in await one.audited()] == [
        ("patient.candidate", "mother"), ("patient.candidate", "child"), ("patient.candidate", "dead"),
        ("patient.candidate", None),
    ]  # fmt: skip


async def test_without_the_audit_nobody_is_shown(one: Desk) -> None:
    await one.finder.prefetch(PHONE, CALL, one.asker)
    await one.database.close()
    with pytest.raises(DatabaseDown):
        await one.finder.candidates(PHONE, one.asker, CALL)


async def test_a_prefetch_names_nobody_and_makes_the_ring_quick(one: Desk) -> None:
    prefetched = await one.finder.prefetch(PHONE, CALL, one.asker)
    assert [(who.id, who.name, who.birth_year, who.hint) for who in prefetched.people] == [
        ("mother", "", None, ""), ("child", "", None, ""), ("dead", "", None, ""),
    ]  # fmt: skip
    assert await one.audited() == []
    one.mis.error = lambda name: Unavailable()  # the MIS dies between the prefetch and the ring
    answer = await one.finder.candidates(PHONE, one.asker, CALL)
    assert [who.name for who in answer.people][:1] == [MOTHER.name] and not answer.stale and answer.error == ""
    assert one.mis.count("find_patients") == 1 and one.counted("prefetch_total", result="hit") == 1


async def test_another_call_asks_anew_and_the_same_one_does_not(one: Desk) -> None:
    """Else it would wait with what another call's prefetch left, and be late at its ring."""
    for call, asked in ((CALL, 1), (CALL, 1), (uuid4(), 2)):
        await one.finder.prefetch(PHONE, call, one.asker)
        assert one.mis.count("find_patients") == asked
    for call in (uuid4(), uuid4()):
        await one.finder.prefetch("+79990000009", call, one.asker)
    assert one.mis.count("find_patients") == 3  # nobody is believed for a minute


async def test_at_the_ring_what_is_older_is_refreshed(one: Desk) -> None:
    await one.finder.prefetch(PHONE, CALL, one.asker)
    one.ago(31)
    one.mis.add(replace(MOTHER, id="sister", name="Новая Ольга", card_number="000400"))
    answer = await one.finder.candidates(PHONE, one.asker, CALL)
    assert "sister" in {who.id for who in answer.people} and not answer.stale
    assert one.counted("prefetch_total", result="late") == 1
    one.finder.inquiry.waiting.release(CALL)
    await one.finder.candidates(PHONE, one.asker, CALL)
    assert one.counted("prefetch_total", result="miss") == 1


async def test_a_dead_mis_shows_what_was_held_and_says_so(one: Desk) -> None:
    await one.finder.prefetch(PHONE, CALL, one.asker)
    one.ago(300)
    one.mis.error = lambda name: Unavailable()
    answer = await one.finder.candidates(PHONE, one.asker, CALL)
    assert (answer.stale, answer.error, len(answer.people)) == (True, "unavailable", 3)
    assert answer.people[0].name == MOTHER.name


async def test_a_dead_mis_after_a_restart_says_how_many_there_are_without_names(
    one: Desk, database: OpenDatabase, keyring: Keyring
) -> None:
    await one.finder.candidates(PHONE, one.asker, None)
    again = desk(one.database, keyring)
    again.mis.error = lambda name: Unavailable()
    answer = await again.finder.candidates(PHONE, again.asker, None)
    assert [(who.id, who.name, who.deceased) for who in answer.people] == [
        ("mother", "", False), ("child", "", False), ("dead", "", True),
    ]  # fmt: skip
    assert answer.stale and answer.error == "unavailable" and again.counted("lookups_total", source="cache") == 1
    unknown = await again.finder.candidates(OTHER, again.asker, None)
    assert (unknown.people, unknown.error) == ((), "unavailable")


async def test_trap_6_not_this_patient(one: Desk) -> None:
    """A number that belongs to another person now: unlinked for this number only, audited, and can be taken back."""
    await one.finder.disowned("mother", one.asker, PHONE)
    assert [who.id for who in (await one.finder.candidates(PHONE, one.asker, None)).people] == ["child", "dead"]
    await one.finder.identified("mother", ("name", "birth_date"), one.asker, PHONE)
    assert next(who.id for who in (await one.finder.candidates(PHONE, one.asker, None)).people) == "mother"
    kept = [(action, subject, details.get("verified")) for action, subject, details in await one.audited()]
    assert kept[0] == ("patient.disowned", "mother", None)
    assert ("patient.identified", "mother", ["birth_date", "name"]) in kept


async def test_whom_an_operator_confirmed_comes_first_the_next_time(one: Desk) -> None:
    await one.finder.identified("child", ("name", "birth_date"), one.asker, PHONE)
    assert next(who.id for who in (await one.finder.candidates(PHONE, one.asker, None)).people) == "child"


async def test_two_identifiers_are_needed(one: Desk) -> None:
    for verified in ((), ("name",), ("name", "name")):
        with pytest.raises(BadAsk):
            await one.finder.identified("mother", verified, one.asker, PHONE)  # type: ignore[arg-type]
    with pytest.raises(BadAsk):
        await one.finder.disowned("", one.asker, PHONE)
    assert await one.audited() == []


async def test_a_server_that_lists_everybody_shows_nobody_else(one: Desk) -> None:
    one.mis.everybody = True
    assert [who.id for who in (await one.finder.candidates(PHONE, one.asker, None)).people] == [
        "mother", "child", "dead"
    ]  # fmt: skip


async def test_ten_thousand_matches_are_cut_and_said_so(one: Desk) -> None:
    one.mis.add(*(twin(MOTHER, f"m{number}", f"{number:06}") for number in range(10_000)))
    one.mis.unlimited = True
    answer = await one.finder.candidates(PHONE, one.asker, None)
    assert (len(answer.people), answer.complete) == (50, False)
    assert len({who.hint for who in answer.people if who.name == MOTHER.name}) == sum(
        who.name == MOTHER.name for who in answer.people
    )


async def test_trap_16_a_restricted_patient_is_not_found_by_trying_names(one: Desk) -> None:
    assert (await one.finder.search(one.asker, "Тайная", None, "", "")).people == ()
    by_card = await one.finder.search(one.asker, "", None, "000300", "")
    by_phone = await one.finder.candidates("+79990000003", one.asker, None)
    for answer in (by_card, by_phone):
        assert [(who.id, who.name, who.restricted) for who in answer.people] == [("vip", "", True)]


async def test_trap_8_a_name_is_found_whichever_e_was_typed(one: Desk) -> None:
    for typed in ("Семенова Анна", "СЕМЁНОВА", "семенова-", "Cеменова Анна", "ctvtyjdf"):  # a Latin C; the other layout
        assert "mother" in {who.id for who in (await one.finder.search(one.asker, typed, None, "", "")).people}, typed


async def test_a_search_is_audited_with_a_blinded_query(one: Desk) -> None:
    await one.finder.search(one.asker, "Семёнова", MOTHER.born, "", "")
    await one.finder.search(one.asker, "СЕМЕНОВА ", MOTHER.born, "", "")
    entries = await one.audited()
    assert [(action, subject) for action, subject, _ in entries] == [("patient.search", "mother")] * 2
    assert entries[0][2]["query"] == entries[1][2]["query"] and "емен" not in str(entries)


async def test_a_search_by_nothing_is_refused_and_one_that_fails_is_told(one: Desk) -> None:
    for empty in ("", "  ", "-"):
        with pytest.raises(BadAsk):
            await one.finder.search(one.asker, empty, None, "", "")
    with pytest.raises(BadAsk):
        await one.finder.search(one.asker, "", None, "", "anonymous")
    one.mis.error = lambda name: Unavailable()
    answer = await one.finder.search(one.asker, "Семенова", None, "", "")
    assert (answer.people, answer.error) == ((), "unavailable")
    assert [(action, subject) for action, subject, _ in await one.audited()] == [("patient.search", None)]


async def test_by_phone_and_date(one: Desk) -> None:
    found = await one.finder.search(one.asker, "", CHILD.born, "", PHONE)
    assert [who.id for who in found.people] == ["child"]


async def test_what_the_mis_cannot_is_said(one: Desk) -> None:
    one.mis.capabilities = frozenset[Capability](("card",))
    with pytest.raises(NotOffered):
        await one.finder.candidates(PHONE, one.asker, None)
    assert (await one.finder.prefetch(PHONE, CALL, one.asker)).people == ()
    one.finder.standing.saw("not_configured")
    assert (await one.finder.candidates(PHONE, one.asker, None)).state == "not_configured"
    assert (await one.finder.search(one.asker, "A", None, "", "")).state == "not_configured"


async def test_flags_and_doctor_only_for_routes(one: Desk, database: OpenDatabase, keyring: Keyring) -> None:
    plain = await one.finder.prefetch("+79990000003", CALL, one.asker)
    assert (plain.flags, plain.doctor, one.mis.count("card")) == ((), "", 0)
    routed = desk(await database("mis"), keyring, MOTHER, CHILD, DEAD, VIP, routes=[{"flag": "vip", "priority": 5}])
    told = await routed.finder.prefetch("+79990000003", CALL, routed.asker)
    assert (told.flags, told.doctor) == (("vip",), "d1")
    family = await routed.finder.prefetch(PHONE, CALL, routed.asker)
    assert (family.flags, family.doctor) == ((), "d1")
    assert "dead" not in {what for name, what in routed.mis.asked if name == "card"}
    routed.mis.error = lambda name: Unavailable() if name == "card" else None
    assert (await routed.finder.prefetch("+79990000001", uuid4(), routed.asker)).error == ""


async def test_two_who_ring_at_once_are_one_question(one: Desk) -> None:
    one.mis.pause_s = 0.02
    await asyncio.gather(*(one.finder.candidates(PHONE, one.asker, uuid4()) for _ in range(5)))
    assert one.mis.count("find_patients") == 1
