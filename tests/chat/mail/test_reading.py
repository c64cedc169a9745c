"""A kept mail in the words all channels have in common."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.mail import keeping, threads
from chat.mail.reading import Box, read
from okno.seal import Keyring
from tests.chat.mail.letters import NOW, OURS, bounce, box, kept, letter
from tests.chat.mail.server import ANNA, CLINIC

HEAD = "Message-ID: <m1@patients.example>\nSubject: =?utf-8?B?0JfQsNC/0LjRgdGM?="


@pytest.fixture
def clinic(keyring: Keyring) -> Box:
    return box(keyring.sealer("chat"))


def test_a_mail_is_a_message(clinic: Box) -> None:
    [one] = read(kept(letter("Добрый день", head=HEAD)), NOW, clinic)
    assert (one.account, one.kind, one.ext_id, one.message) == (
        "mail:main", "message.in", "m1@patients.example", "m1@patients.example",
    )  # fmt: skip
    assert one.peer is not None and (one.peer.ext_user, one.peer.ext_chat, one.peer.name) == (ANNA, ANNA, "Anna")
    assert (one.text, one.subject, one.html, one.order, one.silent) == ("Добрый день", "Запись", "", 41, False)
    assert one.extra == {"subject": "Запись", "references": ["m1@patients.example"]}


def test_the_quote_is_folded_and_the_whole_is_kept(clinic: Box) -> None:
    [one] = read(kept(letter("Да, <b>подходит</b>\n\n> Вам удобно? У вас сильная боль?", head=HEAD)), NOW, clinic)
    assert one.text == "Да, <b>подходит</b>"
    assert "<blockquote>&gt; Вам удобно?" in one.html and "&lt;b&gt;" in one.html


def test_an_answer_names_what_it_answers(clinic: Box) -> None:
    head = f"{HEAD}\nIn-Reply-To: <{OURS}@clinic.example>\nReferences: <m0@patients.example>\n <{OURS}@clinic.example>"
    [one] = read(kept(letter(head=head)), NOW, clinic)
    assert (one.reply_to, one.threads) == (f"{OURS}@clinic.example", (OURS,))
    assert one.extra["references"] == ["m0@patients.example", f"{OURS}@clinic.example", "m1@patients.example"]


def test_the_address_it_was_sent_to_is_the_surest_word(clinic: Box) -> None:
    conversation = "01981c3e-0000-7000-8000-0000000000cc"
    to = f"clinic+{threads.token(clinic.sealer, conversation)}@clinic.example"
    [one] = read(kept(letter(to=to, head=f"{HEAD}\nIn-Reply-To: <{OURS}@clinic.example>")), NOW, clinic)
    assert one.threads == (conversation, OURS)


def test_a_mail_without_an_id_is_known_by_all_of_it(clinic: Box) -> None:
    first, again, other = (read(kept(letter(text)), NOW, clinic)[0] for text in ("a", "a", "b"))
    assert first.ext_id == again.ext_id != other.ext_id and first.ext_id.startswith("sha256:")
    assert first.extra["references"] == []


def test_our_own_mail_is_a_loop_and_a_robots_is_silent(clinic: Box) -> None:
    assert read(kept(letter(sender=f"Okno <{CLINIC.upper()}>")), NOW, clinic) == ()
    assert read(kept(letter(sender="clinic+abc@clinic.example")), NOW, clinic) == ()
    [one] = read(kept(letter(head="Auto-Submitted: auto-replied")), NOW, clinic)
    assert one.silent and one.kind == "message.in"


def test_a_bounce_says_what_became_of_our_mail_and_that_nobody_is_there(clinic: Box) -> None:
    told, gone = read(kept(bounce()), NOW, clinic)
    assert (told.kind, told.message, told.state, told.peer, told.silent) == (
        "status", f"{OURS}@clinic.example", "failed", None, True,
    )  # fmt: skip
    assert gone.kind == "blocked" and gone.peer is not None and gone.peer.ext_user == ANNA
    assert told.ext_id != gone.ext_id


def test_a_full_box_fails_and_a_late_mail_does_not(clinic: Box) -> None:
    [full] = read(kept(bounce(status="5.2.2")), NOW, clinic)
    [late] = read(kept(bounce(action="delayed", status="4.4.1")), NOW, clinic)
    assert (full.state, late.state, late.error) == ("failed", "sent", "late")


def test_a_bounce_of_a_mail_that_is_not_ours_makes_nobody_unreachable(clinic: Box) -> None:
    assert [one.kind for one in read(kept(bounce("other@clinic.example")), NOW, clinic)] == ["status"]


@pytest.mark.parametrize(("date", "shown"), [
    ("Sat, 21 Nov 2026 14:14:30 +0500", None),                           # just now
    ("Sat, 21 Nov 2026 11:15:00 +0500", NOW - timedelta(hours=3)),
    ("Sat, 21 Nov 2026 15:15:00 +0500", None),                           # a clock that goes before
    ("Wed, 01 Jan 2020 00:00:00 +0000", None), ("yesterday", None), ("Sat, 21 Nov 2026 14:14:30", None), ("", None),
])  # fmt: skip
def test_a_senders_clock_is_believed_when_it_can_be(date: str, shown: object) -> None:
    [one] = read(kept(letter(head=f"Date: {date}" if date else "")), NOW, box(None))  # type: ignore[arg-type]
    assert one.at == shown


def test_what_lay_in_the_mailbox_for_hours_says_so(clinic: Box) -> None:
    [one] = read(kept(letter()), NOW + timedelta(hours=2), clinic)
    assert one.at == NOW


def test_files_are_where_the_mail_is(clinic: Box) -> None:
    mail = b"\r\n".join([
        b"From: a@p.example", b"Message-ID: <f@p.example>", b"Content-Type: multipart/mixed; boundary=b", b"", b"--b",
        b"Content-Type: text/plain", b"", b"see", b"--b", b"Content-Type: image/png; name=a.png", b"", b"PNG" * 10,
        b"--b", b"Content-Type: application/pgp-signature; name=s.asc", b"", b"xx", b"--b--",
    ])  # fmt: skip
    [one] = read(kept(mail), NOW, clinic)
    [file] = one.files
    assert (file.kind, file.name, file.size) == ("image", "a.png", 30)
    assert file.ref == {"validity": 7, "uid": 41, "piece": "1", "message": "f@p.example", "size": len(mail)}
    [cut] = read(kept(mail, cut=True, size=500_000_000), NOW, clinic)[0].files
    assert cut.size == 500_000_000


@pytest.mark.parametrize("body", [b"", b"x", b"{}\nFrom: a", b"[]\n", b'{"uid": 1}\nx', b"\xff\n"])
def test_what_was_not_kept_by_us_cannot_be_read(body: bytes, clinic: Box) -> None:
    with pytest.raises(keeping.NotKept):
        read(body, NOW, clinic)
