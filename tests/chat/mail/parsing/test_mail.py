"""Mails taken apart: what real programs send, what broken and hostile ones send."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.mail.parsing.mail import MOST_FILES, content, light, parse
from tests.chat.mail.parsing.test_tnef import packed

RU = "Добрый день, высылаю снимок"


def mail(*lines: str | bytes) -> bytes:
    """A mail of these lines; text is UTF-8."""
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)


def rich() -> EmailMessage:
    """What a mail program of today sends: words, markup with a picture of its own, two files."""
    made = EmailMessage()
    made["From"], made["Subject"] = "Анна <anna@patients.example>", "Снимок колена"
    made.set_content(RU)
    made.add_alternative(f'<p>{RU}</p><img src="cid:pic@x"><img src="https://t.example/p.gif">', subtype="html")
    parts = made.get_payload()
    assert isinstance(parts, list)
    parts[1].add_related(b"\x89PNG", "image", "png", cid="<pic@x>", filename="logo.png")
    made.add_attachment(b"%PDF" * 100, maintype="application", subtype="pdf", filename="Снимок колена, справка.pdf")
    made.add_attachment("заметка", filename="a/..\\b.txt")
    return made


def test_words_markup_and_files_are_found() -> None:
    found = parse(rich().as_bytes())
    assert (found.subject, found.text) == ("Снимок колена", RU)
    assert '<img src="cid:0">' in found.html and "t.example" not in found.html
    assert [(one.name, one.kind, one.mime) for one in found.files] == [
        ("logo.png", "image", "image/png"), ("Снимок колена, справка.pdf", "file", "application/pdf"),
        ("a_.._b.txt", "file", "text/plain"),
    ]  # fmt: skip
    assert abs(found.files[1].size - 400) < 10


def test_each_file_is_found_again_by_its_place() -> None:
    whole = rich().as_bytes()
    found = parse(whole)
    got = [content(found, one.place, whole) for one in found.files]
    assert got[:2] == [b"\x89PNG", b"%PDF" * 100] and (got[2] or b"").decode().strip() == "заметка"
    for place in ("99", "x", "", "1.0", "-1", "1.x"):
        assert content(found, place, whole) is None


def test_a_koi8_mail_of_an_old_program_is_read() -> None:
    """Eight bits in the head, no charset named, a body that says it is ASCII, a file name of bare bytes."""
    body = mail(
        b"From: " + "Анна Петрова <anna@patients.example>".encode("koi8-r"),
        b"Subject: " + "Запись к врачу".encode("koi8-r"), "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="=_x"', "", "preamble", "--=_x",
        "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 8bit", "",
        "Здравствуйте, это письмо из старой программы".encode("koi8-r"), "--=_x",
        b'Content-Type: application/pdf; name="' + "снимок.pdf".encode("koi8-r") + b'"',
        "Content-Transfer-Encoding: base64", "", base64.b64encode(b"%PDF").decode() + "!!", "--=_x-",  # no end
    )
    found = parse(body)
    assert found.subject == "Запись к врачу"
    assert found.text == "Здравствуйте, это письмо из старой программы"
    assert found.header("From") == "Анна Петрова <anna@patients.example>"
    assert [one.name for one in found.files] == ["снимок.pdf"]
    assert (content(found, found.files[0].place, body) or b"").startswith(b"%PDF")


@pytest.mark.parametrize("named", [
    "attachment; filename*=utf-8''%D0%B0%D0%BD%D0%B0%D0%BB%D0%B8%D0%B7.pdf",
    "attachment; filename*0*=koi8-r''%C1%CE%C1; filename*1*=%CC%C9%DA.pdf",
    'attachment; filename="=?koi8-r?B?wc7BzMnaLnBkZg==?="',
    "attachment; filename==?utf-8?Q?=D0=B0=D0=BD=D0=B0=D0=BB=D0=B8=D0=B7.pdf?=",
    'attachment; filename="анализ.pdf"',
])  # fmt: skip
def test_a_file_has_its_name_however_it_is_written(named: str) -> None:
    found = parse(mail("Content-Type: application/pdf", f"Content-Disposition: {named}", "", "x"))
    assert [one.name for one in found.files] == ["анализ.pdf"]


def test_winmail_is_unpacked_and_a_broken_one_is_a_file() -> None:
    def wrapped(raw: bytes) -> bytes:
        made = EmailMessage()
        made["From"] = "a@b.example"
        made.set_content("см. вложение")
        made.add_attachment(raw, maintype="application", subtype="ms-tnef", filename="winmail.dat")
        return made.as_bytes()

    whole = wrapped(packed(("A.PDF", "Выписка.pdf", b"%PDF-1"), ("b.txt", "", b"two")))
    found = parse(whole)
    assert [one.name for one in found.files] == ["Выписка.pdf", "b.txt"]
    assert content(found, found.files[0].place, whole) == b"%PDF-1"
    assert [one.name for one in parse(wrapped(b"nothing of the kind")).files] == ["winmail.dat"]


def test_a_mail_within_a_mail_is_a_file_that_is_not_opened() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Результаты / МРТ"
    inner["From"] = "lab@lab.example"
    inner.set_content("тайна лаборатории")
    made = EmailMessage()
    made["From"] = "a@b.example"
    made.set_content("пересылаю")
    made.add_attachment(inner)
    whole = made.as_bytes()
    found = parse(whole)
    assert found.text == "пересылаю"
    assert [(one.name, one.mime) for one in found.files] == [("Результаты _ МРТ.eml", "message/rfc822")]
    assert b"Subject:" in (content(found, found.files[0].place, whole) or b"")


def test_a_tower_of_parts_is_a_file_as_a_whole() -> None:
    deep = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(3000))
    whole = mail("From: a@b.example", "Subject: deep", *deep.split("\r\n"))
    found = parse(whole)
    assert (found.subject, [one.name for one in found.files]) == ("deep", ["mail.eml"])
    assert content(found, "whole", whole) == whole


def test_what_the_parser_would_take_too_long_over_is_a_file_as_a_whole() -> None:
    """Twenty multiparts around lines without words: each line would be looked at twenty times."""
    tower = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(20))
    whole = mail("From: a@b.example", *tower.split("\r\n")) + b"\n" * 100_000
    assert [one.name for one in parse(whole).files] == ["mail.eml"]
    assert light(whole, 1000) == whole[:1000]
    long = mail("Subject: " + "=?utf-8?B? " * 50_000, "From: a@b.example", "To: " + "a" * 200_000, "", "x")
    assert parse(long).text == "x" and len(parse(long).subject) <= 8000


def test_a_heap_of_parts_is_bounded() -> None:
    parts = "\r\n".join("--b\r\nContent-Type: image/png\r\n\r\nx" for _ in range(5000))
    found = parse(mail("From: a@b.example", "Content-Type: multipart/mixed; boundary=b", "", parts, "--b--"))
    assert len(found.files) == MOST_FILES


def test_markup_alone_gives_words_too() -> None:
    found = parse(mail("From: a@b.example", "Content-Type: text/html; charset=windows-1251", "",
                       "<p>Добрый день</p><p>Запишите</p>".encode("cp1251")))  # fmt: skip
    assert found.text == "Добрый день\n\nЗапишите" and found.html.startswith("<p>")


def test_a_long_mail_is_made_light_and_its_files_stay_where_they_are() -> None:
    made = rich()
    made.add_attachment(b"\xff\xd8" + b"x" * 2_000_000, maintype="image", subtype="jpeg", filename="снимок.jpg")
    whole = made.as_bytes()
    small = light(whole, 20_000)
    assert len(whole) > 2_000_000 and len(small) < 20_000
    first, second = parse(whole), parse(small)
    assert (first.text, first.html, first.subject) == (second.text, second.html, second.subject)
    assert [(one.place, one.name, one.cid) for one in first.files] == [
        (one.place, one.name, one.cid) for one in second.files
    ]
    assert abs(first.files[-1].size - second.files[-1].size) < 100
    assert light(whole, len(whole)) is whole


def test_the_beginning_of_a_mail_is_read_as_far_as_it_goes() -> None:
    made = rich()
    made.add_attachment(b"x" * 2_000_000, maintype="video", subtype="mp4", filename="видео.mp4")
    found = parse(made.as_bytes()[:60_000])
    assert found.text == RU and found.files[-1].name == "видео.mp4"


@given(st.binary(max_size=600))
def test_no_bytes_make_it_fall(raw: bytes) -> None:
    found = parse(raw)
    for one in found.files:
        content(found, one.place, raw)
    assert isinstance(light(raw, 100), bytes)


@given(st.lists(st.sampled_from([
    b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=\xff", b"", b"--b", b"--b--",
    b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment; filename*=x", b"Subject: =?koi8-r?B?wc?=",
    b"Content-Type: message/rfc822", b"Content-Type: message/delivery-status", b"Content-Type: application/ms-tnef",
    b"\x78\x9f\x3e\x22aaaa", b"Content-Type: ;;;=", b"Content-Disposition: inline; filename=\"\xd0\"", b"AAAA", b"\xc1\xce",
    b"Content-Type: multipart/report; report-type=delivery-status", b"From: <", b"Content-Transfer-Encoding: uuencode",
]), max_size=30))  # fmt: skip
def test_no_heap_of_lines_makes_it_fall(lines: list[bytes]) -> None:
    whole = b"\r\n".join(lines)
    found = parse(whole)
    assert all(content(found, one.place, whole) is not None for one in found.files if "." not in one.place)
    assert found.text.encode() is not None and light(whole, 10) is not None
