"""The gateway beside the real chat service and a cloud on a real socket: what a page does arrives, what comes is shown."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from chat import service
from demo.clouds.max import MaxCloud
from demo.clouds.server import Upload
from okno.database import Database
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.fixtures import MakeUrl, OpenDatabase, serving
from tests.web.chats.test_files import PNG, token
from tests.web.house import House, Page, running
from tests.web.scripted import REQUEST, ScriptedEngine, request_row

TOKEN, SECRET = "max-token-of-tests", "secret_of-tests"


@dataclass
class Stand:
    """All of it, and Anna's conversation, whose request Orlova has."""

    house: House
    cloud: MaxCloud
    conversation: str

    def ref(self, **more: Any) -> dict[str, Any]:
        """How a page names it."""
        return {"conversation": self.conversation, "request": REQUEST, **more}


@pytest_asyncio.fixture
async def opened(database: OpenDatabase, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database of chat, and where it finds it."""
    made = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: made.url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    return made


@pytest_asyncio.fixture
async def stand(
    clinic: Runtime, engine: ScriptedEngine, opened: Database, new_database_url: MakeUrl, redis_url: str
) -> AsyncIterator[Stand]:
    """A bot in MAX to whom Anna has written with a picture."""
    for name, value in (("max.token", TOKEN), ("max.secret", SECRET)):
        (clinic.state / "secrets" / name).write_text(value)
        (clinic.state / "secrets" / name).chmod(0o600)
    async with MaxCloud(TOKEN) as cloud:
        secrets = {"token": "file:max.token", "secret": "file:max.secret"}
        public = f"http://127.0.0.1:{clinic.settings.chat_public.port}"
        account = AccountSettings(channel="max", address=cloud.url, secrets=secrets)
        chat = ChatSettings(port=clinic.settings.chat.port, accounts=[account], public_url=public)
        here = Runtime(clinic.settings.model_copy(update={"chat": chat}), clinic.state)
        async with (
            serving(service.main(here), f"http://127.0.0.1:{chat.port}"),
            running(here, await new_database_url("web"), redis_url, here.settings.web.port) as house,
        ):
            await until(lambda: cloud.subscriptions)
            picture = Upload(name="a.png", mime="image/png", content=PNG)
            await asyncio.gather(*await cloud.tell(cloud.says(cloud.person(), "Здравствуйте", [picture]), 2))
            made = await until(lambda: opened.fetchval("SELECT id FROM conversation"))
            talk = {"id": str(made), "channel": "max", "account": "max:main", "seq": 1, "unheard": 1, "waits_since": None,
                    "replied_at": None, "window_until": None, "emergency": False, "over": False}  # fmt: skip
            row = request_row(kind="chat", calls=[], owner="orlova", status="in_progress", phone="", conversation=talk)
            await engine.patch(["set", "requests", REQUEST, row])
            yield Stand(house, cloud, str(made))


async def until(found: Any) -> Any:
    """Wait until something is there."""
    async with asyncio.timeout(20):
        while True:
            answer = found()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.05)


async def seen(page: Page, stand: Stand) -> dict[str, Any]:
    """The conversation, opened."""
    answer = await page.ask("chat_open", stand.ref())
    assert answer["ok"], answer
    return dict(answer["conversation"])


async def test_a_picture_comes_and_a_file_goes(stand: Stand) -> None:
    house, cloud = stand.house, stand.cloud
    async with house.browser("orlova") as browser, house.page(browser) as page:
        await page.ask("sync", {})

        async def picture() -> Any:
            files = [one for row in (await seen(page, stand))["messages"] for one in row["attachments"]]
            return next((one for one in files if one["state"] == "ready"), None)

        file = await until(picture)
        given = await browser.get(f"/chat/files/{file['id']}?k={file['key']}")
        assert await given.read() == PNG and given.content_type == "image/png"
        paper = b"%PDF-1.4\n" + b"a paper " * 100
        headers = await token(browser) | {"Okno-Name": "%D0%BF%D0%B0%D0%BC%D1%8F%D1%82%D0%BA%D0%B0.pdf", "Content-Type": "application/pdf"}
        brought = await (await browser.post("/chat/files", data=paper, headers=headers)).json()
        assert brought["name"] == "памятка.pdf" and brought["state"] == "ready"
        message = stand.ref(id=str(uuid.uuid4()), text="Памятка", attachments=[brought["id"]])
        sent = await page.ask("chat_send", message)
        assert sent["ok"] and [one["name"] for one in sent["message"]["attachments"]] == ["памятка.pdf"]
        assert (await page.ask("chat_send", message))["message"]["id"] == message["id"]
        (got,) = await until(lambda: cloud.sent(cloud.person()))
        assert got["body"]["text"] == "Памятка"
        assert cloud.brought(got["body"]["attachments"][0]).content == paper


async def test_a_sent_message_changes_and_is_told_by_number(stand: Stand) -> None:
    house, cloud = stand.house, stand.cloud
    async with house.browser("orlova") as browser, house.page(browser) as page:
        page.client.on("chat", page._taker("chat"))
        await page.ask("sync", {})
        had = (await seen(page, stand))["last_seq"]
        sent = await page.ask("chat_send", stand.ref(id=str(uuid.uuid4()), text="Завтра в девять"))
        id = sent["message"]["id"]

        async def state() -> Any:
            rows = (await page.ask("chat_messages", stand.ref(since=had)))["items"]
            return next((one for one in rows if one["id"] == id and one["state"] in ("sent", "delivered", "read")), None)

        await until(state)
        assert any(body["what"] == "state" and body["message"] == id for event, body in page.came if event == "chat")
        edited = await page.ask("chat_change", stand.ref(message=id, what="edit", text="Завтра в десять"))
        assert edited["ok"], edited
        await until(lambda: [one for one in cloud.sent(cloud.person()) if one["body"]["text"] == "Завтра в десять"])
        assert (await page.ask("chat_note", stand.ref(id=str(uuid.uuid4()), text="обещали десять")))["ok"]
        assert (await page.ask("chat_tell", stand.ref(what="seen", seq=had)))["ok"]
        assert [one["body"]["text"] for one in cloud.sent(cloud.person())] == ["Завтра в десять"]


async def test_a_supervisor_sees_its_lamp_reads_and_notes(stand: Stand) -> None:
    async with stand.house.browser("zimina", "supervisor") as browser, stand.house.page(browser) as page:
        (lamp,) = (await page.ask("chat_accounts", {}))["items"]
        assert (lamp["key"], lamp["channel"]) == ("max:main", "max")
        ref = {"conversation": stand.conversation}
        assert (await page.ask("chat_open", ref))["ok"]
        noted = await page.ask("chat_note", {**ref, "id": str(uuid.uuid4()), "text": "вижу"})
        assert noted["ok"] and noted["message"]["author"] == "zimina"
        assert (await page.ask("chat_messages", {**ref, "since": 0}))["ok"]
