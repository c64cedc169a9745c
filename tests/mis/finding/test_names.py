"""Names as they are compared (trap 8 of the MIS sheet)."""

from __future__ import annotations

import unicodedata

import pytest

from mis.finding.names import MOST_VARIANTS, fold, meant, similarity, tidy, variants


@pytest.mark.parametrize(("one", "other"), [
    ("СЕМЁНОВА", "семенова"), ("Cергей", "Сергей"), ("ИВАНОВА-ПЕТРОВА", "Иванова Петрова"),
    (unicodedata.normalize("NFD", "Йолкина Ёлка"), "йолкина елка"), ("  Анна   Мария ", "анна мария"),
    ("О'Коннор", "оконнор"), ("MОТОРИНА", "моторина"),
])  # fmt: skip
def test_trap_8_case_and_alphabets(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_latin_stays_latin() -> None:
    assert fold("Ivanova COBA") == "ivanova coba"


def test_what_is_asked_for_is_tidy() -> None:
    assert tidy("  иванова-ПЕТРОВА   Cветлана") == "Иванова-Петрова Светлана"
    assert fold("") == "" and tidy(" ") == ""


def test_both_letters_are_asked_for() -> None:
    assert set(variants("Семенова Алена")) >= {"Семенова Алена", "Семёнова Алена", "Семенова Алёна"}
    assert "Семенов" in variants("Семёнов")
    assert variants("Иванов Иван") == ("Иванов Иван",)
    assert len(variants("Перепелевченкеева Екатерина")) == MOST_VARIANTS


def test_what_was_typed_on_the_other_layout_is_meant_too() -> None:
    assert meant("bdfyjdf fyyf") == ("bdfyjdf fyyf", "иванова анна")
    assert meant("Иванова") == ("Иванова",) and meant("") == ("",)


def test_likeness_ranks() -> None:
    asked = "Иванова Анна"
    order = ["Иванова Анна Петровна", "Иванова Анастасия", "Петрова Ольга"]
    scores = [similarity(asked, name) for name in order]
    assert scores == sorted(scores, reverse=True) and scores[0] == 1.0 and scores[-1] == 0.0
    assert similarity("Анна Иванова", "Иванова Анна") == 1.0
    assert similarity("Семен", "Семёнов Пётр") == 0.9
    assert similarity("", "Иванова") == similarity("Иванова", "") == 0.0


@pytest.mark.parametrize(("latin", "name"), [
    ("Ivanova", "Иванова"), ("Shcherbakov", "Щербаков"), ("Juliya", "Юлия"), ("Khasanov", "Хасанов"),
    ("Alexey", "Алексей"), ("Tsvetkova", "Цветкова"),
])  # fmt: skip
def test_transliteration_ranks_and_is_never_equal(latin: str, name: str) -> None:
    assert 0.5 < similarity(latin, name) < 0.9
    assert fold(latin) != fold(name)
