"""SMS: what every messenger promises, and what is each gateway's own (reference/channels.md 3.9), over their clouds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

import pytest
import pytest_asyncio

from chat.channels import Hook, Stranger, sms
from chat.channels.sms import Sms, SoughtSms
from chat.saying.settings import BadAccount
from chat.wire import Envelope, Peer, SentFile, Undelivered, Unknown
from demo.clouds.server import Fault, Letter
from demo.clouds.sms import CODES, SmsCloud
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

KEY, SECRET, SIGN = "test-key-of-nobody", "p4th-s3cret", "agreed-word"
HOOK = "https://chat.clinic.example/hook/sms/main"
WHO = "+79990000001"
SEND = {
    "smsru": "/sms/send", "smsc": "/sys/send.php", "aero": "/v2/sms/send", "exolve": "/messaging/v1/SendSMS",
}  # fmt: skip
GATEWAYS = tuple(SEND)


def hook_of(letter: Letter, secret: str = SECRET, address: str = "203.0.113.7") -> Hook:
    """As the public listener hears it."""
    headers = {name.lower(): value for name, value in letter.headers.items()}
    path = f"/hook/sms/main/{secret}"
    return Hook(method="POST", headers=headers, query={}, raw=letter.body, path=path, address=address)


@dataclass
class SmsGround(Ground):
    """The account of a gateway in its cloud."""

    gateway: str = "smsc"
    cloud: SmsCloud = field(default_factory=SmsCloud)
    files: bool = False

    async def says(self, said: Said) -> list[Hook]:
        return [hook_of(self.cloud.inbound(self.gateway, WHO, said.text))]

    def unknown(self) -> Hook:
        if self.gateway == "smsc":
            return hook_of(self.cloud.proved({"id": "7", "type": "hologram", "phone": WHO, "status": "soon"}))
        if self.gateway == "smsru":
            return hook_of(self.cloud.lines("hologram\n7\n8"))
        return hook_of(Letter(body=json.dumps({"message_id": "7", "status": "HOLOGRAM"}).encode()))

    def strange(self, hook: Hook) -> list[Hook]:
        strangers = [replace(hook, path=f"/hook/sms/main/{one}") for one in ("guess", "", SECRET[:-1])]
        strangers += [replace(hook, path="/hook/sms/main"), replace(hook, address="198.51.100.1")]
        if self.gateway == "smsc":
            told = dict(parse_qsl(hook.raw.decode(), keep_blank_values=True))
            strangers += [replace(hook, raw=urlencode({**told, "sha1": proof}).encode()) for proof in ("", "0" * 40)]
        return strangers

    def trouble(self, trouble: Trouble) -> None:
        if trouble == "busy":
            self.cloud.goes_wrong(Fault(path=SEND[self.gateway], status=429, body={}))
        elif trouble == "reset":
            self.cloud.goes_wrong(Fault(path=SEND[self.gateway], cut=True, done=True))
        elif trouble == "blocked":
            self.cloud.stopped.add(WHO)
        else:
            self.cloud.key = "revoked"

    def arrived(self) -> list[Arrived]:
        return [Arrived(to=one.phone, text=one.text) for one in self.cloud.messages]

    def asked(self) -> int:
        return self.cloud.asked(SEND[self.gateway])

    async def gone(self) -> None:
        await self.cloud.stop()

    def heard_of(self, letter: Letter) -> list[Envelope]:
        """What is read of a post."""
        events = self.messenger.posted(hook_of(letter)).events
        return [one for event in events for one in self.messenger.read(event.body, clock.now())]


def made(gateway: str, cloud: SmsCloud, state: Path, kept: Kept, **more: Any) -> Sms:
    """An account of a gateway."""
    options = {
        "gateway": gateway, "sender": "CLINIC", "login": "" if gateway == "smsru" else cloud.login, "most_parts": 10,
        "addresses": ["203.0.113.0/24"], **more,
    }  # fmt: skip
    secrets = {"key": KEY, "hook": SECRET, "sign": SIGN}
    base = cloud.url + ("/v2" if gateway == "aero" else "")
    return cast(Sms, opened(
        account("sms", secrets, kept, state=state, address=base, options=options, public_url=HOOK)
    ))  # fmt: skip


@pytest_asyncio.fixture
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SmsGround]:
    gateway = getattr(request, "param", "smsc")
    cloud = SmsCloud(key=KEY, sign=SIGN)
    async with cloud:
        messenger = made(gateway, cloud, tmp_path, Kept())
        secrets = (KEY, SECRET, SIGN)
        yield SmsGround(messenger=messenger, person=WHO, chat=WHO, secrets=secrets, gateway=gateway, cloud=cloud, address=cloud.url)
        await messenger.close()


# A number is rented at these two: at the others nobody writes to us.
@pytest.mark.parametrize("ground", ["smsc", "exolve"], indirect=True)
@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
async def test_promise(promise: Promise, ground: SmsGround) -> None:
    await promise(ground)


WITHOUT_INBOUND = [check for check in PROMISES if name_of(check) in (
    "a_type_nobody_knows_is_kept_and_said", "what_we_write_arrives_once_as_written",
    "what_is_too_long_is_refused_before_the_wire", "too_many_at_once_is_waited_for_and_is_no_attempt",
    "a_connection_cut_after_the_request_is_unknown", "who_blocked_us_cannot_be_reached",
    "a_revoked_credential_is_the_accounts_trouble", "nobody_there_is_undelivered_and_the_lamp_says_so",
    "what_it_says_of_itself_fits_together",
)]  # fmt: skip


@pytest.mark.parametrize("ground", ["smsru", "aero"], indirect=True)
@pytest.mark.parametrize("promise", WITHOUT_INBOUND, ids=name_of)
async def test_promise_without_inbound(promise: Promise, ground: SmsGround) -> None:
    assert len(WITHOUT_INBOUND) == 9
    await promise(ground)


@pytest.mark.parametrize("ground", GATEWAYS, indirect=True)
@pytest.mark.parametrize(("state", "error"), [("delivered", ""), ("failed", "unreachable"), ("sent", "")])
async def test_what_became_of_a_message_is_heard_once(ground: SmsGround, state: str, error: str) -> None:
    accepted = await ground.messenger.send(ground.message())
    [sent] = ground.cloud.messages
    assert (sent.id, sent.sender) == (accepted.provider_id, "CLINIC")
    letter = ground.cloud.report(ground.gateway, sent, state)
    posted = ground.messenger.posted(hook_of(letter))
    [event], [one] = posted.events, ground.heard_of(letter)
    assert (one.kind, one.message, one.state, one.error) == ("status", accepted.provider_id, state, error)
    assert one.ext_id == event.ext_id == f"{ground.gateway}:{sent.id}:{CODES[ground.gateway][state].lower()}"
    assert posted.answer == {"smsru": "100", "smsc": "OK"}.get(ground.gateway, "")
    assert WHO not in event.ext_id and WHO not in event.peer


@pytest.mark.parametrize("ground", GATEWAYS, indirect=True)
async def test_an_empty_account_is_the_accounts_trouble(ground: SmsGround) -> None:
    ground.cloud.left = 50.0
    assert (await ground.messenger.lamp()).colour == "amber"
    ground.cloud.left = 0.0
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "money")
    with pytest.raises(Undelivered, match="money") as told:
        await ground.messenger.send(ground.message())
    assert told.value.account and not told.value.counts and not ground.cloud.messages


@pytest.mark.parametrize("ground", GATEWAYS, indirect=True)
async def test_a_revoked_key_is_a_red_lamp(ground: SmsGround) -> None:
    assert (await ground.messenger.lamp()).colour == "green"
    ground.trouble("revoked")
    lamp = await ground.messenger.lamp()
    assert (lamp.colour, lamp.why) == ("red", "token")


@pytest.mark.parametrize("ground", GATEWAYS, indirect=True)
@pytest.mark.parametrize(("status", "body"), [(502, "Bad Gateway"), (200, {"odd": 1}), (200, "no JSON object")])
async def test_an_answer_that_says_nothing_is_unknown(ground: SmsGround, status: int, body: Any) -> None:
    ground.cloud.goes_wrong(Fault(path=SEND[ground.gateway], status=status, body=body))
    with pytest.raises((Unknown, Undelivered)) as told:
        await ground.messenger.send(ground.message())
    if ground.gateway != "aero" or body != {"odd": 1}:  # Aero says plainly that it did not succeed
        assert isinstance(told.value, Unknown)


async def test_a_message_nobody_answered_for_is_found_by_our_own_id(ground: SmsGround) -> None:
    assert isinstance(ground.messenger, SoughtSms)
    message = ground.message()
    ground.cloud.goes_wrong(Fault(path=SEND["smsc"], cut=True))
    with pytest.raises(Unknown):
        await ground.messenger.send(message)
    assert await ground.messenger.look(message, clock.now()) is None
    accepted = await ground.messenger.send(message)
    found = await ground.messenger.look(message, clock.now())
    assert found is not None and found.provider_id == accepted.provider_id == message.id.replace("-", "")


async def test_somebody_writes_to_the_rented_number(ground: SmsGround) -> None:
    [one] = ground.heard_of(ground.cloud.inbound("smsc", WHO, "Да, приду"))
    assert (one.kind, one.text, one.at is not None) == ("message.in", "Да, приду", True)
    # A number in an SMS is whatever its sender wrote there.
    assert one.peer == Peer(ext_user=WHO, ext_chat=WHO, phone=WHO, verified=False)


def test_a_post_in_another_charset_is_read_in_it(ground: SmsGround) -> None:
    told = {"phone": "79990000001", "mes": "Да, приду", "to": "7", "time": "1775000000", "id": "9"}
    letter = ground.cloud.proved(told)
    sha1 = dict(parse_qsl(letter.body.decode()))["sha1"]
    hook = replace(
        hook_of(letter), query={"charset": "windows-1251"},
        raw=urlencode({**told, "sha1": sha1}, encoding="windows-1251").encode(),
    )  # fmt: skip
    [event] = ground.messenger.posted(hook).events
    assert ground.messenger.read(event.body, clock.now())[0].text == "Да, приду"


def test_nothing_of_a_person_is_taken_from_an_address(ground: SmsGround) -> None:
    letter = ground.cloud.proved({"id": "9", "phone": WHO, "status": "1", "time": "1775000000"})
    hook = replace(hook_of(letter), method="GET", raw=b"", query=dict(parse_qsl(letter.body.decode())))
    with pytest.raises(Stranger) as told:
        ground.messenger.posted(hook)
    assert told.value.status == 405


@pytest.mark.parametrize("ground", ["smsru"], indirect=True)
async def test_many_lines_in_a_post_are_as_many_events_and_a_wrong_hash_is_none(ground: SmsGround) -> None:
    letter = ground.cloud.lines(
        "sms_status\n1\n103\n1775000000", "sms_status\n2\n104\n1775000000", "callcheck_status\n3\n401"
    )
    assert [(one.message, one.state, one.error) for one in ground.heard_of(letter)] == [
        ("1", "delivered", ""), ("2", "failed", "expired"),
    ]  # fmt: skip
    assert len(ground.messenger.posted(hook_of(letter)).events) == 3
    altered = replace(letter, body=letter.body.replace(b"103", b"104"))
    with pytest.raises(Stranger):
        ground.messenger.posted(hook_of(altered))


@pytest.mark.parametrize("ground", ["smsru"], indirect=True)
async def test_smsru_is_told_where_to_report_once(ground: SmsGround) -> None:
    messenger = cast(Sms, ground.messenger)
    for _ in range(2):
        await messenger.gateway.report_here()
    assert ground.cloud.callbacks == [f"{HOOK}/{SECRET}"]


@pytest.mark.parametrize("ground", ["aero"], indirect=True)
async def test_aero_is_told_where_to_report_with_each_message(ground: SmsGround) -> None:
    await ground.messenger.send(ground.message())
    assert ground.cloud.messages[0].callback == f"{HOOK}/{SECRET}"


@pytest.mark.parametrize("ground", GATEWAYS, indirect=True)
async def test_what_became_of_a_message_is_asked_for_when_nobody_tells(
    ground: SmsGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()
    messenger = made(ground.gateway, ground.cloud, Path("/nowhere"), kept)
    monkeypatch.setattr(sms, "_AGAIN_S", (0.0, 0.0, 3600.0))
    monkeypatch.setattr(sms, "_LOOK_S", 0.05)
    await messenger.send(ground.message())
    if ground.gateway == "exolve":  # only posts
        await asyncio.sleep(0.3)
        assert not kept.events
    else:
        await kept.until(1)  # that it was sent
        ground.cloud.messages[0].state = "delivered"
        await kept.until(2)
        event = list(kept.events.values())[-1]
        [one] = messenger.read(event.body, clock.now())
        assert (one.state, one.ext_id) == ("delivered", event.ext_id)
        told = ground.heard_of(ground.cloud.report(ground.gateway, ground.cloud.messages[0], "delivered"))
        assert told[0].ext_id == event.ext_id  # posted as well, it is the same event
    await messenger.close()


async def test_only_a_number_can_be_written_to_and_no_file_goes(ground: SmsGround) -> None:
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message(peer=Peer(ext_user="5501")))
    assert told.value.unreachable
    with pytest.raises(Undelivered, match="file"):
        await ground.messenger.send(ground.message(files=(SentFile(name="a", mime="image/png", content=b"x"),)))
    with pytest.raises(Undelivered, match="expired"):
        _ = [chunk async for chunk in ground.messenger.fetch({})]
    assert ground.asked() == 0


async def test_what_may_not_be_written_never_reaches_the_gateway(ground: SmsGround, tmp_path: Path) -> None:
    template = {"name": "visit", "text": "{name}, ждём вас {when}"}
    rules = {"most_parts": 1, "forbidden": ["онколог"], "templates": [template], "only_templates": True}
    messenger = made("smsc", ground.cloud, tmp_path, Kept(), **rules)
    for text, why in (("я" * 71, "too_long"), ("Вас ждёт Онколога приём", "words"), ("Приходите", "template")):
        with pytest.raises(Undelivered, match=why):
            await messenger.send(ground.message(text))
    await messenger.send(ground.message("Анна, ждём вас завтра в 12:00"))
    assert len(ground.cloud.messages) == 1
    await messenger.close()


def test_options_are_checked(tmp_path: Path) -> None:
    for options, key in (
        ({}, "gateway"), ({"gateway": "pigeon"}, "gateway"), ({"gateway": "aero", "sender": "C"}, "login"),
        ({"gateway": "exolve"}, "sender"), ({"gateway": "smsc", "addresses": ["anywhere"]}, "addresses"),
    ):  # fmt: skip
        with pytest.raises(BadAccount, match=rf"sms:main: options\.{key}"):
            opened(account("sms", {"key": KEY}, Kept(), state=tmp_path, options=options))


def test_without_a_secret_of_its_own_the_address_is_made_of_the_key(tmp_path: Path) -> None:
    made_of = account("sms", {"key": KEY}, Kept(), state=tmp_path, options={"gateway": "smsru"}, public_url=HOOK)
    messenger = cast(Sms, opened(made_of))
    with pytest.raises(Stranger):
        messenger.posted(hook_of(Letter(body=b"")))
    assert KEY not in repr(messenger.abilities)
