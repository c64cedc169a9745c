"""Bytes of AMI: framing, names, headers, escapes and orders. Pure: no socket, no clock.

A block is everything up to an empty line. Its name is known from its first bytes, so that what nobody reads is
never parsed. Bytes that are no UTF-8 survive as surrogates until `clean` replaces them, so nothing is lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from okno.errors import OurFault

END = b"\r\n\r\n"
EVENT = b"Event: "
BANNER = b"Asterisk Call Manager/"
# The longest real block seen is 20 kB (ChanVariable in every event); a peer that never ends one is not Asterisk.
BLOCK_LIMIT = 1 << 20
SMALL = 1 << 14
# Asterisk's own limits (main/manager.c): it discards a longer line and refuses further headers.
LINE_LIMIT = 1024
HEADER_LIMIT = 128
TEXT_LIMIT = 256

_ESCAPE = re.compile(r"""\\([abfnrtv\\'"?])""")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# A function a variable's value is set by, with its arguments: `CONNECTEDLINE(num,i)=`.
_ARGUMENTS = re.compile(r"^[A-Z_]+\([a-zA-Z,-]+\)(?==)")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class BadOrder(OurFault):
    """An order for Asterisk holds something its protocol cannot carry."""


class Framer:
    """Cuts a stream of bytes into blocks, however the network has chunked it.

    A block longer than `limit` bytes is thrown away whole and counted in `oversize`.
    """

    def __init__(self, limit: int = BLOCK_LIMIT) -> None:
        self.banner = b""
        self.oversize = 0
        self._limit = limit
        self._rest = bytearray()
        self._greeting = True
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The blocks that `data` completes, in order, without their empty lines (line ends before one stay)."""
        rest = self._rest
        if self._greeting:
            rest += data
            if not self._greeted():
                return []
            data, rest = bytes(rest), bytearray()
        if len(rest) > SMALL:
            # Searched from where it was not yet: a long block that comes byte by byte is not copied each time.
            seen = len(rest) - len(END) + 1
            rest += data
            if rest.find(END, seen) < 0:
                self._cap()
                return []
            whole = bytes(rest)
        else:
            whole = bytes(rest) + data
        blocks = whole.split(END)
        self._rest = bytearray(blocks.pop())
        if blocks and self._skipping:
            self._skipping = False
            del blocks[0]
        self._cap()
        return blocks if len(whole) <= self._limit else [block for block in blocks if self._fits(block)]

    def _greeted(self) -> bool:
        """Take the greeting off: it ends with one line end only."""
        start = bytes(self._rest[: len(BANNER)])
        if BANNER.startswith(start) and len(start) < len(BANNER):
            return False
        if start == BANNER:
            end = self._rest.find(b"\r\n")
            if end < 0:
                self._greeting = len(self._rest) < LINE_LIMIT
                return not self._greeting
            self.banner = bytes(self._rest[:end])
            del self._rest[: end + 2]
        self._greeting = False
        return True

    def _cap(self) -> None:
        if len(self._rest) > self._limit + len(END) - 1:
            if not self._skipping:
                self.oversize += 1
            self._skipping = True
            # The last bytes may be the first half of the empty line that ends it.
            self._rest = self._rest[-len(END) + 1 :]

    def _fits(self, block: bytes) -> bool:
        if len(block) <= self._limit:
            return True
        self.oversize += 1
        return False


def name_of(block: bytes) -> bytes:
    """The event's name, or nothing when the block is no event. Some responses leave line ends before it."""
    if block[:1] in (b"\r", b"\n"):
        block = block.lstrip(b"\r\n")
    if not block.startswith(EVENT):
        return b""
    end = block.find(b"\r\n", len(EVENT))
    return block[len(EVENT) : end] if end >= 0 else block[len(EVENT) :]


def parse(block: bytes) -> dict[str, str]:
    """The headers of a block; of a repeated header the first, since what follows may be a person's text.

    Lines that are no header are left out: a value with a line end in it is nobody's order.
    """
    lines = block.decode("utf-8", "surrogateescape").split("\r\n")
    lines.reverse()
    try:
        return dict([line.split(": ", 1) for line in lines])
    except ValueError:
        return dict(_header(line) for line in lines if ":" in line)


def _header(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key, value.removeprefix(" ")


def unescape(text: str) -> str:
    """Undo Asterisk's C escapes (caller names in channel blocks: `O\\'Brien`)."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text that PostgreSQL and JSON accept: no control characters, no lone surrogates, at most `limit` characters."""
    if len(text) <= limit and text.isprintable():
        return text
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text[:limit]))


def serialise(headers: Mapping[str, object] | Iterable[tuple[str, object]]) -> bytes:
    """One action as Asterisk reads it; a list as value repeats its header.

    Args:
        headers: `Action`, `ActionID` and the rest.

    Raises:
        BadOrder: a value would end the line, start another action or variable, or be cut by Asterisk.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [_line(key, value) for key, values in pairs for value in _several(values)]
    if not lines or len(lines) > HEADER_LIMIT:
        raise BadOrder(f"an action must have 1 to {HEADER_LIMIT} headers")
    return b"".join(lines) + b"\r\n"


def _several(values: object) -> Sequence[object]:
    return values if isinstance(values, (list, tuple)) else (values,)


def _line(key: str, value: object) -> bytes:
    """One header line. Neither key nor value is named in an error: it may be a person's."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadOrder("a header has no proper name")
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise BadOrder(f"header {key} is neither text nor a whole number")
    text = str(value)
    if any(end in text for end in "\r\n\0"):
        raise BadOrder(f"header {key} holds a line end or NUL")
    if key.lower() == "variable" and "," in _ARGUMENTS.sub("", text, count=1):
        raise BadOrder("a comma in Variable would set a second variable")
    if key.lower() == "channel" and text.startswith("/"):
        raise BadOrder("a Channel that starts with a slash would be a pattern")
    try:
        line = f"{key}: {text}\r\n".encode()
    except UnicodeEncodeError as broken:
        raise BadOrder(f"header {key} is no Unicode text") from broken
    if len(line) > LINE_LIMIT:
        raise BadOrder(f"header {key} is longer than Asterisk's {LINE_LIMIT} bytes")
    return line
