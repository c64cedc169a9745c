"""Phone numbers: read once at the edge, E.164 ever after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, timezone

# What trunks and switches send instead of a number; an empty one counts too (mis.md §6 item 5).
_ANONYMOUS = frozenset(
    {
        "",
        "anonymous",
        "restricted",
        "private",
        "unknown",
        "unavailable",
        "withheld",
        "asterisk",
        "anonymous.invalid",
        "id unavailable",
        "blocked",
        "none",
        "null",
        "s",
        "0",
        "-",
    }
)
_INTERNAL = re.compile(r"[0-9]{3,4}", re.ASCII)
_NOT_CALLABLE = {PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
_EXTENSION = re.compile(
    r"[\s,;(]*(?:доб(?:авочный)?\.?|вн(?:утр)?\.?|ext(?:ension)?[.=]?|#)\s*:?\s*(\d{1,6})\W*$", re.I
)
_BRACKETED_WORDS = re.compile(r"\([^()]*[^\W\d_][^()]*\)")
_LIST = re.compile(r"[,;|\n]|\s/\s|\bили\b|\bor\b", re.I)
_SIP = re.compile(r"^\s*<?\s*(?:sips?|tel):([^@;>]*)", re.I)
_ALLOWED = re.compile(r"[^\d+]")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number somebody can have: E.164, the ISO 3166 region it belongs to, an extension if one was given."""

    e164: str
    region: str
    extension: str | None = None

    @property
    def callable_back(self) -> bool:
        """Whether calling it back reaches a person: not 8-800 and its kin."""
        return phonenumbers.number_type(phonenumbers.parse(self.e164)) not in _NOT_CALLABLE

    def __repr__(self) -> str:
        """Show the masked number only: a repr ends up in logs and assertions."""
        return f"Phone({mask(self.e164)!r}, {self.region!r})"


def is_anonymous(raw: str | None) -> bool:
    """Say whether a caller id says "nobody": nothing is looked up for it and nobody is called back."""
    text = (raw or "").strip().strip('<>"').strip().casefold().removeprefix("sip:")
    return (
        text in _ANONYMOUS or text.startswith(("anonymous@", "restricted@", "unknown@")) or not re.search(r"\w", text)
    )


def is_internal(raw: str | None) -> bool:
    """Say whether a caller id is a colleague's extension: three or four digits, no plus."""
    return bool(_INTERNAL.fullmatch((raw or "").strip()))


def parse(raw: str | None, *, country: str = "RU", area_code: str = "343") -> Phone | None:
    """Read the first real number in `raw`.

    Args:
        raw: what a trunk, a MIS, a form or a person wrote, in any spelling.
        country: ISO 3166 region whose trunk prefix and lengths are meant when there is no plus.
        area_code: digits that complete a local number (seven digits in Russia).

    Returns:
        The number, or None when there is none: anonymous, internal, emergency, malformed.
    """
    return next(parse_all(raw, country=country, area_code=area_code), None)


def parse_all(raw: str | None, *, country: str = "RU", area_code: str = "343") -> Iterator[Phone]:
    """Yield every real number in `raw`: MIS cards hold lists and remarks ("…, … (мама)") in one field."""
    if raw is None or len(raw) > 1000 or is_anonymous(raw) or is_internal(raw):
        return
    text = _BRACKETED_WORDS.sub(" ", raw)
    sip = _SIP.match(text)
    if sip:
        text = sip.group(1).replace("%2B", "+").replace("%2b", "+")
    text = _comma_before_extension(text)
    for piece in _LIST.split(text):
        phone = _one(piece, country, area_code)
        if phone is not None:
            yield phone


def mask(e164: str) -> str:
    """Return the number as those see it who may not see it: "+7 999 •••-18-73"."""
    groups = _groups(e164)
    if groups is None:
        return "•••" if len(e164) < 8 else f"{e164[:2]} •••{e164[-2:]}"
    code, head, tail = groups
    return f"{code} {head} •••-{tail[-4:-2]}-{tail[-2:]}"


def pretty(e164: str) -> str:
    """Return the number in groups that a person reads aloud: "+7 999 000-18-73"."""
    groups = _groups(e164)
    if groups is None:
        try:
            return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        except NumberParseException:
            return e164
    code, head, tail = groups
    return f"{code} {head} {tail[:3]}-{tail[3:5]}-{tail[5:]}"


def zones(e164: str) -> tuple[str, ...]:
    """Return the IANA zones where whoever has this number may be; a mobile may be anywhere in its country.

    Empty when nobody knows.
    """
    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except NumberParseException:
        return ()
    return tuple(name for name in found if name != timezone.UNKNOWN_TIMEZONE)


def _groups(e164: str) -> tuple[str, str, str] | None:
    """Split a +7 number as Russians and Kazakhs write it: code, three digits, seven digits."""
    if re.fullmatch(r"\+7[0-9]{10}", e164):
        return "+7", e164[2:5], e164[5:]
    return None


def _comma_before_extension(text: str) -> str:
    """Keep "…, доб. 12" in one piece when the text is split into a list at its commas."""
    return re.sub(r"[,;]\s*(?=(?:доб|вн|ext)|#)", " ", text, flags=re.I)


def _one(piece: str, country: str, area_code: str) -> Phone | None:
    extension = None
    found = _EXTENSION.search(piece)
    if found:
        extension, piece = found.group(1), piece[: found.start()]
    digits = _ALLOWED.sub("", piece.strip())
    digits = digits[:1] + digits[1:].replace("+", "")
    if not 5 <= len(digits.lstrip("+")) <= 17:
        return None
    for spelling in _spellings(digits, country, area_code):
        try:
            number = phonenumbers.parse(spelling, country)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) and number.country_code is not None:
            region = phonenumbers.region_code_for_number(number) or country
            return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), region, extension)
    return None


def _spellings(digits: str, country: str, area_code: str) -> Iterator[str]:
    """Yield what the digits may mean, likeliest first: as written, then the traps of mis.md §6 item 3."""
    if digits.startswith("00"):
        yield "+" + digits[2:]
        return
    if country == "RU" and not digits.startswith("+") and len(digits) + len(area_code) == 10:
        yield area_code + digits
        return
    yield digits
    if not digits.startswith("+"):
        yield "+" + digits  # a trunk that drops the plus of a foreign caller
