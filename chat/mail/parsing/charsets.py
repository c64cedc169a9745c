"""Text out of bytes: the charset that is named, else the one it looks like. Nothing here fails."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# What mail programs call charsets that Python knows by another name, or that say nothing.
_ALIASES = {
    "unknown-8bit": "", "x-unknown": "", "default": "", "ansi": "cp1251", "win-1251": "cp1251", "win1251": "cp1251",
    "cp-1251": "cp1251", "x-cp1251": "cp1251", "koi8": "koi8-r", "koi-8": "koi8-r", "x-koi8-r": "koi8-r",
    "cp-866": "cp866", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "iso-8859-8-i": "iso-8859-8",
}  # fmt: skip
# The charsets Russian mail comes in without saying so.
_RUSSIAN = ("cp1251", "koi8-r", "cp866", "iso8859-5")
# A word in the mail's own letters: =?charset?B?…?=; spaces where none may be are common.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?\s*([BbQq])\s*\?(.*?)\?=", re.S)
_MOST_HEADER = 8000
_BETWEEN = re.compile(r"\?=\s+=\?")


def text(raw: bytes, charset: str | None) -> str:
    """Return what the bytes say.

    Args:
        raw: what came.
        charset: what the mail says it is in; a wrong or unknown one is passed over.
    """
    for name in dict.fromkeys((_known(charset or ""), "utf-8")):
        if name and (read := _strictly(raw, name)) is not None:
            return read
    return _guessed(raw)


def header(raw: str) -> str:
    """Return what a header says, on one line, without signs nobody sees.

    Args:
        raw: as the parser read it; bytes beyond ASCII stand in it as surrogates.
    """
    raw = raw[:_MOST_HEADER]
    words = raw.encode("utf-8", "surrogateescape")
    plain = raw if words.isascii() else text(words, None)
    joined = _BETWEEN.sub("?==?", " ".join(plain.split()))
    return visible("".join(_words(joined)))


def visible(words: str) -> str:
    """Return the words on one line, without controls and without marks that turn the reading direction."""
    kept = "".join(sign if _seen(sign) else " " if sign.isspace() else "" for sign in words)
    return " ".join(kept.split())


def _seen(sign: str) -> bool:
    # Emoji are joined by U+200D, and coloured by U+FE0F: those stay.
    return sign == "\u200d" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _words(line: str) -> Iterator[str]:
    """The parts of a header, decoded; neighbours of one charset together, for some are cut within a letter."""
    at, charset, held = 0, "", b""
    for found in _WORD.finditer(line):
        between = line[at : found.start()]
        name = found[1].partition("*")[0].lower()
        if held and (between or name != charset):
            yield text(held, charset)
            held = b""
        yield between
        held, charset, at = held + _bytes(found[2], found[3]), name, found.end()
    if held:
        yield text(held, charset)
    yield line[at:]


def _bytes(how: str, coded: str) -> bytes:
    if how in "Qq":
        return binascii.a2b_qp(coded.replace("_", " ").encode("utf-8", "replace"), header=False)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", coded.encode("ascii", "ignore"))
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


@lru_cache(maxsize=256)
def _known(charset: str) -> str:
    name = charset.strip().strip("\"'").lower().replace("windows-", "cp")
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    return found.name if getattr(found, "_is_text_encoding", True) else ""


def _strictly(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeError, ValueError):
        return None


def _guessed(raw: bytes) -> str:
    """The Russian charset in which the bytes look most like Russian: small letters are far more than great ones."""
    read = [raw.decode(name, "replace") for name in _RUSSIAN]
    return max(read, key=_likeness)


def _likeness(words: str) -> float:
    sample = words[:4000]
    small = sum(1 for sign in sample if "\u0430" <= sign <= "\u044f" or sign == "\u0451")
    great = sum(1 for sign in sample if "\u0410" <= sign <= "\u042f" or sign == "\u0401")
    odd = sum(1 for sign in sample if sign > "\u007f" and not ("\u0400" <= sign <= "\u0451" or sign in "«»–—№„“”…\xa0"))
    # A great letter right after a small one is no word's.
    turns = len(re.findall("[\u0430-\u044f][\u0410-\u042f]", sample))
    return small - great - 2 * odd - 3 * turns
