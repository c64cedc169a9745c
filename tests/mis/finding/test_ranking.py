"""Order and hints of candidates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from mis.finding import ranking
from mis.finding.ranking import age, by_number, by_words, ordered, persons
from mis.terms import Candidate
from tests.mis.finding.family import CHILD, DEAD, MOTHER, PHONE, STRANGER, VIP, twin

HOME = {"country": "RU", "area_code": "343"}
TODAY = date(2026, 11, 21)


def test_strangers_a_mis_gives_besides_are_left_out() -> None:
    """`phone=` unknown to a server lists everybody: what is not this number's is not shown."""
    found = by_number([STRANGER, MOTHER, CHILD, DEAD, MOTHER], PHONE, **HOME)
    assert [(one.id, one.score) for one in found] == [("mother", 1.0), ("child", 0.6), ("dead", 1.0)]


def test_the_dead_come_last_and_whom_somebody_confirmed_first() -> None:
    people = by_number([DEAD, CHILD, MOTHER], PHONE, **HOME)
    assert [one.id for one in ordered(people)] == ["mother", "child", "dead"]
    assert [one.id for one in ordered(people, frozenset(("child", "dead")))] == ["child", "mother", "dead"]


def test_two_with_another_date_or_card_are_not_meant() -> None:
    assert by_words([MOTHER], ("Семенова",), date(1991, 5, 1), "") == []
    assert by_words([MOTHER], (), None, "000999") == []
    assert [one.score for one in by_words([MOTHER], ("Семенова Анна",), MOTHER.born, "000100")] == [1.0]
    assert by_words([STRANGER], ("Семенова",), None, "") == []
    assert len(by_words([replace(MOTHER, born=None)], ("Семенова",), date(1991, 5, 1), "")) == 1


def test_trap_7_twins_are_told_apart_by_the_end_of_their_cards() -> None:
    one, two = twin(CHILD, "t1", "12000101"), twin(CHILD, "t2", "12000102")
    assert [person.hint for person in persons([one, two], TODAY)] == ["…0101", "…0102"]
    far = twin(CHILD, "t3", "99000101")
    assert [person.hint for person in persons([one, far], TODAY)] == ["…2000101", "…9000101"]
    assert [person.hint for person in persons([one, MOTHER], TODAY)] == ["", ""]
    same = [replace(CHILD, id="id-000001", card_number=""), replace(CHILD, id="id-000002", card_number="")]
    assert [person.hint for person in persons(same, TODAY)] == ["…0001", "…0002"]
    alike = [twin(CHILD, "x1", "7"), twin(CHILD, "x2", "7")]
    assert [person.hint for person in persons(alike, TODAY)] == ["x1", "x2"]


def test_a_restricted_patient_has_no_name_and_no_year() -> None:
    (person,) = persons([VIP], TODAY)
    assert (person.name, person.birth_year, person.hint, person.restricted) == ("", None, "", True)


def test_who_is_a_minor() -> None:
    assert [one.minor for one in persons([MOTHER, CHILD, replace(CHILD, born=None)], TODAY)] == [False, True, False]
    assert (age(date(2008, 11, 21), TODAY), age(date(2008, 11, 22), TODAY)) == (18, 17)
    assert ranking.ADULT == 18


def test_the_order_is_the_same_whatever_came_first() -> None:
    people = [Candidate(id=str(number), name="A") for number in range(5)]
    assert ordered(reversed(people)) == ordered(people)
