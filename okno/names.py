"""Names of people: the words they are found by, whatever the case, with or without yo, typed on whichever layout.

Searched is by whole words (a blind index of each) and, in memory, by the beginning of the last one. The name as it was
written stays as it was written; only what it is compared by is made here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

# A name and its patronymic, a double surname: no name has more words, and a text that has is no name.
MOST_WORDS = 8

_WORD = re.compile(r"[^\W\d_]+")
# The same keys on the two layouts, in the order of the keyboard; what is typed with Shift on them besides letters.
_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC = "ё й ц у к е н г ш щ з х ъ ф ы в а п р о л д ж э я ч с м и т ь б ю".replace(" ", "")
_SHIFTED = {"~": "ё", "{": "х", "}": "ъ", ":": "ж", '"': "э", "<": "б", ">": "ю"}
_TO_CYRILLIC = str.maketrans(dict(zip(_LATIN, _CYRILLIC, strict=True)) | _SHIFTED)
_TO_LATIN = str.maketrans(dict(zip(_CYRILLIC, _LATIN, strict=True)))
_FOLDED = str.maketrans({"ё": "е"})


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared, each once, in order; a double surname is two."""
    return tuple(dict.fromkeys(_WORD.findall(_folded(text).translate(_FOLDED))))[:MOST_WORDS]


def readings(text: str) -> tuple[tuple[str, ...], ...]:
    """Return what somebody may have meant who typed this: its words as typed, and as the other layout has them."""
    typed = _folded(text)
    meant = (words(typed), words(typed.translate(_TO_CYRILLIC)), words(typed.translate(_TO_LATIN)))
    return tuple(dict.fromkeys(one for one in meant if one))


def begins(wanted: Sequence[str], found: Iterable[str]) -> bool:
    """Say whether all wanted words are among those found, the last one perhaps only begun."""
    there = set(found)
    if not wanted or not there.issuperset(wanted[:-1]):
        return False
    return any(word.startswith(wanted[-1]) for word in there)


def short(name: str) -> str:
    """Return a surname and initials, as a list may show it (P6)."""
    surname, *others = name.split() or [""]
    initials = (next((sign for sign in other if sign.isalpha()), "") for other in others[:2])
    return " ".join([surname, *(f"{sign.upper()}." for sign in initials if sign)])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
