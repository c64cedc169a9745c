"""Who wrote, and where he is answered."""

from __future__ import annotations

import pytest

from chat.mail import people
from chat.mail.parsing import parse
from tests.chat.mail.letters import letter


def wrote(head: str, relays: tuple[str, ...] = ()) -> people.Writer:
    """Who wrote a mail with this head."""
    return people.writer(parse((head + "\r\n\r\nx").encode("utf-8", "surrogateescape")).headers, relays)


@pytest.mark.parametrize(("head", "writer"), [
    ("From: Anna <Anna@Patients.example>", ("anna@patients.example", "anna@patients.example", "Anna")),
    ("From: anna@patients.example", ("anna@patients.example", "anna@patients.example", "")),
    ("From: =?koi8-r?B?4c7OwQ==?= <a@p.example>", ("a@p.example", "a@p.example", "Анна")),
    ('From: "Петрова, Анна" <a@p.example>', ("a@p.example", "a@p.example", "Петрова, Анна")),
    ("From: Анна <a@p.example>, Other <o@p.example>", ("a@p.example", "a@p.example", "Анна")),
    ("From: Anna <a@p.example>\r\nReply-To: B <b@q.example>", ("a@p.example", "a@p.example", "Anna")),
    ("From: Anna <a@p.example>\r\nReply-To: <b@p.example>", ("a@p.example", "a@p.example", "Anna")),
    ("From: Anna <a@p.example>\r\nReply-To: <A+okno@p.example>", ("a@p.example", "a+okno@p.example", "Anna")),
    ("From: Anna a@p.example", ("a@p.example", "a@p.example", "Anna")),
    ("From: \U0001f600 <a@p.example>", ("a@p.example", "a@p.example", "\U0001f600")),
    ("From: <script>alert(1)</script> <a@p.example>", ("a@p.example", "a@p.example", "")),
    ("Sender: s@p.example", ("s@p.example", "s@p.example", "")),
    ("From: undisclosed", (people.NOBODY, people.NOBODY, "")),
    ("", (people.NOBODY, people.NOBODY, "")),
    ("From: No Reply <noreply@shop.example>\r\nReply-To: Anna <a@p.example>", ("a@p.example", "a@p.example", "Anna")),
])  # fmt: skip
def test_the_writer_is_found(head: str, writer: tuple[str, str, str]) -> None:
    found = wrote(head)
    assert (found.address, found.answer) == writer[:2]
    assert found.name.strip("<>") == writer[2] or found.name == writer[2]


def test_behind_a_sites_form_stands_whoever_is_answered() -> None:
    head = "From: Site <site@clinic.example>\r\nReply-To: Anna <a@p.example>"
    assert wrote(head, ("Site@clinic.example",)).address == "a@p.example"
    assert wrote(head).address == "site@clinic.example"


def test_all_addresses_a_mail_went_to() -> None:
    head = 'Cc: "x, y" <C@x.example>\r\nDelivered-To: d+t@x.example'
    assert people.to_whom(parse(letter(to="A <a@x.example>, b@x.example", head=head))) == [
        "a@x.example", "b@x.example", "c@x.example", "d+t@x.example",
    ]  # fmt: skip


def test_addresses_are_compared_without_what_stands_after_a_plus() -> None:
    assert people.bare(" Anna+Tag@P.example ") == "anna@p.example"


@pytest.mark.parametrize("text", ["a@b", "a.b+c@d.example", "анна@почта.рф"])
def test_an_address(text: str) -> None:
    assert people.is_address(text)


@pytest.mark.parametrize("text", [
    "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a\r\n@b", "<a@b>", "a..b@c", ".a@b", "a@b,c@d", 'a"@b', "x" * 65 + "@b",
])  # fmt: skip
def test_no_address(text: str) -> None:
    assert not people.is_address(text)
