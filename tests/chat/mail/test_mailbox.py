"""A mailbox on a real Dovecot: what lies there, what is new, what goes wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from chat.mail import mailbox as module
from chat.mail.mailbox import TAKEN, Mailbox, MailboxAway
from chat.mail.options import Server, trust
from okno.command.processes import ports
from tests.chat.mail.letters import letter
from tests.chat.mail.server import CLINIC, MailServer


def opened(server: MailServer, *, tls: str = "none", password: str = "", folder: str = "INBOX", port: int = 0) -> Mailbox:
    """The clinic's mailbox."""
    where = Server(host="127.0.0.1", port=port or (server.imaps if tls == "tls" else server.imap), tls=tls)  # type: ignore[arg-type]
    return Mailbox(where, CLINIC, password or server.password, folder, trust(server.ca))


@pytest_asyncio.fixture
async def box(post_office: MailServer) -> AsyncIterator[Mailbox]:
    one = opened(post_office)
    yield one
    one.close()


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_it_is_read_under_tls_and_without(tls: str, post_office: MailServer) -> None:
    post_office.put(letter("one"))
    one = opened(post_office, tls=tls)
    try:
        assert await one.ready() > 0
        [uid] = await one.after(0)
        [lying] = await one.sizes([uid])
        mail = await one.mail(uid)
        assert mail is not None and mail.endswith(b"one\r\n") and lying.size == len(mail)
        assert abs(datetime.now(UTC) - datetime.fromisoformat(lying.at)) < timedelta(minutes=5)
        assert await one.mail(uid, 10) == mail[:10]
    finally:
        one.close()


async def test_only_what_is_new_is_named(box: Mailbox, post_office: MailServer) -> None:
    for text in ("one", "two", "three"):
        post_office.put(letter(text))
    uids = await box.after(0)
    assert len(uids) == 3 and await box.after(uids[1]) == uids[2:]
    assert await box.after(uids[-1]) == [] and await box.last() == uids[-1]
    assert await box.after(uids[-1] + 100) == []


async def test_reading_leaves_a_mail_unread_and_marks_it_as_ours(box: Mailbox, post_office: MailServer) -> None:
    post_office.put(letter("one"))
    [uid] = await box.after(0)
    await box.mail(uid)
    assert await box.lately(datetime.now(UTC), unseen=True) == [uid]
    await box.mark(uid)
    with post_office.mailbox() as client:
        [found] = list(client.fetch(mark_seen=False))
    assert TAKEN in found.flags and "\\Seen" not in found.flags


async def test_a_mail_is_found_by_its_id(box: Mailbox, post_office: MailServer) -> None:
    post_office.put(letter(head="Message-ID: <find-me@p.example>"))
    assert len(await box.named("find-me@p.example")) == 1
    assert await box.named('x" OR ALL "') == [] and await box.named("имя@x") == []


async def test_what_has_gone_is_nothing(box: Mailbox) -> None:
    assert await box.sizes([999]) == [] and await box.mail(999) is None and await box.sizes([]) == []


async def test_a_cut_line_is_made_anew(box: Mailbox, post_office: MailServer) -> None:
    post_office.put(letter("one"))
    assert len(await box.after(0)) == 1
    assert box._box is not None
    box._box.client.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(MailboxAway) as away:
        await box.after(0)
    assert away.value.why == "imap_away"
    assert len(await box.after(0)) == 1


async def test_an_old_line_is_made_anew(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    await box.ready()
    first = box._box
    await box.ready()
    assert box._box is first
    monkeypatch.setattr(module, "RENEW_S", -1.0)
    await box.ready()
    assert box._box is not first


async def test_what_goes_wrong_has_a_word_and_no_secret(post_office: MailServer) -> None:
    for one, why in (
        (opened(post_office, password="wrong"), "imap_login"), (opened(post_office, folder="None"), "imap_folder"),
        (opened(post_office, port=ports.free()), "imap_away"), (opened(post_office, tls="tls", port=post_office.imap), "imap_tls"),
        (Mailbox(Server(host="127.0.0.1", port=post_office.imaps), CLINIC, "x", "INBOX", trust(None)), "imap_tls"),
    ):  # fmt: skip
        with pytest.raises(MailboxAway) as away:
            await one.ready()
        one.close()
        assert away.value.why == why and str(away.value) == why


async def test_a_folder_with_a_russian_name_is_read(post_office: MailServer) -> None:
    post_office.put(letter("one"), folder="Обращения")
    one = opened(post_office, folder="Обращения")
    try:
        assert len(await one.after(0)) == 1
    finally:
        one.close()


async def test_who_waits_for_an_answer_when_it_is_closed_gets_an_error() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK hello\r\n")
        tag = (await reader.readline()).split()[0]
        writer.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK\r\n")
        await reader.read()
        writer.close()

    port = ports.free()
    async with await asyncio.start_server(silent, "127.0.0.1", port):
        one = Mailbox(Server(host="127.0.0.1", port=port, tls="none"), CLINIC, "x", "INBOX", trust(None))
        waiting = asyncio.create_task(one.ready())
        await asyncio.sleep(0.3)
        one.close()
        with pytest.raises(MailboxAway):
            await waiting
