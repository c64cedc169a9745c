"""A mail taken apart: its words, its markup, its files. The parser never fails: what is broken comes as a file.

The standard parser is used with its oldest policy: the newer ones raise on headers that real mail programs write.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Literal

from chat.mail.parsing import charsets, markup, tnef

MOST_FILES = 100
_MOST_TEXT, _MOST_PARTS = 200_000, 500
_BOUNDARY, _MOST_AROUND, _MOST_LOOKS, _SHORT = re.compile(rb"(?i)boundary\s*="), 30, 600_000, 20
# What stands instead of a file's content in a mail made light: how long it was.
SIZE_HEADER = "X-Okno-Size"
Kind = Literal["image", "video", "audio", "file"]
_KINDS: dict[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of a mail. `place` finds it again in the same mail; `size` in bytes, about."""

    place: str
    kind: Kind
    name: str
    mime: str
    size: int
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail holds; `headers` is the parser's own, for who knows what to ask of it."""

    headers: Message
    subject: str
    text: str
    html: str
    files: tuple[Piece, ...]
    parts: tuple[Message, ...] = field(default=(), repr=False)

    def header(self, name: str) -> str:
        """Return what a header says, decoded; empty when there is none."""
        return charsets.header(raw(self.headers, name))


def raw(message: Message, name: str) -> str:
    """Return a header as it came, bytes beyond ASCII as surrogates; empty when there is none."""
    found = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    return str(found[0]) if found else ""


def parse(content: bytes) -> Mail:
    """Return what the bytes hold."""
    try:
        message = _tree(content)
        parts = tuple(_leaves(message, 0))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # Deeper nested, or otherwise more broken, than anything a person sends: its head is read, the rest is a file.
        message = BytesParser().parsebytes(content, headersonly=True)
        parts = ()
    gathered = _Gathered()
    for number, part in enumerate(parts[:_MOST_PARTS]):
        gathered.take(number, part)
    if not parts:
        gathered.files.append(Piece("whole", "file", "mail.eml", "message/rfc822", len(content)))
    files = tuple(gathered.files[:MOST_FILES])
    pictures = {piece.cid: number for number, piece in enumerate(files) if piece.cid}
    source = "\n".join(gathered.markups)
    plain = "\n\n".join(gathered.plain) if gathered.plain else markup.words(source)
    return Mail(
        message, charsets.header(raw(message, "Subject")), plain.strip()[:_MOST_TEXT], markup.clean(source, pictures),
        files, parts,
    )  # fmt: skip


def content(mail: Mail, place: str, whole: bytes) -> bytes | None:
    """Return the content of a file of the mail; None when there is no such file.

    Args:
        mail: as `parse` gave it.
        place: of the piece.
        whole: the bytes of the mail itself.
    """
    if place == "whole":
        return whole
    number, _, inner = place.partition(".")
    if not number.isdigit() or int(number) >= len(mail.parts):
        return None
    part = mail.parts[int(number)]
    if not inner:
        return _content(part)
    try:
        files = tnef.unpack(_content(part)).files
    except tnef.NotTnef:
        return None
    return files[int(inner)].content if inner.isdigit() and int(inner) < len(files) else None


def light(content: bytes, most: int) -> bytes:
    """Return the mail without the content of its files, so that it is small; the files stay where the mail is.

    Args:
        content: the mail.
        most: bytes up to which nothing is taken out.
    """
    if len(content) <= most:
        return content
    try:
        message = _tree(content)
        for part in list(_leaves(message, 0)):
            if not _is_words(part) and not _is_packed(part) and part.get_content_maintype() != "message":
                part[SIZE_HEADER] = str(_size(part))
                part.set_payload("")
        made = message.as_bytes()
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return content[:most]
    return made if len(made) <= 4 * most else made[: 4 * most]


def _tree(content: bytes) -> Message:
    """The parts of a mail. Raises ValueError: it would take the parser too long, which no letter does.

    The parser looks at each line once for each multipart around it.
    """
    around, lines = len(_BOUNDARY.findall(content)), content.count(b"\n")
    if around > _MOST_AROUND or (around * lines > _MOST_LOOKS and lines * _SHORT > len(content)):
        raise ValueError("a tower of parts")
    return BytesParser().parsebytes(content)


def _leaves(message: Message, depth: int) -> Iterator[Message]:
    if depth > 60:
        raise RecursionError
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
    else:
        yield message


class _Gathered:
    """What the parts of a mail give, one after another."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.markups: list[str] = []
        self.files: list[Piece] = []

    def take(self, number: int, part: Message) -> None:
        """Take one part."""
        if _is_words(part):
            said = charsets.text(_content(part)[: 4 * markup.MOST_SIGNS], part.get_content_charset())
            said = said.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
            (self.markups if part.get_content_subtype() == "html" else self.plain).append(said)
        elif _is_packed(part) and self._unpack(number, part):
            return
        else:
            cid = charsets.header(raw(part, "Content-ID")).strip("<> ")
            kind: Kind = _KINDS.get(part.get_content_maintype(), "file")
            self.files.append(Piece(str(number), kind, _name(part), part.get_content_type(), _size(part), cid))

    def _unpack(self, number: int, part: Message) -> bool:
        try:
            found = tnef.unpack(_content(part))
        except tnef.NotTnef:
            return False
        for inner, file in enumerate(found.files):
            name = charsets.visible(file.name)[:200] or "file"
            self.files.append(Piece(f"{number}.{inner}", "file", name, "application/octet-stream", len(file.content)))
        if found.markup and not self.markups:
            self.markups.append(charsets.text(found.markup, None))
        if found.text and not self.plain and not self.markups:
            self.plain.append(found.text.replace("\r\n", "\n"))
        return True


def _is_words(part: Message) -> bool:
    """Whether a part is what he wrote, not a file."""
    if part.get_content_type() not in ("text/plain", "text/html") or isinstance(part.get_payload(), list):
        return False
    return part.get_content_disposition() != "attachment" and not _named(part)


def _is_packed(part: Message) -> bool:
    return part.get_content_type() in _TNEF or _named(part).lower() == "winmail.dat"


def _named(part: Message) -> str:
    """The name of a file, however it is written: RFC 2231, RFC 2047 where none may be, or bytes of some charset."""
    head = Message()
    for field_name in ("Content-Disposition", "Content-Type"):
        if written := raw(part, field_name):
            said = written.encode("utf-8", "surrogateescape")
            head[field_name] = written if said.isascii() else charsets.text(said, None)
    try:
        name = head.get_filename("") or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return charsets.header(str(name)).replace("/", "_").replace("\\", "_")[:200]


def _name(part: Message) -> str:
    if name := _named(part):
        return name
    if part.get_content_maintype() == "message":
        inner = part.get_payload(0) if part.is_multipart() else None
        subject = charsets.header(raw(inner, "Subject")) if isinstance(inner, Message) else ""
        return f"{subject.replace('/', '_')[:100] or 'mail'}.eml"
    return f"file.{part.get_content_subtype()[:10]}" if part.get_content_maintype() != "application" else "file"


def _size(part: Message) -> int:
    known = raw(part, SIZE_HEADER).strip()
    if known.isdigit():
        return int(known)
    payload = part.get_payload()
    if not isinstance(payload, str):
        return len(_content(part))
    coded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
    return len(payload) * 3 // 4 if coded else len(payload)


def _content(part: Message) -> bytes:
    """The bytes of a part; of a mail within it, that mail."""
    try:
        if part.get_content_maintype() == "message" and part.is_multipart():
            inner = part.get_payload(0)
            return inner.as_bytes() if isinstance(inner, Message) else b""
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, binascii.Error):
        return str(part.get_payload()).encode("utf-8", "replace")
    return found if isinstance(found, bytes) else b""
