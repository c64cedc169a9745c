"""A contact's past over all channels: every moment once, the newest first, whatever the pages; audited first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from engine.asking.cards import NotFound
from engine.asking.people.timeline import KINDS, Timeline
from engine.store.history import BadQuery
from okno.database import Database, DatabaseDown
from okno.seal import Keyring
from okno.service import ServiceDown
from tests.engine.asking.people.town import IVANOVA, SEMENOV, Town, town

ASKER = {"actor": "anna", "role": "operator", "operator": "orlova", "purpose": "timeline"}


@pytest.fixture
async def place(database: Callable[..., Awaitable[Database]], keyring: Keyring) -> Town:
    """An empty town."""
    return town(await database("engine"), keyring)


async def pages(timeline: Timeline, request: str, limit: int = 50) -> list[list[dict[str, Any]]]:
    """All pages of a request's timeline."""
    got, cursor = [], None
    while True:
        page = await timeline.page({**ASKER, "request": request, "cursor": cursor, "limit": limit})
        assert page["missing"] == []
        got.append(page["items"])
        cursor = page["cursor"]
        if cursor is None:
            return got


async def test_calls_and_requests_stand_in_one_line_with_their_notes(place: Town) -> None:
    call = place.call(IVANOVA, 1)
    made = place.request(IVANOVA, 1, kind="call", calls=(call.key,), outcome="booked")
    place.link(call, made)
    place.note(made, "asked for a morning")
    place.note(made, "Иванова Мария", "named")
    asked = place.request(IVANOVA, 2, kind="callback")
    place.note(asked, "call after six", "opened")
    place.call(SEMENOV, 3)
    (items,) = await pages(await place.timeline(), asked.key)
    assert [(one["kind"], one["id"]) for one in items] == [("request", asked.key), ("call", call.key)]
    assert [note["note"] for one in items for note in one["notes"]] == ["call after six", "asked for a morning"]
    assert items[1]["request"]["outcome"] == "booked" and items[1]["made"]


async def test_every_moment_once_whatever_the_size_of_a_page(place: Town) -> None:
    wanted = {place.call(IVANOVA, number / 3).key for number in range(12)}
    # Some at the very same moment as a call.
    requests = [place.request(IVANOVA, number / 3) for number in range(0, 12, 2)]
    wanted |= {one.key for one in requests}
    timeline = await place.timeline()
    for limit in (1, 3, 7, 50):
        got = [one for page in await pages(timeline, requests[0].key, limit) for one in page]
        assert len(got) == len(wanted) and {one["id"] for one in got} == wanted
        assert [one["at"] for one in got] == sorted((one["at"] for one in got), reverse=True)


async def test_a_request_linked_to_a_contact_brings_the_contact_s_past_and_its_own_hidden_call(place: Town) -> None:
    contact = await place.named(IVANOVA, "Иванова")
    earlier, hidden = place.call(IVANOVA, 1), place.call("", 2, anonymous=True)
    linked = place.request(IVANOVA, 2, kind="call", calls=(hidden.key,), contact=contact, still_open=True)
    place.link(hidden, linked)
    (items,) = await pages(await place.timeline(), linked.key)
    assert [one["id"] for one in items] == [hidden.key, earlier.key]


async def test_a_hidden_number_has_no_past_but_its_own(place: Town) -> None:
    call = place.call("", 1, anonymous=True)
    place.call("", 2, anonymous=True)
    (items,) = (await (await place.timeline()).page({**ASKER, "call": call.key}))["items"],
    assert [one["id"] for one in items] == [call.key]


async def test_a_source_that_does_not_answer_is_named_and_the_others_are_shown(place: Town) -> None:
    async def chats(*_: Any) -> list[Any]:
        raise ServiceDown("chat does not answer")

    request = place.request(IVANOVA, 1)
    page = await (await place.timeline(kinds={**KINDS, "chats": chats})).page({**ASKER, "request": request.key})
    assert page["missing"] == ["chats"] and [one["id"] for one in page["items"]] == [request.key]


async def test_each_page_is_audited_as_a_display_before_it_is_answered(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = await place.named(IVANOVA, "Иванова")
    requests = [place.request(IVANOVA, number) for number in range(3)]
    timeline = await place.timeline()
    await pages(timeline, requests[0].key, 2)
    rows = await place.audited()
    assert [(row.action, row.subject, str(row.request), row.purpose) for row in rows] == [
        ("timeline.show", contact, requests[0].key, "timeline")
    ] * 2
    assert [row.details["older"] for row in rows] == [False, True]
    read = False

    async def away(*_: Any, **__: Any) -> int:
        raise DatabaseDown("away")

    async def told(*_: Any) -> list[Any]:
        nonlocal read
        read = True
        return []

    monkeypatch.setattr(place.trail, "append", away)
    with pytest.raises(DatabaseDown):
        await (await place.timeline(kinds={"calls": told})).page({**ASKER, "request": requests[0].key})
    assert not read  # nothing of it was so much as looked up


@pytest.mark.parametrize("body", [{}, {"request": "x"}, {"request": str(uuid4()), "limit": 51}, {"request": str(uuid4()), "cursor": "x"}])
async def test_what_is_not_understood_is_refused(place: Town, body: dict[str, Any]) -> None:
    with pytest.raises(BadQuery):
        await (await place.timeline()).page({**ASKER, **body})
    assert await place.audited() == []


async def test_what_is_not_there_is_not_found(place: Town) -> None:
    with pytest.raises(NotFound):
        await (await place.timeline()).page({**ASKER, "request": str(uuid4())})
