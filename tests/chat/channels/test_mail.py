"""Mail: what every messenger promises, and what its sheet says besides (reference/channels.md 3.8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from email.header import Header
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chat.channels import Hook, RawEvent, Setup, Stranger
from chat.channels.mail import MailAccount
from chat.mail import keeping
from chat.mail.options import OptionsWrong
from chat.mail.parsing import parse
from chat.mail.parsing.mail import light, raw
from chat.mail.threads import ids
from chat.wire import Outgoing, Peer, Undelivered
from okno import clock
from okno.command.processes import ports
from okno.seal import Keyring
from tests.chat.mail.outgoing.test_delivery import Moody, moody
from tests.chat.mail.server import ANNA, BORIS, CLINIC, NOBODY, MailServer, mail_server, post_office
from tests.contracts import channel_suite as suite
from tests.contracts.channel_suite import Arrived, Kept, Said
from tests.fixtures import OpenDatabase

__all__ = ["mail_server", "post_office"]
PASSWORD = "smtp-password-of-tests"


def open_account(
    server: MailServer, keyring: Keyring, state: Path, kept: Kept, options: Mapping[str, Any], **setup: Any
) -> MailAccount:
    """The clinic's account."""
    secrets = {"password": server.password, "smtp_password": PASSWORD}
    made = suite.account("mail", secrets, kept, state=state, address=CLINIC, options=options)
    ready: Setup = replace(made.setup, own=keyring.sealer("chat"), **setup)
    opened = suite.opened(replace(made, setup=ready))
    assert isinstance(opened, MailAccount)
    return opened


@dataclass
class MailGround(suite.Ground):
    """A real mailbox; what we write goes to a server with moods."""

    server: MailServer | None = None
    smtp: Moody | None = None
    kept: Kept | None = None
    number: int = 0

    async def says(self, said: Said) -> list[Hook]:
        self.number += 1
        made = EmailMessage()
        name = Header(said.name.replace("\0", "").replace("\u202e", ""), "utf-8").encode()
        made["Message-ID"] = f"<{uuid4()}@patients.example>"
        if said.reply_to:
            made["In-Reply-To"] = f"<{said.reply_to}>"
        made.set_content(said.text, cte="base64")
        for file in said.files:
            kind, _, sub = file.mime.partition("/")
            made.add_attachment(file.content, maintype=kind, subtype=sub, filename=file.name.replace("\0", ""))
        assert self.server is not None
        await asyncio.to_thread(self.server.put, f"From: {name} <{ANNA}>\r\n".encode() + made.as_bytes())
        return []

    async def heard(self, said: Said) -> list[RawEvent]:
        assert self.kept is not None and isinstance(self.messenger, MailAccount)
        before = set(self.kept.events)
        await self.says(said)
        await self.messenger._polling.once()
        return [event for name, event in self.kept.events.items() if name not in before]

    def unknown(self) -> Hook:
        raise AssertionError("nobody posts mail")

    def strange(self, hook: Hook) -> list[Hook]:
        raise AssertionError("nobody posts mail")

    def trouble(self, trouble: suite.Trouble) -> None:
        assert self.smtp is not None
        step, answer = {
            "busy": ("hello", "421 4.7.0 too many"), "reset": (".", "!"), "blocked": ("RCPT", "550 5.1.1 nobody"),
            "revoked": ("AUTH", "535 5.7.8 no"),
        }[trouble]  # fmt: skip
        self.smtp.once[step] = answer

    def arrived(self) -> list[Arrived]:
        assert self.smtp is not None
        found = [parse(mail) for mail in self.smtp.mails]
        return [
            Arrived(
                to=one.header("To").rpartition("<")[2].rstrip(">"), text=_written(one.parts[0]),
                files=tuple(file.name for file in one.files),
                reply_to=(ids(raw(one.headers, "In-Reply-To")) or [""])[0],
            )
            for one in found
        ]  # fmt: skip

    def asked(self) -> int:
        assert self.smtp is not None
        return self.smtp.heard.count("DATA")

    async def gone(self) -> None:
        assert self.smtp is not None
        self.smtp.answers["hello"] = "!"


def _written(part: Message) -> str:
    words = part.get_payload(decode=True)
    assert isinstance(words, bytes)
    return words.decode().replace("\r\n", "\n").removesuffix("\n")


@pytest_asyncio.fixture
async def ground(post_office: MailServer, keyring: Keyring, tmp_path: Path) -> AsyncIterator[MailGround]:
    kept = Kept()
    async with moody() as smtp:
        there = {"host": "127.0.0.1", "port": smtp.port, "tls": "none", "user": CLINIC}
        options = post_office.options(smtp=there, per_hour=100)
        messenger = open_account(post_office, keyring, tmp_path, kept, options)
        yield MailGround(
            messenger=messenger, person=ANNA, chat=ANNA, hooked=False, secrets=(PASSWORD, post_office.password),
            server=post_office, smtp=smtp, kept=kept,
        )  # fmt: skip
        messenger._inbox.close()


@pytest.mark.parametrize("promise", suite.PROMISES, ids=suite.name_of)
async def test_it_keeps_what_every_messenger_promises(promise: suite.Promise, ground: MailGround) -> None:
    await promise(ground)


@pytest_asyncio.fixture
async def real(
    post_office: MailServer, keyring: Keyring, tmp_path: Path, database: OpenDatabase
) -> AsyncIterator[tuple[MailAccount, Kept]]:
    """An account whose mail goes by the real server too, running."""
    kept = Kept()
    opened = open_account(
        post_office, keyring, tmp_path, kept, post_office.options(plus=True), database=await database("chat")
    )
    running = asyncio.create_task(opened.run())
    yield opened, kept
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def ours(text: str, to: str = ANNA, **more: Any) -> Outgoing:
    """A message of ours."""
    return Outgoing(id=str(uuid4()), conversation=str(uuid4()), peer=Peer(ext_user=to, ext_chat=to), text=text, **more)


async def test_a_letter_goes_out_its_answer_comes_back_and_knows_its_conversation(
    real: tuple[MailAccount, Kept], post_office: MailServer
) -> None:
    account, kept = real
    message = ours("Добрый день!", number="2026-17", extra={"subject": "Запись"})
    accepted = await account.send(message)
    [came] = await asyncio.to_thread(post_office.until, ANNA, 1)
    assert came["Message-ID"] == f"<{accepted.provider_id}>" and "+" in str(came["Reply-To"])
    answer = EmailMessage()
    answer["From"], answer["To"] = f"Anna <{ANNA}>", str(came["Reply-To"])
    answer["Subject"], answer["In-Reply-To"] = f"Re: {parse(came.as_bytes()).subject}", str(came["Message-ID"])
    answer.set_content("Да, спасибо\n\n> Добрый день!")
    await asyncio.to_thread(post_office.post, answer.as_bytes(), ANNA, str(came["Reply-To"]))
    await kept.until(1)
    [event] = kept.events.values()
    [one] = account.read(event.body, clock.now())
    assert one.threads == (message.conversation, message.id) and one.reply_to == accepted.provider_id
    assert (one.text, one.subject) == ("Да, спасибо", "Re: Запись [#2026-17]")


async def test_a_letter_to_nobody_comes_back_as_failed(real: tuple[MailAccount, Kept]) -> None:
    account, kept = real
    accepted = await account.send(ours("hello", NOBODY))
    await kept.until(1)
    [event] = kept.events.values()
    told, gone = account.read(event.body, clock.now())
    assert (told.kind, told.state, told.message) == ("status", "failed", accepted.provider_id)
    assert gone.kind == "blocked" and gone.peer is not None and gone.peer.ext_user == NOBODY


async def test_one_mail_by_itself_a_day(real: tuple[MailAccount, Kept], post_office: MailServer) -> None:
    account, _ = real
    first = ours("Мы получили ваше письмо", auto=True)
    await account.send(first)
    await account.send(first)  # the same one, tried again
    with pytest.raises(Undelivered) as enough:
        await account.send(ours("Мы получили ваше письмо", auto=True))
    assert enough.value.code == "automatic_enough" and enough.value.retry_after_s is None
    await account.send(ours("Мы получили ваше письмо", BORIS, auto=True))
    await account.send(ours("a person's"))
    mails = await asyncio.to_thread(post_office.until, ANNA, 3)
    assert [one["Auto-Submitted"] for one in mails] == ["auto-replied", "auto-replied", None]


async def test_two_robots_stop_at_once(real: tuple[MailAccount, Kept], post_office: MailServer) -> None:
    """Our own mail that comes back is no message, whatever it is wrapped in."""
    account, kept = real
    await account.send(ours("by itself", CLINIC, auto=True))
    await kept.until(1)
    assert [account.read(event.body, clock.now()) for event in kept.events.values()] == [()]


async def test_a_file_is_found_after_the_mail_was_moved_in_its_box(ground: MailGround) -> None:
    file = suite.SentFile(name="a.pdf", mime="application/pdf", content=b"%PDF" * 100_000)
    [event] = await ground.heard(Said(text="see", files=(file,)))
    assert len(event.body) < 10_000
    [one] = ground.messenger.read(event.body, clock.now())
    [found] = one.files
    assert found.ref is not None
    moved = found.ref | {"uid": 999, "validity": found.ref["validity"] + 1}
    assert b"".join([chunk async for chunk in ground.messenger.fetch(moved)]) == file.content  # type: ignore[attr-defined]


async def test_half_a_gigabyte_is_not_read(ground: MailGround) -> None:
    """A mail bigger than may be: who wrote and what is kept, and its files say that they are too big."""
    assert isinstance(ground.messenger, MailAccount) and ground.server is not None and ground.kept is not None
    ground.messenger._polling._most = 1_000_000
    file = suite.SentFile(name="film.mp4", mime="video/mp4", content=bytes(3_000_000))
    [event] = await ground.heard(Said(text="смотрите фильм", files=(file,)))
    [one] = ground.messenger.read(event.body, clock.now())
    assert one.text == "смотрите фильм" and one.files[0].name == "film.mp4"
    assert (one.files[0].size or 0) > 3_000_000 and len(event.body) < 300_000
    huge = dict(one.files[0].ref or {}) | {"size": 500_000_000}
    with pytest.raises(Undelivered) as refused:
        _ = [chunk async for chunk in ground.messenger.fetch(huge)]
    assert refused.value.code == "too_big"


async def test_the_lamp_says_what_is_wrong(post_office: MailServer, keyring: Keyring, tmp_path: Path) -> None:
    for options, why in (
        ({}, ""), ({"folder": "None"}, "imap_folder"), ({"smtp": None}, ""),
        ({"smtp": {"host": "127.0.0.1", "port": ports.free(), "tls": "none"}}, "smtp_away"),
        ({"imap": {"host": "127.0.0.1", "port": ports.free(), "tls": "none"}}, "imap_away"),
        ({"imap": {"host": "127.0.0.1", "port": post_office.imap, "tls": "none", "user": "wrong"}}, "imap_login"),
    ):  # fmt: skip
        account = open_account(post_office, keyring, tmp_path, Kept(), post_office.options(**options))
        lamp = await account.lamp()
        account._inbox.close()
        assert (lamp.colour, lamp.why) == ("red" if why else "green", why)


def test_what_is_posted_is_a_strangers(ground: MailGround) -> None:
    with pytest.raises(Stranger):
        ground.messenger.posted(Hook(method="POST", headers={}, query={}, raw=b"x"))


def test_an_account_needs_an_address(post_office: MailServer, keyring: Keyring, tmp_path: Path) -> None:
    made = suite.account("mail", {"password": "x"}, Kept(), state=tmp_path, options=post_office.options())
    with pytest.raises(OptionsWrong, match="address"):
        suite.opened(replace(made, setup=replace(made.setup, own=keyring.sealer("chat"))))


async def test_an_account_that_only_reads_sends_nothing(
    post_office: MailServer, keyring: Keyring, tmp_path: Path
) -> None:
    account = open_account(post_office, keyring, tmp_path, Kept(), post_office.options(smtp=None))
    with pytest.raises(Undelivered) as refused:
        await account.send(ours("hello"))
    account._inbox.close()
    assert refused.value.code == "cannot"


def test_what_is_kept_light_has_the_same_files() -> None:
    assert keeping.LIGHT_BYTES > 100_000 and light(b"x" * 10, 100) == b"x" * 10
