"""winmail.dat: what Outlook packs files into when it takes everybody for Outlook (MS-OXTNEF)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

SIGNATURE = b"\x78\x9f\x3e\x22"
_MOST_FILES, _MOST_ATTRIBUTES, _MOST_PROPERTIES = 50, 5000, 2000
_BODY, _TITLE, _DATA, _BEGINS, _PROPERTIES = 0x800C, 0x8010, 0x800F, 0x9002, 0x9005
_MESSAGE_PROPERTIES, _CODEPAGE = 0x9003, 0x9007
# Of MAPI's properties: the long name of a file, the plain words of the message, its markup.
_LONG_NAME, _SHORT_NAME, _PLAIN, _MARKUP, _FILE_DATA = 0x3707, 0x3704, 0x1000, 0x1013, 0x3701
_FIXED = {0x2: 4, 0x3: 4, 0x4: 4, 0xA: 4, 0xB: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0x14: 8, 0x40: 8, 0x48: 16}


@dataclass(frozen=True, slots=True)
class Packed:
    """A file in it."""

    name: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was in it: files; the message's own words and markup, where they are only here."""

    files: tuple[Packed, ...] = ()
    text: str = ""
    markup: bytes = b""


class NotTnef(Exception):
    """It is no winmail.dat, or a broken one."""


def unpack(raw: bytes) -> Unpacked:
    """Return what is packed; files before a break are kept. Nothing is decompressed. Raises NotTnef: it is none."""
    if raw[:4] != SIGNATURE:
        raise NotTnef
    files: list[Packed] = []
    codepage, text, markup = "cp1251", "", b""
    for name, data in _attributes(raw):
        if name == _CODEPAGE and len(data) >= 4:
            codepage = f"cp{int.from_bytes(data[:4], 'little')}"
        elif name == _BODY:
            text = _string(data, codepage)
        elif name == _BEGINS and len(files) < _MOST_FILES:
            files.append(Packed())
        elif name == _MESSAGE_PROPERTIES:
            found = dict(_properties(data, codepage))
            text = text or str(found.get(_PLAIN, ""))
            markup = found[_MARKUP] if isinstance(found.get(_MARKUP), bytes) else markup  # type: ignore[assignment]
        elif files:
            files[-1] = _more(files[-1], name, data, codepage)
    return Unpacked(tuple(one for one in files if one.content), text.strip("\0").strip(), markup)


def _more(file: Packed, name: int, data: bytes, codepage: str) -> Packed:
    if name == _TITLE:
        return replace(file, name=file.name or _string(data, codepage))
    if name == _DATA:
        return replace(file, content=data)
    if name == _PROPERTIES:
        found = dict(_properties(data, codepage))
        named = str(found.get(_LONG_NAME) or found.get(_SHORT_NAME) or file.name)
        inner = found.get(_FILE_DATA)
        return replace(file, name=named, content=file.content or (inner if isinstance(inner, bytes) else b""))
    return file


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6  # the signature, then a key
    for _ in range(_MOST_ATTRIBUTES):
        if at + 9 > len(raw):
            return
        name = int.from_bytes(raw[at + 1 : at + 3], "little")
        length = int.from_bytes(raw[at + 5 : at + 9], "little")
        if at + 9 + length > len(raw):
            return
        yield name, raw[at + 9 : at + 9 + length]
        at += 9 + length + 2  # a checksum ends it


def _properties(data: bytes, codepage: str) -> Iterator[tuple[int, str | bytes]]:
    """The text and binary properties of a MAPI list, until it cannot be followed."""
    if len(data) < 4:
        return
    at = 4
    for _ in range(min(int.from_bytes(data[:4], "little"), _MOST_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, name = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
        at += 4
        if name >= 0x8000 and (at := _named(data, at)) < 0:
            return
        values, at = _values(data, at, kind)
        if at < 0:
            return
        for value in values[:1]:
            if kind & 0xFFF == 0x1F:
                yield name, value.decode("utf-16-le", "replace").rstrip("\0")
            elif kind & 0xFFF == 0x1E:
                yield name, _string(value, codepage)
            elif kind & 0xFFF in (0x102, 0xD):
                yield name, value[16:] if kind & 0xFFF == 0xD else value


def _named(data: bytes, at: int) -> int:
    """Where a named property's value begins; -1: beyond the end."""
    kind = int.from_bytes(data[at + 16 : at + 20], "little")
    if kind == 0:
        return at + 24
    length = int.from_bytes(data[at + 20 : at + 24], "little")
    end = at + 24 + length + (-length % 4)
    return end if end <= len(data) else -1


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    """The values at a place and where they end; -1: they cannot be followed."""
    single, many = kind & 0xFFF, bool(kind & 0x1000)
    if single in _FIXED and not many:
        size = _FIXED[single]
        return ([data[at : at + size]], at + size) if at + size <= len(data) else ([], -1)
    if at + 4 > len(data):
        return [], -1
    count, at, found = int.from_bytes(data[at : at + 4], "little"), at + 4, []
    for _ in range(min(count, _MOST_PROPERTIES)):
        length = _FIXED.get(single)
        if length is None:
            length, at = int.from_bytes(data[at : at + 4], "little"), at + 4
        if at + length > len(data):
            return [], -1
        found.append(data[at : at + length])
        at += length + (-length % 4)
    return found, at


def _string(data: bytes, codepage: str) -> str:
    try:
        return data.decode(codepage, "replace").rstrip("\0")
    except LookupError:
        return data.decode("cp1251", "replace").rstrip("\0")
