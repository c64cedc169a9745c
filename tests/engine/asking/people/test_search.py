"""What a text finds, in which order, and that it is written down before it is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.asking.people.search import AT_MOST, Search, Wanted
from engine.store.history import BadQuery
from okno.database import Database, DatabaseDown
from okno.seal import Keyring
from okno.settings.model import Clinic
from tests.engine.asking.people.town import IVANOVA, SEMENOV, WHO, Town, town

CLINIC = Clinic(name="Test")


@pytest.fixture
async def place(database: Callable[..., Awaitable[Database]], keyring: Keyring) -> Town:
    """Two callers, one of them with an open request."""
    made = town(await database("engine"), keyring)
    contact = await made.named(IVANOVA, "Иванова Мария Олеговна")
    await made.named(SEMENOV, "Семёнов Пётр")
    made.request(IVANOVA, 5, still_open=True, status="queued", contact=contact)
    made.request(IVANOVA, 1, contact=contact)
    made.call(IVANOVA, 2)
    made.call(SEMENOV, 3)
    return made


async def found(search: Search, text: str) -> list[tuple[str, Any]]:
    """What a text finds: kinds and what is shown of each first."""
    items = (await search.find(WHO, {"text": text}))["items"]
    shown = {"request": "number", "contact": "name", "call": "phone"}
    return [(item["type"], item["row"][shown[item["type"]]]) for item in items]


OPEN, CLOSED, HERSELF, CALLED = ("request", "2026-000001"), ("request", "2026-000002"), ("contact", "Иванова М. О."), ("call", IVANOVA)


@pytest.mark.parametrize("text", ["+7 999 000-18-73", "8 999 000 18 73", "89990001873"])
async def test_a_whole_number_finds_all_of_hers_the_open_first(place: Town, text: str) -> None:
    assert await found(await place.search(), text) == [OPEN, HERSELF, CALLED, CLOSED]


@pytest.mark.parametrize("text", ["иванова", "bdfyjdf", "ИВАНОВА", "мария", "Vfhbz", "иван", "иванова мар", "bdfyjdf vfh"])
async def test_a_name_finds_her_open_request_and_herself(place: Town, text: str) -> None:
    assert await found(await place.search(), text) == [OPEN, HERSELF]


@pytest.mark.parametrize("text", ["семенов", "семёнов", "ctvtyjd", "ctv`yjd", "пётр", "ПЕТР"])
async def test_who_has_nothing_open_is_found_by_whole_words(place: Town, text: str) -> None:
    assert await found(await place.search(), text) == [("contact", "Семёнов П.")]


@pytest.mark.parametrize("text", ["семён", "и", "х", "---", "%", "\\", "'; DROP TABLE calls; --", "иванова пётр"])
async def test_what_nobody_is_called_finds_nobody(place: Town, text: str) -> None:
    assert await found(await place.search(), text) == []


async def test_four_digits_find_numbers_that_end_so(place: Town) -> None:
    items = await found(await place.search(), "1873")
    assert items[0] == OPEN and items[-1] == CLOSED
    assert {item[1] for item in items if item[0] == "contact"} == {"Иванова М. О.", "Семёнов П."}
    assert {item[1] for item in items if item[0] == "call"} == {IVANOVA, SEMENOV}


@pytest.mark.parametrize(("text", "number"), [("2026-000002", CLOSED), ("2", CLOSED), ("№ 2", CLOSED), ("#1", OPEN), ("0001", OPEN)])
async def test_a_request_s_number_finds_it_open_or_closed(place: Town, text: str, number: tuple[str, str]) -> None:
    assert await found(await place.search(), text) == [number]
    assert await found(await place.search(), "2025-000001") == []


async def test_a_contact_brings_what_opens_his_card(place: Town) -> None:
    search = await place.search()
    (hers,) = [item["row"] for item in (await search.find(WHO, {"text": "иванова"}))["items"] if item["type"] == "contact"]
    (his,) = [item["row"] for item in (await search.find(WHO, {"text": "семенов"}))["items"]]
    assert hers["request"] and hers["call"] is None and hers["earlier_calls"] == 1
    assert his["request"] is None and his["call"]


async def test_there_are_never_more_than_twenty(place: Town) -> None:
    for number in range(30):
        place.call(IVANOVA, 100 + number)
        place.request(IVANOVA, 200 + number)
        place.request(IVANOVA, 300 + number, still_open=True, status="queued")
    items = await found(await place.search(), IVANOVA)
    assert len(items) == AT_MOST and [kind for kind, _ in items].index("contact") == 8


async def test_every_search_is_audited_without_its_words(place: Town) -> None:
    search = await place.search()
    for text in ("иванова", IVANOVA, "1873", "2", "nobody"):
        await search.find(WHO, {"text": text})
    rows = await place.audited()
    assert [(row.action, row.actor, row.purpose) for row in rows] == [("search", "anna", "search")] * 5
    assert [row.details["count"] for row in rows] == [2, 4, 6, 1, 0]
    assert [row.details["by"] for row in rows][2:4] == [["last4", "number"], ["number"]]
    assert rows[0].subject is None and rows[1].subject == IVANOVA and len(rows[0].details["contacts"]) == 1
    for row in rows:
        assert "иванова" not in str(row.details).casefold() and len(row.details["query"]) == 32


async def test_what_cannot_be_audited_is_not_answered(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> int:
        raise DatabaseDown("away")

    search = await place.search()
    monkeypatch.setattr(place.trail, "append", away)
    with pytest.raises(DatabaseDown):
        await search.find(WHO, {"text": "иванова"})


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": "x" * 65}, {"text": 5}, {"text": "x", "all": True}, [], None])
async def test_what_is_no_question_is_refused_without_an_echo(place: Town, body: Any) -> None:
    with pytest.raises(BadQuery) as caught:
        await (await place.search()).find(WHO, body)
    assert "xxx" not in str(caught.value)
    assert await place.audited() == []


@given(st.text(max_size=64))
def test_any_text_means_something_or_nothing(text: str) -> None:
    wanted = Wanted.of(text.strip(), CLINIC)
    assert not (wanted.phone and (wanted.number or wanted.last4 or wanted.readings))
    assert all(wanted.readings) and (wanted.number or 1) > 0


async def test_who_only_writes_is_found_by_name_and_by_no_digits_of_his_messenger(place: Town) -> None:
    point = "chat:01a1fc83-0000-7000-8000-000000001873"
    contact = await place.named(point, "Орлов Олег")
    place.request(point, 6, still_open=True, status="queued", contact=contact, kind="chat")
    search = await place.search()
    assert await found(search, "орлов") == [("request", "2026-000003"), ("contact", "Орлов О.")]
    assert ("request", "2026-000003") not in await found(search, "1873")
    items = (await search.find(WHO, {"text": "орлов"}))["items"]
    assert [item["row"]["phone"] for item in items] == ["", ""] and "chat:" not in str(items)
