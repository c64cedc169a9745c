"""The whole way of messages and files, through the service as it runs and a cloud on a real socket (T3, T4, T5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from chat import service
from chat.client import ChatClient, ConversationView, MessageRow, ServiceRefused
from chat.media import fetching
from chat.sending import attempts
from demo.clouds.max import MaxCloud
from demo.clouds.server import Fault, Upload
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.fixtures import OpenDatabase, serving

TOKEN, SECRET = "max-token-of-tests", "secret_of-tests"
WHO = {"actor": "olga", "role": "operator", "operator": "o1", "purpose": "chat", "request": None}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@dataclass
class Clinic:
    """The service, its cloud, its gate."""

    cloud: MaxCloud
    client: ChatClient
    url: str
    secret: str
    database: Any

    async def hears(self, text: str, *files: Upload, copies: int = 1) -> None:
        """Let Anna write, her words posted so often; returns when each was answered."""
        posts = await self.cloud.tell(self.cloud.says(self.cloud.person(), text, files), copies)
        assert await asyncio.gather(*posts) == [True] * copies

    async def view(self, right: Callable[[ConversationView], bool] = bool, within_s: float = 20.0) -> ConversationView:
        """Return the conversation once it is as wished."""
        async with asyncio.timeout(within_s):
            while True:
                id = await self.database.fetchval("SELECT id FROM conversation ORDER BY opened_at LIMIT 1")
                if id is not None and right(view := await self.client.open(str(id), WHO)):
                    return view
                await asyncio.sleep(0.05)

    async def message(self, id: str, right: Callable[[MessageRow], bool]) -> MessageRow:
        """Return a message once it is as wished."""
        def there(view: ConversationView) -> bool:
            return any(one.id == id and right(one) for one in view.messages)

        return next(one for one in (await self.view(there)).messages if one.id == id)

    def got(self) -> list[str]:
        """Return what Anna got, in order."""
        return [one["body"]["text"] for one in self.cloud.sent(self.cloud.person())]


@pytest_asyncio.fixture
async def clinic(
    runtime: Runtime, database: OpenDatabase, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clinic]:
    """The service with an account of MAX."""
    monkeypatch.setattr(attempts, "LOOKS_S", (0.1, 0.1, 0.1))
    monkeypatch.setattr(fetching, "LOOK_EVERY_S", 0.2)
    opened = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: opened.url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    for name, value in (("max.token", TOKEN), ("max.secret", SECRET)):
        (runtime.state / "secrets" / name).write_text(value)
        (runtime.state / "secrets" / name).chmod(0o600)
    public = f"http://127.0.0.1:{runtime.settings.chat_public.port}"
    async with MaxCloud(TOKEN) as cloud:
        account = AccountSettings(
            channel="max", address=cloud.url, secrets={"token": "file:max.token", "secret": "file:max.secret"}
        )
        chat = ChatSettings(port=runtime.settings.chat.port, accounts=[account], public_url=public, most_file_mb=1)
        here = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
        async with serving(service.main(here), f"http://127.0.0.1:{chat.port}") as url:
            secret = runtime.secret("file:service.secret")
            client = ChatClient(url, secret)
            async with asyncio.timeout(20):
                while not cloud.subscriptions:
                    await asyncio.sleep(0.02)
            yield Clinic(cloud, client, url, secret, opened)
            await client.close()


async def test_a_slow_media_host_delays_no_answer_and_makes_no_second_message(clinic: Clinic) -> None:
    clinic.cloud.goes_wrong(Fault(path="/files", wait_s=3.0))
    await clinic.hears("a picture", Upload(name="a.png", mime="image/png", content=PNG), copies=4)
    pending = await clinic.view(lambda view: view.said_seq > 0)
    (file,) = next(one for one in pending.messages if one.side == "in").attachments
    assert file.state == "pending" and [one.text for one in pending.messages if one.side == "in"] == ["a picture"]
    await clinic.hears("and words")
    both = await clinic.view(lambda view: len([one for one in view.messages if one.side == "in"]) == 2)
    assert both.messages[0].attachments[0].state == "pending"
    done = await clinic.view(lambda view: view.messages[0].attachments[0].state == "ready")
    row, content = await clinic.client.attachment(done.messages[0].attachments[0].id, WHO)
    assert (row.mime, content) == ("image/png", PNG)
    assert clinic.cloud.asked("/files") == 1


async def test_a_file_of_500_mb_and_a_broken_one_delay_nobody(clinic: Clinic) -> None:
    huge = Upload(name="x.bin", mime="application/octet-stream", content=bytes(3 << 20))
    clinic.cloud.goes_wrong(Fault(path="/files", status=404))
    await clinic.hears("gone", Upload(name="a.png", mime="image/png", content=PNG))
    await clinic.hears("huge", huge)
    await clinic.hears("words")
    view = await clinic.view(lambda view: len(view.messages) == 3 and all(
        file.state != "pending" for one in view.messages for file in one.attachments
    ))  # fmt: skip
    assert [one.text for one in view.messages] == ["gone", "huge", "words"]
    assert [file.state for one in view.messages for file in one.attachments] == ["expired", "too_big"]
    assert await clinic.database.fetchval("SELECT count(*) FROM attachment_chunk") == 0


async def test_an_answer_the_page_never_got_is_asked_for_again_and_goes_once(clinic: Clinic) -> None:
    await clinic.hears("hello")
    view = await clinic.view()
    id = str(uuid4())
    said = {"id": id, "text": "good day", "version": 0}
    headers = {"Okno-Service": clinic.secret, "Content-Type": "application/json"}
    address = f"{clinic.url}/v1/conversations/{view.id}/send"
    async with aiohttp.ClientSession(headers=headers) as http:
        for _ in range(3):  # the line breaks as soon as it was written
            with pytest.raises((TimeoutError, aiohttp.ClientError)):
                await http.post(address, data=json.dumps({"who": WHO, **said}), timeout=aiohttp.ClientTimeout(total=0.005))
    rows = await asyncio.gather(*(clinic.client.send(view.id, WHO, said) for _ in range(8)))
    assert {row.id for row in rows} == {id} and len({row.seq for row in rows}) == 1
    assert (await clinic.message(id, lambda one: one.state == "sent")).text == "good day"
    assert clinic.got() == ["good day"]
    with pytest.raises(ServiceRefused):
        await clinic.client.change(id, "retry", WHO, {})


@pytest.mark.parametrize("done", [True, False])
async def test_a_line_cut_under_a_message_of_ours_makes_it_neither_lost_nor_double(clinic: Clinic, done: bool) -> None:
    await clinic.hears("hello")
    view = await clinic.view()
    clinic.cloud.goes_wrong(Fault(path="/messages", cut=True, done=done))
    first, second = str(uuid4()), str(uuid4())
    await clinic.client.send(view.id, WHO, {"id": first, "text": "one"})
    await clinic.client.send(view.id, WHO, {"id": second, "text": "two"})
    for id in (first, second):
        await clinic.message(id, lambda one: one.state == "sent")
    assert clinic.got() == ["one", "two"]
    assert clinic.cloud.asked("/messages", "POST") == (2 if done else 3)


async def test_a_file_goes_out_a_message_is_changed_and_taken_back(clinic: Clinic) -> None:
    await clinic.hears("hello")
    view = await clinic.view()
    file = await clinic.client.upload(PNG, "plan.png", "", WHO)
    id = str(uuid4())
    await clinic.client.send(view.id, WHO, {"id": id, "text": "the plan", "attachments": [file.id]})
    sent = await clinic.message(id, lambda one: one.state == "sent")
    assert [one.name for one in sent.attachments] == ["plan.png"]
    (told,) = clinic.cloud.sent(clinic.cloud.person())
    assert [clinic.cloud.brought(one).content for one in told["body"]["attachments"]] == [PNG]
    await clinic.client.change(id, "edit", WHO, {"text": "the new plan"})
    assert (await clinic.message(id, lambda one: one.edited)).text == "the new plan"
    await clinic.client.change(id, "delete", WHO, {})
    assert (await clinic.message(id, lambda one: one.deleted)).text == ""
    assert clinic.got() == []
    with pytest.raises(ServiceRefused):
        await clinic.client.send(view.id, WHO, {"id": str(uuid4()), "text": "again", "attachments": [file.id]})


async def test_he_sees_that_we_type_and_have_read(clinic: Clinic) -> None:
    await clinic.hears("hello")
    view = await clinic.view()
    await clinic.client.tell(view.id, "typing", WHO, {"on": True})
    await clinic.client.tell(view.id, "seen", WHO, {"seq": view.said_seq})
    async with asyncio.timeout(10):
        while len(clinic.cloud.actions) < 2:
            await asyncio.sleep(0.02)
    assert {one for _, one in clinic.cloud.actions} == {"typing_on", "mark_seen"}
