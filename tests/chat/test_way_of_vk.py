"""The whole way of VK: the service as it runs, a community's account, its cloud on a real socket (T1, T13)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio

from chat import service
from chat.client import ChatClient, ConversationView, MessageRow
from chat.clouds import vk_chores, vk_line
from chat.media import fetching
from demo.clouds.server import Fault, Upload
from demo.clouds.vk import GROUP, Person, VkCloud
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.fixtures import OpenDatabase, serving

TOKEN, SECRET = "vk-token-of-tests", "vk-secret"
WHO = {"actor": "olga", "role": "operator", "operator": "o1", "purpose": "chat", "request": None}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@dataclass
class Clinic:
    """The service, its cloud, its gate."""

    cloud: VkCloud
    client: ChatClient
    database: Any
    hook: str

    async def hears(self, *events: dict[str, Any], copies: int = 1) -> None:
        """Let VK tell it, each so often; returns when each copy was answered `ok`."""
        posts = [task for event in events for task in await self.cloud.tell(event, copies)]
        assert await asyncio.gather(*posts) == [True] * copies * len(events)

    async def view(self, right: Callable[[ConversationView], bool] = bool, within_s: float = 20.0) -> ConversationView:
        """Return the conversation once it is as wished."""
        async with asyncio.timeout(within_s):
            while True:
                id = await self.database.fetchval("SELECT id FROM conversation ORDER BY opened_at DESC LIMIT 1")
                if id is not None and right(view := await self.client.open(str(id), WHO)):
                    return view
                await asyncio.sleep(0.05)

    async def message(self, id: str, right: Callable[[MessageRow], bool]) -> MessageRow:
        """Return a message once it is as wished."""
        view = await self.view(lambda view: any(one.id == id and right(one) for one in view.messages))
        return next(one for one in view.messages if one.id == id)

    async def until(self, check: Callable[[], Any], within_s: float = 15.0) -> None:
        """Wait for the cloud to be as wished."""
        async with asyncio.timeout(within_s):
            while not check():
                await asyncio.sleep(0.05)

    async def sends(self, view: ConversationView, text: str, **more: Any) -> str:
        """Write to the person; returns our id of it."""
        id = str(uuid4())
        await self.client.send(view.id, WHO, {"id": id, "text": text, "version": 0, **more})
        return id


@pytest_asyncio.fixture
async def clinic(
    request: pytest.FixtureRequest, runtime: Runtime, database: OpenDatabase, redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Clinic]:  # fmt: skip
    """The service with a community's account."""
    for module, name, seconds in (
        (vk_chores, "_SETTLE_S", 0.2), (vk_line, "_WATCH_S", 0.3), (vk_line, "_WAIT_S", 1), (fetching, "LOOK_EVERY_S", 0.2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, seconds)
    opened = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: opened.url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    for name, value in (("vk.main.token", TOKEN), ("vk.main.secret", SECRET)):
        (runtime.state / "secrets" / name).write_text(value)
        (runtime.state / "secrets" / name).chmod(0o600)
    mode = request.param
    public = "" if mode == "poll" else f"http://127.0.0.1:{runtime.settings.chat_public.port}"
    async with VkCloud(TOKEN) as cloud:
        account = AccountSettings(channel="vk", address=f"{cloud.url}/method", options={"group": GROUP, "mode": mode})
        chat = ChatSettings(port=runtime.settings.chat.port, accounts=[account], public_url=public, most_file_mb=1)
        here = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
        async with serving(service.main(here), f"http://127.0.0.1:{chat.port}") as url:
            client = ChatClient(url, runtime.secret("file:service.secret"))
            async with asyncio.timeout(20):
                while not ready(cloud, mode):
                    await asyncio.sleep(0.02)
            yield Clinic(cloud, client, opened, f"{public}/hook/vk/main")
            await client.close()


def ready(cloud: VkCloud, mode: str) -> bool:
    posts = any(one.status == "ok" and one.told for one in cloud.servers)
    return (posts or mode == "poll") and (bool(cloud.asked("/lp")) or mode == "webhook")


def texts(view: ConversationView, side: str = "in") -> list[str]:
    return [one.text for one in view.messages if one.side == side]


@pytest.mark.parametrize("clinic", ["webhook", "poll", "both"], indirect=True)
async def test_what_he_writes_is_there_once_with_his_name_and_answered(clinic: Clinic) -> None:
    anna: Person = clinic.cloud.person(5501, first_name="Анна", last_name="П.")
    said = [clinic.cloud.says(anna, f"word {n}") for n in range(5)]
    posted = [said[n] for n in (0, 2, 1, 4, 3)]
    if clinic.cloud.servers:
        await clinic.hears(*posted, copies=3)
    else:
        for event in posted:
            await clinic.cloud.tell(event, copies=3)
    view = await clinic.view(lambda view: len(texts(view)) == 5 and view.name == "Анна П.")
    assert texts(view) == [f"word {n}" for n in range(5)] and view.channel == "vk"
    assert await clinic.database.fetchval("SELECT count(*) FROM conversation") == 1

    clinic.cloud.goes_wrong(Fault(path="/method/messages.send", cut=True, done=True))
    first = await clinic.sends(view, "an answer whose answer was lost", reply_to=view.messages[0].id)
    second = await clinic.sends(view, "and another")
    await clinic.message(second, lambda one: one.state == "sent")
    await clinic.message(first, lambda one: one.state == "sent")
    sent = clinic.cloud.sent(anna)
    assert [one["text"] for one in sent] == ["an answer whose answer was lost", "and another"]
    assert sent[0]["reply_message"]["id"] == said[0]["object"]["message"]["id"]

    for one in sent:
        await clinic.cloud.tell(clinic.cloud.event("message_reply", one))
    seen = {"from_id": 5501, "to_id": -GROUP, "read_message_id": sent[1]["id"],
            "conversation_message_id": sent[1]["conversation_message_id"]}  # fmt: skip
    await clinic.cloud.tell(clinic.cloud.event("message_read", seen))
    await clinic.message(first, lambda one: one.state == "read")
    view = await clinic.view(lambda view: all(one.state == "read" for one in view.messages if one.side == "out"))
    assert texts(view, "out") == ["an answer whose answer was lost", "and another"], (
        "what comes back is no other message"
    )


@pytest.mark.parametrize("clinic", ["both"], indirect=True)
async def test_what_is_changed_taken_back_sent_and_written_by_staff(clinic: Clinic) -> None:
    anna = clinic.cloud.person()
    said = clinic.cloud.says(anna, "frist", [Upload(name="a.png", mime="image/png", content=PNG)])
    await clinic.cloud.tell(said)
    view = await clinic.view(lambda view: bool(view.messages) and view.messages[0].attachments[0].state == "ready")
    row, content = await clinic.client.attachment(view.messages[0].attachments[0].id, WHO)
    assert (row.mime, content) == ("image/png", PNG)
    message = said["object"]["message"]
    await clinic.cloud.tell(clinic.cloud.event("message_edit", {**message, "text": "first"}))
    await clinic.view(lambda view: texts(view) == ["first"])

    await clinic.client.tell(view.id, "typing", WHO, {"on": True})
    await clinic.client.tell(view.id, "seen", WHO, {"seq": 1})
    await clinic.until(
        lambda: {"messages.setActivity", "messages.markAsRead"} <= {name for name, _ in clinic.cloud.acts}
    )

    ours = await clinic.sends(view, "ours")
    await clinic.message(ours, lambda one: one.state == "sent")
    await clinic.client.change(ours, "edit", WHO, {"text": "ours, changed"})
    await clinic.until(lambda: [one["text"] for one in clinic.cloud.sent(anna)] == ["ours, changed"])
    await clinic.client.change(ours, "delete", WHO, {})
    await clinic.until(lambda: clinic.cloud.sent(anna) == [])
    staff = clinic.cloud.says(anna, "by hand in VK", out=1, from_id=-GROUP, admin_author_id=9, random_id=5)
    await clinic.cloud.tell(clinic.cloud.event("message_reply", staff["object"]["message"]))
    view = await clinic.view(lambda view: "by hand in VK" in texts(view, "out"))
    assert len(texts(view, "out")) == 2 and len(texts(view)) == 1

    anna.error = 900
    lost = await clinic.sends(view, "to nobody")
    assert (await clinic.message(lost, lambda one: one.state == "failed")).error == "blocked"


@pytest.mark.parametrize("clinic", ["webhook"], indirect=True)
async def test_the_listener_answers_two_letters(clinic: Clinic) -> None:
    """T13: byte for byte, on the socket, whatever was posted and how often."""
    where = urlsplit(clinic.hook)
    event = {**clinic.cloud.says(clinic.cloud.person(), "привет"), "secret": SECRET}

    async def answered(body: bytes) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        head = f"POST {where.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        whole = await reader.read()
        writer.close()
        await writer.wait_closed()
        top, _, rest = whole.partition(b"\r\n\r\n")
        return top, rest

    answers = await asyncio.gather(*(answered(json.dumps(event).encode()) for _ in range(20)))
    assert {rest for _, rest in answers} == {b"ok"}
    assert all(top.startswith(b"HTTP/1.1 200") and b"text/plain" in top for top, _ in answers)
    top, rest = await answered(json.dumps({"type": "confirmation", "group_id": GROUP}).encode())
    assert top.startswith(b"HTTP/1.1 200") and rest == clinic.cloud.code.encode()
    for strange in ({**event, "secret": "x"}, {**event, "group_id": 1}):
        top, rest = await answered(json.dumps(strange).encode())
        assert top.startswith(b"HTTP/1.1 403") and rest == b""
    await clinic.view(lambda view: texts(view) == ["привет"])
