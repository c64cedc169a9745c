"""Words out of bytes: named, misnamed and unnamed charsets; encoded words as mail programs really write them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.mail.parsing import charsets

SAID = "Здравствуйте, хочу записаться на приём к врачу в среду"


@pytest.mark.parametrize("written", ["koi8-r", "cp1251", "utf-8", "cp866", "iso8859-5"])
@pytest.mark.parametrize("named", [None, "", "us-ascii", "x-unknown", "no-such-charset", '"utf-8"'])
def test_a_charset_that_is_not_named_or_misnamed_is_found(written: str, named: str | None) -> None:
    assert charsets.text(SAID.encode(written), named) == SAID


@pytest.mark.parametrize(("named", "written"), [
    ("KOI8-R", "koi8-r"), ("windows-1251", "cp1251"), ("cp-1251", "cp1251"), ("win-1251", "cp1251"), ("UTF8", "utf-8"),
    ("utf-16", "utf-16"),
])  # fmt: skip
def test_a_charset_that_is_named_is_taken_at_its_word(named: str, written: str) -> None:
    assert charsets.text(SAID.encode(written), named) == SAID


@pytest.mark.parametrize("named", ["hex", "rot13", "zlib", "idna", "base64_codec", "\0", "utf-8\0"])
def test_what_is_no_charset_of_texts_is_passed_over(named: str) -> None:
    assert charsets.text(SAID.encode(), named) == SAID


def _b(text: str | bytes, charset: str = "utf-8") -> str:
    raw = text if isinstance(text, bytes) else text.encode(charset)
    return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="


@pytest.mark.parametrize("line", [
    _b(SAID), _b(SAID, "koi8-r"), _b(SAID, "windows-1251"),
    _b(SAID.encode()[:21]) + " " + _b(SAID.encode()[21:]),          # cut within a letter
    _b(SAID.encode()[:21]) + "\n\t" + _b(SAID.encode()[21:]),
    '"' + _b(SAID) + '"',
    _b(SAID).rstrip("=?") + "?=",                                     # without its padding
    _b(SAID).replace("?B?", "?b? "),
    SAID.encode("koi8-r").decode("ascii", "surrogateescape"),        # eight bits, of no charset
    SAID.encode().decode("ascii", "surrogateescape"),
])  # fmt: skip
def test_a_header_is_read_however_it_is_written(line: str) -> None:
    assert charsets.header(line).strip('"') == SAID


def test_quoted_words_and_plain_ones_stand_together() -> None:
    assert charsets.header("Re: =?utf-8?Q?=D0=B0=D0=BD=D0=B0=D0=BB=D0=B8=D0=B7=D1=8B_=E2=84=96_7?= [#12]") == (
        "Re: анализы № 7 [#12]"
    )
    assert charsets.header("=?utf-8?Q?a?= =?koi8-r?Q?=C1?= b") == "aа b"
    assert charsets.header("=?nonsense") == "=?nonsense"


def test_marks_that_turn_the_reading_direction_go_and_emoji_stay() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert charsets.visible(f"a\u202eb\x07c\u2066\nd {family}\ufeff") == f"abc d {family}"


@given(st.text(max_size=200))
def test_no_header_makes_it_fall(line: str) -> None:
    assert charsets.header(line).encode() is not None


@given(st.binary(max_size=200), st.text(max_size=20))
def test_no_bytes_make_it_fall(raw: bytes, named: str) -> None:
    assert isinstance(charsets.text(raw, named), str)
