"""A mail of ours: read again it says what was written; nothing in it can become a header or another mail."""

from __future__ import annotations

from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.mail import threads
from chat.mail.outgoing.composing import House, compose
from chat.mail.parsing import parse
from chat.mail.parsing.mail import content, raw
from chat.wire import Outgoing, Peer, SentFile, Undelivered
from okno.seal import Keyring
from tests.chat.mail.letters import NOW, OURS
from tests.chat.mail.server import ANNA, CLINIC

CONVERSATION = "01981c3e-0000-7000-8000-0000000000cc"
TO_ANNA = Peer(ext_user=ANNA, ext_chat=ANNA, name="Анна П.")


def house(keyring: Keyring | None = None, *, plus: bool = False) -> House:
    """The clinic."""
    return House(
        address=CLINIC, name="Клиника «Окно»", subject="Сообщение", plus=plus,
        sealer=keyring.sealer("chat") if keyring else None,  # type: ignore[arg-type]
    )  # fmt: skip


def ours(text: str = "Здравствуйте", peer: Peer = TO_ANNA, **more: object) -> Outgoing:
    """A message of ours."""
    return Outgoing(id=OURS, conversation=CONVERSATION, peer=peer, text=text, **more)  # type: ignore[arg-type]


def test_it_says_what_was_written() -> None:
    file = SentFile(name="Памятка пациенту.pdf", mime="application/pdf", content=bytes(range(256)) * 50)
    made = compose(ours("Добрый день!\n.\n.точка\nFrom here", files=(file,)), house(), NOW)
    found = parse(made.content)
    assert found.text == "Добрый день!\n.\n.точка\nFrom here" and found.subject == "Сообщение"
    assert found.header("From") == f"Клиника «Окно» <{CLINIC}>" and found.header("To") == f"Анна П. <{ANNA}>"
    assert (found.files[0].name, content(found, found.files[0].place, b"")) == (file.name, file.content)
    assert made.to == ANNA and made.id == f"{OURS}@clinic.example"
    assert max(map(len, made.content.split(b"\r\n"))) < 990 and b"\n" not in made.content.replace(b"\r\n", b"")


def test_an_answer_goes_into_its_thread() -> None:
    long = "x" * 200 + "@long.example"
    made = compose(
        ours(extra={"subject": "Запись", "references": ["a@p.example", long, "<evil>@x", "b c@x", "m1@p.example"]},
             last_in="m1@p.example", number="2026-17"), house(), NOW,
    )  # fmt: skip
    head = BytesParser().parsebytes(made.content)
    assert threads.ids(raw(head, "References")) == ["a@p.example", long, "m1@p.example"] and b"=?" not in raw(
        head, "References"
    ).encode()
    assert threads.ids(raw(head, "In-Reply-To")) == ["m1@p.example"]
    assert parse(made.content).subject == "Re: Запись [#2026-17]"
    assert head["Auto-Submitted"] is None and head["Reply-To"] is None


def test_many_references_are_cut_at_the_old_end() -> None:
    made = compose(ours(extra={"references": [f"{n}@x" for n in range(100)]}), house(), NOW)
    named = threads.ids(raw(BytesParser().parsebytes(made.content), "References"))
    assert len(named) == threads.MOST_REFERENCES and named[-1] == "99@x"


def test_what_goes_by_itself_says_so() -> None:
    head = BytesParser().parsebytes(compose(ours(auto=True), house(), NOW).content)
    assert (head["Auto-Submitted"], head["X-Auto-Response-Suppress"]) == ("auto-replied", "All")


def test_with_plus_addresses_the_answer_finds_its_conversation(keyring: Keyring) -> None:
    head = BytesParser().parsebytes(compose(ours(), house(keyring, plus=True), NOW).content)
    assert threads.conversation(keyring.sealer("chat"), str(head["Reply-To"])) == CONVERSATION
    assert len(str(head["Reply-To"]).partition("@")[0]) <= 64


def test_the_same_message_is_the_same_mail() -> None:
    assert compose(ours(), house(), NOW).content == compose(ours(), house(), NOW).content


EVIL = "x\r\nBcc: victim@evil.example\r\n\r\nbody\n.\r\nMAIL FROM:<a@b>"


def test_no_word_becomes_a_header() -> None:
    peer = Peer(ext_user=ANNA, name=EVIL + '"<b@c>')
    file = SentFile(name=EVIL, mime="text/html\r\nX: y", content=b"x")
    made = compose(ours(EVIL, peer, files=(file,), number=EVIL, extra={"subject": EVIL}), house(), NOW)
    head = BytesParser().parsebytes(made.content)
    assert head["Bcc"] is None and head["X"] is None and len(head.get_all("To", [])) == 1
    assert made.to == ANNA
    for part in head.walk():
        assert part["Bcc"] is None and part["X"] is None


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nc@d", "a b@c", "<a@b>", "a@" + "x" * 300, "анна@patients.example"])
def test_who_has_no_address_is_not_reached(address: str) -> None:
    with pytest.raises(Undelivered) as refused:
        compose(ours(peer=Peer(ext_user=address)), house(), NOW)
    assert refused.value.unreachable


def test_a_domain_of_other_letters_is_written_as_servers_take_it() -> None:
    assert compose(ours(peer=Peer(ext_user="anna@почта.рф")), house(), NOW).to == "anna@xn--80a1acny.xn--p1ai"


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nothing_written_makes_it_fall(text: str, name: str, subject: str) -> None:
    file = SentFile(name=name, mime=subject, content=text.encode("utf-8", "replace"))
    peer = Peer(ext_user=ANNA, name=name)
    made = compose(ours(text, peer, files=(file,), extra={"subject": subject, "references": [name]}), house(), NOW)
    head = BytesParser().parsebytes(made.content)
    assert {name for name, _ in head.items()} <= {
        "Content-Type", "MIME-Version", "Date", "Message-ID", "From", "To", "Subject", "In-Reply-To", "References",
    }  # fmt: skip
