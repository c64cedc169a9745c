"""Names as they are compared: what people type and what a MIS holds differ in case, in one letter, in alphabet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

from okno import names

_IE, _IO = "\u0435", "\u0451"
# Latin letters that look like Cyrillic ones, small: they come from keyboards left in the other alphabet.
_ALIKE = str.maketrans("aceopxyktmhb", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u043a\u0442\u043c\u043d\u0432")
_ALIKE_CAPITAL = str.maketrans({chr(k).upper(): chr(v).upper() for k, v in _ALIKE.items() if isinstance(v, int)})
# ICAO Doc 9303, from U+0430 on: what a passport and hence a web form has. Only ranks, never matches (trap 8).
_LATIN = "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y _ e iu ia".split()  # noqa: SIM905
_TRANSLITERATED = {0x430 + place: latin.replace("_", "") for place, latin in enumerate(_LATIN)}
# Other ways to write the same sounds in Latin, reduced to one.
_SOUNDS = (
    ("shch", "sch"), ("kh", "h"), ("ts", "c"), ("tz", "c"), ("ya", "ia"), ("yu", "iu"), ("yo", "e"), ("ye", "e"),
    ("ja", "ia"), ("ju", "iu"), ("x", "ks"), ("w", "v"), ("iy", "i"), ("ii", "i"), ("y", "i"), ("j", "i"),
)  # fmt: skip
LIKE = 0.82  # two spellings of one surname differ by a letter in six
MOST_VARIANTS = 6


def fold(name: str) -> str:
    """Return a name as it is compared: NFC, case folded, one letter for both e's, alien letters put right."""
    return " ".join(_own(word) for word in _words(name))


def tidy(name: str) -> str:
    """Return a typed name as it is asked for: one space, capitals where names have them, alien letters put right."""
    words = unicodedata.normalize("NFC", name).split()
    spelt = ("-".join(_right(part).capitalize() for part in word.split("-") if part) for word in words)
    return " ".join(word for word in spelt if word)


def meant(name: str) -> tuple[str, ...]:
    """Return what somebody may have meant: as typed and, of Latin letters, as the other layout has it."""
    if _cyrillic(name):
        return (name,)
    others = (" ".join(words) for words in names.readings(name))
    return (name, *(one for one in others if _cyrillic(one)))


def variants(name: str) -> tuple[str, ...]:
    """Return the spellings to ask a MIS for: people write one letter for two, and a MIS compares to the letter.

    A word has its accent once, so at most one e of it is the other one; surname and given name are tried.
    """
    clean = tidy(name)
    plain = clean.replace(_IO, _IE).replace(_IO.upper(), _IE.upper())
    found = [clean, plain]
    end = len(" ".join(plain.split(" ")[:2]))
    for place, letter in enumerate(plain[:end]):
        if letter.casefold() == _IE:
            other = _IO if letter == _IE else _IO.upper()
            found.append(plain[:place] + other + plain[place + 1 :])
    return tuple(dict.fromkeys(found))[:MOST_VARIANTS]


def similarity(asked: str, name: str) -> float:
    """Return how well a name fits what was asked, 0…1: each word asked by the best of the name's."""
    wanted, has = fold(asked).split(), fold(name).split()
    if not wanted or not has:
        return 0.0
    return sum(max(_word(one, other) for other in has) for one in wanted) / len(wanted)


def _word(wanted: str, has: str) -> float:
    if wanted == has:
        return 1.0
    if len(wanted) > 1 and has.startswith(wanted):
        return 0.9
    ours, theirs = _sound(wanted), _sound(has)
    if ours == theirs:
        return 0.8
    ratio = SequenceMatcher(None, ours, theirs).ratio()
    return 0.7 * ratio if ratio >= LIKE else 0.0


def _sound(word: str) -> str:
    text = word.translate(_TRANSLITERATED)
    for written, one in _SOUNDS:
        text = text.replace(written, one)
    return text


def _words(name: str) -> Iterator[str]:
    for word in unicodedata.normalize("NFC", name).casefold().replace("-", " ").split():
        kept = "".join(letter for letter in word if letter.isalnum())
        if kept:
            yield kept


def _own(word: str) -> str:
    return _right(word).replace(_IO, _IE)


def _right(word: str) -> str:
    """Put alien letters right in a word that is Cyrillic otherwise."""
    return word.translate(_ALIKE).translate(_ALIKE_CAPITAL) if _cyrillic(word) else word


def _cyrillic(text: str) -> bool:
    return any("\u0400" <= letter <= "\u04ff" for letter in text)
