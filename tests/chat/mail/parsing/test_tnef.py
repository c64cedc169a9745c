"""winmail.dat: files and words out of it; cut, swollen and foreign bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.mail.parsing import tnef


def attribute(name: int, data: bytes, level: int = 2) -> bytes:
    """One attribute with its checksum."""
    return struct.pack("<BIi", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def unicode_property(name: int, text: str) -> bytes:
    """A MAPI property of Unicode text."""
    value = (text + "\0").encode("utf-16-le")
    return struct.pack("<HHII", 0x1F, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def packed(*files: tuple[str, str, bytes], text: str = "") -> bytes:
    """A winmail.dat as Outlook makes it: (short name, long name, content)."""
    made = tnef.SIGNATURE + b"\x01\x00" + attribute(0x00069007, struct.pack("<II", 1251, 0), 1)
    if text:
        made += attribute(0x00069003, struct.pack("<I", 1) + unicode_property(0x1000, text), 1)
    for short, long, content in files:
        made += attribute(0x00069002, b"\0" * 14) + attribute(0x00018010, short.encode("cp1251") + b"\0")
        made += attribute(0x0006800F, content)
        if long:
            number = struct.pack("<HHI", 0x3, 0x0E21, 7)
            made += attribute(0x00069005, struct.pack("<I", 2) + number + unicode_property(0x3707, long))
    return made


def test_files_come_out_under_their_long_names() -> None:
    found = tnef.unpack(packed(("СПРАВ~1.PDF", "Справка о лечении.pdf", b"%PDF"), ("снимок.jpg", "", b"\xff\xd8"), text="Привет"))
    assert [(one.name, one.content) for one in found.files] == [
        ("Справка о лечении.pdf", b"%PDF"), ("снимок.jpg", b"\xff\xd8"),
    ]  # fmt: skip
    assert found.text == "Привет"


def test_what_is_none_is_refused() -> None:
    for raw in (b"", b"PK\x03\x04", b"\x78\x9f\x3e"):
        with pytest.raises(tnef.NotTnef):
            tnef.unpack(raw)


def test_a_cut_one_gives_what_is_whole() -> None:
    whole = packed(("a.txt", "", b"one"), ("b.txt", "", b"two" * 100))
    assert [one.name for one in tnef.unpack(whole[:-50]).files] == ["a.txt"]


def test_lengths_that_lie_lead_nowhere() -> None:
    lying = tnef.SIGNATURE + b"\0\0" + struct.pack("<BIi", 2, 0x0006800F, 0x7FFFFFFF) + b"x"
    assert tnef.unpack(lying).files == ()
    huge = attribute(0x00069002, b"") + attribute(0x00069005, struct.pack("<IHHI", 0xFFFFFFFF, 0x101F, 0x3707, 0xFFFFFFFF))
    assert tnef.unpack(tnef.SIGNATURE + b"\0\0" + huge).files == ()


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fall(raw: bytes) -> None:
    tnef.unpack(tnef.SIGNATURE + b"\0\0" + raw)


@given(st.integers(0, 300), st.integers(0, 255))
def test_no_altered_byte_makes_it_fall(place: int, value: int) -> None:
    whole = bytearray(packed(("a.txt", "Длинное имя.txt", b"content"), text="words"))
    whole[4 + place % (len(whole) - 4)] = value
    assert isinstance(tnef.unpack(bytes(whole)).files, tuple)
