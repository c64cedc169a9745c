"""Rules: what is said by itself, and what words raise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chat.ruling.rules import Book, raised, said, score, spelt
from okno.settings.directory import Keyword
from tests.chat.clinic import rules

OPEN, NIGHT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC), datetime(2026, 11, 18, 18, 0, tzinfo=UTC)
WORDS = [
    Keyword(words=["\u0431\u043e\u043b\u0438\u0442*", "acute pain"], priority=20),
    Keyword(words=["bleed*", "can not breathe"], priority=90, emergency=True),
]


@pytest.mark.parametrize(("text", "priority", "emergency"), [
    ("It BLEEDS a lot", 90, True),
    ("bleeding!", 90, True),
    ("I can  not, breathe", 90, True),
    ("an acute... pain", 20, False),
    ("acutely painful", 0, False),
    ("nosebleed", 0, False),
    ("\u0411\u041e\u041b\u0418\u0422!", 20, False),
    ("", 0, False),
])  # fmt: skip
def test_words_raise(text: str, priority: int, emergency: bool) -> None:
    found = raised(WORDS, text)
    assert (found.priority, found.emergency) == (priority, emergency)


def test_the_letter_io_is_read_as_e_and_words_without_letters_are_found_nowhere() -> None:
    assert raised([Keyword(words=["\u0447\u0435\u0440\u043d\u043e\u0435"])], "\u0447\u0451\u0440\u043d\u043e\u0435").priority == 10
    assert raised([Keyword(words=["!?", "**"])], "! ? ** anything").priority == 0


def test_at_the_beginning_he_is_greeted_and_told_that_it_is_closed() -> None:
    book = rules(greeting={"en": "Hello"}, closed={"en": "Closed"})
    assert said(book, "registry", OPEN, begun=True, emergency=False, marks={}) == ["greeting"]
    assert said(book, "registry", NIGHT, begun=True, emergency=False, marks={}) == ["greeting", "closed"]
    assert said(book, "registry", OPEN, begun=False, emergency=False, marks={}) == []


def test_an_emergency_is_answered_first_and_nothing_twice() -> None:
    book = rules(greeting={"en": "Hello"}, closed={"en": "Closed"}, emergency={"en": "Call 103"})
    assert said(book, "registry", NIGHT, begun=True, emergency=True, marks={}) == ["emergency", "greeting", "closed"]
    assert said(book, "registry", NIGHT, begun=False, emergency=True, marks={"closed": "x", "emergency": "x"}) == []


def test_a_queue_nobody_knows_is_the_first_and_one_without_rules_says_nothing() -> None:
    book = rules(greeting={"en": "Hello"})
    assert book.rules("another").greeting == {"en": "Hello"}
    assert Book().rules("any").idle_min == 0
    assert Book().is_open("any", NIGHT)


@pytest.mark.parametrize(("text", "value"), [
    ("5", 5), (" 3 ", 3), ("4!", 4), ("5/5", 5), ("0", None), ("6", None), ("5 doctors", None), ("", None), ("55", None),
])  # fmt: skip
def test_a_digit_alone_is_a_score(text: str, value: int | None) -> None:
    assert score(text) == value


def test_a_text_is_said_in_the_language_there_is() -> None:
    assert spelt({"ru": "r", "en": "e"}, "en") == "e"
    assert spelt({"ru": "r"}, "en") == "r"
    assert spelt({"en": "e"}, "ru") == "e"
    assert spelt({}, "ru") == ""
