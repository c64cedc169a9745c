"""What a log line may say: phone numbers, e-mails, secrets and names are taken out; ids and times stay.

Theory of operation. A text is read once from left to right. At each place the patterns that are known to be
harmless (UUIDs, dates, addresses, Asterisk's Uniqueids …) are tried first and kept; then anything that holds
seven or more digits, whatever stands between them, is taken for a number. When in doubt it is taken out: a
mangled counter costs a minute, a number in a log is a breach.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from enum import Enum
from pathlib import PurePath
from uuid import UUID

NUMBER = "•number•"
EMAIL = "•e-mail•"
WITHHELD = "•withheld•"
NAME = "•"

_MIN_DIGITS = 7
_BETWEEN = r"(?:[\s\-().·•–—‑‒−/_+]|%[0-9A-Fa-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\[tnr])"
_NUMBER = rf"\+?\d(?:{_BETWEEN}{{0,4}}\d){{{_MIN_DIGITS - 1},}}"
_END = rf"(?!{_BETWEEN}{{0,4}}\d)"  # nothing that could be the rest of a number follows
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_EPOCH_SECOND = r"1[6-9][0-9]{8}"  # the years 2020 to 2033; no Russian or Kazakh number begins so
_DATE = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_KEPT = "|".join(
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])",  # UUID
        rf"{_DATE}(?:[T ]{_TIME})?(?![0-9])",  # RFC 3339
        rf"{_BYTE}(?:\.{_BYTE}){{3}}(?::[0-9]{{1,5}})?(?![0-9]|[-.][0-9])",  # IPv4 and port
        rf"{_EPOCH_SECOND}(?:\.[0-9]{{1,9}})?(?![0-9])",  # epoch seconds, Asterisk's Uniqueid
        rf"{_EPOCH_SECOND}(?:[0-9]{{3}}|[0-9]{{6}}|[0-9]{{9}})(?![0-9])",  # epoch in ms, µs, ns
        rf"[0-9]{{1,5}}\.[0-9]{{1,6}}{_END}",  # seconds with microseconds
        r"[0-9]{1,9} ?(?:ms|us|µs|ns|bytes)\b",
        r"(?=[0-9]*[a-f])(?![0-9a-f]*[0-9]{10})[0-9a-f]{16,128}(?![0-9A-Za-z])",  # digests
        r"(?=[0-9]*[a-f])(?![0-9a-f]*[0-9]{7})(?:[0-9a-f]{8}|[0-9a-f]{12})(?![0-9A-Za-z])",  # key ids
    )
)
_EMAIL = r"""[^\s@<>"',;:()/\[\]=]{1,64}(?:@|%40)[^\s@<>"',;:()/\[\]=]{1,255}\.[^\W\d_]{2,}"""
_URL_LOGIN = r"(?<=://)[^/\s@]*(?=@)"
_CREDENTIAL = r"(?i:(?:secret|passw(?:or)?d|token|authorization|okno-service|cookie)['\"]?\s*[=:]\s*)(?:Bearer\s+)?\S+"
_CYRILLIC = r"[\u0400-\u052f]+(?:[\s.\-]+[\u0400-\u052f]+)*"
_TOKEN = re.compile(
    rf"(?P<secret>{_CREDENTIAL})|(?P<password>{_URL_LOGIN})|(?P<email>{_EMAIL})"
    rf"|(?P<channel>(?<=[A-Za-z])-[0-9a-f]{{8}}(?![0-9A-Za-z]))"  # PJSIP/trunk-0000012f
    rf"|(?<![0-9A-Za-z+])(?P<kept>{_KEPT})|(?P<number>{_NUMBER})|(?P<name>{_CYRILLIC})"
)
_QUOTED = re.compile(r"""(['"])(?:\\.|(?!\1).)*\1""", re.S)
_PLAIN_WORD = re.compile(r"""['"][a-z0-9_.:/\-\[\] ]{0,60}['"]""")

# A field under one of these names holds a person's data whatever its value looks like.
_WITHHELD_KEYS = frozenset(
    {
        *("phone", "number", "e164", "caller", "callerid", "caller_id", "callerid_num", "calleridnum", "dialled"),
        *("name", "caller_name", "calleridname", "connected_name", "full_name", "first_name", "last_name", "surname"),
        *("patronymic", "birth_date", "email", "patient", "contact", "card", "address_of", "login_attempt"),
        *("text", "body", "message_text", "content", "comment", "note", "transcript", "payload"),
        *("secret", "password", "token", "cookie", "authorization"),
    }
)
_COUNTING_KEY = re.compile(
    r"(?:.*_)?(?:ms|us|ns|s|seconds|bytes|count|total|size|seq|sequence|epoch|offset|pid|port|lag|rows|turn)"
)


def scrub(text: str) -> str:
    """Return `text` without phone numbers in any spelling, e-mails, passwords and Cyrillic words.

    Log messages are English, so a Cyrillic word in one is somebody's name or message.
    """
    return _TOKEN.sub(_replace, text)


def scrub_foreign(text: str) -> str:
    """Return `text` written by somebody else's code: besides, quoted values that are no plain word are taken out."""
    return scrub(_QUOTED.sub(lambda found: found[0] if _PLAIN_WORD.fullmatch(found[0]) else "'•'", text))


def scrub_field(key: str, value: object) -> object:
    """Return a field of a log line in a form JSON can hold and a log may hold.

    Args:
        key: the field's name; some names are withheld whole, those that count ("wait_ms", "seq") keep integers.
        value: what the caller gave; unknown types are shown by their type only.
    """
    if key.casefold() in _WITHHELD_KEYS:
        return WITHHELD
    match value:
        case None | bool():
            return value
        case Enum():
            return scrub_field(key, value.value)
        case int():
            return value if abs(value) < 10 ** (_MIN_DIGITS - 1) or _COUNTING_KEY.fullmatch(key) else scrub(str(value))
        case float():
            return round(value, 6) if abs(value) < 10 ** (_MIN_DIGITS - 1) else scrub(f"{value:.6f}")
        case str():
            return scrub(value)
        case UUID() | date() | time() | timedelta() | PurePath():
            return scrub(value.isoformat() if isinstance(value, date | time) else str(value))
        case Mapping():
            return {scrub(str(inner)): scrub_field(str(inner), kept) for inner, kept in value.items()}
        case Sequence() | set() | frozenset() if not isinstance(value, bytes | bytearray | memoryview):
            return [scrub_field(key, kept) for kept in value]
        case BaseException():
            return type(value).__name__
    return f"<{type(value).__name__}>"


def _replace(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "kept" | "channel":
            return found[0]
        case "number":
            return NUMBER
        case "email":
            return EMAIL
        case "name":
            return NAME
        case "password":
            return WITHHELD
    return re.split(r"(?<=[=:])", found[0], maxsplit=1)[0] + WITHHELD
