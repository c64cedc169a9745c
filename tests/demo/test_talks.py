"""Who writes what in the demo: invented people, talks that make sense to a person, luck that belongs to the caller."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from demo import talks
from demo.talks import FIRST_ID, Line


def test_the_demos_own_book_is_of_invented_people() -> None:
    book = talks.read()
    assert len(set(book.people)) == len(book.people) >= 6 and len(book.talks) >= 6
    assert all(talk and all(line.text.strip() for line in talk) for talk in book.talks)
    lines = [line for talk in book.talks for line in talk]
    assert any(line.picture for line in lines) and any(line.phone for line in lines)
    drawn = [book.next(Random(n), set()) for n in range(200)]
    assert all(one is not None and re.fullmatch(r"\+7999000\d{4}", one.phone) for one in drawn)
    assert {one.person - FIRST_ID for one in drawn if one} == set(range(len(book.people)))


def test_nobody_begins_two_talks_at_once() -> None:
    book = talks.read()
    everybody = {FIRST_ID + number for number in range(len(book.people))}
    assert book.next(Random(1), everybody) is None
    last = book.next(Random(1), everybody - {FIRST_ID + 3})
    assert last is not None and (last.person, last.name, last.surname) == (FIRST_ID + 3, *book.people[3])


def test_a_line_is_words_or_words_with_something(tmp_path: Path) -> None:
    file = tmp_path / "talks.yaml"
    file.write_text(
        "people: [{name: A, surname: B}]\n"
        "talks: [[plain, {say: picture, picture: true}, {say: number, phone: true}]]\n", "utf-8",
    )  # fmt: skip
    [talk] = talks.read(file).talks
    assert talk == (Line("plain"), Line("picture", picture=True), Line("number", phone=True))


def test_the_same_luck_is_the_same_talk() -> None:
    book = talks.read()
    assert book.next(Random(7), set()) == book.next(Random(7), set())
