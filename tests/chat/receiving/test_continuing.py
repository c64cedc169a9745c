"""Whoever comes by the link of a conversation goes on with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from chat.widget import links
from okno import clock
from okno.ids import uuid7
from okno.seal import Keyring
from tests.chat.clinic import Place
from tests.fixtures import OpenDatabase


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


def comes(payload: str, number: int = 1, kind: str = "message.in", source: str = "deep_link") -> dict[str, Any]:
    """He comes by a link, from a messenger that does not say his number."""
    return {
        "id": f"link-{number}", "peer": "9001", "text": "it is me" if kind == "message.in" else "", "kind": kind,
        "who": {"name": "Anna", "phone": ""}, "entry": {"source": source, "payload": payload},
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "source"), [("message.in", "deep_link"), ("start", "deep_link"), ("start", "start")])
async def test_both_conversations_say_so_once_and_the_number_is_a_word(place: Place, kind: str, source: str) -> None:
    await place.says("from the site", peer="visitor", who={"phone": "8 999 000-18-73"})
    site = (await place.conversations())[0]
    payload = links.signed(place.kept.own, site.id, clock.now())
    await place.hear(comes(payload, 1, kind, source), comes(payload, 2, "message.in"))
    here = (await place.conversations())[1]
    assert [one.what for one in await place.messages(here.id) if one.side == "system"].count("continued") == 1
    assert [one.what for one in await place.messages(site.id) if one.side == "system"] == ["went_on"]
    claims = [one for one in await place.told("PhoneClaimed") if one["conversation"] == str(here.id)]
    assert [(one["source"], one["verified"], one["who"]["phone"]) for one in claims] == [
        ("page", False, "+79990001873")
    ]


async def test_a_link_that_is_old_made_up_or_his_own_says_nothing(place: Place) -> None:
    await place.says("from the site", peer="visitor")
    site = (await place.conversations())[0]
    old = links.signed(place.kept.own, site.id, clock.now() - timedelta(days=3))
    nowhere = links.signed(place.kept.own, uuid7(), clock.now())
    good = links.signed(place.kept.own, site.id, clock.now())
    payloads = [old, nowhere, good[:-4] + "AAAA", "lk_7f3a", "", "\ud7ff"]
    await place.hear(*(comes(payload, number) for number, payload in enumerate(payloads)))
    await place.hear(comes(good, 90, source="button"))
    await place.hear(comes(good, 91) | {"peer": "visitor"})
    for one in await place.conversations():
        assert [message for message in await place.messages(one.id) if message.side == "system"] == []
