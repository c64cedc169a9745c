"""Words by key and language; plural forms as CLDR gives them; a missing word is seen, not raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.i18n import Catalogue, WordsBroken, plural

RU = {
    "hello": "Привет, {who}",
    "calls": {"one": "{count} звонок", "few": "{count} звонка", "many": "{count} звонков"},
    "deep": {"a": "а"},
}
EN = {"hello": "Hello, {who}", "calls": {"one": "{count} call", "other": "{count} calls"}, "deep": {"a": "a"}}


def written(folder: Path, **files: object) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return folder


@pytest.fixture
def words(tmp_path: Path) -> Catalogue:
    return Catalogue.load(written(tmp_path, ru=RU, en=EN))


def test_words_by_key_and_language(words: Catalogue) -> None:
    assert words.t("hello", "ru", who="мир") == "Привет, мир"
    assert words.t("hello", "en", who="world") == "Hello, world"
    assert words.t("deep.a") == "а"
    assert words.t("hello", "de", who="x") == "Привет, x"
    assert words.keys() == words.keys("en") == {"hello", "calls", "deep.a"}
    assert words.entries("en")["deep.a"] == "a"


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [
        (0, "0 звонков", "0 calls"),
        (1, "1 звонок", "1 call"),
        (2, "2 звонка", "2 calls"),
        (5, "5 звонков", "5 calls"),
        (11, "11 звонков", "11 calls"),
        (12, "12 звонков", "12 calls"),
        (21, "21 звонок", "21 calls"),
        (104, "104 звонка", "104 calls"),
        (111, "111 звонков", "111 calls"),
        (1001, "1001 звонок", "1001 calls"),
    ],
)
def test_plural_forms(words: Catalogue, count: int, ru: str, en: str) -> None:
    assert (words.t("calls", "ru", count=count), words.t("calls", "en", count=count)) == (ru, en)


def test_fractions_and_no_number() -> None:
    assert [plural("ru", count) for count in (1.5, 2.0, True, "x", None)] == ["other", "few", "other", "other", "other"]
    assert [plural("en", count) for count in (1, 1.0, 0)] == ["one", "other", "other"]


def test_what_is_missing_is_seen(words: Catalogue) -> None:
    assert words.t("no.such.key") == "no.such.key"
    assert words.t("hello", "ru") == "Привет, {who}"


@given(st.text(), st.text())
def test_values_are_put_in_as_they_are(text: str, value: str) -> None:
    """Braces and attribute names in words or values do nothing: no format string reaches an object."""
    filled = Catalogue({"ru": {"k": text + "{v}{v.__class__}{0}"}}).t("k", v=value)
    assert filled.endswith(value + "{v.__class__}{0}")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"ru": RU}, "there is no en.json"),
        ({"ru": RU, "en": {}}, "en.json: 3 keys are missing, the first is calls"),
        ({"ru": "{", "en": EN}, "is not a file of words"),
        ({"ru": [], "en": EN}, "must be an object"),
        ({"ru": {"a": 5}, "en": EN}, "a must be a text"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, files: dict[str, object], words: str) -> None:
    with pytest.raises(WordsBroken, match=words):
        Catalogue.load(written(tmp_path, **files))
