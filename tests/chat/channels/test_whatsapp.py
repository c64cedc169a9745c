"""WhatsApp Cloud: what every messenger promises, and what is its own (reference/channels.md 3.4), over its cloud."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from chat.channels import Hook, Stranger
from chat.channels.whatsapp import WhatsApp
from chat.clouds.calling import Answer, Api
from chat.saying.settings import BadAccount
from chat.wire import Envelope, SentFile, Undelivered, Unknown
from demo.clouds.server import Fault, Letter, Upload
from demo.clouds.whatsapp import VERSION, Person, WhatsAppCloud, refusal
from okno import clock
from tests.contracts.channel_suite import (
    EMOJI,
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

NUMBER, TOKEN, APP, VERIFY = "100000000000001", "EAA-test-token", "app-secret-1", "verify-me"
SECRETS = {"token": TOKEN, "app": APP, "verify": VERIFY}
HOOK = "https://chat.clinic.example/hook/whatsapp/main"
WHO = "79990000001"
SIGNATURE = "x-hub-signature-256"
MESSAGES = f"/{VERSION}/{NUMBER}/messages"


def hook_of(letter: Letter) -> Hook:
    """As the public listener hears it."""
    headers = {name.lower(): value for name, value in letter.headers.items()}
    return Hook(method="POST", headers=headers, query={}, raw=letter.body)


@dataclass
class WhatsAppGround(Ground):
    """The account of a number in its cloud."""

    cloud: WhatsAppCloud = field(default_factory=lambda: WhatsAppCloud(NUMBER, TOKEN, APP))

    @property
    def who(self) -> Person:
        """Who writes."""
        return self.cloud.person(WHO)

    async def says(self, said: Said) -> list[Hook]:
        who = self.cloud.person(WHO, name=said.name)
        files = [Upload(name=one.name, mime=one.mime, content=one.content) for one in said.files]
        return [hook_of(self.cloud.letter([one])) for one in self.cloud.says(who, said.text, files, reply_to=said.reply_to)]

    def unknown(self) -> Hook:
        return hook_of(self.cloud.letter([self.cloud.message(self.who, "hologram", {"id": "1"})]))

    def strange(self, hook: Hook) -> list[Hook]:
        other = hmac.new(b"another app", hook.raw, hashlib.sha256).hexdigest()
        none = {name: value for name, value in hook.headers.items() if name != SIGNATURE}
        bare = hook.headers[SIGNATURE].removeprefix("sha256=")
        return [replace(hook, headers={**none, **more}) for more in (
            {}, {SIGNATURE: f"sha256={other}"}, {SIGNATURE: bare}, {SIGNATURE: "sha256="}, {SIGNATURE: "sha256=ё"},
        )]  # fmt: skip

    def trouble(self, trouble: Trouble) -> None:
        if trouble == "busy":
            self.cloud.goes_wrong(Fault(path=MESSAGES, status=400, body=refusal(131056)))
        elif trouble == "reset":
            self.cloud.goes_wrong(Fault(path=MESSAGES, cut=True, done=True))
        elif trouble == "blocked":
            self.who.stopped = True
        else:
            self.cloud.token = "revoked"

    def arrived(self) -> list[Arrived]:
        return [
            Arrived(
                to=one["to"], text=one["text"]["body"] if one["type"] == "text" else one[one["type"]].get("caption", ""),
                files=() if one["type"] == "text" else (self.cloud.brought(one).name,),
                reply_to=one.get("context", {}).get("message_id", ""),
            )
            for one in self.cloud.messages
        ]  # fmt: skip

    def asked(self) -> int:
        return self.cloud.asked(MESSAGES, "POST")

    async def gone(self) -> None:
        await self.cloud.stop()

    def heard_of(self, letter: Letter) -> list[Envelope]:
        """What is read of a post."""
        events = self.messenger.posted(hook_of(letter)).events
        return [one for event in events for one in self.messenger.read(event.body, clock.now())]

    def read_of(self, kind: str, part: Any, **more: Any) -> list[Envelope]:
        """What is read of one message."""
        return self.heard_of(self.cloud.letter([self.cloud.message(self.who, kind, part, **more)]))


@pytest_asyncio.fixture
async def ground(tmp_path: Path) -> AsyncIterator[WhatsAppGround]:
    async with WhatsAppCloud(NUMBER, TOKEN, APP) as cloud:
        cloud.person(WHO)
        templates = [
            {"name": "visit", "text": "At {{2}}, {{1}}: {{2}}!"},
            {"name": "named", "language": "en", "text": "Hello {{who}}"},
        ]  # fmt: skip
        options = {"number": NUMBER, "app": "1234567890", "templates": templates}
        made = account(
            "whatsapp", SECRETS, Kept(), state=tmp_path, address=cloud.url, public_url=HOOK, options=options
        )
        messenger = cast(WhatsApp, opened(made))
        secrets = (TOKEN, APP, VERIFY)
        yield WhatsAppGround(messenger=messenger, person=WHO, chat=WHO, signed=True, secrets=secrets, cloud=cloud, address=cloud.url)
        await messenger.close()


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
async def test_promise(promise: Promise, ground: WhatsAppGround) -> None:
    await promise(ground)


@pytest.mark.parametrize(
    ("body", "proof"),
    [
        (
            b'{"object":"whatsapp_business_account","entry":[]}',
            "0ca28c0f1996234eb6829e59ad3c11a18161f6eb043943d601e420c312432cdf",
        ),
        ('{"текст":"тест"}'.encode(), "4f0b2acd02584fa5e7092694549ac41c0a719cea4d4fb82d04303a9e4bd36878"),
    ],
)
def test_the_sheets_vectors(ground: WhatsAppGround, body: bytes, proof: str) -> None:
    hook = Hook(method="POST", headers={SIGNATURE: f"sha256={proof}"}, query={}, raw=body)
    assert list(ground.messenger.posted(hook).events) == []
    with pytest.raises(Stranger):
        ground.messenger.posted(replace(hook, raw=body.replace(b"{", b"{ ", 1)))


def test_meta_is_answered_its_challenge(ground: WhatsAppGround) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    asked = Hook(method="GET", headers={}, query=query, raw=b"")
    assert ground.messenger.posted(asked).answer == "1158201444"
    for wrong in ({"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        with pytest.raises(Stranger) as told:
            ground.messenger.posted(replace(asked, query={**query, **wrong}))
        assert told.value.status == 403


async def test_every_event_of_a_post_is_kept_with_its_own_person(ground: WhatsAppGround) -> None:
    cloud = ground.cloud
    anna, boris = cloud.person(WHO), cloud.person("79990000002", name="Boris")
    messages = [*cloud.says(anna, "one"), *cloud.says(boris, "two"), *cloud.says(anna, "three")]
    await ground.messenger.send(ground.message())
    statuses = [cloud.status(cloud.messages[0], "delivered"), cloud.status(cloud.messages[0], "read")]
    letter = cloud.letter(messages, statuses)
    events = ground.messenger.posted(hook_of(letter)).events
    assert [event.peer for event in events] == [WHO, "79990000002", WHO, WHO, WHO]
    assert [event.ext_id for event in events] == [
        *(one["id"] for one in messages), f"{statuses[0]['id']}:delivered", f"{statuses[0]['id']}:read",
    ]  # fmt: skip
    read = ground.heard_of(letter)
    assert [(one.text, one.peer.name if one.peer else "") for one in read[:3]] == [
        ("one", "Anna"), ("two", "Boris"), ("three", "Anna"),
    ]  # fmt: skip
    assert [(one.kind, one.state) for one in read[3:]] == [("status", "delivered"), ("status", "read")]


async def test_a_thousand_events_in_a_post_are_all_kept(ground: WhatsAppGround) -> None:
    messages = [one for n in range(1000) for one in ground.cloud.says(ground.who, str(n))]
    assert [one.text for one in ground.heard_of(ground.cloud.letter(messages))] == [str(n) for n in range(1000)]


async def test_what_is_another_numbers_is_not_ours_and_the_lamp_says_so(ground: WhatsAppGround) -> None:
    assert ground.heard_of(ground.cloud.letter(ground.cloud.says(ground.who, "hello"), number="2")) == []
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("amber", "other_number")


async def test_what_concerns_the_business_alone_is_kept_and_shown_to_nobody(ground: WhatsAppGround) -> None:
    change = {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}
    letter = ground.cloud.signed({"object": "whatsapp_business_account", "entry": [{"id": "W", "changes": [change]}]})
    assert len(ground.messenger.posted(hook_of(letter)).events) == 1 and ground.heard_of(letter) == []


async def test_a_number_is_proved_and_who_hides_it_is_known_by_his_id(ground: WhatsAppGround) -> None:
    [one] = ground.heard_of(ground.cloud.letter(ground.cloud.says(ground.who, "hello")))
    assert one.peer is not None and (one.peer.phone, one.peer.verified) == (f"+{WHO}", True)
    hidden = ground.cloud.person("79990000003", user_id="RU.1234567890", hidden=True, name="Vera")
    [two] = ground.heard_of(ground.cloud.letter(ground.cloud.says(hidden, "hello")))
    assert two.peer is not None
    assert (two.peer.ext_user, two.peer.phone, two.peer.verified) == ("RU.1234567890", "", False)
    assert two.peer.name == "Vera"
    await ground.messenger.send(ground.message("welcome", peer=two.peer))
    [sent] = ground.cloud.messages
    assert (sent.get("to"), sent["recipient"], sent["text"]["body"]) == (None, "RU.1234567890", "welcome")
    [told] = ground.heard_of(ground.cloud.letter(statuses=[ground.cloud.status(sent, "delivered")]))
    assert (told.state, told.message) == ("delivered", sent["id"])


async def test_our_own_id_comes_back_with_each_word(ground: WhatsAppGround) -> None:
    ground.trouble("reset")
    message = ground.message()
    with pytest.raises(Unknown):
        await ground.messenger.send(message)
    [one] = ground.heard_of(ground.cloud.letter(statuses=[ground.cloud.status(ground.cloud.messages[0], "sent")]))
    assert one.extra == {"ours": message.id} and one.state == "sent" and one.message == ground.cloud.messages[0]["id"]


@pytest.mark.parametrize(
    ("state", "code", "heard", "error"),
    [
        ("played", 0, "read", ""), ("failed", 131047, "failed", "window"), ("failed", 131026, "failed", "unreachable"),
        ("failed", 131049, "failed", "spam"), ("failed", 132001, "failed", "template"), ("failed", 1, "failed", "refused"),
    ],
)  # fmt: skip
async def test_what_became_of_a_message(ground: WhatsAppGround, state: str, code: int, heard: str, error: str) -> None:
    await ground.messenger.send(ground.message())
    [one] = ground.heard_of(ground.cloud.letter(statuses=[ground.cloud.status(ground.cloud.messages[0], state, error=code)]))
    assert (one.state, one.error) == (heard, error)


async def test_reactions_buttons_and_places_are_words(ground: WhatsAppGround) -> None:
    [heart] = ground.read_of("reaction", {"message_id": "wamid.A", "emoji": EMOJI})
    assert (heart.kind, heart.text, heart.reply_to) == ("message.in", EMOJI, "wamid.A")
    assert ground.read_of("reaction", {"message_id": "wamid.A"}) == []
    [button] = ground.read_of("button", {"text": "Yes", "payload": "confirm:7"})
    assert (button.kind, button.text, button.entry) == ("button", "Yes", {"source": "button", "payload": "confirm:7"})
    for inner in ("button_reply", "list_reply"):
        [one] = ground.read_of("interactive", {"type": inner, inner: {"id": "slot:12", "title": "12:00"}})
        assert (one.kind, one.text, one.entry["payload"]) == ("button", "12:00", "slot:12")
    [place] = ground.read_of("location", {"latitude": 55.75, "longitude": 37.62, "name": "Cafe"})
    assert place.files[0].text == "Cafe, 55.750000, 37.620000"
    people = [{"name": {"formatted_name": "Oleg"}, "phones": [{"phone": "+7 999 000-00-05"}]}, {"name": {}}]
    [contacts] = ground.read_of("contacts", people)
    assert [file.text for file in contacts.files] == ["Oleg, +7 999 000-00-05", ""]


async def test_an_edit_and_a_revocation_name_the_message_they_are_of(ground: WhatsAppGround) -> None:
    changed = {"original_message_id": "wamid.A", "message": {"type": "text", "text": {"body": "hello"}}}
    [edit] = ground.read_of("edit", changed)
    assert (edit.kind, edit.message, edit.text) == ("message.edit", "wamid.A", "hello")
    [gone] = ground.read_of("revoke", {"original_message_id": "wamid.A"})
    assert (gone.kind, gone.message) == ("message.delete", "wamid.A")
    [broken] = ground.read_of("edit", {"message": {}})
    assert broken.kind == "unsupported"


async def test_what_cannot_be_shown_says_its_code(ground: WhatsAppGround) -> None:
    [one] = ground.read_of("unsupported", {}, errors=[{"code": 131051, "title": "Message type unknown"}])
    assert (one.kind, one.error) == ("unsupported", "unsupported:131051")
    [system] = ground.read_of("system", {"type": "user_changed_number", "body": "x"})
    assert (system.kind, system.error) == ("unsupported", "system")


async def test_an_advertisement_he_came_by_is_named(ground: WhatsAppGround) -> None:
    [one] = ground.read_of("text", {"body": "hello"}, referral={"source_id": "ad7", "source_type": "ad"})
    assert one.entry == {"source": "ad", "payload": "ad7"}


async def test_a_voice_message_is_a_voice(ground: WhatsAppGround) -> None:
    [one] = ground.read_of("audio", {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True})
    assert one.files[0].kind == "voice"


async def test_outside_the_window_only_a_template_goes(ground: WhatsAppGround) -> None:
    ground.who.quiet_s = 25 * 3600
    with pytest.raises(Undelivered, match="window"):
        await ground.messenger.send(ground.message("hello"))
    told = {"name": "visit", "language": "ru", "values": ["12:00", "Anna"]}
    await ground.messenger.send(ground.message("12:00, Anna", template=told))
    [sent] = ground.cloud.messages
    assert sent["template"] == {
        "name": "visit", "language": {"code": "ru"},
        "components": [{"type": "body", "parameters": [
            {"type": "text", "text": "Anna"}, {"type": "text", "text": "12:00"},
        ]}],
    }  # fmt: skip
    await ground.messenger.send(ground.message("", template={"name": "named", "language": "en", "values": ["Anna"]}))
    [component] = ground.cloud.messages[1]["template"]["components"]
    assert component["parameters"] == [{"type": "text", "parameter_name": "who", "text": "Anna"}]
    with pytest.raises(Undelivered, match="template"):
        await ground.messenger.send(ground.message("", template={"name": "other", "language": "ru", "values": []}))
    assert ground.messenger.abilities.window_s == 24 * 3600 and ground.messenger.abilities.templates


@pytest.mark.parametrize(
    ("code", "word", "unreachable", "account_ill"),
    [
        (130429, "rate", False, False), (131050, "blocked", True, False), (131048, "spam", False, False),
        (368, "stopped", False, True), (131042, "money", False, True), (10, "rights", False, True),
        (132000, "template", False, False), (100, "refused", False, False),
    ],
)  # fmt: skip
async def test_what_refusals_mean(
    ground: WhatsAppGround, code: int, word: str, unreachable: bool, account_ill: bool
) -> None:
    ground.cloud.goes_wrong(Fault(path=MESSAGES, status=400, body=refusal(code)))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert (told.value.code, told.value.unreachable, told.value.account) == (word, unreachable, account_ill)


async def test_a_servers_own_trouble_is_unknown(ground: WhatsAppGround) -> None:
    ground.cloud.goes_wrong(Fault(path=MESSAGES, status=503, body={}, done=True))
    with pytest.raises(Unknown, match="http_503"):
        await ground.messenger.send(ground.message())


async def test_a_file_that_could_not_be_brought_is_tried_again_and_nothing_is_unknown(ground: WhatsAppGround) -> None:
    ground.cloud.goes_wrong(Fault(path=f"/{VERSION}/{NUMBER}/media", cut=True))
    with pytest.raises(Undelivered, match="offline") as told:
        await ground.messenger.send(ground.message(files=(SentFile(name="a.png", mime="image/png", content=b"x"),)))
    assert told.value.retry_after_s and not ground.cloud.messages


async def test_a_large_file_is_waited_for_as_long_as_a_slow_line_needs(
    ground: WhatsAppGround, monkeypatch: pytest.MonkeyPatch
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


async def test_a_picture_too_large_for_one_goes_as_a_document(ground: WhatsAppGround) -> None:
    picture = SentFile(name="a.png", mime="image/png", content=bytes((5 << 20) + 1))
    await ground.messenger.send(ground.message("scan", files=(picture,)))
    [sent] = ground.cloud.messages
    assert sent["type"] == "document" and sent["document"]["caption"] == "scan"


async def test_a_voice_with_words_is_two_messages(ground: WhatsAppGround) -> None:
    voice = SentFile(name="a.ogg", mime="audio/ogg", content=b"OggS")
    accepted = await ground.messenger.send(ground.message("listen", files=(voice,)))
    assert [one["type"] for one in ground.cloud.messages] == ["audio", "text"]
    assert accepted.provider_id == ground.cloud.messages[1]["id"]


async def test_our_token_goes_to_metas_machines_only(ground: WhatsAppGround) -> None:
    [file] = ground.cloud.says(ground.who, "", [Upload(name="a.pdf", mime="application/pdf", content=b"%PDF")])
    id = file["document"]["id"]
    for url in ("https://evil.example/x", "http://127.0.0.2/x", "file:///etc/passwd", ""):
        ground.cloud.goes_wrong(Fault(path=f"/{VERSION}/{id}", status=200, body={"url": url}))
        with pytest.raises(Undelivered, match="refused"):
            _ = [chunk async for chunk in ground.messenger.fetch({"id": id})]


async def test_what_he_reads_of_us_is_shown_to_him(ground: WhatsAppGround) -> None:
    messenger = cast(WhatsApp, ground.messenger)
    await messenger.read_up_to(ground.message(last_in="wamid.A"))
    await messenger.typing(ground.message(last_in="wamid.B"))
    await messenger.typing(ground.message())
    assert ground.who.read == ["wamid.A", "wamid.B"]


async def test_the_lamp_knows_the_token_and_the_numbers_quality(ground: WhatsAppGround) -> None:
    assert (await ground.messenger.lamp()).colour == "green"
    ground.cloud.quality = "RED"
    assert (await ground.messenger.lamp()).why == "quality"
    ground.cloud.token_ends = int(clock.now().timestamp()) + 3600
    assert (await ground.messenger.lamp()).why == "token_ends"
    ground.trouble("revoked")
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "token")


def test_options_are_checked(tmp_path: Path) -> None:
    for options in ({}, {"number": "+7999"}, {"number": NUMBER, "version": "latest"}):
        with pytest.raises(BadAccount, match=r"whatsapp:main: options\."):
            opened(account("whatsapp", SECRETS, Kept(), state=tmp_path, options=options))
