"""The whole way of Telegram, WhatsApp, Viber and SMS: one service, its four accounts, their clouds on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chat import service
from chat.client import ChatClient, ConversationView, MessageRow
from chat.media import fetching
from demo.clouds.server import Fault, Upload
from demo.clouds.sms import SmsCloud
from demo.clouds.telegram import TelegramCloud
from demo.clouds.viber import ViberCloud
from demo.clouds.whatsapp import VERSION, WhatsAppCloud
from okno.settings import AccountSettings, ChatSettings, Runtime
from tests.fixtures import OpenDatabase, serving

WHO = {"actor": "olga", "role": "operator", "operator": "o1", "purpose": "chat", "request": None}
BOT, NUMBER, VIBER, SMS_KEY, SIGN = "229:token-of-tests", "100000000000001", "viber-token", "sms-key", "agreed"
SECRETS = {
    "telegram": {"token": BOT}, "whatsapp": {"token": "EAA-test", "app": "app-secret", "verify": "verify"},
    "viber": {"token": VIBER}, "sms": {"key": SMS_KEY, "hook": "p4th", "sign": SIGN},
}  # fmt: skip
ANNA = "+79990000001"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 8


@dataclass
class Clinic:
    """The service, the clouds, its gate."""

    telegram: TelegramCloud
    whatsapp: WhatsAppCloud
    viber: ViberCloud
    sms: SmsCloud
    client: ChatClient
    database: Any
    public: str

    async def told(self, posts: list[asyncio.Task[bool]]) -> None:
        """Wait until what was posted is taken, each copy of it."""
        assert posts and all(await asyncio.gather(*posts))

    async def view(
        self, account: str, right: Callable[[ConversationView], bool] = bool, within_s: float = 20.0
    ) -> ConversationView:
        """Return the newest conversation of an account once it is as wished."""
        async with asyncio.timeout(within_s):
            while True:
                id = await self.database.fetchval(
                    "SELECT id FROM conversation WHERE account = $1 ORDER BY opened_at DESC LIMIT 1", f"{account}:main"
                )
                if id is not None and right(view := await self.client.open(str(id), WHO)):
                    return view
                await asyncio.sleep(0.05)

    async def writes(self, account: str, text: str = "good day", **more: Any) -> str:
        """Write to whoever wrote last; returns the message's id."""
        id, view = str(uuid4()), await self.view(account)
        await self.client.send(view.id, WHO, {"id": id, "text": text, "version": 0, **more})
        return id

    async def message(self, account: str, id: str, right: Callable[[MessageRow], bool]) -> MessageRow:
        """Return a message of ours once it is as wished."""
        def there(view: ConversationView) -> bool:
            return any(one.id == id and right(one) for one in view.messages)

        return next(one for one in (await self.view(account, there)).messages if one.id == id)

    async def report(self, state: str) -> None:
        """Let the SMS gateway say what became of the last message, twice."""
        letter = self.sms.report("smsc", self.sms.messages[-1], state)
        await self.told(await self.sms.tell(f"{self.public}/hook/sms/main/p4th", letter, copies=2))


def heard(view: ConversationView) -> list[str]:
    """What he wrote, in order."""
    return [one.text for one in view.messages if one.side == "in"]


def accounts(clouds: dict[str, str], runtime: Runtime) -> list[AccountSettings]:
    """The accounts, their secrets in files."""
    options: dict[str, dict[str, Any]] = {
        "whatsapp": {"number": NUMBER}, "viber": {"sender": "Clinic"}, "sms": {"gateway": "smsc", "sender": "CLINIC"},
    }  # fmt: skip
    made = []
    for channel, url in clouds.items():
        names = {name: f"{channel}.{name}" for name in SECRETS[channel]}
        for name, file in names.items():
            (runtime.state / "secrets" / file).write_text(SECRETS[channel][name])
            (runtime.state / "secrets" / file).chmod(0o600)
        secrets = {name: f"file:{file}" for name, file in names.items()}
        told = {"channel": channel, "address": url, "secrets": secrets, "options": options.get(channel, {})}
        made.append(AccountSettings.model_validate(told))
    return made


@pytest_asyncio.fixture
async def clinic(
    request: pytest.FixtureRequest, runtime: Runtime, database: OpenDatabase, redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Clinic]:  # fmt: skip
    """The service with four accounts; `indirect` False leaves it without a public address."""
    monkeypatch.setattr(fetching, "LOOK_EVERY_S", 0.2)
    opened = await database("chat")
    monkeypatch.setattr(service, "url_for", lambda *_: opened.url)
    monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
    public = f"http://127.0.0.1:{runtime.settings.chat_public.port}"
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(TelegramCloud(BOT))
        whatsapp = await stack.enter_async_context(WhatsAppCloud(NUMBER, "EAA-test", "app-secret"))
        viber = await stack.enter_async_context(ViberCloud(VIBER))
        sms = SmsCloud(key=SMS_KEY, sign=SIGN)
        await stack.enter_async_context(sms)
        whatsapp.webhook = f"{public}/hook/whatsapp/main"
        clouds = {"telegram": telegram.url, "whatsapp": whatsapp.url, "viber": f"{viber.url}/pa", "sms": sms.url}
        chat = ChatSettings(
            port=runtime.settings.chat.port, accounts=accounts(clouds, runtime),
            public_url=public if getattr(request, "param", True) else "",
        )  # fmt: skip
        here = Runtime(runtime.settings.model_copy(update={"chat": chat}), runtime.state)
        async with serving(service.main(here), f"http://127.0.0.1:{chat.port}"):
            client = ChatClient(f"http://127.0.0.1:{chat.port}", runtime.secret("file:service.secret"))
            stack.push_async_callback(client.close)
            async with asyncio.timeout(20):
                while chat.public_url and not (telegram.webhook["url"] and viber.webhook["url"]):
                    await asyncio.sleep(0.02)
            yield Clinic(telegram, whatsapp, viber, sms, client, opened, public)


async def test_telegram_by_webhook(clinic: Clinic) -> None:
    cloud, anna = clinic.telegram, clinic.telegram.person()
    pdf = Upload(name="мрт.pdf", mime="application/pdf", content=PDF)
    for update in (*cloud.says(anna, "/start lk_7f3a"), *cloud.says(anna, "Привет"), *cloud.says(anna, "", [pdf])):
        await clinic.told(await cloud.tell(update, copies=8))
    view = await clinic.view("telegram", lambda view: any(
        file.state == "ready" for one in view.messages for file in one.attachments
    ))  # fmt: skip
    assert heard(view)[-2:] == ["Привет", ""] and view.name == "Anna P." and view.username == "anna"
    assert view.entry == {"source": "deep_link", "payload": "lk_7f3a"}
    (file,) = [file for one in view.messages for file in one.attachments]
    row, content = await clinic.client.attachment(file.id, WHO)
    assert (row.name, content) == ("мрт.pdf", PDF)

    id = await clinic.writes("telegram")
    await clinic.message("telegram", id, lambda one: one.state == "sent")
    await clinic.client.change(id, "edit", WHO, {"text": "good evening"})
    await clinic.message("telegram", id, lambda one: one.edited)
    assert [one["text"] for one in cloud.sent(anna)] == ["good evening"]
    await clinic.client.change(id, "delete", WHO, {})
    await clinic.message("telegram", id, lambda one: one.deleted)
    assert cloud.sent(anna) == []

    contact = {"phone_number": "79990000001", "first_name": "Anna", "user_id": anna.id}
    await clinic.told(await cloud.tell(cloud.says(anna, more={"contact": contact})[0]))
    assert (await clinic.view("telegram", lambda view: view.verified)).phone == ANNA


@pytest.mark.parametrize("clinic", [False], indirect=True)
async def test_telegram_without_a_public_address(clinic: Clinic) -> None:
    cloud, anna = clinic.telegram, clinic.telegram.person()
    for text in ("one", "two", "three"):
        await cloud.tell(cloud.says(anna, text)[0], copies=3)
    view = await clinic.view("telegram", lambda view: len(heard(view)) == 3)
    assert heard(view) == ["one", "two", "three"]
    await clinic.message("telegram", await clinic.writes("telegram"), lambda one: one.state == "sent")
    assert [one["text"] for one in cloud.sent(anna)] == ["good day"]


async def test_telegram_line_cut_is_unknown_and_never_repeated(clinic: Clinic) -> None:
    cloud, anna = clinic.telegram, clinic.telegram.person()
    await clinic.told(await cloud.tell(cloud.says(anna, "hello")[0]))
    cloud.goes_wrong(Fault(path=f"/bot{BOT}/sendMessage", cut=True, done=True))
    id = await clinic.writes("telegram")
    await clinic.message("telegram", id, lambda one: one.state == "unknown")
    await clinic.message("telegram", await clinic.writes("telegram", "second"), lambda one: one.state == "sent")
    assert [one["text"] for one in cloud.sent(anna)] == ["good day", "second"]
    assert cloud.asked(f"/bot{BOT}/sendMessage") == 2


async def test_telegram_who_blocks_us_is_unreachable(clinic: Clinic) -> None:
    cloud, anna = clinic.telegram, clinic.telegram.person()
    await clinic.told(await cloud.tell(cloud.says(anna, "hello")[0]))
    anna.stopped = True
    id = await clinic.writes("telegram")
    assert (await clinic.message("telegram", id, lambda one: one.state == "failed")).error == "blocked"
    assert (await clinic.view("telegram")).unreachable
    await clinic.told(await cloud.tell(cloud.member(anna, "member")))
    assert not (await clinic.view("telegram", lambda view: not view.unreachable)).unreachable


async def test_a_message_of_whatsapp_nobody_answered_for_is_resolved_by_its_own_status(clinic: Clinic) -> None:
    cloud, anna = clinic.whatsapp, clinic.whatsapp.person()
    letter = cloud.letter([one for text in ("one", "two", "three") for one in cloud.says(anna, text)])
    await clinic.told(await cloud.tell(letter, copies=4))
    view = await clinic.view("whatsapp", lambda view: len(heard(view)) == 3)
    assert heard(view) == ["one", "two", "three"] and (view.phone, view.verified) == (ANNA, True)
    assert view.window_until is not None
    cloud.goes_wrong(Fault(path=f"/{VERSION}/{NUMBER}/messages", cut=True, done=True))
    id = await clinic.writes("whatsapp")
    await clinic.message("whatsapp", id, lambda one: one.state == "unknown")
    for state in ("read", "sent", "delivered"):  # as they come, in no order
        await clinic.told(await cloud.tell(cloud.letter(statuses=[cloud.status(cloud.messages[0], state)]), copies=2))
    assert (await clinic.message("whatsapp", id, lambda one: one.state == "read")).error == ""
    assert len(cloud.messages) == 1


async def test_whatsapp_says_later_that_it_did_not_go(clinic: Clinic) -> None:
    cloud, anna = clinic.whatsapp, clinic.whatsapp.person()
    await clinic.told(await cloud.tell(cloud.letter(cloud.says(anna, "hello"))))
    id = await clinic.writes("whatsapp")
    await clinic.message("whatsapp", id, lambda one: one.state == "sent")
    failed = cloud.status(cloud.messages[0], "failed", error=131047)
    await clinic.told(await cloud.tell(cloud.letter(statuses=[failed])))
    assert (await clinic.message("whatsapp", id, lambda one: one.state == "failed")).error == "window"


async def test_viber(clinic: Clinic) -> None:
    cloud, anna = clinic.viber, clinic.viber.person()
    await clinic.told(await cloud.tell(cloud.event("conversation_started", context="ad1", user=anna.told())))
    picture = Upload(name="a.png", mime="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(64))
    for event in (*cloud.says(anna, "hello"), *cloud.says(anna, "look", [picture])):
        await clinic.told(await cloud.tell(event, copies=3))
    view = await clinic.view("viber", lambda view: any(
        file.state == "ready" for one in view.messages for file in one.attachments
    ))  # fmt: skip
    assert heard(view)[-2:] == ["hello", "look"]
    id = await clinic.writes("viber")
    await clinic.message("viber", id, lambda one: one.state == "sent")
    token = cloud.messages[0]["message_token"]
    for event_name in ("seen", "delivered"):
        told = cloud.event(event_name, user_id=anna.id) | {"message_token": token}
        await clinic.told(await cloud.tell(told))
    await clinic.message("viber", id, lambda one: one.state == "read")


async def test_sms_is_begun_by_us_and_he_answers_in_the_same_conversation(clinic: Clinic) -> None:
    id = str(uuid4())
    wanted = {"id": id, "account": "sms:main", "phone": ANNA, "text": "Ждём вас завтра в 12:00", "request": None}
    began = await clinic.client.start(WHO, wanted)
    assert await clinic.client.start(WHO, wanted) == began
    await clinic.message("sms", id, lambda one: one.state == "sent")
    assert [(one.phone, one.text) for one in clinic.sms.messages] == [(ANNA, "Ждём вас завтра в 12:00")]
    await clinic.report("delivered")
    await clinic.message("sms", id, lambda one: one.state == "delivered")
    await clinic.report("sent")  # late: what is delivered stays delivered
    answer = clinic.sms.inbound("smsc", ANNA, "Да, приду")
    await clinic.told(await clinic.sms.tell(f"{clinic.public}/hook/sms/main/p4th", answer, copies=5))
    view = await clinic.view("sms", lambda view: bool(heard(view)))
    assert (view.id, heard(view), view.verified) == (began["conversation"], ["Да, приду"], False)
    assert next(one for one in view.messages if one.id == id).state == "delivered"


async def test_sms_of_unknown_outcome_is_found_by_our_own_id(clinic: Clinic) -> None:
    clinic.sms.goes_wrong(Fault(path="/sys/send.php", cut=True, done=True))
    id = str(uuid4())
    await clinic.client.start(WHO, {"id": id, "account": "sms:main", "phone": ANNA, "text": "hello", "request": None})
    await clinic.message("sms", id, lambda one: one.state == "sent")
    assert len(clinic.sms.messages) == 1 and clinic.sms.asked("/sys/send.php") == 1


async def test_strangers_leave_nothing(clinic: Clinic) -> None:
    other = {"telegram": TelegramCloud("1:other"), "whatsapp": WhatsAppCloud(NUMBER, "x", "other"), "viber": ViberCloud("x")}
    letters = {
        "telegram/main": other["telegram"].letter({"update_id": 1}, "x"), "whatsapp/main": other["whatsapp"].signed({}),
        "viber/main": other["viber"].letter({"event": "message"}), "sms/main/guess": clinic.sms.inbound("smsc", ANNA, "x"),
        "sms/main": clinic.sms.inbound("smsc", ANNA, "x"),
    }  # fmt: skip
    clinic.sms.retry_s = ()
    for path, letter in letters.items():
        assert not await clinic.sms.post(f"{clinic.public}/hook/{path}", letter, lambda status, _: status == 200)
    assert {status for status, _ in clinic.sms.posted} <= {401, 403, 404} and len(clinic.sms.posted) == 5
    assert await clinic.database.fetchval("SELECT count(*) FROM raw_event") == 0


async def test_nothing_of_a_person_lies_open_in_the_database(clinic: Clinic) -> None:
    cloud, anna = clinic.whatsapp, clinic.whatsapp.person(name="Аннушка")
    await clinic.told(await cloud.tell(cloud.letter(cloud.says(anna, "тайное слово"))))
    await clinic.view("whatsapp")
    await clinic.message("whatsapp", await clinic.writes("whatsapp", "тайный ответ"), lambda one: one.state == "sent")
    tables = [row["tablename"] for row in await clinic.database.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )]  # fmt: skip
    for table in tables:
        rows = await clinic.database.fetch(f"SELECT t::text AS line FROM {table} t")  # noqa: S608  # of the catalogue
        for row in rows:
            for secret in ("79990000001", "Аннушка", "тайн", "wamid", cloud.messages[0]["id"]):
                assert secret not in row["line"], table
                assert secret.encode().hex() not in row["line"], table
