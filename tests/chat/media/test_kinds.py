"""What a file is, by its first bytes and not by what its sender says."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.media.kinds import HEAD_BYTES, TEXT, UNKNOWN, kind_of, program

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(40)


def zipped(name: str = "a.txt") -> bytes:
    """Return a zip archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(("head", "name", "expected"), [
    (PNG, "a.png", "image/png"), (PNG, "a.exe", "image/png"), (JPEG, "", "image/jpeg"), (b"%PDF-1.7\n", "x", "application/pdf"),
    (b"OggS" + bytes(40), "v", "audio/ogg"), (b"plain words", "a.exe", TEXT),
    ("\u0430\u043d\u0430\u043b\u0438\u0437\u044b".encode(), "a", TEXT), ("\u0430".encode() * HEAD_BYTES, "a", TEXT),
    (b"<html><script>alert(1)</script>", "a.jpg", TEXT), (b"<svg xmlns='x' onload='y'>", "a.svg", TEXT),
    (b"<?xml version='1.0'?><html>", "a.pdf", TEXT), (b"\x00\x01\x02", "a.jpg", UNKNOWN), (b"", "a", UNKNOWN),
    (zipped(), "a.zip", "application/zip"), (zipped(), "a.jpg", "application/zip"),
    (zipped(), "a.DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"MZ\x90\x00", "a.jpg", "application/x-msdownload"),
])  # fmt: skip
def test_a_file_is_what_it_begins_with(head: bytes, name: str, expected: str) -> None:
    assert kind_of(head[:HEAD_BYTES], name) == expected


@pytest.mark.parametrize(("head", "expected"), [
    (b"MZ\x90\x00", True), (b"\x7fELF\x02", True), (b"\xca\xfe\xba\xbe", True), (PNG, False), (b"", False), (b"M", False),
    (zipped("a.exe"), False),
])  # fmt: skip
def test_a_program_is_known(head: bytes, expected: bool) -> None:
    assert program(head) is expected


@given(st.binary(max_size=200), st.text(max_size=20))
def test_whatever_comes_is_something_a_browser_does_not_run(head: bytes, name: str) -> None:
    kind = kind_of(head, name)
    assert kind not in ("text/html", "image/svg+xml", "application/xml", "text/xml", "application/xhtml+xml")
    assert len(kind) <= 120 and "/" in kind
