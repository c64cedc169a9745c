"""The whole way of mail and of a site's form: the service as it runs, a real Postfix and a real Dovecot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.message import EmailMessage, Message
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from chat import service
from chat.client import ChatClient, ConversationView
from chat.mail.parsing import parse
from chat.media import fetching
from okno.settings import AccountSettings, ChatSettings, Runtime, SiteSettings
from tests.chat.mail.server import ANNA, BORIS, CLINIC, NOBODY, MailServer, mail_server, post_office
from tests.fixtures import OpenDatabase, serving

__all__ = ["mail_server", "post_office"]
WHO = {"actor": "olga", "role": "operator", "operator": "o1", "purpose": "chat", "request": None}
SITE = "https://clinic.example"


@dataclass
class Clinic:
    """The service, its gate, its mail server."""

    client: ChatClient
    database: Any
    office: MailServer
    public: str

    async def view(self, right: Callable[[ConversationView], bool] = bool, within_s: float = 20.0) -> ConversationView:
        """Return the newest conversation once it is as wished."""
        async with asyncio.timeout(within_s):
            while True:
                id = await self.database.fetchval("SELECT id FROM conversation ORDER BY opened_at DESC LIMIT 1")
                if id is not None and right(view := await self.client.open(str(id), WHO)):
                    return view
                await asyncio.sleep(0.1)

    async def answers(self, view: ConversationView, text: str) -> str:
        """Write to the person; returns our id of it."""
        id = str(uuid4())
        await self.client.send(view.id, WHO, {"id": id, "text": text, "version": 0})
        return id

    async def mails(self, box: str, count: int) -> list[Message]:
        """Return the mails of a box once there are so many."""
        return await asyncio.to_thread(self.office.until, box, count)

    async def writes(self, text: str, sender: str = ANNA, *, to: str = CLINIC, **head: str) -> EmailMessage:
        """Let somebody write a mail."""
        made = EmailMessage()
        made["From"], made["To"], made["Message-ID"] = f"Anna <{sender}>", to, f"<{uuid4()}@patients.example>"
        for name, value in head.items():
            made[name.replace("_", "-")] = value
        made.set_content(text)
        await asyncio.to_thread(self.office.post, made.as_bytes(), sender, to)
        return made


@pytest_asyncio.fixture
async def clinic(
    runtime: Runtime, database: OpenDatabase, redis_url: str, post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clinic]:
    """The service with a mailbox and a site's form."""
    monkeypatch.setattr(fetching, "LOOK_EVERY_S", 0.2)
    opened = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: opened.url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    secret = runtime.state / "secrets" / "mail.main.password"
    secret.write_text(post_office.password)
    secret.chmod(0o600)
    account = AccountSettings(channel="mail", address=CLINIC, options=post_office.options(plus=True))
    sites = [SiteSettings(key="clinic", origins=[SITE])]
    chat = ChatSettings(port=runtime.settings.chat.port, accounts=[account], sites=sites, most_file_mb=1)
    here = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
    async with serving(service.main(here), f"http://127.0.0.1:{chat.port}") as url:
        client = ChatClient(url, runtime.secret("file:service.secret"))
        yield Clinic(client, opened, post_office, f"http://127.0.0.1:{runtime.settings.chat_public.port}")
        await client.close()


def texts(view: ConversationView, side: str = "in") -> list[str]:
    """What was written on one side."""
    return [one.text for one in view.messages if one.side == side]


async def test_a_letter_is_answered_and_the_answer_to_that_comes_into_the_same_conversation(clinic: Clinic) -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Анна <{ANNA}>", CLINIC, "Запись к врачу"
    made["Message-ID"] = "<first@patients.example>"
    made.set_content("Добрый день, можно в среду?")
    made.add_attachment(b"%PDF-1.4 " + bytes(300_000), maintype="application", subtype="pdf", filename="снимок.pdf")
    for _ in range(3):  # servers repeat what they do not know to have come
        await asyncio.to_thread(clinic.office.post, made.as_bytes())
    view = await clinic.view(lambda view: any(file.state == "ready" for one in view.messages for file in one.attachments))
    assert (view.kind, view.channel, view.name, view.subject) == ("email", "mail", "Анна", "Запись к врачу")
    assert texts(view) == ["Добрый день, можно в среду?"]
    [file] = view.messages[0].attachments
    row, content = await clinic.client.attachment(file.id, WHO)
    assert (row.name, len(content)) == ("снимок.pdf", 300_009)

    ours = await clinic.answers(view, "Да, в 10:00")
    [came] = await clinic.mails(ANNA, 1)
    assert (came["In-Reply-To"], parse(came.as_bytes()).subject) == ("<first@patients.example>", "Re: Запись к врачу")
    assert came["Auto-Submitted"] is None
    await clinic.writes("Спасибо!\n\n> Да, в 10:00", to=str(came["Reply-To"]), In_Reply_To=str(came["Message-ID"]))
    view = await clinic.view(lambda view: len(texts(view)) == 2)
    assert texts(view) == ["Добрый день, можно в среду?", "Спасибо!"] and view.messages[-1].reply_to == ours
    assert "blockquote" in view.messages[-1].html
    assert await clinic.database.fetchval("SELECT count(*) FROM conversation") == 1


async def test_another_address_that_answers_our_letter_writes_into_that_conversation(clinic: Clinic) -> None:
    await clinic.writes("Запишите меня")
    view = await clinic.view()
    await clinic.answers(view, "На какое время?")
    [came] = await clinic.mails(ANNA, 1)
    await clinic.writes("Я её муж: на десять", BORIS, References=str(came["Message-ID"]), Subject="Re: время")
    view = await clinic.view(lambda view: len(texts(view)) == 2)
    assert BORIS in view.messages[-1].subject
    assert await clinic.database.fetchval("SELECT count(*) FROM conversation") == 1
    await clinic.answers(view, "Хорошо")
    assert len(await clinic.mails(ANNA, 2)) == 2
    assert clinic.office.mails(BORIS) == []


async def test_a_letter_to_nobody_is_shown_as_failed(clinic: Clinic) -> None:
    await asyncio.to_thread(clinic.office.put, f"From: {NOBODY}\r\nMessage-ID: <n@bounce.example>\r\n\r\nhello".encode())
    view = await clinic.view()
    ours = await clinic.answers(view, "hello")
    await clinic.view(
        lambda view: bool(view.unreachable) and any(one.id == ours and one.state == "failed" for one in view.messages)
    )


async def test_a_letter_we_begin_is_a_conversation_that_his_answer_finds(clinic: Clinic) -> None:
    wanted = {"id": str(uuid4()), "account": "mail:main", "mail": BORIS, "text": "Ваши анализы готовы"}
    begun = await clinic.client.start(WHO, wanted)
    assert await clinic.client.start(WHO, wanted) == begun
    [came] = await clinic.mails(BORIS, 1)
    assert "анализы готовы" in parse(came.as_bytes()).text and came["In-Reply-To"] is None
    await clinic.writes("Спасибо", BORIS, In_Reply_To=str(came["Message-ID"]))
    view = await clinic.view(lambda view: texts(view) == ["Спасибо"])
    assert view.id == begun["conversation"] and texts(view, "out") == ["Ваши анализы готовы"]


async def test_what_is_broken_is_shown_harmlessly_and_holds_nobody_up(clinic: Clinic) -> None:
    heap = [
        b"From: =?koi8-r?Q?=E1=CE=CE=C1?= <a@patients.example>\r\nContent-Type: text/plain\r\n\r\n" + "Привет".encode("koi8-r"),
        b"From: b@patients.example\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><p>text</p>",
        b"From: c@patients.example\r\n" + b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(500)
        ),
        b"From: d@patients.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\nnothing",
        b"garbage", f"From: {CLINIC}\r\n\r\na loop".encode(),
    ]  # fmt: skip
    for mail in heap:
        await asyncio.to_thread(clinic.office.put, mail)
    await clinic.writes("a good one")
    async with asyncio.timeout(20):
        while await clinic.database.fetchval("SELECT count(*) FROM raw_event WHERE state = 'done'") < len(heap) + 1:
            await asyncio.sleep(0.1)
    assert await clinic.database.fetchval("SELECT count(*) FROM raw_event WHERE state <> 'done'") == 0
    ids = await clinic.database.fetch("SELECT id FROM conversation ORDER BY opened_at")
    views = [await clinic.client.open(str(row["id"]), WHO) for row in ids]
    said = [view.messages[0] for view in views]
    assert {"Привет", "text", "a good one"} <= {one.text for one in said} and len(views) == len(heap)
    assert all("script" not in one.html for one in said)


async def test_a_letter_of_the_form_is_answered_by_mail_and_stays_the_forms(clinic: Clinic) -> None:
    body = {"site_key": "clinic", "mail": ANNA, "name": "Анна", "text": "Благодарю врача", "consent": True}
    form = f"{clinic.public}/public/v1/feedback"
    async with aiohttp.ClientSession() as http, http.post(form, json=body, headers={"Origin": SITE}) as answer:
        assert answer.status == 202
    view = await clinic.view()
    assert (view.kind, view.account, texts(view)) == ("form", "feedback:clinic", ["Благодарю врача"])
    await clinic.answers(view, "Спасибо вам!")
    [came] = await clinic.mails(ANNA, 1)
    await clinic.writes("Ещё вопрос", to=CLINIC, In_Reply_To=str(came["Message-ID"]))
    view = await clinic.view(lambda view: len(texts(view)) == 2)
    assert (view.account, texts(view)) == ("feedback:clinic", ["Благодарю врача", "Ещё вопрос"])
    assert await clinic.database.fetchval("SELECT count(*) FROM conversation") == 1
