"""Viber: what every messenger promises, and what is Viber's own (reference/channels.md 3.5), over its cloud."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from aiohttp import web

from chat.channels import Hook, Stranger
from chat.channels.viber import Viber
from chat.saying.settings import BadAccount
from chat.wire import Envelope, SentFile, Undelivered, Unknown
from demo.clouds.server import Fault, Letter, Upload
from demo.clouds.viber import Person, ViberCloud, refusal
from okno import clock
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

TOKEN = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"  # the one of Viber's own example
WHO = "01234567890A="
SIGNATURE = "x-viber-content-signature"


def hook_of(letter: Letter) -> Hook:
    """As the public listener hears it."""
    headers = {name.lower(): value for name, value in letter.headers.items()}
    return Hook(method="POST", headers=headers, query={}, raw=letter.body)


@dataclass
class ViberGround(Ground):
    """The account of a bot in its cloud."""

    cloud: ViberCloud = field(default_factory=lambda: ViberCloud(TOKEN))

    @property
    def who(self) -> Person:
        """Who writes."""
        return self.cloud.person(WHO)

    async def says(self, said: Said) -> list[Hook]:
        who = self.cloud.person(WHO, name=said.name)
        files = [Upload(name=one.name, mime=one.mime, content=one.content) for one in said.files]
        return [hook_of(self.cloud.letter(one)) for one in self.cloud.says(who, said.text, files)]

    def unknown(self) -> Hook:
        return hook_of(self.cloud.letter(self.cloud.event("hologram", user=self.who.told())))

    def strange(self, hook: Hook) -> list[Hook]:
        other = hmac.new(b"another token", hook.raw, hashlib.sha256).hexdigest()
        none = {name: value for name, value in hook.headers.items() if name != SIGNATURE}
        return [replace(hook, headers={**none, **more}) for more in ({}, {SIGNATURE: other}, {SIGNATURE: ""})]

    def trouble(self, trouble: Trouble) -> None:
        path = "/pa/send_message"
        if trouble == "busy":
            self.cloud.goes_wrong(Fault(path=path, status=200, body=refusal(12, "tooManyRequests")))
        elif trouble == "reset":
            self.cloud.goes_wrong(Fault(path=path, cut=True, done=True))
        elif trouble == "blocked":
            self.who.stopped = True
        else:
            self.cloud.token = "revoked"

    def arrived(self) -> list[Arrived]:
        return [Arrived(to=one["receiver"], text=one["text"]) for one in self.cloud.messages]

    def asked(self) -> int:
        return self.cloud.asked("/pa/send_message")

    async def gone(self) -> None:
        await self.cloud.stop()

    def read_of(self, event: dict[str, Any]) -> list[Envelope]:
        """What is read of a callback."""
        events = self.messenger.posted(hook_of(self.cloud.letter(event))).events
        return [one for kept in events for one in self.messenger.read(kept.body, clock.now())]


class Listener:
    """A public listener with nothing on it but our webhook."""

    def __init__(self) -> None:
        self.messenger: Viber | None = None
        self.url = ""
        self._runner = web.AppRunner(web.Application(), access_log=None)

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_post("/hook/viber/main", self._hook)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook/viber/main"

    async def stop(self) -> None:
        """Be gone."""
        await self._runner.cleanup()

    async def _hook(self, request: web.Request) -> web.Response:
        assert self.messenger is not None
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            posted = self.messenger.posted(Hook(method="POST", headers=headers, query={}, raw=await request.read()))
        except Stranger as stranger:
            return web.Response(status=stranger.status)
        return web.Response(status=posted.status, text=posted.answer)


@pytest_asyncio.fixture
async def ground(tmp_path: Path) -> AsyncIterator[ViberGround]:
    listener = Listener()
    await listener.start()
    async with ViberCloud(TOKEN) as cloud:
        cloud.person(WHO)
        made = account(
            "viber", {"token": TOKEN}, Kept(), state=tmp_path, address=f"{cloud.url}/pa", public_url=listener.url,
            options={"sender": "Clinic"},
        )  # fmt: skip
        listener.messenger = messenger = cast(Viber, opened(made))
        task = asyncio.create_task(messenger.run())
        async with asyncio.timeout(10):
            while not cloud.webhook["url"]:
                await asyncio.sleep(0.01)
        yield ViberGround(messenger=messenger, person=WHO, chat=WHO, signed=True, secrets=(TOKEN,), cloud=cloud, address=cloud.url)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await messenger.close()
    await listener.stop()


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
async def test_promise(promise: Promise, ground: ViberGround) -> None:
    await promise(ground)


def test_vibers_own_vector(ground: ViberGround) -> None:
    body = b'{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'
    proof = "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef"
    hook = Hook(method="POST", headers={SIGNATURE: proof}, query={}, raw=body)
    assert list(ground.messenger.posted(hook).events) == []
    with pytest.raises(Stranger):
        ground.messenger.posted(replace(hook, raw=body + b" "))


async def test_the_address_answers_while_it_is_set_and_is_set_again_when_it_is_gone(ground: ViberGround) -> None:
    assert ground.cloud.webhook["event_types"] == [
        "message", "subscribed", "unsubscribed", "conversation_started", "delivered", "seen", "failed",
    ]  # fmt: skip
    assert (await ground.messenger.lamp()).colour == "green"
    there, ground.cloud.webhook = ground.cloud.webhook["url"], {"url": ""}
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "webhook_gone")
    async with asyncio.timeout(10):
        while ground.cloud.webhook["url"] != there:
            await asyncio.sleep(0.01)


async def test_a_long_token_is_whole_and_places_the_message(ground: ViberGround) -> None:
    [event] = ground.cloud.says(ground.who, "hello")
    [one] = ground.read_of(event)
    assert (one.message, one.order) == (str(event["message_token"]), event["timestamp"])
    assert one.ext_id == f"message:{event['message_token']}:{WHO}" and event["message_token"] > 1 << 53


async def test_who_starts_subscribes_and_leaves(ground: ViberGround) -> None:
    user, cloud = ground.who.told(), ground.cloud
    [linked] = ground.read_of(cloud.event("conversation_started", type="open", context="ad1", user=user))
    assert (linked.kind, linked.entry) == ("start", {"source": "deep_link", "payload": "ad1"})
    [plain] = ground.read_of(cloud.event("conversation_started", type="open", user=user))
    [joined] = ground.read_of(cloud.event("subscribed", user=user))
    [left] = ground.read_of(cloud.event("unsubscribed", user_id=WHO))
    assert [plain.kind, joined.kind, left.kind] == ["start", "unblocked", "blocked"]
    assert left.peer is not None and left.peer.ext_user == WHO


@pytest.mark.parametrize(("event", "state", "error"), [
    ("delivered", "delivered", ""), ("seen", "read", ""), ("failed", "failed", "refused"),
])  # fmt: skip
async def test_what_became_of_a_message(ground: ViberGround, event: str, state: str, error: str) -> None:
    accepted = await ground.messenger.send(ground.message())
    told = ground.cloud.event(event, user_id=WHO) | {"message_token": int(accepted.provider_id)}
    [one] = ground.read_of(told)
    assert (one.kind, one.message, one.state, one.error) == ("status", accepted.provider_id, state, error)
    assert one.peer is None and one.ext_id == f"{event}:{accepted.provider_id}:{WHO}"


@pytest.mark.parametrize(
    ("part", "kind", "text"),
    [
        (
            {"type": "contact", "contact": {"name": "Oleg", "phone_number": "79990000005"}}, "contact",
            "Oleg, +79990000005",
        ),
        ({"type": "location", "location": {"lat": 55.75, "lon": 37.62}}, "location", "55.750000, 37.620000"),
        ({"type": "sticker", "sticker_id": 46105}, "sticker", "46105"),
        ({"type": "url", "media": "http://10.0.0.1/"}, "link", "http://10.0.0.1/"),
    ],
)  # fmt: skip
async def test_what_else_comes_has_nothing_to_fetch(
    ground: ViberGround, part: dict[str, Any], kind: str, text: str
) -> None:
    [one] = ground.read_of(ground.cloud.event("message", sender=ground.who.told(), message=part))
    [file] = one.files
    assert (file.kind, file.text, file.ref) == (kind, text, None)


async def test_content_nobody_knows_is_said_by_its_name(ground: ViberGround) -> None:
    [one] = ground.read_of(ground.cloud.event("message", sender=ground.who.told(), message={"type": "hologram"}))
    assert (one.kind, one.error) == ("unsupported", "hologram")


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/x", "http://127.0.0.2/", "file:///etc/passwd", "", "https://viber.com.evil.example/"],
)
async def test_a_file_is_fetched_of_vibers_machines_only(ground: ViberGround, url: str) -> None:
    with pytest.raises(Undelivered, match="refused"):
        _ = [chunk async for chunk in ground.messenger.fetch({"url": url})]


@pytest.mark.parametrize(
    ("status", "word", "unreachable", "account_ill"),
    [
        (5, "unreachable", True, False), (6, "blocked", True, False), (11, "unreachable", True, False),
        (7, "stopped", False, True), (10, "webhook_gone", False, True), (3, "refused", False, False),
    ],
)  # fmt: skip
async def test_what_refusals_mean(
    ground: ViberGround, status: int, word: str, unreachable: bool, account_ill: bool
) -> None:
    ground.cloud.goes_wrong(Fault(path="/pa/send_message", status=200, body=refusal(status)))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert (told.value.code, told.value.unreachable, told.value.account) == (word, unreachable, account_ill)


@pytest.mark.parametrize(("status", "body"), [(502, "Bad Gateway"), (200, {"status_message": "?"}), (200, {"status": 0})])
async def test_an_answer_that_says_nothing_is_unknown(ground: ViberGround, status: int, body: Any) -> None:
    ground.cloud.goes_wrong(Fault(path="/pa/send_message", status=status, body=body))
    with pytest.raises(Unknown):
        await ground.messenger.send(ground.message())


async def test_a_body_too_large_for_viber_is_refused_before_the_wire(ground: ViberGround) -> None:
    with pytest.raises(Undelivered, match="too_long"):
        await ground.messenger.send(ground.message("\x01" * 7000))
    assert ground.asked() == 0


async def test_no_file_can_be_sent(ground: ViberGround) -> None:
    with pytest.raises(Undelivered, match="file"):
        await ground.messenger.send(ground.message(files=(SentFile(name="a", mime="image/png", content=b"x"),)))


def test_what_is_paid_for_has_no_window(tmp_path: Path) -> None:
    for options, window in (({"sender": "C"}, 24 * 3600), ({"sender": "C", "paid": True}, None)):
        made = account("viber", {"token": TOKEN}, Kept(), state=tmp_path, options=options)
        assert opened(made).abilities.window_s == window
    with pytest.raises(BadAccount, match=r"viber:main: options\.sender"):
        opened(account("viber", {"token": TOKEN}, Kept(), state=tmp_path))
