"""What a visitor asks besides writing: to be called, to go on in a messenger; and what becomes of it at night (T14)."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chat.feed import FORM_PLACE
from chat.widget import links
from engine import events as ev
from engine.world import Callback, CallbackRule, Request
from okno import clock
from tests.chat.widget.site import NAME, Site, Visitor
from tests.engine.clinic import clinic
from tests.engine.floor import play, queue


async def test_a_call_is_asked_for_by_the_rules_of_the_form(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    answer = await visitor.ask("callback_request", {"phone": "8 999 000-44-17", "when": "asap", "topic": "A tooth"})
    assert (answer["ok"], len(answer["reference"])) == (True, 9)
    again = await visitor.ask("callback_request", {"phone": "+79990004417"})
    assert again["reference"] == answer["reference"], "the same number within half an hour is the same wish"
    [asked, _] = await _asked(site)
    assert (asked["origin"], asked["queue"], asked["site"], asked["wanted_at"]) == ("messenger", "registry", "clinic", None)
    assert asked["who"] == {"phone": "+79990004417", "name": NAME, "topic": "A tooth"}


async def test_a_number_nobody_can_call_and_a_time_nobody_can_promise_are_refused(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    for body, field in (
        ({"phone": "112"}, "phone"), ({"phone": "xyz"}, "phone"), ({"phone": "+79990004417", "when": "2020-01-01T10:00:00Z"}, "when"),
        ({"phone": "+79990004417", "when": "soon"}, "when"),
    ):  # fmt: skip
        error = (await visitor.ask("callback_request", body))["error"]
        assert (error["code"], error["fields"]) == ("malformed", [field])
    assert await _asked(site) == []


async def test_a_chat_at_23_is_a_call_promised_for_the_opening(site: Site, visitor: Visitor) -> None:
    """T14: from the closed widget to the engine's promise."""
    await site.closed_now()
    assert (await visitor.session())["queue"]["open"] is False
    await visitor.enter()
    assert (await visitor.ask("callback_request", {"phone": "+79990004417"}))["ok"] is True
    [asked] = await _asked(site)
    world, zone = clinic(), ZoneInfo("UTC")
    week = tuple((day, 8 * 60, 20 * 60) for day in range(7))
    queue(world, "front", week=week, callbacks=CallbackRule(quiet=(21 * 60, 8 * 60)))
    at_night = datetime(2026, 11, 19, 23, 0, tzinfo=zone)
    play(world, ev.CallbackWanted(
        at=at_night, key=asked["key"], origin=asked["origin"], phone=asked["who"]["phone"], queue="front",
        wanted_at=asked["wanted_at"], note="",
    ))  # fmt: skip
    request, promise = world.get(Request, asked["key"]), world.get(Callback, asked["key"])
    assert request is not None and promise is not None
    opening = datetime(2026, 11, 20, 8, 0, tzinfo=zone)
    assert (request.kind, request.status, request.postponed_until, promise.next_at) == ("callback", "postponed", opening, opening)


async def test_a_message_at_night_waits_for_the_opening_and_is_not_lost(site: Site, visitor: Visitor) -> None:
    await site.closed_now()
    await visitor.enter()
    await visitor.write("Answer me in the morning")
    rows = await site.database.fetch("SELECT payload FROM outbox WHERE kind = 'ConversationWaits'")
    assert [row["payload"]["queue"] for row in rows] == ["registry"]


async def test_links_lead_to_the_messengers_with_this_conversation_in_them(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    assert (await visitor.ask("links"))["links"] == []
    await visitor.write("Hello")
    await visitor.until("msg", text="Hello")
    found = {one["channel"]: one["url"] for one in (await visitor.ask("links"))["links"]}
    assert set(found) == {"max", "vk"}
    payload = found["max"].rpartition("=")[2]
    assert links.read(site.own, payload, clock.now()) == await site.conversation()


async def _asked(site: Site) -> list[dict[str, Any]]:
    rows = await site.database.fetch("SELECT payload FROM outbox WHERE kind = 'CallbackAskedFor' ORDER BY id")
    found = []
    for row in rows:
        one = dict(row["payload"])
        blob = base64.b64decode(one["who"])
        found.append(one | {"who": json.loads(site.bus.open(blob, row=one["key"], **FORM_PLACE))})
    return found
