"""A visitor's line: nothing lost and nothing twice, whatever becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from okno.command.processes import ports
from okno.database.addresses import database_url
from okno.settings import Runtime
from tests.chat.widget.site import ANNA, Site, Visitor, running
from tests.fixtures import MakeUrl

MakeVisitor = Callable[[], Visitor]


async def test_what_he_writes_is_answered_with_its_number_and_shown_to_him_once(site: Site, visitor: Visitor) -> None:
    assert (await visitor.enter())["conversation"] is None
    id = str(uuid4())
    answer = await visitor.write("Good day", id)
    assert answer["ok"] is True
    shown = await visitor.until("msg", id=id)
    assert answer["seq"] == shown["seq"]
    assert (shown["from"], shown["text"], shown["after"]) == ("me", "Good day", 0)
    assert await site.texts() == ["Good day"]


async def test_the_same_message_sent_again_is_the_same_message(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    id = str(uuid4())
    answers = [await visitor.write("Once", id) for _ in range(3)]
    assert [one["ok"] for one in answers] == [True] * 3
    assert len({one["seq"] for one in answers}) == 1
    assert answers[0]["seq"] is not None
    await visitor.write("Then this")
    assert await site.texts() == ["Once", "Then this"]


async def test_an_answer_comes_with_the_name_patients_see(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Is the doctor there today?")
    await site.taken()
    await visitor.until("state", status="agent")
    await site.answers("He is, until 18:00")
    shown = await visitor.until("msg", text="He is, until 18:00")
    assert (shown["from"], shown["name"]) == ("agent", "Anna B.")


async def test_after_a_gap_everything_comes_once_and_in_order(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("First")
    await site.taken()
    last = (await visitor.until("msg", text="First"))["n"]
    conversation = str(await site.conversation())
    await visitor.leave()
    for n in range(7):
        await site.answers(f"Answer {n}")
    await visitor.connect()
    answer = await visitor.hello(last, conversation)
    texts = [one["text"] for one in sorted(answer["messages"], key=lambda one: one["place"])]
    assert texts == [f"Answer {n}" for n in range(7)]
    assert answer["messages"][0]["after"] == last
    numbers = [one["n"] for one in answer["messages"]]
    assert [one["after"] for one in answer["messages"][1:]] == numbers[:-1]


async def test_two_tabs_of_one_visitor_see_the_same(site: Site, visitors: MakeVisitor) -> None:
    one, other = visitors(), visitors()
    await one.enter()
    other.token = one.token
    await other.connect()
    await other.hello()
    id = str(uuid4())
    await one.write("From the first tab", id)
    assert (await other.until("msg", id=id))["text"] == "From the first tab"
    await other.write("From the second")
    await one.until("msg", text="From the second")
    assert len(await site.conversations()) == 1


async def test_nobody_hears_of_anothers_conversation(site: Site, visitors: MakeVisitor) -> None:
    one, other = visitors(), visitors()
    await one.enter()
    await other.enter()
    await one.write("Mine")
    await other.write("Theirs")
    await other.until("msg", text="Theirs")
    assert [body["text"] for name, body in other.heard if name == "msg"] == ["Theirs"]
    assert len(await site.conversations()) == 2


async def test_notes_are_not_for_visitors(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Hello")
    await site.taken()
    await site.client.note(str(await site.conversation()), ANNA, {"id": str(uuid4()), "text": "He called before"})
    await site.answers("Good day")
    await visitor.until("msg", text="Good day")
    again = await visitor.hello()
    assert "He called before" not in str(visitor.heard) + str(again)


async def test_an_edited_and_a_deleted_answer_are_changed_on_his_screen(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("When?")
    await site.taken()
    first, second = await site.answers("At 10"), await site.answers("By mistake")
    await visitor.until("msg", text="By mistake")
    await _sent(site, first.id, second.id)
    await site.client.change(first.id, "edit", ANNA, {"text": "At 11"})
    await site.client.change(second.id, "delete", ANNA, {})
    assert (await visitor.until("msg", text="At 11", edited=True))["id"] == first.id
    assert (await visitor.until("msg", id=second.id, deleted=True))["text"] == ""


async def test_reading_typing_and_places_are_told_both_ways(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Hello")
    await visitor.until("state", status="waiting")
    await site.places(3, 240)
    await visitor.until("state", status="waiting", position=3, eta_s=240)
    await site.taken()
    answer = await site.answers("Good day")
    shown = await visitor.until("msg", text="Good day")
    await _sent(site, answer.id)
    await visitor.ask("read", {"up_to_seq": shown["seq"]})
    await _state(site, answer.id, "read")
    conversation = str(await site.conversation())
    await site.client.tell(conversation, "typing", ANNA, {"on": True})
    await visitor.hears("typing")
    await site.client.tell(conversation, "seen", ANNA, {"seq": 10**6})
    assert (await visitor.hears("read"))[0]["up_to_seq"] >= 1


async def test_that_he_types_is_told_to_operators_and_kept_nowhere(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Hello")
    conversation = str(await site.conversation())
    events = await site.database.fetchval("SELECT count(*) FROM raw_event")
    heard = site.client.live()
    while (await anext(heard))["what"] != "begun":
        pass
    await visitor.ask("typing", {"on": True})
    while (said := await anext(heard))["what"] != "typing":
        pass
    assert said["conversation"] == conversation
    await heard.aclose()
    assert await site.database.fetchval("SELECT count(*) FROM raw_event") == events


async def test_he_ends_it_rates_it_and_begins_anew(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Hello")
    await visitor.until("msg", text="Hello")
    assert (await visitor.ask("end"))["ok"] is True
    await visitor.hears("closed")
    assert (await visitor.ask("rate", {"score": 5, "comment": "Quick"}))["ok"] is True
    await visitor.write("One more thing")
    shown = await visitor.until("msg", text="One more thing")
    assert shown["after"] == 0, "a conversation counts from its own beginning"
    conversations = await site.conversations()
    assert [one["open"] for one in conversations] == [False, True]
    assert conversations[0]["score"] == 5


async def test_who_writes_too_fast_waits_and_loses_nothing(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    answers = [await visitor.write(f"Message {n}") for n in range(12)]
    refused = [one["error"] for one in answers if "error" in one]
    assert refused
    assert {one["code"] for one in refused} == {"rate"}
    assert all(0 < one["retry_after"] <= 10 for one in refused)
    assert len(await site.texts()) == len(answers) - len(refused)


async def test_an_address_begins_five_conversations_an_hour(site: Site, visitors: MakeVisitor) -> None:
    ends = []
    for n in range(6):
        one = visitors()
        await one.enter()
        answer = await one.write(f"Visitor {n}")
        ends.append("ok" if "ok" in answer else answer["error"]["code"])
    assert ends == ["ok"] * 5 + ["rate"]
    assert len(await site.conversations()) == 5


async def test_what_is_no_question_of_ours_is_refused_by_its_fields(visitor: Visitor) -> None:
    await visitor.enter()
    assert (await visitor.ask("msg", {"client_msg_id": "x", "text": "y"}))["error"] == {"code": "malformed", "fields": ["client_msg_id"]}
    assert (await visitor.write("x" * 4001))["error"]["code"] == "malformed"
    assert (await visitor.write("   "))["error"]["code"] == "empty"
    assert (await visitor.ask("rate", {"score": 6}))["error"]["fields"] == ["score"]
    assert (await visitor.write("y", upload_ids=[str(uuid4())]))["error"]["code"] == "upload"


async def test_who_is_nobody_hears_nothing(site: Site, visitors: MakeVisitor) -> None:
    one, other = visitors(), visitors()
    await one.enter()
    await one.write("Mine")
    await other.connect()
    assert (await other.write("Hello"))["error"]["code"] == "stranger"
    other.token = "A" * 22
    assert (await other.hello())["error"]["code"] == "stranger"
    assert other.heard == []
    assert await site.texts() == ["Mine"]


async def test_a_page_of_another_origin_gets_no_line(site: Site) -> None:
    path = f"{site.public}/widget/socket.io/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as http:
        for origin, expected in ((site.public, 200), ("https://clinic.example", 400), ("null", 400)):
            async with http.get(path, headers={"Origin": origin}) as answer:
                assert answer.status == expected, origin
        behind = {"Origin": "https://chat.clinic.example", "Host": "chat.clinic.example", "X-Forwarded-Proto": "https"}
        async with http.get(path, headers=behind) as answer:
            assert answer.status == 200, "behind the clinic's proxy"


async def test_where_websockets_are_shut_long_polls_do(site: Site, visitor: Visitor) -> None:
    await visitor.start()
    await visitor.connect(transports=["polling"])
    await visitor.hello()
    await visitor.write("By polls")
    await visitor.until("msg", text="By polls")


async def test_a_message_written_offline_says_when(site: Site, visitor: Visitor) -> None:
    await visitor.enter()
    await visitor.write("Written long ago", age_ms=3 * 3600 * 1000)
    view = await site.client.open(str(await site.conversation()), ANNA)
    sent_at = view.messages[0].sent_at
    assert sent_at is not None
    assert round((view.messages[0].at - sent_at).total_seconds()) == 3 * 3600


async def test_a_script_in_every_field_is_text(site: Site, visitor: Visitor) -> None:
    script = "<script>alert(1)</script>"
    await visitor.start(name=script, topic=script)
    await visitor.connect()
    await visitor.hello()
    await visitor.write(script)
    assert (await visitor.until("msg", **{"from": "me"}))["text"] == script
    assert await site.texts() == [script]


async def test_another_process_hears_of_it(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await new_database_url("chat")
    settings = runtime.settings
    moved = settings.model_copy(update={
        "chat": settings.chat.model_copy(update={"port": ports.free()}),
        "chat_public": settings.chat_public.model_copy(update={"port": ports.free()}),
    })  # fmt: skip
    async with (
        running(runtime, url, redis_url, monkeypatch) as here,
        running(Runtime(moved, runtime.state), url, redis_url, monkeypatch) as there,
        aiohttp.ClientSession() as http,
    ):
        one, other = Visitor(here, http), Visitor(there, http)
        await one.enter()
        other.token = one.token
        await other.connect()
        await other.hello()
        await one.write("To both")
        await other.until("msg", text="To both")
        await there.taken()
        await there.answers("From the other process")
        await one.until("msg", text="From the other process")
        await there.places(2, 60)
        await one.leave()
        await other.leave()


async def test_a_service_that_died_and_came_back_lost_nothing(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, id = await new_database_url("chat"), str(uuid4())
    async with aiohttp.ClientSession() as http:
        async with running(runtime, url, redis_url, monkeypatch) as site:
            visitor = Visitor(site, http)
            await visitor.enter()
            await visitor.write("Before")
            last = (await visitor.until("msg", text="Before"))["n"]
            conversation = str(await site.conversation())
            await visitor.leave()
        async with running(runtime, url, redis_url, monkeypatch) as site:
            visitor.site = site
            await visitor.connect()
            assert (await visitor.hello(last, conversation))["messages"] == []
            await visitor.write("After", id)
            await visitor.write("After", id)
            assert await site.texts() == ["Before", "After"]
            await visitor.leave()


async def test_with_the_database_away_he_hears_so_and_what_he_sends_again_is_there_once(
    site: Site, visitor: Visitor, postgres_url: str
) -> None:
    await visitor.enter()
    await visitor.write("Before")
    await visitor.until("msg", text="Before")
    name, id = await site.database.fetchval("SELECT current_database()"), str(uuid4())
    await _renamed(postgres_url, name, f"{name}_away")
    try:
        error = (await visitor.write("Meanwhile", id))["error"]
        assert (error["code"], error["retry_after"] > 0) == ("down", True)
        await visitor.post("/widget/session", {"site_key": "clinic", "visitor_token": visitor.token}, 503)
    finally:
        await _renamed(postgres_url, f"{name}_away", name)
    async with asyncio.timeout(20):
        while "error" in await visitor.write("Meanwhile", id):
            await asyncio.sleep(0.2)
    await visitor.until("msg", id=id)
    assert await site.texts() == ["Before", "Meanwhile"]


async def _renamed(server: str, before: str, now: str) -> None:
    """Take a database away from whoever uses it, or give it back."""
    connection = await asyncpg.connect(database_url(server, "postgres"))
    try:
        async with asyncio.timeout(20):
            while True:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", before
                )
                with contextlib.suppress(asyncpg.ObjectInUseError):
                    await connection.execute(f'ALTER DATABASE "{before}" RENAME TO "{now}"')
                    return
    finally:
        await connection.close()


async def _sent(site: Site, *ids: str) -> None:
    for id in ids:
        await _state(site, id, "sent")


async def _state(site: Site, id: str, wanted: str) -> None:
    async with asyncio.timeout(10):
        while await site.database.fetchval("SELECT state FROM message WHERE id::text = $1", id) != wanted:
            await asyncio.sleep(0.02)
