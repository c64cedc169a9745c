"""MAX: what every messenger promises, and what its sheet says besides (reference/channels.md 3.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from chat.channels import Hook, Stranger
from chat.channels.max import Max
from chat.clouds import max_line
from chat.hearing import max as hearing
from chat.wire import Outgoing, SentFile, Undelivered, Unknown
from demo.clouds.max import BOT, MaxCloud, Person
from demo.clouds.server import Fault, Letter, Upload
from okno import clock
from okno.database import DatabaseDown
from tests.contracts import channel_suite as suite
from tests.contracts.channel_suite import Arrived, Kept, Said

TOKEN, SECRET = "max-token-of-tests", "secret_of-tests"
PUBLIC = "http://127.0.0.1:9/hook/max/main"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:ez-vcard 0.10.3\r\nTEL;TYPE=cell:79990000001\r\nFN:Иванов Иван\r\nEND:VCARD\r\n"


def hook_of(letter: Letter) -> Hook:
    return Hook(
        method="POST",
        headers={name.lower(): value for name, value in letter.headers.items()},
        query={},
        raw=letter.body,
    )


class MaxGround(suite.Ground):
    cloud: MaxCloud
    who: Person
    kept: Kept

    async def says(self, said: Said) -> list[Hook]:
        first, _, last = said.name.partition(" ")
        self.who.first_name, self.who.last_name = first, last
        files = [Upload(name=one.name, mime=one.mime, content=one.content) for one in said.files]
        update = self.cloud.says(self.who, said.text, files, reply_to=said.reply_to)
        return [hook_of(self.cloud.letter(update, SECRET))]

    def unknown(self) -> Hook:
        return hook_of(self.cloud.letter(self.cloud.does("dialog_levitated", self.who), SECRET))

    def strange(self, hook: Hook) -> list[Hook]:
        return [replace(hook, headers=headers) for headers in (
            {}, {"x-max-bot-api-secret": ""}, {"x-max-bot-api-secret": SECRET + "x"}, {"authorization": TOKEN},
            {"x-max-bot-api-secret": SECRET.upper()}, {"x-max-bot-api-secret": "\ud800"},
        )]  # fmt: skip

    def trouble(self, trouble: suite.Trouble) -> None:
        wrong = {
            "busy": Fault(
                path="/messages", status=429, body={"code": "too.many.requests"}, headers={"Retry-After": "3"}
            ),
            "reset": Fault(path="/messages", cut=True, done=True),
            "blocked": Fault(path="/messages", status=403, body={"code": "chat.denied", "message": "suspended"}),
            "revoked": Fault(path="/messages", status=401, body={"code": "verify.token", "message": "Invalid"}),
        }
        self.cloud.goes_wrong(wrong[trouble])

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                to=str(one["recipient"]["user_id"]), text=one["body"]["text"],
                files=tuple(self.cloud.brought(file).name for file in one["body"]["attachments"]),
                reply_to=one.get("link", {}).get("message", {}).get("mid", ""),
            ) for one in self.cloud.sent(self.who)
        ]  # fmt: skip

    def asked(self) -> int:
        return self.cloud.asked("/messages", "POST")

    async def gone(self) -> None:
        await self.cloud.stop()


@asynccontextmanager
async def grounded(tmp_path: Path, *, public_url: str = "", **options: Any) -> AsyncIterator[MaxGround]:
    async with MaxCloud(TOKEN) as cloud:
        kept = Kept()
        made = suite.account(
            "max", {"token": TOKEN, "secret": SECRET}, kept, state=tmp_path, address=cloud.url, public_url=public_url,
            options=options,
        )  # fmt: skip
        messenger = suite.opened(made)
        assert isinstance(messenger, Max)
        who = cloud.person(5501)
        ground = MaxGround(messenger, str(who.id), str(who.chat), cloud.url, secrets=(TOKEN, SECRET))
        ground.cloud, ground.who, ground.kept = cloud, who, kept
        try:
            yield ground
        finally:
            await messenger.close()


@asynccontextmanager
async def running(ground: MaxGround) -> AsyncIterator[None]:
    task = asyncio.create_task(ground.messenger.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Any, within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.02)


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[MaxGround]:
    async with grounded(tmp_path) as made:
        yield made


@pytest.mark.parametrize("promise", suite.PROMISES, ids=suite.name_of)
async def test_it_keeps_what_every_messenger_promises(promise: suite.Promise, ground: MaxGround) -> None:
    await promise(ground)


# --- what comes


def read(ground: MaxGround, update: dict[str, Any]) -> list[Any]:
    posted = ground.messenger.posted(hook_of(ground.cloud.letter(update, SECRET)))
    assert (posted.status, posted.answer) == (200, "")
    return [one for event in posted.events for one in ground.messenger.read(event.body, clock.now())]


USER = {"user_id": 5501, "first_name": "Анна", "last_name": "П.", "username": "anna", "is_bot": False}
KEYS = [
    ({"update_type": "message_created", "timestamp": 7, "message": {"body": {"mid": "mid.1"}}}, "message_created:mid.1"),
    ({"update_type": "message_edited", "timestamp": 7, "message": {"body": {"mid": "mid.1"}}}, "message_edited:mid.1:7"),
    ({"update_type": "message_removed", "timestamp": 7, "message_id": "mid.1", "chat_id": -1, "user_id": 2}, "message_removed:mid.1"),
    ({"update_type": "message_callback", "timestamp": 7, "callback": {"callback_id": "c", "timestamp": 9}}, "message_callback:c:9"),
    ({"update_type": "bot_started", "timestamp": 7, "chat_id": -777, "user": USER, "user_id": 5501}, "bot_started:-777:5501:7"),
    ({"update_type": "bot_stopped", "timestamp": 8, "chat_id": -777, "user": USER}, "bot_stopped:-777:5501:8"),
    ({"update_type": "dialog_muted", "timestamp": 7, "chat_id": -777, "user": USER, "muted_until": 9}, "dialog_muted:-777:5501:7"),
]  # fmt: skip


@pytest.mark.parametrize(("update", "key"), KEYS, ids=[key for _, key in KEYS])
def test_a_repetition_is_known_by_what_happened(update: dict[str, Any], key: str) -> None:
    assert hearing.name(update) == key


def test_what_names_nothing_is_known_by_all_it_says() -> None:
    forward = {"update_type": "message_created", "timestamp": 7, "message": {"body": None, "link": {"type": "forward"}}}
    again = json.loads(json.dumps(forward, indent=3, sort_keys=True))
    other = {**forward, "timestamp": 8}
    assert hearing.name(forward) == hearing.name(again) != hearing.name(other)
    assert hearing.name(forward).startswith("message_created:") and len(hearing.name(forward)) == 16 + 64


def test_a_message_says_who_where_when_and_in_what_order(ground: MaxGround) -> None:
    [one] = read(ground, ground.cloud.says(ground.who, "Здравствуйте"))
    assert one.order is not None and one.order > 1 << 53 and isinstance(one.order, int)
    assert one.peer.ext_chat == str(ground.who.chat) and one.peer.ext_chat.startswith("-")
    assert (one.peer.username, one.peer.lang, one.peer.phone) == ("anna", "ru", "")
    assert abs(clock.now() - one.at) < timedelta(seconds=30) and not one.silent


def test_what_the_bot_said_is_an_echo_of_his_dialog(ground: MaxGround) -> None:
    update = ground.cloud.says(ground.who, "from our side")
    message = update["message"]
    message["sender"], message["recipient"]["user_id"] = {"user_id": BOT, "is_bot": True}, ground.who.id
    [one] = read(ground, update)
    assert (one.kind, one.peer.ext_user, one.peer.name, one.silent) == ("message.echo", "5501", "", True)


def test_a_pure_forward_says_what_was_forwarded(ground: MaxGround) -> None:
    original = {
        "mid": "mid.x",
        "seq": 1,
        "text": "их слова",
        "attachments": [{"type": "sticker", "payload": {"code": "ok"}}],
    }
    update = ground.cloud.says(ground.who, None, link={"type": "forward", "sender": USER, "message": original})
    update["message"]["body"] = None
    [one] = read(ground, update)
    assert (one.kind, one.text, [file.kind for file in one.files]) == ("message.in", "их слова", ["sticker"])
    assert one.message == one.ext_id and one.reply_to == "" and one.order is None
    update = ground.cloud.says(ground.who, "мои", link={"type": "forward", "message": original})
    assert read(ground, update)[0].text == "мои\nих слова"


@pytest.mark.parametrize("kind", ["dialog_removed", "dialog_cleared", "dialog_muted", "dialog_unmuted"])
def test_what_he_does_to_his_window_is_nobodys_work(ground: MaxGround, kind: str) -> None:
    assert read(ground, ground.cloud.does(kind, ground.who)) == []


def test_he_starts_stops_and_presses(ground: MaxGround) -> None:
    [one] = read(ground, ground.cloud.does("bot_started", ground.who, payload="lk_7f3a"))
    assert (one.kind, one.entry, one.peer.ext_user) == ("start", {"source": "deep_link", "payload": "lk_7f3a"}, "5501")
    [one] = read(ground, ground.cloud.does("bot_started", ground.who, payload=None))
    assert (one.kind, one.entry) == ("start", {})
    for text, entry in (("/start c42", {"source": "deep_link", "payload": "c42"}), ("/start", {})):
        [one] = read(ground, ground.cloud.says(ground.who, text))
        assert (one.kind, one.entry, one.text) == ("start", entry, "")
    [one] = read(ground, ground.cloud.says(ground.who, "/start the engine please"))
    assert one.kind == "message.in"
    [one] = read(ground, ground.cloud.does("bot_stopped", ground.who))
    assert one.kind == "blocked"
    pressed = {"timestamp": 1, "callback_id": "f9LH", "payload": "slot:12", "user": USER}
    [one] = read(ground, {"update_type": "message_callback", "timestamp": 1, "callback": pressed, "message": None})
    assert (one.kind, one.entry, one.peer.name) == ("button", {"source": "button", "payload": "slot:12"}, "Анна П.")


def test_he_changes_and_takes_back(ground: MaxGround) -> None:
    update = ground.cloud.says(ground.who, "first")
    mid = update["message"]["body"]["mid"]
    update = {**update, "update_type": "message_edited"}
    update["message"]["body"]["text"] = "second"
    [one] = read(ground, update)
    assert (one.kind, one.message, one.text) == ("message.edit", mid, "second")
    removed = {"update_type": "message_removed", "timestamp": 1, "message_id": mid, "chat_id": 777, "user_id": 5501}
    [one] = read(ground, removed)
    assert (one.kind, one.message, one.peer.ext_user) == ("message.delete", mid, "5501")


def test_everything_that_can_be_attached_is_shown(ground: MaxGround) -> None:
    more = [
        {"type": "video", "payload": {"url": "https://v", "token": "tv"}, "duration": 3},
        {"type": "audio", "payload": {"url": "https://a", "token": "ta"}, "transcription": "слова"},
        {"type": "file", "payload": {"url": "https://f", "token": "tf"}, "filename": "анализ.pdf", "size": 730000},
        {"type": "contact", "payload": {"vcf_info": CARD, "max_info": None}},
        {"type": "location", "latitude": 55.75, "longitude": 37.62},
        {"type": "share", "payload": {"url": "https://clinic.example", "token": "ts"}, "title": "Клиника"},
        {"type": "sticker", "payload": {"url": "https://s", "code": "ok"}, "width": 512, "height": 512},
        {"type": "inline_keyboard", "payload": {"buttons": []}},
        {"type": "hologram", "payload": {"url": "https://h"}},
        "nonsense",
    ]
    [one] = read(ground, ground.cloud.says(ground.who, "", more=more))  # type: ignore[arg-type]  # one is nonsense
    kinds = ["video", "voice", "file", "contact", "location", "link", "sticker", "file"]
    assert [file.kind for file in one.files] == kinds
    assert (one.files[2].name, one.files[2].size) == ("анализ.pdf", 730000)
    assert one.files[3].text == "Иванов Иван +79990000001" and one.files[3].ref is None
    assert (one.files[4].text, one.files[5].text) == ("55.750000, 37.620000", "Клиника https://clinic.example")
    assert (one.files[1].text, one.files[7].text, one.files[7].ref) == ("слова", "hologram", None)
    assert one.peer.phone == ""


@pytest.mark.parametrize(("proof", "owner", "phone", "verified"), [
    ("8877666d07a71523c363d3c8421f5524b24ab288e45ef42e3b90ba1e48d811a9", 5501, "+79990000001", True),
    ("8877666D07A71523C363D3C8421F5524B24AB288E45EF42E3B90BA1E48D811A9", 5501, "+79990000001", True),
    ("8877666d07a71523c363d3c8421f5524b24ab288e45ef42e3b90ba1e48d811a8", 5501, "+79990000001", False),
    (None, 5501, "+79990000001", False),
    ("8877666d07a71523c363d3c8421f5524b24ab288e45ef42e3b90ba1e48d811a9", 5502, "", False),
    ("8877666d07a71523c363d3c8421f5524b24ab288e45ef42e3b90ba1e48d811a9", None, "", False),
])  # fmt: skip
def test_a_number_is_his_own_only_when_max_proves_it(proof: Any, owner: Any, phone: str, verified: bool) -> None:
    update = {
        "update_type": "message_created", "timestamp": 1,
        "message": {
            "sender": USER, "recipient": {"chat_id": 777, "chat_type": "dialog", "user_id": BOT}, "timestamp": 1,
            "body": {"mid": "mid.1", "seq": 1, "text": None, "attachments": [
                {"type": "contact", "payload": {"vcf_info": CARD, "hash": proof, "max_info": {"user_id": owner}}},
            ]},
        },
    }  # fmt: skip
    [one] = hearing.envelopes("max:main", "TEST_TOKEN_123", json.dumps(update).encode())
    assert one.peer is not None
    assert (one.peer.phone, one.peer.verified) == (phone, verified)
    assert one.files[0].text == "Иванов Иван +79990000001"


MINI = {"auth_date": "1775025604", "chat_id": "182182182", "user": '{"id":1,"first_name":"A"}'}
MINI_HASH = "17e225abb433f2d5e0d41b9fcb7100f56dc9ee111ae9c48044d1e53e1470fe48"


def test_a_mini_apps_page_is_believed_by_its_hash_for_an_hour() -> None:
    at = datetime.fromtimestamp(1775025604, UTC)

    def data(**fields: str) -> str:
        return "&".join(f"{name}={quote(value)}" for name, value in {**MINI, "hash": MINI_HASH, **fields}.items())

    opened = hearing.opened_by("TEST_TOKEN_123", data(WebAppPlatform="web", WebAppVersion="26"), at)
    assert opened is not None and opened["chat_id"] == "182182182"
    assert hearing.opened_by("TEST_TOKEN_124", data(), at) is None
    assert hearing.opened_by("TEST_TOKEN_123", data(chat_id="1"), at) is None
    assert hearing.opened_by("TEST_TOKEN_123", data(hash=""), at) is None
    assert hearing.opened_by("TEST_TOKEN_123", data(), at + timedelta(hours=2)) is None
    assert hearing.opened_by("TEST_TOKEN_123", data(), at - timedelta(hours=1)) is None
    assert hearing.opened_by("TEST_TOKEN_123", "", at) is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"update_type":7}', b"\xff", b"[" * 99_999])
def test_what_max_posts_and_nobody_reads_is_kept_once(ground: MaxGround, raw: bytes) -> None:
    [one] = ground.messenger.posted(hook_of(Letter(body=raw, headers={"X-Max-Bot-Api-Secret": SECRET}))).events
    [again] = ground.messenger.posted(hook_of(Letter(body=raw, headers={"X-Max-Bot-Api-Secret": SECRET}))).events
    assert one == again and (one.peer, one.body) == ("", raw)
    with pytest.raises(ValueError):  # it is dead, whatever its words are
        ground.messenger.read(one.body, clock.now())


@pytest.mark.parametrize("kind", ["messageVanished", "x" * 99, "тип", ""])
def test_a_type_of_any_spelling_is_kept(ground: MaxGround, kind: str) -> None:
    two = [read(ground, ground.cloud.does(kind, ground.who, n=n)) for n in (1, 2)]
    assert [one.kind for [one] in two] == ["unsupported"] * 2 and two[0][0].ext_id != two[1][0].ext_id


def test_a_get_is_no_update(ground: MaxGround) -> None:
    with pytest.raises(Stranger) as told:
        ground.messenger.posted(Hook(method="GET", headers={"x-max-bot-api-secret": SECRET}, query={}, raw=b""))
    assert told.value.status == 405


async def test_a_group_is_left_and_nothing_of_it_is_kept(ground: MaxGround) -> None:
    said = ground.cloud.says(ground.who, "in a group")
    said["message"]["recipient"] |= {"chat_type": "chat", "chat_id": -4242}
    added = {"update_type": "bot_added", "timestamp": 1, "chat_id": -4343, "user": USER, "is_channel": False}
    assert read(ground, said) == [] and read(ground, added) == []
    async with running(ground):
        await until(lambda: sorted(ground.cloud.left) == ["-4242", "-4343"])


async def test_a_pressed_button_is_answered(ground: MaxGround) -> None:
    pressed = {"timestamp": 1, "callback_id": "f9LH", "payload": "slot:12", "user": USER}
    read(ground, {"update_type": "message_callback", "timestamp": 1, "callback": pressed, "message": None})
    async with running(ground):
        await until(lambda: ground.cloud.answered == ["f9LH"])


# --- what goes


async def test_it_is_sent_by_the_persons_id_with_the_bare_token(ground: MaxGround) -> None:
    await ground.messenger.send(ground.message("hello"))
    [call] = [call for call in ground.cloud.calls if call.method == "POST"]
    assert dict(call.query) == {"user_id": "5501"}


async def test_his_number_is_asked_for_by_a_button(tmp_path: Path) -> None:
    async with grounded(tmp_path, phone_button="Отправить номер") as ground:
        await ground.messenger.send(ground.message("Ваш номер?", template={"name": "ask_phone"}))
        [sent] = ground.cloud.sent(ground.who)
    [[button]] = sent["body"]["attachments"][0]["payload"]["buttons"]
    assert button == {"type": "request_contact", "text": "Отправить номер"}


@pytest.mark.parametrize(("mime", "kind"), [
    ("image/png", "image"), ("video/mp4", "video"), ("audio/ogg", "audio"), ("application/pdf", "file"), ("", "file"),
])  # fmt: skip
async def test_each_kind_of_file_is_brought_its_way(ground: MaxGround, mime: str, kind: str) -> None:
    file = SentFile(name='п"а\\мятка.x', mime=mime, content=b"content of it")
    await ground.messenger.send(ground.message("", files=(file,)))
    [sent] = ground.cloud.sent(ground.who)
    [attachment] = sent["body"]["attachments"]
    brought = ground.cloud.brought(attachment)
    assert (attachment["type"], brought.kind, brought.content) == (kind, kind, b"content of it")


async def test_a_file_that_is_not_ready_is_waited_for(ground: MaxGround, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.clouds.max_api._READY_S", {"": (0.01, 0.01, 0.01)})
    file = SentFile(name="a.pdf", mime="application/pdf", content=b"x")
    ground.cloud.unready = 2
    await ground.messenger.send(ground.message("", files=(file,)))
    assert (ground.asked(), len(ground.cloud.sent(ground.who))) == (3, 1)
    ground.cloud.unready = 9
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message("", files=(file,)))
    assert told.value.code == "upload" and told.value.retry_after_s and len(ground.cloud.sent(ground.who)) == 1


@pytest.mark.parametrize("fault", [
    Fault(path="/uploads", cut=True), Fault(path="/up/", cut=True, done=True), Fault(path="/up/", status=500),
    Fault(path="/up/", status=200, body=[]),
])  # fmt: skip
async def test_an_upload_that_fails_has_sent_nothing(ground: MaxGround, fault: Fault) -> None:
    ground.cloud.goes_wrong(fault)
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message("x", files=(SentFile(name="a", mime="", content=b"1"),)))
    assert told.value.code == "upload" and told.value.retry_after_s and ground.asked() == 0


ANSWERS: list[tuple[int, Any, tuple[str, float | None, bool]]] = [
    (400, {"code": "proto.payload"}, ("refused", None, True)),
    (404, {"code": "chat.not.found"}, ("unreachable", None, True)),
    (404, {"code": "not.found"}, ("gone", None, True)),
    (405, {"code": "method.not.allowed"}, ("refused", None, True)),
    (404, "no MAX", ("stranger", 60.0, False)),
    (413, None, ("too_big", None, True)),
    (429, {"code": "too.many"}, ("rate", 1.0, False)),
    (503, None, ("busy", 5.0, True)),
]


@pytest.mark.parametrize(("status", "body", "means"), ANSWERS)
async def test_each_refusal_means_something(
    ground: MaxGround, status: int, body: Any, means: tuple[str, float | None, bool]
) -> None:
    ground.cloud.goes_wrong(Fault(path="/messages", status=status, body=body))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert (told.value.code, told.value.retry_after_s, told.value.counts) == means
    assert told.value.unreachable == (means[0] == "unreachable")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path="/messages", status=500),
        Fault(path="/messages", status=502, done=True),
        Fault(path="/messages", status=504),
        Fault(path="/messages", status=200, body=[]),
        Fault(path="/messages", status=200, body={"message": {}}),
        Fault(path="/messages", status=302),
    ],
)
async def test_what_may_have_gone_is_unknown(ground: MaxGround, fault: Fault) -> None:
    ground.cloud.goes_wrong(fault)
    with pytest.raises(Unknown):
        await ground.messenger.send(ground.message())
    assert ground.asked() == 1


async def test_the_same_words_said_before_are_not_the_message_looked_for(ground: MaxGround) -> None:
    message = ground.message("Да")
    await ground.messenger.send(message)
    ground.cloud.sent(ground.who)[0]["timestamp"] -= 30_000
    assert isinstance(ground.messenger, Max)
    assert await ground.messenger.look(message, clock.now()) is None
    accepted = await ground.messenger.send(message)
    found = await ground.messenger.look(message, clock.now() - timedelta(seconds=1))
    assert found is not None and (found.provider_id, found.order) == (accepted.provider_id, accepted.order)


async def test_what_was_said_minutes_after_it_was_taken_is_found(ground: MaxGround) -> None:
    """A large file was brought before: what is not found would be said twice."""
    message = ground.message("the scan", files=(SentFile(name="a.pdf", mime="application/pdf", content=b"a scan"),))
    accepted = await ground.messenger.send(message)
    assert isinstance(ground.messenger, Max)
    found = await ground.messenger.look(message, clock.now() - timedelta(seconds=170))
    assert found is not None and found.provider_id == accepted.provider_id


async def test_it_can_be_looked_for_only_when_max_answers(ground: MaxGround) -> None:
    assert isinstance(ground.messenger, Max)
    ground.cloud.goes_wrong(Fault(path="/messages", status=500))
    with pytest.raises(Undelivered):
        await ground.messenger.look(ground.message(), clock.now())


async def test_what_is_not_there_cannot_be_changed(ground: MaxGround) -> None:
    assert isinstance(ground.messenger, Max)
    for change in (ground.messenger.edit, ground.messenger.delete):
        with pytest.raises(Undelivered) as told:
            await change(ground.message(), "mid.none")
        assert told.value.code == "gone"
    ground.cloud.goes_wrong(Fault(path="/messages", status=200, body={"success": False, "message": "too old"}))
    with pytest.raises(Undelivered):
        await ground.messenger.delete(ground.message(), "mid.none")


async def test_typing_and_reading_are_shown_in_his_dialog(ground: MaxGround) -> None:
    assert isinstance(ground.messenger, Max)
    await ground.messenger.typing(ground.message())
    await ground.messenger.read_up_to(ground.message())
    assert ground.cloud.actions == [(str(ground.who.chat), "typing_on"), (str(ground.who.chat), "mark_seen")]
    nowhere: Outgoing = replace(ground.message(), peer=replace(ground.message().peer, ext_chat=""))
    await ground.messenger.typing(nowhere)
    assert len(ground.cloud.actions) == 2


async def test_a_video_is_fetched_in_its_finest_form(ground: MaxGround) -> None:
    video = Upload(name="v.mp4", mime="video/mp4", content=b"frames" * 1000)
    [one] = read(ground, ground.cloud.says(ground.who, "", [video]))
    ref = one.files[0].ref
    assert b"".join([chunk async for chunk in await suite._content(ground, ref)]) == video.content
    assert ground.cloud.asked("/videos/") == 1


@pytest.mark.parametrize("url", [
    "", "http://clinic.example/x", "https://127.0.0.1/x", "https://10.0.0.1/", "https://[::1]/", "https://localhost/",
    "file:///etc/passwd", "https://169.254.169.254/latest/meta-data",
])  # fmt: skip
async def test_nothing_inside_our_own_network_is_fetched(tmp_path: Path, url: str) -> None:
    made = suite.account("max", {"token": TOKEN, "secret": SECRET}, Kept(), state=tmp_path)
    messenger = suite.opened(made)
    with pytest.raises(Undelivered) as told:
        _ = [chunk async for chunk in messenger.fetch({"url": url})]  # type: ignore[attr-defined]
    assert told.value.code == "refused"


@pytest.mark.parametrize(("secret", "address", "options"), [
    ("abc", "", {}), ("with space", "", {}), (SECRET, "http://max.example", {}), (SECRET, "ftp://x", {}),
    (SECRET, "", {"mode": "pigeon"}), (SECRET, "", {"authorities": "none.pem"}), (SECRET, "", {"mode": "webhook"}),
])  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(
    tmp_path: Path, secret: str, address: str, options: dict[str, Any]
) -> None:
    made = suite.account(
        "max", {"token": TOKEN, "secret": secret}, Kept(), state=tmp_path, address=address, options=options
    )
    with pytest.raises(ValueError, match=r"max|https|mode|PEM") as told:
        suite.opened(made)
    assert TOKEN not in str(told.value) and "with space" not in str(told.value)


# --- the line: subscription, what was missed, long poll


async def test_it_subscribes_and_again_when_it_was_unsubscribed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(max_line, "_WATCH_S", 0.05)
    async with grounded(tmp_path, public_url=PUBLIC) as ground, running(ground):
        await until(lambda: len(ground.cloud.subscriptions) == 1)
        [one] = ground.cloud.subscriptions
        assert (one["url"], one["secret"]) == (PUBLIC, SECRET) and "message_created" in one["update_types"]
        await until(lambda: "subscription" in ground.kept.cursor)
        ground.cloud.subscriptions.clear()
        await until(lambda: len(ground.cloud.subscriptions) == 1)
        assert ground.cloud.asked("/subscriptions", "POST") == 2


async def test_what_was_said_while_unsubscribed_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(max_line, "_WATCH_S", 0.05)
    async with grounded(tmp_path, public_url=PUBLIC) as ground:
        heard = ground.cloud.says(ground.who, "heard before")
        await ground.kept.keep(ground.messenger.posted(hook_of(ground.cloud.letter(heard, SECRET))).events)
        old = ground.cloud.says(ground.who, "long ago")
        old["message"]["timestamp"] -= 10 * 86_400_000
        missed = [ground.cloud.says(ground.who, f"missed {n}")["message"]["body"]["mid"] for n in range(130)]
        await ground.messenger.send(ground.message("ours"))
        ground.kept.dialogs = [str(ground.who.chat), "404404"]
        async with running(ground):
            await ground.kept.until(131)
            await until(lambda: "seen" in ground.kept.cursor)
        read = [one for event in ground.kept.events.values() for one in ground.messenger.read(event.body, clock.now())]
        assert [one.message for one in read][1:] == missed and read[1].text == "missed 0"
        assert {one.kind for one in read} == {"message.in"} and len(ground.kept.events) == 131


async def test_with_the_database_away_it_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(max_line, "_SUBSCRIBE_S", 0.05)
    async with grounded(tmp_path, public_url=PUBLIC) as ground, running(ground):
        ground.kept.fails = DatabaseDown()
        await until(lambda: ground.cloud.asked("/subscriptions", "POST") >= 2)
        assert (await ground.messenger.lamp()).why == "database"
        ground.kept.fails = None
        await until(lambda: "seen" in ground.kept.cursor)
        assert (await ground.messenger.lamp()).colour == "green"


async def test_the_lamp_says_that_nobody_posts_to_us(tmp_path: Path) -> None:
    async with grounded(tmp_path, public_url=PUBLIC) as ground:
        lamp = await ground.messenger.lamp()
        assert (lamp.colour, lamp.why) == ("amber", "unsubscribed")
        ground.cloud.goes_wrong(Fault(path="/subscriptions", status=401, body={"code": "verify.token"}))
        assert (await ground.messenger.lamp()).why == "token"


async def test_the_lamp_says_when_an_authority_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with grounded(tmp_path) as ground:
        assert (await ground.messenger.lamp()).colour == "green"
        monkeypatch.setattr("chat.channels.max.trust.ends", lambda _: clock.now() + timedelta(days=20))
        assert (await ground.messenger.lamp()).why == "authorities_end"


async def test_it_polls_and_asks_again_for_what_was_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(max_line, "_AGAIN_S", 0.05)
    monkeypatch.setattr(max_line, "_PAUSE_S", 0.01)
    async with grounded(tmp_path) as ground:
        ground.kept.cursor = {"marker": 0}
        first = ground.cloud.says(ground.who, "first")
        await ground.cloud.tell(first, copies=3)
        ground.kept.fails = DatabaseDown()
        async with running(ground):
            await until(lambda: ground.cloud.asked("/updates") >= 2)
            assert ground.kept.events == {} and ground.kept.cursor == {"marker": 0}
            ground.kept.fails = None
            await ground.kept.until(1)
            await ground.cloud.tell(ground.cloud.says(ground.who, "second"))
            await ground.kept.until(2)
            await until(lambda: ground.kept.cursor == {"marker": 4})
        hooked = ground.messenger.posted(hook_of(ground.cloud.letter(first, SECRET))).events
        assert await ground.kept.keep(hooked) == 0, "posted and polled are one"


async def test_polling_takes_back_a_webhook_of_ours_and_leaves_anothers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(max_line, "_SUBSCRIBE_S", 0.05)
    monkeypatch.setattr(max_line, "_AGAIN_S", 0.05)
    async with grounded(tmp_path) as ground:
        ground.cloud.subscriptions = [
            {"url": "https://old.example/hook/max/main", "time": 1, "update_types": [], "secret": "x"},
            {"url": "https://shop.example/bot", "time": 1, "update_types": [], "secret": "x"},
        ]
        async with running(ground):
            await until(lambda: len(ground.cloud.subscriptions) == 1)
            await until(lambda: ground.messenger._line._trouble == "other_webhook")  # type: ignore[attr-defined]
            assert (await ground.messenger.lamp()).why == "other_webhook"
            ground.cloud.subscriptions.clear()
            await until(lambda: ground.cloud.asked("/updates") > 0)


async def test_the_first_poll_begins_with_what_was_said_before(tmp_path: Path) -> None:
    async with grounded(tmp_path) as ground:
        for n in range(3):
            await ground.cloud.tell(ground.cloud.says(ground.who, str(n)))
        ground.kept.dialogs, ground.kept.heard_at = [str(ground.who.chat)], clock.now()
        async with running(ground):
            await ground.kept.until(3)
            await ground.cloud.tell(ground.cloud.says(ground.who, "3"))
            await ground.kept.until(4)


async def test_what_is_posted_twice_and_late_comes_once(tmp_path: Path) -> None:
    """The cloud repeats until 200: a 503, a cut connection and copies end as one event each."""
    from aiohttp import web  # the receiving side of this test alone

    async with grounded(tmp_path) as ground:
        refusals = [503, 503]

        async def take(request: web.Request) -> web.Response:
            raw = await request.read()
            headers = {name.lower(): value for name, value in request.headers.items()}
            posted = ground.messenger.posted(Hook(method="POST", headers=headers, query={}, raw=raw))
            if refusals:
                return web.Response(status=refusals.pop())
            await ground.kept.keep(posted.events)
            return web.Response(text=posted.answer)

        app = web.Application()
        app.router.add_post("/hook/max/main", take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/max/main"
        ground.cloud.subscriptions = [{"url": url, "time": 1, "update_types": list(hearing.TYPES), "secret": SECRET}]
        try:
            posts = [
                task for n in range(5)
                for task in await ground.cloud.tell(ground.cloud.says(ground.who, str(n)), copies=3)
            ]  # fmt: skip
            assert all(await asyncio.gather(*posts)) and len(ground.kept.events) == 5
        finally:
            await runner.cleanup()


@pytest.mark.parametrize("url", ["http://chat.clinic.example", "https://chat.clinic.example:8443"])
def test_an_address_max_does_not_post_to_is_refused(tmp_path: Path, url: str) -> None:
    def made(public_url: str, **options: Any) -> Any:
        secrets = {"token": TOKEN, "secret": SECRET}
        return suite.account("max", secrets, Kept(), state=tmp_path, public_url=public_url, options=options)

    with pytest.raises(ValueError, match="port 443"):
        suite.opened(made(url))
    suite.opened(made(url, mode="poll"))
    suite.opened(made("https://chat.clinic.example/hook/max/main"))
