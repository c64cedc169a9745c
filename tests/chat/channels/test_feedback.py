"""The form for feedback on a real socket: letters with files, robots, repetitions, limits; answers by mail and SMS."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from prometheus_client import CollectorRegistry

from chat.api import public
from chat.channels import Hook, RawEvent, Setup, Stranger
from chat.channels import feedback as module
from chat.channels.feedback import PATH, FeedbackAccount, FeedbackForms
from chat.channels.mail import MailAccount
from chat.mail.reading import read as read_mail
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Peer, Undelivered
from okno import clock
from okno.command.processes import ports
from okno.database import Database, DatabaseDown
from okno.seal import Keyring
from okno.settings import ChatSettings, Runtime, SiteSettings
from tests.chat.clinic import Echo
from tests.chat.mail.letters import NOW, bounce, box, kept, letter
from tests.chat.mail.outgoing.test_delivery import Moody, moody
from tests.chat.mail.server import ANNA, CLINIC
from tests.contracts import channel_suite as suite
from tests.fixtures import OpenDatabase

SITE, TOKEN = "https://clinic.example", "t" * 40
RU = SiteSettings(key="clinic", origins=[SITE], secret="file:site.secret", page=SITE + "/", consent="2026-11")
EN = SiteSettings(key="spa", origins=["https://spa.example"], language="en")
PHONE = "+79990001873"


@dataclass
class Place:
    """The form, and what is kept of what is posted there."""

    url: str
    http: aiohttp.ClientSession
    database: Database
    registry: CollectorRegistry
    account: FeedbackAccount
    kept: suite.Kept
    sms: Echo
    smtp: Moody

    async def post(self, *, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        """Post as a script does."""
        async with self.http.post(self.url, json=body(**more), headers=headers or {"Origin": SITE}) as answer:
            return answer.status, await answer.json(content_type=None)

    def read(self) -> list[Envelope]:
        """What is read of what is kept."""
        return [one for event in self.kept.events.values() for one in self.account.read(event.body, NOW)]

    def ends(self, end: str) -> float:
        """How many letters ended so."""
        return self.registry.get_sample_value("okno_feedback_total", {"end": end}) or 0.0


def body(**more: Any) -> dict[str, Any]:
    """What a script posts."""
    told = {
        "site_key": "clinic", "name": "Анна", "mail": ANNA, "text": "Спасибо врачу!\nАнна", "consent": True, "hp": "",
        "form_ts": int((clock.now() - timedelta(seconds=20)).timestamp() * 1000), "nonce": str(uuid4()),
    }  # fmt: skip
    return told | more


@pytest_asyncio.fixture
async def place(
    runtime: Runtime, database: OpenDatabase, keyring: Keyring, tmp_path: Path
) -> AsyncIterator[Place]:
    secret = runtime.path(runtime.settings.paths.secrets) / "site.secret"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    settings = runtime.settings.model_copy(update={"chat": ChatSettings(sites=[RU, EN], most_file_mb=1)})
    db, registry, events = await database("chat"), CollectorRegistry(), suite.Kept()
    here = Runtime(settings, runtime.state)

    async def keep(account: str, new: Sequence[RawEvent]) -> int:
        assert account == "feedback:clinic"
        return await events.keep(new)

    own = keyring.sealer("chat")
    setup = Setup(here, db, own, keyring.sealer("bus"), registry, None, keep)
    async with moody() as smtp:
        made = suite.account("feedback", {}, events, state=tmp_path, name="clinic")
        account = suite.opened(replace(made, setup=setup))
        there = {"host": "127.0.0.1", "port": smtp.port, "tls": "none"}
        mailbox = suite.account("mail", {"password": "x"}, events, state=tmp_path, address=CLINIC,
                                options={"imap": there, "smtp": there})  # fmt: skip
        mail = suite.opened(replace(mailbox, setup=setup))
        assert isinstance(account, FeedbackAccount) and isinstance(mail, MailAccount)
        sms = Echo(key="sms:main", abilities=Abilities(most_text=70))
        form = module.feedback(replace(setup, messengers={account.key: account, mail.key: mail, sms.key: sms}))
        assert isinstance(form, FeedbackForms)
        runner = web.AppRunner(public({"feedback": form}))
        await runner.setup()
        port = ports.free()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with aiohttp.ClientSession() as http:
            yield Place(f"http://127.0.0.1:{port}{PATH}", http, db, registry, account, events, sms, smtp)
        await runner.cleanup()
        mail._inbox.close()


async def test_a_letter_is_thanked_and_is_a_message(place: Place) -> None:
    status, told = await place.post(topic="Благодарность", phone="8 (999) 000-18-73", page_url=SITE + "/contacts")
    assert (status, set(told)) == (202, {"reference", "text"}) and "ответим" in told["text"]
    [one] = place.read()
    assert (one.account, one.kind, one.text, one.subject) == (
        "feedback:clinic", "message.in", "Спасибо врачу!\nАнна", "Благодарность",
    )  # fmt: skip
    assert one.peer == Peer(ext_user=ANNA, ext_chat=ANNA, name="Анна", phone=PHONE)
    assert one.entry == {"source": "form", "site": "clinic", "page": SITE + "/contacts", "consent": "2026-11"}


async def test_nothing_of_a_person_is_readable_in_what_is_counted(place: Place) -> None:
    await place.post()
    await place.post(hp="a robot's", text="spam of a robot")
    rows = str([dict(row) for row in await place.database.fetch("SELECT * FROM feedback")])
    assert rows.count("reference") == 2
    for word in (ANNA, "Анна", "Спасибо", "127.0.0.1", "spam"):
        assert word not in rows


async def test_files_come_with_it(place: Place) -> None:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in body(consent="on").items():
        form.add_field(name, str(value))
    form.add_field("files", b"%PDF-1.4 " + bytes(200_000), filename="../Снимок.pdf", content_type="application/pdf")
    form.add_field("files", b"hello", filename="a.txt", content_type="text/plain")
    async with place.http.post(place.url, data=form, headers={"Origin": SITE}) as answer:
        page = await answer.text()
    assert answer.status == 202 and "получили ваше обращение" in page
    [one] = place.read()
    assert [(file.name, file.size) for file in one.files] == [(".._Снимок.pdf", 200_009), ("a.txt", 5)]
    for file, size in zip(one.files, (200_009, 5), strict=True):
        assert file.ref is not None
        assert len(b"".join([piece async for piece in place.account.fetch(file.ref)])) == size
    with pytest.raises(Undelivered, match="expired"):
        _ = [piece async for piece in place.account.fetch({"upload": str(uuid4())})]


@pytest.mark.parametrize(("files", "status"), [
    ([bytes(1_200_000)], 413), ([b"x"] * 6, 422), ([b"MZ" + bytes(100)], 422), ([b""], 202),
])  # fmt: skip
async def test_files_nobody_takes(place: Place, files: list[bytes], status: int) -> None:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in body(consent="on").items():
        form.add_field(name, str(value))
    for number, content in enumerate(files):
        form.add_field("files", io.BytesIO(content), filename=f"{number}.bin", content_type="application/octet-stream")
    async with place.http.post(place.url, data=form, headers={"Origin": SITE}) as answer:
        assert answer.status == status
    assert bool(place.kept.events) is (status == 202)


async def test_a_plain_form_is_answered_by_a_page(place: Place) -> None:
    fields = {name: str(value) for name, value in body(consent="on", mail="").items()}
    async with place.http.post(place.url, data=fields, headers={"Origin": "null"}) as answer:
        page = await answer.text()
    assert answer.status == 202 and "не указали ни адреса, ни номера" in page
    [one] = place.read()
    assert one.peer is not None and one.peer.ext_user == one.ext_id


async def test_a_robot_is_thanked_and_nothing_comes_of_it(place: Place) -> None:
    for robot in ({"hp": "x"}, {"form_ts": clock.now().isoformat()}):
        assert (await place.post(**robot))[0] == 202
    assert not place.kept.events and place.ends("spam") == 2


async def test_the_same_filling_in_is_one_letter_with_one_answer(place: Place) -> None:
    once = body()
    answers = [await place.post(**once) for _ in range(3)]
    assert len({told["reference"] for _, told in answers}) == 1 and len(place.kept.events) == 1


async def test_a_letter_whose_answer_was_lost_in_a_crash_is_not_kept_twice(place: Place) -> None:
    once = body()
    await place.post(**once)
    await place.database.execute("DELETE FROM feedback")
    assert (await place.post(**once))[0] == 202
    assert len(place.kept.events) == 1


async def test_with_the_database_away_nothing_is_said_to_be_taken(place: Place) -> None:
    place.kept.fails = DatabaseDown("away")
    assert (await place.post())[0] == 503


async def test_too_much_is_too_much(place: Place) -> None:
    statuses = [(await place.post())[0] for _ in range(6)]
    assert statuses == [202] * 5 + [429]
    statuses = [(await place.post(mail=f"a{n}@patients.example"))[0] for n in range(6)]
    assert statuses == [202] * 5 + [429]
    server = {"Authorization": f"Bearer {TOKEN}"}
    assert (await place.post(headers=server, mail="b@patients.example"))[0] == 202


async def test_a_sites_own_server_names_its_letters(place: Place) -> None:
    named = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "crm-1"}
    first, again = await place.post(headers=named, text="one"), await place.post(headers=named, text="one")
    assert first == again and (await place.post(headers=named, text="two"))[0] == 409
    assert (await place.post(headers={"Authorization": "Bearer wrong"}))[0] == 401


@pytest.mark.parametrize(("wrong", "fields"), [
    ({"consent": False}, ["consent"]), ({"text": " \n"}, ["text"]), ({"text": "x" * 10_001}, ["text"]),
    ({"mail": "nobody"}, ["mail"]), ({"mail": "a@b.example\r\nBcc: c@d.example"}, ["mail"]), ({"phone": "112"}, ["phone"]),
    ({"site_key": "other"}, ["site_key"]), ({"name": "x" * 101}, ["name"]),
])  # fmt: skip
async def test_mistakes_are_named_and_not_repeated(place: Place, wrong: dict[str, Any], fields: list[str]) -> None:
    status, told = await place.post(**wrong)
    assert status == 422 and [one["field"] for one in told["errors"]] == fields
    assert "Bcc" not in json.dumps(told) and not place.kept.events


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"[" * 60_000, b"\xff", b"{}" + b" " * 70_000])
async def test_no_body_makes_it_fall(place: Place, raw: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "multipart/form-data"):
        headers = {"Origin": SITE, "Content-Type": kind}
        async with place.http.post(place.url, data=raw, headers=headers) as answer:
            assert answer.status in (400, 413, 422), kind
    async with place.http.post(place.url, data=raw, headers={"Origin": SITE, "Content-Type": "text/xml"}) as answer:
        assert answer.status == 415


async def test_strangers_pages_may_not_post_and_ours_may(place: Place) -> None:
    assert (await place.post(headers={"Origin": "https://evil.example"}))[0] == 403
    async with place.http.options(place.url, headers={"Origin": SITE}) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, SITE)
    async with place.http.get(place.url) as answer:
        assert set(await answer.json()) == {"form_ts", "nonce"}


def ours(text: str = "Спасибо и вам", *, to: str = ANNA, **more: Any) -> Outgoing:
    """An answer of ours."""
    peer = Peer(ext_user=to, ext_chat=to, name="Анна", phone=PHONE if to == PHONE else "")
    return Outgoing(id=str(uuid4()), conversation=str(uuid4()), peer=peer, text=text, **more)


async def test_it_is_answered_by_mail_and_what_comes_back_is_the_forms(place: Place, keyring: Keyring) -> None:
    message = ours(extra={"subject": "Благодарность"}, last_in=str(uuid4()))
    accepted = await place.account.send(message)
    assert accepted.provider_id == f"{message.id}.feedback.clinic@clinic.example"
    [sent] = place.smtp.mails
    assert f"Message-ID: <{accepted.provider_id}>".encode() in sent and b"In-Reply-To" not in sent
    clinic = box(keyring.sealer("chat"))
    head = f"Message-ID: <r@patients.example>\nIn-Reply-To: <{accepted.provider_id}>"
    [came] = read_mail(kept(letter("пожалуйста", head=head)), NOW, clinic)
    assert came.account == "feedback:clinic" and came.threads == (message.id,)
    assert came.peer is not None and came.peer.ext_user == ANNA
    told, gone = read_mail(kept(bounce(accepted.provider_id)), NOW, clinic)
    assert (told.account, told.message, told.state) == ("feedback:clinic", accepted.provider_id, "failed")
    assert gone.account == "feedback:clinic"


async def test_who_gave_only_a_number_is_answered_by_sms(place: Place) -> None:
    assert isinstance(await place.account.send(ours(to=PHONE)), Accepted)
    [sent] = place.sms.sent
    assert (sent.peer.ext_user, sent.text) == (PHONE, "Спасибо и вам")
    with pytest.raises(Undelivered, match="too_long"):
        await place.account.send(ours("x" * 71, to=PHONE))


async def test_who_gave_nothing_cannot_be_answered(place: Place) -> None:
    with pytest.raises(Undelivered, match="no_address") as refused:
        await place.account.send(ours(to=str(uuid4())))
    assert refused.value.unreachable


async def test_without_a_mailbox_nobody_is_answered_and_the_lamp_says_so(place: Place) -> None:
    assert (await place.account.lamp()).colour == "green"
    place.account.others = {}
    assert (await place.account.lamp()).why == "no_answering"
    for to, why in ((ANNA, "no_mailbox"), (PHONE, "no_sms")):
        with pytest.raises(Undelivered, match=why):
            await place.account.send(ours(to=to))
    with pytest.raises(Stranger):
        place.account.posted(Hook(method="POST", headers={}, query={}, raw=b""))


async def test_what_was_counted_is_forgotten(place: Place) -> None:
    await place.post()
    await place.database.execute("UPDATE feedback SET at = at - interval '8 days'")
    counted = module.Feedback(place.database, place.account._media._own)
    assert await counted.tidy() == 1
    running = asyncio.create_task(place.account.run())
    await asyncio.sleep(0)
    running.cancel()
