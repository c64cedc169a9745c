"""How far a mailbox was read: each mail kept once, whatever dies between; too much of one sender waits."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chat.channels import Account
from chat.mail import keeping, polling
from chat.mail.mailbox import TAKEN, Mailbox, MailboxAway
from chat.mail.options import Server, trust
from chat.mail.polling import Cursor, Polling
from okno.database import DatabaseDown
from okno.seal import Keyring
from tests.chat.mail.letters import bounce, letter
from tests.chat.mail.server import ANNA, BORIS, CLINIC, MailServer
from tests.contracts.channel_suite import Kept, account


def mailbox(server: MailServer) -> Mailbox:
    """The clinic's mailbox."""
    return Mailbox(
        Server(host="127.0.0.1", port=server.imap, tls="none"), CLINIC, server.password, "INBOX", trust(None)
    )


class Clinic:
    """A mailbox that is read, and what is kept of it."""

    def __init__(self, server: MailServer, keyring: Keyring, state: Path) -> None:
        self.kept, self.server = Kept(), server
        made = account("mail", {}, self.kept, state=state)
        self.account: Account = replace(made, setup=replace(made.setup, own=keyring.sealer("chat")))
        self.box = mailbox(server)

    def polling(self, per_hour: int = 20, most: int = 1 << 20) -> Polling:
        """What reads it, as after a start."""
        return Polling(self.account, self.box, frozenset(), per_hour, most)

    def texts(self) -> list[str]:
        """The last lines of what is kept, in order."""
        return [keeping.read(one.body)[1].strip().split(b"\r\n")[-1].decode() for one in self.kept.events.values()]


@pytest_asyncio.fixture
async def clinic(post_office: MailServer, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Clinic]:
    one = Clinic(post_office, keyring, tmp_path)
    yield one
    one.box.close()


def put(clinic: Clinic, *texts: str, sender: str = ANNA) -> None:
    """Put mails into the box."""
    for text in texts:
        clinic.server.put(letter(text, sender=sender, head=f"Message-ID: <{text}@p.example>"))


async def test_the_first_time_what_nobody_has_read_comes_and_then_what_is_new(clinic: Clinic) -> None:
    put(clinic, "old", "unread")
    with clinic.server.mailbox() as client:
        client.flag(client.uids()[:1], "\\Seen", True)
    one = clinic.polling()
    assert await one.once() == 1
    put(clinic, "new")
    assert (await one.once(), await one.once()) == (1, 0)
    assert clinic.texts() == ["unread", "new"]


async def test_a_mail_is_kept_before_it_is_passed_over(clinic: Clinic) -> None:
    put(clinic, "one", "two")
    clinic.kept.fails = DatabaseDown("away")
    with pytest.raises(DatabaseDown):
        await clinic.polling().once()
    assert clinic.kept.cursor == {} and not clinic.kept.events
    with clinic.server.mailbox() as client:
        assert all(TAKEN not in mail.flags for mail in client.fetch(mark_seen=False))
    clinic.kept.fails = None
    assert await clinic.polling().once() == 2
    with clinic.server.mailbox() as client:
        assert all(TAKEN in mail.flags for mail in client.fetch(mark_seen=False))


async def test_what_was_kept_when_it_died_is_not_kept_twice(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    put(clinic, "one", "two")
    begun, kept = clinic.polling(), clinic.kept.keep

    async def keep(events: Any) -> int:
        done = await kept(events)
        clinic.kept.fails = DatabaseDown("just then")
        return done

    await begun._begin(Cursor(), await clinic.box.ready())
    with pytest.raises(DatabaseDown):
        await Polling(replace(clinic.account, keep=keep), clinic.box, frozenset(), 20, 1 << 20).once()
    clinic.kept.fails = None
    assert len(clinic.kept.events) == 1
    await clinic.polling().once()
    assert clinic.texts() == ["one", "two"]


async def test_a_mailbox_that_was_numbered_anew_is_read_again_and_nothing_comes_twice(clinic: Clinic) -> None:
    put(clinic, "one", "two")
    await clinic.polling().once()
    clinic.kept.cursor["validity"] += 1
    put(clinic, "three")
    assert await clinic.polling().once() == 1
    assert clinic.texts() == ["one", "two", "three"]


async def test_too_much_of_one_sender_waits_in_the_mailbox_and_nobody_else_does(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(clinic, *(f"flood{n}" for n in range(5)))
    put(clinic, "boris", sender=BORIS)
    one = clinic.polling(per_hour=2)
    assert await one.once() == 3
    assert clinic.texts() == ["flood0", "flood1", "boris"] and one.held == 3
    assert ANNA not in str(clinic.kept.cursor)
    assert await one.once() == 0
    monkeypatch.setattr(polling, "_HOUR_S", -1.0)
    put(clinic, "flood5")
    assert await one.once() == 4
    assert clinic.texts()[3:] == ["flood2", "flood3", "flood4", "flood5"] and one.held == 0


async def test_what_servers_report_never_waits(clinic: Clinic) -> None:
    for number in range(4):
        clinic.server.put(bounce().replace(b"dsn1@", f"dsn{number}@".encode()))
    assert await clinic.polling(per_hour=2).once() == 4


async def test_of_a_mail_too_big_the_beginning_is_read(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "CUT_BYTES", 2000)
    clinic.server.put(letter("начало\r\n" + "x" * 3_000_000, head="Message-ID: <big@p.example>"))
    assert await clinic.polling(most=1 << 20).once() == 1
    [event] = clinic.kept.events.values()
    place, mail = keeping.read(event.body)
    assert place.cut and place.size > 3_000_000 and len(mail) == 2000 and event.ext_id == "big@p.example"


async def test_half_a_gigabyte_costs_its_beginning(clinic: Clinic) -> None:
    """A file with a hole, which nobody has to write: a film of 500 MB in the box itself."""
    await clinic.polling().once()
    place = clinic.server.home / "mail" / CLINIC / "new" / "1700000000.M1P1.film"
    head = letter("смотрите фильм", head="Message-ID: <film@p.example>\nContent-Disposition: inline")
    place.write_bytes(head.replace(b"\r\n", b"\n"))
    with place.open("r+b") as file:
        file.truncate(500 << 20)
    shutil.chown(place, "nobody", "nogroup")
    assert await clinic.polling(most=60 << 20).once() == 1
    [event] = clinic.kept.events.values()
    kept, mail = keeping.read(event.body)
    assert kept.cut and kept.size >= 500 << 20 and len(mail) <= polling.CUT_BYTES and event.ext_id == "film@p.example"


async def test_a_long_mail_is_kept_light(clinic: Clinic) -> None:
    clinic.server.put(b"From: a@p.example\r\nContent-Type: image/png; name=a.png\r\n\r\n" + b"x" * 900_000)
    await clinic.polling().once()
    [event] = clinic.kept.events.values()
    assert len(event.body) < 2000 and event.peer == "a@p.example"


async def test_a_mail_that_cannot_be_got_is_passed_over_at_last(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    put(clinic, "good", "bad", "better")
    one, got, tries = clinic.polling(), clinic.box.mail, []

    async def mail(uid: int, most: int | None = None) -> bytes | None:
        found = await got(uid, most)
        if found and b"bad@" in found:
            tries.append(uid)
            raise MailboxAway("imap_away")
        return found

    monkeypatch.setattr(clinic.box, "mail", mail)
    for _ in range(2):
        with pytest.raises(MailboxAway):
            await one.once()
    await one.once()
    assert clinic.texts() == ["good", "better"] and len(tries) == 3 and one.skipped == 1


async def test_a_mail_taken_away_meanwhile_is_passed_over(clinic: Clinic) -> None:
    put(clinic, "one")
    one = clinic.polling()
    await one.once()
    clinic.kept.cursor["todo"] = [777]
    assert await one.once() == 0 and clinic.kept.cursor["todo"] == []


def test_a_cursor_is_what_was_kept() -> None:
    kept = {"validity": 3, "uid": 9, "todo": [1, 2], "held": [[4, "ab"]]}
    assert Cursor.of(kept).kept() == kept and Cursor.of({}).kept() == Cursor().kept()
