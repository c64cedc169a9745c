"""The rules of the widget, pure: how fast one may write, which files are taken, whom the site vouches for."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

import filetype

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits
TOKEN_DAYS = 180
# Of one the site vouches for: each page brings a new one.
VOUCHED_DAYS = 2
PER_QUICK, QUICK_S = 10, 10.0
PER_HOUR, HOUR_S = 60, 3600.0
CONVERSATIONS_PER_ADDRESS = 5
VISITORS_PER_ADDRESS = 30
UPLOADS_PER_HOUR = 40
UPLOAD_BYTES = 20 * 1024 * 1024
VOUCHED_S = 600
# A message written so long ago that its own time is told; what is fresher came when it came.
LATE_S = 60
_SNIFFED = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "application/pdf": "pdf",
    "application/msword": "doc", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip
_NAMES = {"doc": "application/msword", **{extension: mime for mime, extension in _SNIFFED.items()}}
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
ACCEPT = ".jpg,.jpeg,.png,.webp,.heic,.pdf,.doc,.docx,.txt"


@dataclass(frozen=True, slots=True)
class Levels:
    """How much one may still write at once (`quick`) and within the hour (`hourly`)."""

    quick: float = PER_QUICK
    hourly: float = PER_HOUR


def spend(levels: Levels, passed_s: float) -> tuple[Levels, float]:
    """Return the levels after one more message, and after how many seconds it may come (0: it may now).

    Args:
        levels: as they were left.
        passed_s: since then.
    """
    passed = max(0.0, passed_s)
    quick = min(PER_QUICK, levels.quick + passed * PER_QUICK / QUICK_S)
    hourly = min(PER_HOUR, levels.hourly + passed * PER_HOUR / HOUR_S)
    if quick >= 1 and hourly >= 1:
        return Levels(quick - 1, hourly - 1), 0.0
    wait = max((1 - quick) * QUICK_S / PER_QUICK, (1 - hourly) * HOUR_S / PER_HOUR)
    return Levels(quick, hourly), wait


def vouched(secret: bytes, id: str, ts: int, mac: str, now: datetime) -> bool:
    """Say whether the site's server vouches for a person, within the last ten minutes.

    Args:
        secret: what both know.
        id: the site's own id of him.
        ts: when it was signed, seconds since 1970.
        mac: hex of HMAC-SHA256 of "id.ts".
        now: the moment it came.
    """
    expected = hmac.new(secret, f"{id}.{ts}".encode(), hashlib.sha256).hexdigest()
    same = hmac.compare_digest(expected.encode(), mac.lower().encode("utf-8", "surrogatepass"))
    return same and abs(now.timestamp() - ts) <= VOUCHED_S


def kind_of(name: str, content: bytes) -> str | None:
    """Return the MIME type of a file that is taken, by what it holds; None for any other, and an empty one.

    Old Word files and new ones are boxes of their kind: of these the name says which box it is.
    """
    if not content:
        return None
    extension = name.rpartition(".")[2].lower()
    guessed = filetype.guess_mime(content[:8192])
    if guessed in _SNIFFED:
        return str(guessed)
    if (content.startswith(_OLE) and extension == "doc") or (content.startswith(_ZIP) and extension == "docx"):
        return _NAMES[extension]
    return "text/plain" if guessed is None and extension == "txt" and _is_text(content) else None


def ink(accent: str) -> str:
    """Return the colour of text upon the accent: white or black, whichever is read better (WCAG 2 luminance)."""
    parts = [int(accent[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#fff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000"


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for charset in ("utf-8", "cp1251"):
        try:
            content.decode(charset)
        except UnicodeDecodeError:
            continue
        return True
    return False
