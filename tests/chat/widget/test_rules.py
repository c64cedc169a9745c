"""How fast one may write, which files are taken, whom the site vouches for: tables and properties."""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.widget import rules
from chat.widget.rules import Levels

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"


@given(st.lists(st.floats(0, 30), max_size=200))
def test_never_more_than_ten_in_ten_seconds_and_sixty_an_hour_beyond_the_first(gaps: list[float]) -> None:
    levels, moment, taken = Levels(), 0.0, []
    for gap in gaps:
        moment += gap
        levels, wait = rules.spend(levels, gap)
        if not wait:
            taken.append(moment)
        else:
            assert wait > 0
    for at in taken:
        # A bucket of ten that fills with one a second lets twenty through in any ten seconds at most.
        assert sum(at <= one < at + rules.QUICK_S for one in taken) <= 2 * rules.PER_QUICK
        assert sum(at <= one < at + rules.HOUR_S for one in taken) <= 2 * rules.PER_HOUR


@given(st.floats(0, 10), st.floats(0, 60))
def test_whoever_waits_as_long_as_he_is_told_may_write(quick: float, hourly: float) -> None:
    left, wait = rules.spend(Levels(quick, hourly), 0)
    assert not wait or rules.spend(left, wait + 0.001)[1] == 0


def test_a_clock_that_runs_back_gives_nothing() -> None:
    assert rules.spend(Levels(0.5, 60), -100)[1] > 0


@pytest.mark.parametrize(("id", "late_s", "changed", "expected"), [
    ("42", 0, "", True), ("42", 599, "", True), ("42", 601, "", False), ("42", -601, "", False), ("42", 0, "x", False),
    ("\u0430", 0, "", True),
])  # fmt: skip
def test_the_site_vouches_within_ten_minutes_and_for_that_id_only(id: str, late_s: int, changed: str, expected: bool) -> None:
    ts = int((NOW - timedelta(seconds=late_s)).timestamp())
    mac = hmac.new(SECRET, f"{id}.{ts}".encode(), hashlib.sha256).hexdigest()
    assert rules.vouched(SECRET, id + changed, ts, mac, NOW) is expected
    assert rules.vouched(SECRET, id, ts, mac.upper() + changed, NOW) is expected
    assert not rules.vouched(SECRET, id, ts, "", NOW)
    assert not rules.vouched(SECRET, id, ts, "\udc80", NOW)


def test_the_bare_id_signed_is_not_enough() -> None:
    ts = int(NOW.timestamp())
    assert not rules.vouched(SECRET, "42", ts, hmac.new(SECRET, b"42", hashlib.sha256).hexdigest(), NOW)


def _docx() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return packed.getvalue()


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(("name", "content", "expected"), [
    ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"), ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "image/png"),
    ("evil.png", b"MZ" + b"\0" * 60, None), ("evil.jpg", b"<html><script>", None), ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
    ("a.html", b"<html>", None), ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
    ("a.txt", "привет".encode(), "text/plain"), ("a.txt", "привет".encode("cp1251"), "text/plain"),
    ("a.txt", b"\0\1\2", None), ("a.docx", _docx(), DOCX), ("a.zip", b"PK\x03\x04" + b"\0" * 60, None), ("a.txt", b"", None), ("a.exe", b"MZ\x90", None),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "application/msword"),
    ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 20, "image/webp"), ("", b"", None), ("png", b"x", None),
])  # fmt: skip
def test_a_file_is_what_it_holds(name: str, content: bytes, expected: str | None) -> None:
    found = rules.kind_of(name, content)
    assert found == expected


@pytest.mark.parametrize(("accent", "expected"), [("#0A6A72", "#fff"), ("#ffd000", "#000"), ("#000000", "#fff"), ("#FFFFFF", "#000")])
def test_text_on_the_accent_is_read(accent: str, expected: str) -> None:
    assert rules.ink(accent) == expected
