"""The spoken pieces: which there are, and their words. `words/<language>.json` is the whole list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

Language = Literal["ru", "en"]
Sounds = tuple[str, ...]


@cache
def pieces(language: Language) -> Mapping[str, str]:
    """Return the words of every piece a phrase of this language may be made of, by the name of its sound."""
    text = (files(__package__) / "words" / f"{language}.json").read_text("utf-8")
    return MappingProxyType({sound(language, name): words for name, words in json.loads(text).items()})


def sound(language: Language, piece: str) -> str:
    """Return the sound of a piece, as the PBX has it."""
    return f"okno/{language}/say/{piece}"


def spoken(language: Language, names: Iterable[str]) -> Sounds:
    """Return the sounds of pieces."""
    return tuple(sound(language, name) for name in names)


def text_of(sounds: Iterable[str], prompts: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return what is heard, as a text.

    Args:
        sounds: as an order to play has them.
        prompts: the words of the clinic's prompts by sound; one without words is shown by its name in brackets.
    """
    words = {**pieces("ru"), **pieces("en"), **prompts}
    return " ".join(words.get(one) or f"[{one}]" for one in sounds)
