"""A name is found by any of its words, however it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno import names

RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
russian_words = st.text(RUSSIAN, min_size=1, max_size=20)
russian_names = st.lists(russian_words, min_size=1, max_size=5).map(" ".join)
english_names = st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20), min_size=1, max_size=5).map(" ".join)


def on_the_other_layout(text: str) -> str:
    """What comes out when somebody types with the wrong layout chosen."""
    there = dict(zip(KEYS, LATIN, strict=True)) | dict(zip(LATIN, KEYS, strict=True))
    return "".join(there.get(sign, sign) for sign in text)


def found(name: str, typed: str) -> bool:
    """Whether a contact of this name is found, by whole words, by what was typed."""
    return any(set(names.words(name)) >= set(one) for one in names.readings(typed))


def test_the_issue_s_own_example() -> None:
    assert names.readings("bdfyjdf")[1] == ("иванова",)
    assert found("Иванова Мария", "bdfyjdf") and found("Иванова Мария", "<bdfyjdf") is False
    assert found("Семёнов Пётр", "СЕМЕНОВ") and found("Семенов", "семёнов") and found("Семёнов", "ctv`yjd")
    assert found("Хайруллина Юлия", "{fqhekkbyf") and found("Smith John", "ЫЬШЕР")


@given(name=russian_names, data=st.data())
def test_any_word_in_any_case_layout_and_spelling_of_yo_finds_a_russian_name(name: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(name.split()))
    for typed in (word, word.upper(), word.replace("ё", "е"), on_the_other_layout(word), f"  {word}, "):
        assert found(name, typed), typed


@given(name=english_names, data=st.data())
def test_and_an_english_one(name: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(name.split()))
    for typed in (word, word.upper(), on_the_other_layout(word)):
        assert found(name, typed), typed


@given(name=russian_names, data=st.data())
def test_a_begun_word_is_enough_in_memory(name: str, data: st.DataObject) -> None:
    words = name.split()
    last = data.draw(st.sampled_from(words))
    typed = " ".join([*words[:2], last[: data.draw(st.integers(1, len(last)))]])
    assert names.begins(names.words(typed), names.words(name)) or len(names.words(typed)) < len(typed.split())


@given(st.text(max_size=100))
def test_no_text_is_too_strange(text: str) -> None:
    once = names.words(text)
    assert names.words(" ".join(once)) == once and len(once) <= names.MOST_WORDS
    assert all(one for one in names.readings(text))
    assert not names.begins((), once) and isinstance(names.short(text), str)


@pytest.mark.parametrize(
    ("name", "short"),
    [("Иванова Мария Петровна", "Иванова М. П."), ("Салтыков-Щедрин михаил", "Салтыков-Щедрин М."), ("Анна", "Анна"),
     ("", ""), ("Оглы Али (сын) Мамед", "Оглы А. С."), ("Ли 5", "Ли")],
)  # fmt: skip
def test_a_list_shows_a_surname_and_initials(name: str, short: str) -> None:
    assert names.short(name) == short


def test_not_every_beginning_is_found() -> None:
    assert names.begins(("мар", "иванова"), ("иванова", "мария")) is False
    assert names.begins(("иванова", "мар"), ("иванова", "мария"))
