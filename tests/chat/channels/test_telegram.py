"""Telegram: what every messenger promises, and what is Telegram's own (reference/channels.md 3.1), over its cloud."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from chat.channels import Hook, RawEvent, Stranger
from chat.channels.telegram import Telegram
from chat.clouds.calling import Answer, Api
from chat.saying.settings import BadAccount
from chat.wire import Envelope, SentFile, Undelivered, Unknown
from demo.clouds.server import Fault, Letter, Upload
from demo.clouds.telegram import Person, TelegramCloud, too_many
from okno import clock
from okno.database import DatabaseDown
from tests.contracts.channel_suite import (
    PROMISES,
    Arrived,
    Ground,
    Kept,
    Promise,
    Said,
    Trouble,
    account,
    name_of,
    opened,
)

TOKEN = "229:TEST-token_of-a-bot"  # of no real bot
HOOK = "https://chat.clinic.example/hook/telegram/main"
HEADER = "x-telegram-bot-api-secret-token"
WHO = 5501


def hook_of(letter: Letter) -> Hook:
    """As the public listener hears it."""
    headers = {name.lower(): value for name, value in letter.headers.items()}
    return Hook(method="POST", headers=headers, query={}, raw=letter.body)


@dataclass
class TelegramGround(Ground):
    """The account of a bot in its cloud."""

    cloud: TelegramCloud = field(default_factory=lambda: TelegramCloud(TOKEN))

    @property
    def who(self) -> Person:
        """Who writes."""
        return self.cloud.person(WHO)

    async def says(self, said: Said) -> list[Hook]:
        who = self.cloud.person(WHO, first_name=said.name, last_name="")
        files = [Upload(name=one.name, mime=one.mime, content=one.content) for one in said.files]
        reply = int(said.reply_to.rpartition(":")[2] or 0)
        return [self.hook(update) for update in self.cloud.says(who, said.text, files, reply_to=reply)]

    def hook(self, update: dict[str, Any]) -> Hook:
        """As Telegram posts an update."""
        return hook_of(self.cloud.letter(update, self.cloud.webhook["secret_token"]))

    def unknown(self) -> Hook:
        return self.hook(self.cloud.update("gift_of_stars", {"from": self.who.told(), "chat": self.who.chat()}))

    def strange(self, hook: Hook) -> list[Hook]:
        other = {**hook.headers, HEADER: "x" * 64}
        none = {name: value for name, value in hook.headers.items() if name != HEADER}
        return [replace(hook, headers=other), replace(hook, headers=none), replace(hook, headers={**none, HEADER: ""})]

    def trouble(self, trouble: Trouble) -> None:
        path = f"/bot{TOKEN}/sendMessage"
        if trouble == "busy":
            self.cloud.goes_wrong(Fault(path=path, status=429, body=too_many()))
        elif trouble == "reset":
            self.cloud.goes_wrong(Fault(path=path, cut=True, done=True))
        elif trouble == "blocked":
            self.who.stopped = True
        else:
            self.cloud.token = "revoked"  # of nobody

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                to=str(one["chat"]["id"]), text=one.get("text") or one.get("caption", ""),
                files=(self.cloud.brought(one).name,) if "photo" in one or "document" in one else (),
                reply_to=f"{WHO}:{one['reply_to_message']['message_id']}" if "reply_to_message" in one else "",
            )
            for one in self.cloud.sent(self.who)
        ]  # fmt: skip

    def asked(self) -> int:
        return self.cloud.asked(f"/bot{TOKEN}/send", "POST") - self.cloud.asked(f"/bot{TOKEN}/sendChat")

    async def gone(self) -> None:
        await self.cloud.stop()

    def read_of(self, update: dict[str, Any]) -> list[Envelope]:
        """What is read of an update that is posted."""
        events = self.messenger.posted(self.hook(update)).events
        return [one for event in events for one in self.messenger.read(event.body, clock.now())]


@asynccontextmanager
async def running(messenger: Any) -> AsyncIterator[None]:
    """Run a messenger meanwhile."""
    task = asyncio.create_task(messenger.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await messenger.close()


async def until(true: Any) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def ground(tmp_path: Path) -> AsyncIterator[TelegramGround]:
    async with TelegramCloud(TOKEN) as cloud:
        cloud.person(WHO)
        made = account("telegram", {"token": TOKEN}, Kept(), state=tmp_path, address=cloud.url, public_url=HOOK)
        messenger = opened(made)
        async with running(messenger):
            await until(lambda: cloud.webhook["url"])
            yield TelegramGround(
                messenger=messenger, person=str(WHO), chat=str(WHO), secrets=(TOKEN,), cloud=cloud, address=cloud.url
            )


@pytest_asyncio.fixture
async def polling(tmp_path: Path) -> AsyncIterator[tuple[Telegram, TelegramCloud, Kept]]:
    async with TelegramCloud(TOKEN) as cloud:
        cloud.person(WHO)
        kept = Kept()
        made = account("telegram", {"token": TOKEN}, kept, state=tmp_path, address=cloud.url)
        yield cast(Telegram, opened(made)), cloud, kept


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
async def test_promise(promise: Promise, ground: TelegramGround) -> None:
    await promise(ground)


async def test_the_webhook_is_told_with_what_is_wanted(ground: TelegramGround) -> None:
    told = ground.cloud.webhook
    assert (told["url"], told["drop_pending_updates"]) == (HOOK, False)
    assert told["allowed_updates"] == ["callback_query", "edited_message", "message", "my_chat_member"]
    assert len(told["secret_token"]) == 64 and TOKEN not in told["secret_token"]


async def test_a_webhook_that_was_taken_away_is_set_again(ground: TelegramGround) -> None:
    ground.cloud.webhook = {"url": "https://elsewhere.example/"}
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "webhook_gone")
    await until(lambda: ground.cloud.webhook["url"] == HOOK)
    assert (await ground.messenger.lamp()).colour == "green" and ground.cloud.hooks_set == 2


async def test_telegrams_own_count_lights_the_lamp(ground: TelegramGround) -> None:
    ground.cloud.info = {"pending_update_count": 51}
    assert (await ground.messenger.lamp()).why == "behind"
    ground.cloud.info = {"last_error_date": int(clock.now().timestamp()), "last_error_message": "503"}
    assert (await ground.messenger.lamp()).why == "webhook_errors"
    ground.cloud.info = {"last_error_date": 1_775_000_000}
    assert (await ground.messenger.lamp()).colour == "green"


async def test_a_revoked_token_is_red(ground: TelegramGround) -> None:
    ground.trouble("revoked")
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "token")


async def test_the_number_restarts_the_key_is_of_the_chat(ground: TelegramGround) -> None:
    [update] = ground.cloud.says(ground.who, "hello")
    [one] = ground.read_of(update)
    number = update["message"]["message_id"]
    assert (one.ext_id, one.message, one.order) == (str(update["update_id"]), f"{WHO}:{number}", number)
    [ephemeral] = ground.read_of(ground.cloud.update("message", {**update["message"], "message_id": 0}))
    assert ephemeral.order is None and ephemeral.message == f"{WHO}:update:{ephemeral.ext_id}"
    await ground.messenger.send(ground.message("answer", reply_to=ephemeral.message))
    assert "reply_to_message" not in ground.cloud.sent(ground.who)[-1]


async def test_an_edited_message_names_the_one_it_was(ground: TelegramGround) -> None:
    [update] = ground.cloud.says(ground.who, "helo")
    [first] = ground.read_of(update)
    [edit] = ground.read_of(ground.cloud.changes(ground.who, update["message"]["message_id"], "hello"))
    assert (edit.kind, edit.text, edit.message) == ("message.edit", "hello", first.message)
    assert edit.ext_id != first.ext_id and edit.at is not None


async def test_start_says_where_he_comes_from(ground: TelegramGround) -> None:
    [linked] = ground.read_of(ground.cloud.says(ground.who, "/start lk_7f3a")[0])
    assert (linked.kind, linked.entry, linked.text) == ("start", {"source": "deep_link", "payload": "lk_7f3a"}, "")
    [plain] = ground.read_of(ground.cloud.says(ground.who, "/start")[0])
    assert (plain.kind, plain.entry) == ("start", {"source": "start"})
    [word] = ground.read_of(ground.cloud.says(ground.who, "/starting tomorrow")[0])
    assert (word.kind, word.text) == ("message.in", "/starting tomorrow")


@pytest.mark.parametrize(("user_id", "verified"), [(WHO, True), (5502, False), (None, False)])
async def test_a_number_is_his_only_when_the_contact_is_himself(
    ground: TelegramGround, user_id: int | None, verified: bool
) -> None:
    contact = {"phone_number": "79990000001", "first_name": "Anna", **({"user_id": user_id} if user_id else {})}
    [one] = ground.read_of(ground.cloud.says(ground.who, more={"contact": contact})[0])
    assert one.peer is not None
    assert (one.peer.phone, one.peer.verified) == (("+79990000001", True) if verified else ("", False))
    [file] = one.files
    assert (file.kind, file.text, file.ref) == ("contact", "Anna, +79990000001", None)


async def test_who_blocks_the_bot_is_blocked_and_who_comes_back_is_not(ground: TelegramGround) -> None:
    [gone] = ground.read_of(ground.cloud.member(ground.who, "kicked"))
    [back] = ground.read_of(ground.cloud.member(ground.who, "member"))
    assert (gone.kind, back.kind) == ("blocked", "unblocked")


async def test_a_bot_in_a_group_hears_nothing_and_leaves(ground: TelegramGround) -> None:
    group = {"id": -1_001_000_000_001, "type": "supergroup", "title": "Neighbours"}
    assert ground.read_of(ground.cloud.member(ground.who, "member", group)) == []
    [update] = ground.cloud.says(ground.who, "hello all", chat=group)
    assert ground.read_of(update) == []
    await until(lambda: len(ground.cloud.left) == 2)
    assert set(ground.cloud.left) == {str(group["id"])}
    assert ground.read_of(ground.cloud.member(ground.who, "left", group)) == []
    await asyncio.sleep(0.05)
    assert len(ground.cloud.left) == 2


async def test_another_bot_is_nobody(ground: TelegramGround) -> None:
    [update] = ground.cloud.says(ground.who, "buy now")
    update["message"]["from"]["is_bot"] = True
    assert ground.read_of(update) == []


async def test_a_pressed_button_is_answered(ground: TelegramGround) -> None:
    press = ground.cloud.presses(ground.who, 41, "slot:12")
    [one] = ground.read_of(press)
    assert (one.kind, one.entry, one.message) == ("button", {"source": "button", "payload": "slot:12"}, f"{WHO}:41")
    await until(lambda: ground.cloud.answered == [press["callback_query"]["id"]])
    inline = ground.cloud.update("callback_query", {"id": "1", "from": ground.who.told(), "data": "x"})
    [alone] = ground.read_of(inline)
    assert alone.kind == "button" and alone.peer is not None and alone.peer.ext_chat == str(WHO)


async def test_of_a_photo_the_largest_is_taken(ground: TelegramGround) -> None:
    [update] = ground.cloud.says(ground.who, "look", [Upload(name="a.png", mime="image/png", content=b"\x89PNG")])
    [one] = ground.read_of(update)
    assert one.text == "look" and one.files[0].ref == {"file_id": update["message"]["photo"][1]["file_id"]}


@pytest.mark.parametrize(
    ("more", "kind", "text"),
    [
        ({"sticker": {"file_id": "S1", "emoji": "🙏"}}, "sticker", "🙏"),
        ({"voice": {"file_id": "V1", "duration": 4, "mime_type": "audio/ogg"}}, "voice", ""),
        ({"video_note": {"file_id": "N1", "length": 240}}, "video", ""),
        ({"audio": {"file_id": "A1", "title": "x"}}, "audio", ""),
        ({"animation": {"file_id": "G1"}, "document": {"file_id": "G1"}}, "video", ""),
        ({"document": {"file_id": "D1"}}, "file", ""),
        ({"location": {"latitude": 55.75, "longitude": 37.62}}, "location", "55.750000, 37.620000"),
        (
            {"location": {"latitude": 55.75, "longitude": 37.62}, "venue": {"title": "Cafe", "address": "1"}}, "location",
            "Cafe, 1, 55.750000, 37.620000",
        ),
    ],
)  # fmt: skip
async def test_what_else_comes(ground: TelegramGround, more: dict[str, Any], kind: str, text: str) -> None:
    [one] = ground.read_of(ground.cloud.says(ground.who, more=more)[0])
    assert [(file.kind, file.text) for file in one.files] == [(kind, text)]


async def test_content_nobody_knows_is_said_by_its_name(ground: TelegramGround) -> None:
    [one] = ground.read_of(ground.cloud.says(ground.who, more={"dice": {"value": 3}})[0])
    assert (one.kind, one.error) == ("unsupported", "dice")
    [edited] = ground.read_of(ground.cloud.update("edited_message", {"chat": ground.who.chat(), "message_id": 1}))
    assert edited.kind == "unsupported"


async def test_a_long_text_with_a_file_is_two_messages(ground: TelegramGround) -> None:
    file = SentFile(name="a.pdf", mime="application/pdf", content=b"%PDF")
    accepted = await ground.messenger.send(ground.message("я" * 1025, files=(file,)))
    first, second = ground.cloud.sent(ground.who)
    assert "document" in first and second["text"] == "я" * 1025
    assert accepted.provider_id == f"{WHO}:{second['message_id']}"


async def test_a_large_file_is_waited_for_as_long_as_a_slow_line_needs(
    ground: TelegramGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    call = Api.call

    async def noted(self: Api, *asked: Any, **more: Any) -> Answer:
        waited.append(more.get("answer_s", 25.0))
        return await call(self, *asked, **more)

    monkeypatch.setattr(Api, "call", noted)
    scan = SentFile(name="scan.pdf", mime="application/pdf", content=b"%PDF-1.4 " + bytes(20 << 20))
    await ground.messenger.send(ground.message("", files=(scan,)))
    assert max(waited) >= 20 * 8 / 2, "two megabits a second"


async def test_a_file_that_went_without_its_text_is_unknown(ground: TelegramGround) -> None:
    ground.cloud.goes_wrong(Fault(path=f"/bot{TOKEN}/sendMessage", status=429, body=too_many()))
    with pytest.raises(Unknown):
        file = SentFile(name="a.pdf", mime="application/pdf", content=b"%PDF")
        await ground.messenger.send(ground.message("я" * 1025, files=(file,)))
    assert len(ground.cloud.sent(ground.who)) == 1


async def test_a_caption_is_edited_as_one_and_the_same_words_are_no_fault(ground: TelegramGround) -> None:
    picture = SentFile(name="a.png", mime="image/png", content=b"\x89PNG")
    accepted = await ground.messenger.send(ground.message("here", files=(picture,)))
    for _ in range(2):
        await cast(Telegram, ground.messenger).edit(ground.message("there"), accepted.provider_id)
    assert ground.arrived()[0].text == "there"
    with pytest.raises(Undelivered, match="gone"):
        await cast(Telegram, ground.messenger).delete(ground.message(), f"{WHO}:1")


async def test_his_number_is_asked_for_by_a_button(ground: TelegramGround) -> None:
    for told, title in (({}, "☎"), ({"button": "Send my number"}, "Send my number")):
        await ground.messenger.send(ground.message("Your number?", template={"name": "ask_phone", **told}))
        keyboard = ground.cloud.sent(ground.who)[-1]["reply_markup"]["keyboard"]
        assert keyboard == [[{"text": title, "request_contact": True}]]


async def test_typing_is_shown(ground: TelegramGround) -> None:
    await cast(Telegram, ground.messenger).typing(ground.message())
    assert ground.cloud.actions == [(str(WHO), "typing")]


@pytest.mark.parametrize(("status", "body"), [(502, "Bad Gateway"), (500, {"ok": False})])
async def test_a_servers_own_trouble_is_unknown(ground: TelegramGround, status: int, body: Any) -> None:
    ground.cloud.goes_wrong(Fault(path=f"/bot{TOKEN}/sendMessage", status=status, body=body, done=True))
    with pytest.raises(Unknown, match=f"http_{status}"):
        await ground.messenger.send(ground.message())


@pytest.mark.parametrize(
    ("code", "why", "word", "unreachable"),
    [
        (403, "Forbidden: user is deactivated", "unreachable", True),
        (403, "Forbidden: bot can't initiate conversation with a user", "unreachable", True),
        (400, "Bad Request: chat not found", "unreachable", True),
        (400, "Bad Request: message is too long", "too_long", False),
        (400, "Bad Request: something else entirely", "refused", False),
    ],
)  # fmt: skip
async def test_what_refusals_mean(ground: TelegramGround, code: int, why: str, word: str, unreachable: bool) -> None:
    body = {"ok": False, "error_code": code, "description": why}
    ground.cloud.goes_wrong(Fault(path=f"/bot{TOKEN}/sendMessage", status=code, body=body))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert (told.value.code, told.value.unreachable, told.value.retry_after_s) == (word, unreachable, None)


async def test_a_file_over_twenty_megabytes_is_too_big(ground: TelegramGround) -> None:
    big = Upload(name="mri.zip", mime="application/zip", content=bytes((20 << 20) + 1))
    [one] = ground.read_of(ground.cloud.says(ground.who, "", [big])[0])
    with pytest.raises(Undelivered, match="too_big"):
        _ = [chunk async for chunk in ground.messenger.fetch(one.files[0].ref or {})]


async def test_what_is_polled_is_kept_before_it_is_confirmed(polling: tuple[Telegram, TelegramCloud, Kept]) -> None:
    messenger, cloud, kept = polling
    for n in range(3):
        await cloud.tell(cloud.says(cloud.person(WHO), f"message {n}")[0])
    kept.fails = DatabaseDown()
    async with running(messenger):
        await until(lambda: cloud.asked(f"/bot{TOKEN}/getUpdates") >= 1)
        await asyncio.sleep(0.05)
        assert len(cloud.updates) == 3 and not kept.events
        kept.fails = None
        messenger.poll_now()
        await kept.until(3)
        await until(lambda: not cloud.updates)
    assert kept.cursor == {"offset": int(list(kept.events)[-1]) + 1}


async def test_polling_goes_on_where_it_was(polling: tuple[Telegram, TelegramCloud, Kept]) -> None:
    messenger, cloud, kept = polling
    await cloud.tell(cloud.says(cloud.person(WHO), "before")[0])
    kept.cursor = {"offset": cloud.updates[0]["update_id"] + 1}
    await cloud.tell(cloud.says(cloud.person(WHO), "after")[0])
    async with running(messenger):
        await kept.until(1)
    read = [one.text for event in kept.events.values() for one in messenger.read(event.body, clock.now())]
    assert read == ["after"]


async def test_a_webhook_in_the_way_of_polling_is_taken_off_and_nothing_is_lost(
    polling: tuple[Telegram, TelegramCloud, Kept],
) -> None:
    messenger, cloud, kept = polling
    cloud.updates = cloud.says(cloud.person(WHO), "hello")
    cloud.webhook = {"url": "https://elsewhere.example/", "secret_token": "x"}
    async with running(messenger):
        await until(lambda: not cloud.webhook["url"])
        messenger.poll_now()
        await kept.until(1)


async def test_a_poll_that_asks_too_often_waits_as_long_as_telegram_says(
    polling: tuple[Telegram, TelegramCloud, Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, cloud, kept = polling
    waited: list[float] = []

    async def pause(seconds: float, _: asyncio.Event) -> None:
        waited.append(seconds)

    monkeypatch.setattr("chat.channels.telegram.pause", pause)
    cloud.goes_wrong(Fault(path=f"/bot{TOKEN}/getUpdates", status=429, body=too_many(70)))
    cloud.updates = cloud.says(cloud.person(WHO), "hello")
    async with running(messenger):
        await kept.until(1)
    assert waited == [70.0]


async def test_another_reader_is_a_red_lamp(polling: tuple[Telegram, TelegramCloud, Kept]) -> None:
    messenger, cloud, _ = polling
    why = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    conflict = {"ok": False, "error_code": 409, "description": why}
    cloud.goes_wrong(Fault(path=f"/bot{TOKEN}/getUpdates", status=409, body=conflict, times=100))
    async with running(messenger):
        await until(lambda: cloud.asked(f"/bot{TOKEN}/getUpdates") >= 1)
        await asyncio.sleep(0.05)
        lamp = await messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "other_reader")


async def test_webhook_and_poll_know_an_update_by_the_same_number(ground: TelegramGround) -> None:
    [update] = ground.cloud.says(ground.who, "ёлка")
    [posted] = ground.messenger.posted(ground.hook(update)).events
    polled = RawEvent(ext_id=str(update["update_id"]), peer=str(WHO), body=json.dumps(update).encode())
    assert (posted.ext_id, posted.peer) == (polled.ext_id, polled.peer)
    at = clock.now()
    assert ground.messenger.read(posted.body, at) == ground.messenger.read(polled.body, at)


def test_addresses_are_a_second_lock(tmp_path: Path) -> None:
    secrets, nets = {"token": TOKEN, "hook": "known"}, {"addresses": ["149.154.160.0/20", "91.108.4.0/22"]}
    messenger = opened(account("telegram", secrets, Kept(), state=tmp_path, options=nets))
    for where, header, status in (
        ("149.154.167.197", "known", 0), ("91.108.6.1", "known", 0), ("203.0.113.7", "known", 403), ("", "known", 403),
        ("149.154.167.197", "guess", 401),
    ):  # fmt: skip
        hook = Hook(method="POST", headers={HEADER: header}, query={}, raw=b"{}", address=where)
        if not status:
            assert len(messenger.posted(hook).events) == 1
            continue
        with pytest.raises(Stranger) as told:
            messenger.posted(hook)
        assert told.value.status == status


def test_options_nobody_knows_are_named(tmp_path: Path) -> None:
    for options, address in (({"mod": "poll"}, ""), ({"mode": "push"}, ""), ({}, "http://elsewhere.example")):
        with pytest.raises(BadAccount, match=r"telegram:main.*(options\.mod|address)"):
            opened(account("telegram", {"token": TOKEN}, Kept(), state=tmp_path, address=address, options=options))

