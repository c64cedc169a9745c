"""VK: what every messenger promises, and what its sheet says besides (reference/channels.md 3.3)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chat.channels import Hook, Stranger
from chat.channels.vk import Vk
from chat.clouds import vk_chores, vk_line
from chat.wire import Envelope, SentFile, Undelivered, Unknown, mark_of
from demo.clouds.server import Fault, Letter, Upload
from demo.clouds.vk import GROUP, Person, VkCloud
from okno import clock
from okno.database import DatabaseDown
from tests.contracts import channel_suite as suite
from tests.contracts.channel_suite import Arrived, Kept, Said

TOKEN, SECRET = "vk-token-of-tests", "vk-secret"
PUBLIC = "http://127.0.0.1:9/hook/vk/main"


def hook_of(letter: Letter) -> Hook:
    return Hook(method="POST", headers={}, query={}, raw=letter.body)


class VkGround(suite.Ground):
    cloud: VkCloud
    who: Person
    kept: Kept

    async def says(self, said: Said) -> list[Hook]:
        files = [Upload(name=one.name, mime=one.mime, content=one.content) for one in said.files]
        more = {"reply_message": {"id": int(said.reply_to), "text": "…"}} if said.reply_to else {}
        return [hook_of(self.cloud.letter(self.cloud.says(self.who, said.text, files, **more), SECRET))]

    def unknown(self) -> Hook:
        return hook_of(self.cloud.letter(self.cloud.event("message_levitate", {"user_id": self.who.id}), SECRET))

    def strange(self, hook: Hook) -> list[Hook]:
        tree = json.loads(hook.raw)
        bare = {name: value for name, value in tree.items() if name != "secret"}
        others = [
            bare, {**tree, "secret": ""}, {**tree, "secret": SECRET + "x"}, {**tree, "secret": None},
            {**tree, "secret": [SECRET]}, {**tree, "secret": "\ud800"}, {**tree, "group_id": GROUP + 1},
            {**tree, "group_id": None},
        ]  # fmt: skip
        return [replace(hook, raw=json.dumps(one).encode()) for one in others]

    def trouble(self, trouble: suite.Trouble) -> None:
        def error(code: int) -> Fault:
            return Fault(
                path="/method/messages.send", status=200, body={"error": {"error_code": code, "error_msg": "x"}}
            )

        cut = Fault(path="/method/messages.send", cut=True, done=True)
        self.cloud.goes_wrong({"busy": error(6), "reset": cut, "blocked": error(900), "revoked": error(5)}[trouble])

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                to=str(one["peer_id"]), text=one["text"],
                files=tuple(filter(None, one.get("attachment", "").split(","))),
                reply_to=str(one.get("reply_message", {}).get("id", "")),
            ) for one in self.cloud.sent(self.who)
        ]  # fmt: skip

    def asked(self) -> int:
        return self.cloud.asked("/method/messages.send")

    async def gone(self) -> None:
        await self.cloud.stop()


@asynccontextmanager
async def grounded(tmp_path: Path, *, public_url: str = "", **options: Any) -> AsyncIterator[VkGround]:
    async with VkCloud(TOKEN) as cloud:
        kept = Kept()
        made = suite.account(
            "vk", {"token": TOKEN, "secret": SECRET}, kept, state=tmp_path, address=f"{cloud.url}/method",
            public_url=public_url, options={"group": GROUP, **options},
        )  # fmt: skip
        messenger = suite.opened(made)
        assert isinstance(messenger, Vk)
        who = cloud.person(5501)
        ground = VkGround(messenger, str(who.id), str(who.id), cloud.url, secrets=(TOKEN, SECRET))
        ground.cloud, ground.who, ground.kept = cloud, who, kept
        try:
            yield ground
        finally:
            await messenger.close()


@asynccontextmanager
async def running(ground: VkGround) -> AsyncIterator[None]:
    task = asyncio.create_task(ground.messenger.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Callable[[], Any], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def listening(ground: VkGround, refusals: list[int] | None = None) -> AsyncIterator[str]:
    """What the public listener does with a webhook: the messenger's word, and what it says kept before it is answered."""

    async def take(request: web.Request) -> web.Response:
        try:
            posted = ground.messenger.posted(Hook(method="POST", headers={}, query={}, raw=await request.read()))
        except Stranger as stranger:
            return web.Response(status=stranger.status)
        if posted.events and refusals:
            return web.Response(status=refusals.pop())
        await ground.kept.keep(posted.events)
        return web.Response(text=posted.answer, status=posted.status)

    app = web.Application()
    app.router.add_post("/hook/vk/main", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook/vk/main"
    finally:
        await runner.cleanup()


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[VkGround]:
    async with grounded(tmp_path) as made:
        yield made


@pytest.mark.parametrize("promise", suite.PROMISES, ids=suite.name_of)
async def test_it_keeps_what_every_messenger_promises(promise: suite.Promise, ground: VkGround) -> None:
    await promise(ground)


# --- what comes


def read(ground: VkGround, event: dict[str, Any]) -> list[Envelope]:
    posted = ground.messenger.posted(hook_of(ground.cloud.letter(event, SECRET)))
    assert (posted.status, posted.answer) == (200, "ok")
    return [one for event in posted.events for one in ground.messenger.read(event.body, clock.now())]


def everything(ground: VkGround) -> list[Envelope]:
    return [one for event in ground.kept.events.values() for one in ground.messenger.read(event.body, clock.now())]


def test_the_answer_is_two_letters_and_nothing_more(ground: VkGround) -> None:
    """T13: anything else is no answer for VK, and it repeats without end; `remove` would take the server away."""
    for event in (
        ground.cloud.says(ground.who, "привет"), ground.cloud.event("message_deny", {"user_id": 5501}),
        ground.cloud.event("group_join", {"user_id": 5501}), ground.cloud.event("message_levitate", {}),
    ):  # fmt: skip
        posted = ground.messenger.posted(hook_of(ground.cloud.letter(event, SECRET)))
        assert posted.answer.encode() == b"ok" and posted.status == 200


def test_a_confirmation_is_answered_with_the_code_when_it_is_known(ground: VkGround) -> None:
    asked = {"type": "confirmation", "group_id": GROUP}

    def posted(tree: dict[str, Any]) -> tuple[int, str]:
        answer = ground.messenger.posted(Hook(method="POST", headers={}, query={}, raw=json.dumps(tree).encode()))
        assert answer.events == ()
        return answer.status, answer.answer

    assert posted(asked) == (503, "")
    assert isinstance(ground.messenger, Vk)
    ground.messenger._line.confirmation = "c0de42"
    assert posted(asked) == posted({**asked, "secret": SECRET}) == (200, "c0de42")
    for strange in ({**asked, "secret": "other"}, {**asked, "group_id": 1}):
        with pytest.raises(Stranger):
            posted(strange)


@pytest.mark.parametrize(("kind", "about", "came", "what"), [
    ("message_allow", {"user_id": 5501, "key": "lk_7"}, "unblocked", {"entry": {"source": "allowed", "payload": "lk_7"}}),
    ("message_deny", {"user_id": 5501}, "blocked", {"entry": {}}),
    ("message_read", {"from_id": 5501, "to_id": -GROUP, "read_message_id": 882, "conversation_message_id": 13}, "read",
     {"message": "882", "order": 13}),
    ("message_typing_state", {"from_id": 5501, "to_id": -GROUP, "state": "typing"}, "typing", {}),
    ("message_event", {"user_id": 5501, "peer_id": 5501, "event_id": "b1", "payload": {"slot": 12}}, "button",
     {"entry": {"source": "button", "payload": '{"slot": 12}'}}),
])  # fmt: skip
def test_what_he_does_besides_writing(ground: VkGround, kind: str, about: Any, came: str, what: dict[str, Any]) -> None:
    [one] = read(ground, ground.cloud.event(kind, about))
    assert one.kind == came and one.peer is not None and one.peer.ext_user == "5501"
    assert {name: getattr(one, name) for name in what} == what


@pytest.mark.parametrize("kind", ["wall_post_new", "group_join", "like_add", "photo_new"])
def test_what_goes_on_in_the_community_is_nobodys_message(ground: VkGround, kind: str) -> None:
    assert read(ground, ground.cloud.event(kind, {"user_id": 5501, "from_id": 5501})) == []


def test_a_message_says_who_where_when_and_in_what_order(ground: VkGround) -> None:
    first, second = (read(ground, ground.cloud.says(ground.who, text))[0] for text in "ab")
    assert first.at is not None and abs(clock.now() - first.at) < timedelta(seconds=30)
    assert first.order is not None and second.order == first.order + 1
    assert first.peer is not None and (first.peer.lang, first.peer.ext_chat) == ("ru", "5501")


def test_how_he_came_is_known(ground: VkGround) -> None:
    start = '{"command":"start"}'
    [one] = read(ground, ground.cloud.says(ground.who, "Начать", payload=start, ref="ad1", ref_source="vk_ads"))
    assert (one.kind, one.text) == ("start", "")
    assert one.entry == {"source": "start", "payload": "ad1", "ref_source": "vk_ads"}
    [one] = read(ground, ground.cloud.says(ground.who, "hello", ref="lk_7"))
    assert (one.kind, one.entry) == ("message.in", {"source": "deep_link", "payload": "lk_7"})
    for payload in ('{"slot":12}', "[" * 900, '"x"', "{"):
        [one] = read(ground, ground.cloud.says(ground.who, "10:30", payload=payload))
        assert (one.kind, one.entry) == ("message.in", {"source": "button", "payload": payload})


def test_what_we_and_our_staff_wrote_comes_back(ground: VkGround) -> None:
    said = ground.cloud.says(ground.who, "x")["object"]["message"]
    ours = {**said, "out": 1, "from_id": -GROUP, "random_id": 77}
    [one] = read(ground, ground.cloud.event("message_reply", ours))
    assert (one.kind, one.extra, one.silent) == ("message.echo", {"mark": 77}, True)
    staff = {**ours, "admin_author_id": 9}
    [one] = read(ground, ground.cloud.event("message_reply", staff))
    assert (one.kind, one.extra, one.message) == ("message.echo", {}, str(said["id"]))
    [one] = read(ground, ground.cloud.event("message_reply", {**ours, "random_id": 0}))
    assert one.extra == {}, "VK's own greeting bears no number of ours"
    assert read(ground, ground.cloud.event("message_edit", ours)) == [], "we changed it ourselves"
    assert [one.kind for one in read(ground, ground.cloud.event("message_edit", staff))] == ["message.edit"]
    [one] = read(ground, ground.cloud.event("message_edit", {**said, "text": "y"}))
    assert (one.kind, one.text, one.message) == ("message.edit", "y", str(said["id"]))


async def test_a_message_of_ours_comes_back_with_its_number(ground: VkGround) -> None:
    message = ground.message("hello")
    accepted = await ground.messenger.send(message)
    [sent] = ground.cloud.sent(ground.who)
    [one] = read(ground, ground.cloud.event("message_reply", sent))
    assert (one.message, one.extra) == (accepted.provider_id, {"mark": mark_of(message.id)})


def test_a_message_without_an_id_is_known_by_its_number(ground: VkGround) -> None:
    event = ground.cloud.says(ground.who, "x")
    number = event["object"]["message"]["conversation_message_id"]
    event["object"]["message"]["id"] = 0
    [one] = read(ground, event)
    assert one.message == f"c{number}"


def test_groups_are_left_and_communities_are_not_heard(ground: VkGround) -> None:
    assert read(ground, ground.cloud.says(ground.who, "in a group", peer_id=2_000_000_007)) == []
    assert read(ground, ground.cloud.says(ground.who, "an offer", from_id=-99, peer_id=-99)) == []


async def test_a_group_is_left_and_a_button_answered(ground: VkGround) -> None:
    read(ground, ground.cloud.says(ground.who, "in a group", peer_id=2_000_000_007))
    read(
        ground, ground.cloud.event("message_event", {"user_id": 5501, "peer_id": 5501, "event_id": "b1", "payload": 1})
    )
    async with running(ground):
        await until(
            lambda: {"messages.removeChatUser", "messages.sendMessageEventAnswer"} <= {n for n, _ in ground.cloud.acts}
        )
    acts = dict(ground.cloud.acts)
    assert (acts["messages.removeChatUser"]["chat_id"], acts["messages.removeChatUser"]["member_id"]) == (
        "7",
        f"-{GROUP}",
    )
    assert acts["messages.sendMessageEventAnswer"]["event_id"] == "b1"


ATTACHED: list[dict[str, Any]] = [
    {"type": "photo", "photo": {"sizes": [{"type": "s", "url": "https://s"}, {"type": "w", "url": "https://w"}, {"type": "m", "url": "https://m"}]}},
    {"type": "doc", "doc": {"title": "анализ.pdf", "size": 730000, "ext": "pdf", "url": "https://d", "access_key": "k"}},
    {"type": "audio_message", "audio_message": {"duration": 3, "link_mp3": "https://a", "transcript": "слова"}},
    {"type": "video", "video": {"owner_id": -1, "id": 2, "title": "ролик"}},
    {"type": "sticker", "sticker": {"images": [{"url": "https://64", "width": 64, "height": 64}, {"url": "https://512", "width": 512, "height": 512}]}},
    {"type": "link", "link": {"title": "Клиника", "url": "https://clinic.example"}},
    {"type": "wall", "wall": {"from_id": -5, "id": 6}},
    {"type": "audio", "audio": {"artist": "А", "title": "Б"}},
    {"type": "call", "call": {"state": "canceled"}},
    {"type": "doc", "doc": "nonsense"}, {"type": ["photo"]}, {},
]  # fmt: skip


def test_everything_that_can_be_attached_is_shown(ground: VkGround) -> None:
    geo = {"coordinates": {"latitude": 55.75, "longitude": 37.62}, "place": {"title": "Москва"}}
    [one] = read(ground, ground.cloud.says(ground.who, "", more=1, **{"attachments": ATTACHED, "geo": geo}))
    shown = [(file.kind, (file.ref or {}).get("url"), file.name or file.text) for file in one.files]
    assert shown == [
        ("image", "https://w", ""), ("file", "https://d", "анализ.pdf"), ("voice", "https://a", "слова"),
        ("video", None, "ролик"), ("sticker", "https://512", ""), ("link", None, "Клиника https://clinic.example"),
        ("link", None, "https://vk.com/wall-5_6"), ("audio", None, "А — Б"), ("file", None, "call"),
        ("file", None, ""), ("file", None, "?"), ("file", None, "?"),
        ("location", None, "55.750000, 37.620000 Москва"),
    ]  # fmt: skip
    assert one.files[3].text == "https://vk.com/video-1_2" and one.files[1].size == 730000


def test_what_is_forwarded_is_read_to_a_depth(ground: VkGround) -> None:
    deep: dict[str, Any] = {"text": "fourth"}
    for text in ("third", "second", "first"):
        deep = {"text": text, "fwd_messages": [deep], "attachments": [{"type": "sticker", "sticker": {}}]}
    [one] = read(ground, ground.cloud.says(ground.who, "his own", fwd_messages=[deep]))
    assert one.text == "his own\nfirst\nsecond\nthird" and len(one.files) == 3


def test_nobody_can_post_what_only_we_write(ground: VkGround) -> None:
    forged = {**ground.cloud.event("profile", {"user_id": 5501}), "okno": {"first_name": "Other"}, "secret": SECRET}
    with pytest.raises(Stranger):
        ground.messenger.posted(Hook(method="POST", headers={}, query={}, raw=json.dumps(forged).encode()))


# --- what goes


async def test_the_same_message_bears_the_same_number(ground: VkGround) -> None:
    message = ground.message("once")
    first = await ground.messenger.send(message)
    again = await ground.messenger.send(replace(message, attempt=2))
    other = await ground.messenger.send(ground.message("once"))
    assert first == again != other and len(ground.cloud.sent(ground.who)) == 2
    sends = [form for name, form in ground.cloud.acts if name == "messages.send"]
    assert all(0 < int(form["random_id"]) < 1 << 31 for form in sends)
    assert sends[0]["v"] == "5.199" and sends[0]["dont_parse_links"] == "1" and "access_token" not in sends[0]


async def test_it_answers_a_message_that_has_only_a_number(ground: VkGround) -> None:
    await ground.messenger.send(ground.message("yes", reply_to="c12"))
    [(_, form)] = [act for act in ground.cloud.acts if act[0] == "messages.send"]
    assert json.loads(form["forward"]) == {"peer_id": 5501, "conversation_message_ids": [12], "is_reply": 1}


async def test_pictures_go_as_pictures_and_the_rest_as_documents(ground: VkGround) -> None:
    files = (
        SentFile(name="a.png", mime="image/png", content=b"1"), SentFile(name='п"а\\мятка.pdf', mime="application/pdf", content=b"2"),
    )  # fmt: skip
    await ground.messenger.send(ground.message("", files=files))
    [sent] = ground.cloud.sent(ground.who)
    assert sent["attachment"] == f"photo-{GROUP}_7000_k,doc1_7001"
    assert [(one.kind, one.content) for one in ground.cloud.uploads.values()] == [("photo", b"1"), ("file", b"2")]


@pytest.mark.parametrize("fault", [
    Fault(path="/up/", cut=True, done=True), Fault(path="/up/", status=500), Fault(path="/method/docs", cut=True),
    Fault(path="/method/docs.save", status=200, body={"response": {}}),
])  # fmt: skip
async def test_an_upload_that_fails_has_sent_nothing(ground: VkGround, fault: Fault) -> None:
    ground.cloud.goes_wrong(fault)
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message("x", files=(SentFile(name="a", mime="", content=b"1"),)))
    assert told.value.code == "upload" and told.value.retry_after_s and ground.asked() == 0


MEANS = [
    (1, "busy", 2.0, ""), (6, "rate", 1.0, "free"), (9, "rate", 60.0, "free"), (10, "busy", 5.0, ""),
    (29, "rate", 300.0, "free"), (5, "token", 60.0, "account"), (15, "rights", 60.0, "account"),
    (27, "token", 60.0, "account"), (14, "captcha", 60.0, "account"), (17, "validation", 60.0, "account"),
    (900, "blocked", None, "unreachable"), (901, "unreachable", None, "unreachable"),
    (902, "privacy", None, "unreachable"), (936, "unreachable", None, "unreachable"),
    (950, "unreachable", None, "unreachable"), (100, "refused", None, ""), (911, "refused", None, ""),
    (914, "too_long", None, ""), (943, "refused", None, ""), (944, "refused", None, ""), (9999, "refused", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("number", "code", "again_s", "how"), MEANS)
async def test_each_error_means_something(
    ground: VkGround, number: int, code: str, again_s: float | None, how: str
) -> None:
    ground.cloud.goes_wrong(Fault(path="/method", status=200, body={"error": {"error_code": number}}))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    fault = told.value
    assert (fault.code, fault.retry_after_s) == (code, again_s)
    assert (fault.account, fault.unreachable) == (how == "account", how == "unreachable")
    assert fault.counts == (how not in ("free", "account"))


@pytest.mark.parametrize("fault", [
    Fault(path="/method", status=500), Fault(path="/method", status=502, done=True),
    Fault(path="/method", status=200, body=[]), Fault(path="/method", status=200, body={}),
    Fault(path="/method", status=200, body={"error": "x"}), Fault(path="/method", status=200, body={"response": {}}),
])  # fmt: skip
async def test_what_may_have_gone_is_unknown(ground: VkGround, fault: Fault) -> None:
    ground.cloud.goes_wrong(fault)
    with pytest.raises(Unknown):
        await ground.messenger.send(ground.message())


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_gate_is_waited_for(ground: VkGround, status: int) -> None:
    ground.cloud.goes_wrong(Fault(path="/method", status=status, headers={"Retry-After": "7"}))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert told.value.retry_after_s and told.value.counts == (status == 503)


async def test_what_is_not_there_cannot_be_changed(ground: VkGround) -> None:
    assert isinstance(ground.messenger, Vk)
    for change in (ground.messenger.edit, ground.messenger.delete):
        with pytest.raises(Undelivered) as told:
            await change(ground.message(), "404404")
        assert told.value.code == "gone"


async def test_who_has_no_page_is_not_written_to(ground: VkGround) -> None:
    message = ground.message()
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(replace(message, peer=replace(message.peer, ext_user="", ext_chat="")))
    assert told.value.unreachable and ground.asked() == 0


@pytest.mark.parametrize(("secret", "address", "options"), [
    ("s" * 51, "", {"group": 1}), (SECRET, "http://vk.example", {"group": 1}), (SECRET, "", {}),
    (SECRET, "", {"group": 1, "mode": "both"}), (SECRET, "", {"group": 1, "mode": "owl"}),
])  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(
    tmp_path: Path, secret: str, address: str, options: dict[str, Any]
) -> None:
    made = suite.account(
        "vk", {"token": TOKEN, "secret": secret}, Kept(), state=tmp_path, address=address, options=options
    )
    with pytest.raises(ValueError, match=r"vk|https|mode|group") as told:
        suite.opened(made)
    assert TOKEN not in str(told.value) and secret not in str(told.value)


# --- chores: names, holes, cropped messages; no run() here: it may be in another process


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in (
        (vk_chores, "_SETTLE_S", 0.1), (vk_chores, "_AGAIN_S", 0.05), (vk_line, "_AGAIN_S", 0.05),
        (vk_line, "_WATCH_S", 0.1), (vk_line, "_WAIT_S", 1),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, seconds)


@pytest.mark.usefixtures("quick")
async def test_who_writes_is_asked_for_once(ground: VkGround) -> None:
    ground.cloud.person(5501, first_name="Анна", last_name="П.", domain="anna_p")
    ground.cloud.person(5502, first_name="<script>", last_name="")
    for who in (5501, 5501, 5502, 5501):
        read(ground, ground.cloud.says(ground.cloud.person(who), "hello"))
    await ground.kept.until(2)
    read(ground, ground.cloud.says(ground.who, "and again"))
    await asyncio.sleep(0.3)
    told = {one.peer.ext_user: one for one in everything(ground) if one.peer is not None}
    assert {one.kind for one in told.values()} == {"profile"}
    assert told["5501"].peer is not None and (told["5501"].peer.name, told["5501"].peer.username) == (
        "Анна П.",
        "anna_p",
    )
    assert told["5502"].peer is not None and told["5502"].peer.name == "<script>"
    assert sum(1 for name, _ in ground.cloud.acts if name == "users.get") <= 2


@pytest.mark.usefixtures("quick")
async def test_a_hole_is_filled_with_what_was_not_heard(ground: VkGround) -> None:
    said = [ground.cloud.says(ground.who, str(n)) for n in range(8)]
    await ground.messenger.send(ground.message("ours, which is no hole of his"))
    said.append(ground.cloud.says(ground.who, "8"))
    for n in (0, 2, 1, 5, 8):  # 1 came late; 3, 4, 6 and 7 never
        event = ground.messenger.posted(hook_of(ground.cloud.letter(said[n], SECRET))).events
        await ground.kept.keep(event)
    await until(lambda: sum(one.kind == "message.in" for one in everything(ground)) == 9)
    texts = {one.text for one in everything(ground) if one.kind == "message.in"}
    assert texts == {str(n) for n in range(9)}
    [(_, form)] = [act for act in ground.cloud.acts if act[0] == "messages.getByConversationMessageId"]
    assert form["conversation_message_ids"] == "4,5,7,8,9"
    late = ground.messenger.posted(hook_of(ground.cloud.letter(said[3], SECRET))).events
    assert await ground.kept.keep(late) == 0, "what was looked up and comes after all is one message"


@pytest.mark.usefixtures("quick")
async def test_one_of_whom_vk_tells_nothing_keeps_nobody_else_s_hole_open(ground: VkGround) -> None:
    shut, other = ground.cloud.person(5601, error=917), ground.cloud.person(5602)
    for who in (shut, other):
        first, _, third = (ground.cloud.says(who, word) for word in ("heard", "missed", "heard too"))
        for event in (first, third):
            await ground.kept.keep(ground.messenger.posted(hook_of(ground.cloud.letter(event, SECRET))).events)
    await until(lambda: "missed" in {one.text for one in everything(ground)})
    missed = [one for one in everything(ground) if one.text == "missed"]
    assert [one.peer and one.peer.ext_user for one in missed] == ["5602"]
    await asyncio.sleep(0.3)
    asked = [form["peer_id"] for name, form in ground.cloud.acts if name == "messages.getByConversationMessageId"]
    assert sorted(asked) == ["5601", "5602"], "and it is not asked for ever"


@pytest.mark.usefixtures("quick")
async def test_a_cropped_message_is_asked_for_whole(ground: VkGround) -> None:
    def picture(id: int) -> dict[str, Any]:
        return {"type": "photo", "photo": {"owner_id": 1, "id": id, "sizes": [{"url": f"https://p{id}"}]}}

    event = ground.cloud.says(ground.who, "cropped…", is_cropped=True, attachments=[picture(1)])
    message = event["object"]["message"]
    number = message["conversation_message_id"]
    ground.cloud.whole[5501, number] = {
        **message, "is_cropped": False, "text": "cropped, and all the rest", "attachments": [picture(1), picture(2)],
        "fwd_messages": [{"text": "his", "attachments": [picture(3)]}],
    }  # fmt: skip
    read(ground, event)
    await until(lambda: len(everything(ground)) == 3)
    [edit] = [one for one in everything(ground) if one.kind == "message.edit"]
    assert (edit.message, edit.text) == (str(message["id"]), "cropped, and all the rest\nhis")
    [more] = [one for one in everything(ground) if one.kind == "message.in"]
    assert [(file.ref or {})["url"] for file in more.files] == ["https://p2", "https://p3"]
    assert (more.text, more.message) == ("", f"{message['id']}+") and more.ext_id != edit.ext_id


@pytest.mark.usefixtures("quick")
async def test_chores_wait_for_the_database(ground: VkGround) -> None:
    ground.kept.fails = DatabaseDown()
    read(ground, ground.cloud.says(ground.who, "hello"))
    await until(lambda: sum(name == "users.get" for name, _ in ground.cloud.acts) >= 2)
    ground.kept.fails = None
    await ground.kept.until(1)


# --- the line: callback server, long poll, both


@pytest.mark.usefixtures("quick")
async def test_it_connects_its_callback_server_and_again_when_it_is_lost(tmp_path: Path) -> None:
    async with grounded(tmp_path, public_url=PUBLIC) as ground, listening(ground) as url:
        assert isinstance(ground.messenger, Vk)
        ground.messenger._line._account = replace(ground.messenger._line._account, public_url=url)
        assert (await ground.messenger.lamp()).why == "unsubscribed"
        async with running(ground):
            await until(lambda: ground.cloud.servers and ground.cloud.servers[0].status == "ok")
            [server] = ground.cloud.servers
            assert (server.url, server.secret_key) == (url, SECRET) and server.told["message_new"] == 1
            assert len(server.title) <= 14
            ground.cloud.servers.clear()
            await until(lambda: ground.cloud.servers and ground.cloud.servers[0].status == "ok")
            ground.cloud.servers[0].secret_key = "changed by hand"
            await until(lambda: ground.cloud.servers[0].secret_key == SECRET)
            await until(lambda: ground.cloud.servers[0].status == "ok")
            assert (await ground.messenger.lamp()).colour == "green"
        assert ground.kept.cursor["confirmation"] == "c0de42"
        ground.cloud.servers[0].status = "failed"
        assert (await ground.messenger.lamp()).why == "webhook_errors"


@pytest.mark.usefixtures("quick")
async def test_without_the_right_people_connect_it_and_the_lamp_says_so(tmp_path: Path) -> None:
    async with grounded(tmp_path, public_url=PUBLIC) as ground:
        ground.cloud.managed, ground.kept.heard_at = False, clock.now()
        ground.cloud.says(ground.who, "missed")
        async with running(ground):
            await until(lambda: [one.text for one in everything(ground) if one.kind == "message.in"] == ["missed"])
        lamp = await ground.messenger.lamp()
        assert (lamp.colour, lamp.why) == ("amber", "rights")


@pytest.mark.usefixtures("quick")
async def test_what_was_said_while_nobody_listened_is_kept_once(tmp_path: Path) -> None:
    async with grounded(tmp_path, public_url=PUBLIC) as ground:
        old = ground.cloud.says(ground.who, "long ago")["object"]["message"]
        old["date"] -= 10 * 86_400
        people = [ground.cloud.person(6000 + n) for n in range(3)]
        for n in range(250):
            ground.cloud.says(people[n % 2], f"missed {n}")
        ground.cloud.says(ground.cloud.person(-7), "a community's")
        await ground.messenger.send(ground.message("ours"))
        staff = ground.cloud.says(people[2], "staff's")["object"]["message"]
        staff |= {"out": 1, "from_id": -GROUP, "admin_author_id": 9}
        ground.cloud.says(ground.cloud.person(6009, error=917), "of whom VK tells nothing any more")
        ground.kept.heard_at = clock.now()
        async with running(ground):
            await ground.kept.until(251)
            await until(lambda: "seen" in ground.kept.cursor)
        kinds = [one.kind for one in everything(ground)]
        assert (kinds.count("message.in"), kinds.count("message.echo"), len(kinds)) == (250, 1, 251)
        texts = [one.text for one in everything(ground) if one.peer is not None and one.peer.ext_user == "6000"]
        assert texts == [f"missed {n}" for n in range(0, 250, 2)]


@pytest.mark.usefixtures("quick")
async def test_it_polls_and_asks_again_for_what_was_not_kept(ground: VkGround) -> None:
    ground.kept.cursor = {"ts": "0"}
    await ground.cloud.tell(ground.cloud.says(ground.who, "first"))
    ground.kept.fails = DatabaseDown()
    async with running(ground):
        await until(lambda: ground.cloud.asked("/lp") >= 2)
        assert ground.kept.events == {} and ground.kept.cursor == {"ts": "0"}
        ground.kept.fails = None
        await ground.kept.until(1)
        await ground.cloud.tell(ground.cloud.says(ground.who, "second"))
        await until(lambda: ground.kept.cursor == {"ts": "2"})
    assert [one.text for one in everything(ground) if one.kind == "message.in"] == ["first", "second"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("failed", "keys", "looked"), [
    ({"failed": 1, "ts": 0}, 1, True), ({"failed": 2}, 2, False), ({"failed": 3}, 2, True), ({"failed": 4}, 2, False),
])  # fmt: skip
async def test_each_failure_of_the_long_poll_has_its_way(
    ground: VkGround, failed: dict[str, Any], keys: int, looked: bool
) -> None:
    ground.kept.cursor, ground.kept.heard_at = {"ts": "0"}, clock.now()
    lost = ground.cloud.says(ground.who, "lost")
    if not looked:
        await ground.cloud.tell(lost)
    ground.cloud.failed.append(failed)
    async with running(ground):
        await until(lambda: any(one.text == "lost" for one in everything(ground)))
        await ground.cloud.tell(ground.cloud.says(ground.who, "heard"))
        await until(lambda: any(one.text == "heard" for one in everything(ground)))
    names = [name for name, _ in ground.cloud.acts]
    assert names.count("groups.getLongPollServer") == keys
    assert ("messages.getConversations" in names) == looked


@pytest.mark.usefixtures("quick")
async def test_heard_both_ways_it_is_kept_once(tmp_path: Path) -> None:
    """T1 with both inputs (vkbottle 1212), and each posted three times, refused at first."""
    async with grounded(tmp_path, public_url=PUBLIC, mode="both") as ground, listening(ground, [503, 503, 503]) as url:
        assert isinstance(ground.messenger, Vk)
        ground.messenger._line._account = replace(ground.messenger._line._account, public_url=url)
        async with running(ground):
            await until(lambda: ground.cloud.servers and ground.cloud.servers[0].status == "ok")
            await until(lambda: ground.cloud.servers[0].told and ground.cloud.asked("/lp"))
            posts = [
                task for n in range(10)
                for task in await ground.cloud.tell(ground.cloud.says(ground.who, str(n)), copies=3)
            ]  # fmt: skip
            posts += await ground.cloud.tell(ground.cloud.event("message_deny", {"user_id": 5501}), copies=3)
            assert all(await asyncio.gather(*posts)) and len(posts) == 33
            await until(lambda: ground.kept.cursor.get("ts") == "11")
        kinds = [one.kind for one in everything(ground)]
        assert (kinds.count("message.in"), kinds.count("blocked"), kinds.count("profile")) == (10, 1, 1)
        assert {"ts", "seen", "confirmation"} <= set(ground.kept.cursor)


async def test_a_revoked_token_and_an_absent_cloud_are_red(tmp_path: Path) -> None:
    async with grounded(tmp_path) as ground:
        assert (await ground.messenger.lamp()).colour == "green"
        ground.cloud.token = "another"
        assert (await ground.messenger.lamp()).why == "token"
        ground.cloud.goes_wrong(Fault(path="/method", cut=True))
        assert (await ground.messenger.lamp()).why == "offline"
