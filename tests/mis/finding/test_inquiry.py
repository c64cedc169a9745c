"""What the MIS is asked, and how often."""

from __future__ import annotations

import asyncio

import pytest

from mis.terms import PatientQuery, Unavailable
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import PHONE, desk


@pytest.mark.parametrize("text", ["", "anonymous", "Restricted", "<unknown>", "103", "112", "201", "2001", "+7999"])
async def test_traps_4_and_5_what_is_no_number_is_never_looked_up(
    database: OpenDatabase, keyring: Keyring, text: str
) -> None:
    one = desk(await database("mis"), keyring)
    assert one.finder.inquiry.number(text) is None
    one.mis.everybody = True  # such a server lists everybody for an empty number
    assert (await one.finder.candidates(text, one.asker, None)).people == ()
    assert one.mis.asked == []


async def test_many_who_ask_about_one_number_are_one_question(database: OpenDatabase, keyring: Keyring) -> None:
    one = desk(await database("mis"), keyring)
    one.mis.pause_s = 0.02
    answers = await asyncio.gather(*(one.finder.inquiry.found(PHONE, one.asker, wait_s=None) for _ in range(10)))
    assert one.mis.count("find_patients") == 1
    assert {len(found.people) for found, _ in answers if found} == {3}
    (query,) = [what for _, what in one.mis.asked]
    assert isinstance(query, PatientQuery) and len(query.phones) >= 6


async def test_what_fails_gives_what_is_held(database: OpenDatabase, keyring: Keyring) -> None:
    one = desk(await database("mis"), keyring)
    inquiry = one.finder.inquiry
    first, error = await inquiry.found(PHONE, one.asker, wait_s=None)
    assert first is not None and error == ""
    one.ago(31)
    one.mis.error = lambda name: Unavailable()
    assert await inquiry.found(PHONE, one.asker, wait_s=None) == (first, "unavailable")


async def test_a_slow_mis_is_not_waited_for_when_something_is_held(database: OpenDatabase, keyring: Keyring) -> None:
    one = desk(await database("mis"), keyring)
    inquiry = one.finder.inquiry
    first, _ = await inquiry.found(PHONE, one.asker, wait_s=None)
    one.ago(31)
    one.mis.pause_s = 0.1
    assert await inquiry.found(PHONE, one.asker, wait_s=0.01) == (first, "")
    newer, _ = await inquiry.found(PHONE, one.asker, wait_s=None)  # the question went on meanwhile
    assert newer is not None and newer != first and one.mis.count("find_patients") == 2


async def test_the_cache_may_be_away(database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("mis")
    one = desk(db, keyring)
    await db.close()
    found, error = await one.finder.inquiry.found(PHONE, one.asker, wait_s=None)
    assert found is not None and len(found.people) == 3 and error == ""
