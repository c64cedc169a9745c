"""The list of pieces: names that any file system bears, words for each, and a text of what is heard."""

from __future__ import annotations

import re

import pytest

from engine.ivr.saying.pieces import Language, pieces, sound, spoken, text_of


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_piece_has_a_name_and_words(language: Language) -> None:
    known = pieces(language)
    assert len(known) > 100
    for name, words in known.items():
        assert re.fullmatch(rf"okno/{language}/say/[a-z0-9-]{{1,30}}", name)
        assert words.strip() == words and words
        letters = "а-яё" if language == "ru" else "A-Za-z."
        assert re.fullmatch(rf"[{letters} -]+", words)


def test_the_list_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        pieces("ru")["x"] = "y"  # type: ignore[index]


def test_what_is_heard_as_text() -> None:
    sounds = ("okno/ru/hello", *spoken("ru", ("1", "2-f")), sound("en", "at"), "okno/ru/silent")
    assert text_of(sounds, {"okno/ru/hello": "Алло", "okno/ru/silent": ""}) == "Алло один две at [okno/ru/silent]"
