"""Every hard case of Russian numbers, sums, dates and times, heard as text."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ivr import saying
from engine.ivr.saying import russian
from engine.ivr.saying.pieces import Sounds, pieces, spoken
from engine.ivr.saying.terms import Case, Gender, Noun


def heard(sounds: Sounds) -> str:
    """What is heard; every piece must be known."""
    assert set(sounds) <= set(pieces("ru"))
    return saying.text_of(sounds)


@pytest.mark.parametrize(("value", "words"), [
    (0, "ноль"),
    (1, "один"),
    (2, "два"),
    (5, "пять"),
    (11, "одиннадцать"),
    (12, "двенадцать"),
    (14, "четырнадцать"),
    (20, "двадцать"),
    (21, "двадцать один"),
    (22, "двадцать два"),
    (40, "сорок"),
    (90, "девяносто"),
    (99, "девяносто девять"),
    (100, "сто"),
    (101, "сто один"),
    (111, "сто одиннадцать"),
    (200, "двести"),
    (342, "триста сорок два"),
    (999, "девятьсот девяносто девять"),
    (1000, "тысяча"),
    (1001, "тысяча один"),
    (1100, "тысяча сто"),
    (2000, "две тысячи"),
    (2002, "две тысячи два"),
    (5000, "пять тысяч"),
    (11_000, "одиннадцать тысяч"),
    (12_000, "двенадцать тысяч"),
    (21_000, "двадцать одна тысяча"),
    (22_000, "двадцать две тысячи"),
    (101_000, "сто одна тысяча"),
    (111_000, "сто одиннадцать тысяч"),
    (200_005, "двести тысяч пять"),
    (1_000_000, "миллион"),
    (1_000_001, "миллион один"),
    (1_001_001, "миллион одна тысяча один"),
    (2_000_000, "два миллиона"),
    (5_000_000, "пять миллионов"),
    (21_000_000, "двадцать один миллион"),
    (1_000_000_000, "миллиард"),
    (3_000_000_000, "три миллиарда"),
    (999_999_999_999, "девятьсот девяносто девять миллиардов девятьсот девяносто девять миллионов "
                      "девятьсот девяносто девять тысяч девятьсот девяносто девять"),
    (-7, "минус семь"),
    (10**12, "один ноль ноль ноль ноль ноль ноль ноль ноль ноль ноль ноль ноль"),
])  # fmt: skip
def test_a_number(value: int, words: str) -> None:
    assert heard(saying.number("ru", value)) == words


@pytest.mark.parametrize(("value", "gender", "case", "words"), [
    (1, "f", "nom", "одна"),
    (1, "n", "nom", "одно"),
    (2, "f", "nom", "две"),
    (2, "n", "nom", "два"),
    (21, "f", "nom", "двадцать одна"),
    (32, "f", "nom", "тридцать две"),
    (101, "n", "nom", "сто одно"),
    (11, "f", "nom", "одиннадцать"),
    (12, "f", "nom", "двенадцать"),
    (1001, "f", "nom", "тысяча одна"),
    (1, "m", "gen", "одного"),
    (1, "f", "gen", "одной"),
    (1, "n", "gen", "одного"),
    (2, "f", "gen", "двух"),
    (4, "m", "gen", "четырёх"),
    (8, "m", "gen", "восьми"),
    (21, "f", "gen", "двадцати одной"),
    (40, "m", "gen", "сорока"),
    (90, "m", "gen", "девяноста"),
    (100, "m", "gen", "ста"),
    (250, "m", "gen", "двухсот пятидесяти"),
    (500, "m", "gen", "пятисот"),
    (1000, "m", "gen", "тысячи"),
    (2000, "m", "gen", "двух тысяч"),
    (21_000, "m", "gen", "двадцати одной тысячи"),
    (0, "m", "gen", "нуля"),
])  # fmt: skip
def test_a_number_agrees(value: int, gender: Gender, case: Case, words: str) -> None:
    assert heard(saying.number("ru", value, gender, case)) == words


@pytest.mark.parametrize(("value", "noun", "case", "words"), [
    (1, "call", "nom", "один звонок"),
    (2, "call", "nom", "два звонка"),
    (5, "call", "nom", "пять звонков"),
    (11, "call", "nom", "одиннадцать звонков"),
    (21, "call", "nom", "двадцать один звонок"),
    (0, "call", "nom", "ноль звонков"),
    (1, "person", "nom", "один человек"),
    (2, "person", "nom", "два человека"),
    (5, "person", "nom", "пять человек"),
    (1, "minute", "nom", "одна минута"),
    (22, "minute", "nom", "двадцать две минуты"),
    (1, "minute", "gen", "одной минуты"),
    (2, "minute", "gen", "двух минут"),
    (21, "minute", "gen", "двадцати одной минуты"),
    (1, "hour", "gen", "одного часа"),
    (3, "hour", "gen", "трёх часов"),
    (1, "year", "nom", "один год"),
    (4, "year", "nom", "четыре года"),
    (111, "year", "nom", "сто одиннадцать лет"),
    (101, "rouble", "nom", "сто один рубль"),
    (2, "week", "nom", "две недели"),
    (1000, "person", "gen", "тысячи человек"),
])  # fmt: skip
def test_what_is_counted(value: int, noun: Noun, case: Case, words: str) -> None:
    assert heard(saying.count("ru", value, noun, case)) == words


@pytest.mark.parametrize(("roubles", "words"), [
    ("0", "ноль рублей"),
    ("1", "один рубль"),
    ("2", "два рубля"),
    ("5", "пять рублей"),
    ("11", "одиннадцать рублей"),
    ("21", "двадцать один рубль"),
    ("1001", "тысяча один рубль"),
    ("1000000", "миллион рублей"),
    ("0.21", "двадцать одна копейка"),
    ("0.02", "две копейки"),
    ("0.11", "одиннадцать копеек"),
    ("1.01", "один рубль одна копейка"),
    ("2500.50", "две тысячи пятьсот рублей пятьдесят копеек"),
    ("3.999", "четыре рубля"),
])  # fmt: skip
def test_a_sum(roubles: str, words: str) -> None:
    assert heard(saying.money("ru", Decimal(roubles))) == words


@pytest.mark.parametrize(("value", "year", "case", "words"), [
    (date(2027, 1, 1), False, "nom", "первое января"),
    (date(2026, 12, 31), False, "nom", "тридцать первое декабря"),
    (date(2027, 3, 3), False, "nom", "третье марта"),
    (date(2027, 3, 23), False, "nom", "двадцать третье марта"),
    (date(2027, 5, 20), False, "nom", "двадцатое мая"),
    (date(2028, 2, 29), False, "nom", "двадцать девятое февраля"),
    (date(2027, 8, 7), False, "nom", "седьмое августа"),
    (date(2027, 1, 1), False, "gen", "первого января"),
    (date(2027, 1, 31), False, "gen", "тридцать первого января"),
    (date(2027, 4, 3), False, "gen", "третьего апреля"),
    (date(2026, 11, 21), True, "nom", "двадцать первое ноября две тысячи двадцать шестого года"),
    (date(2020, 6, 30), True, "nom", "тридцатое июня две тысячи двадцатого года"),
    (date(2000, 2, 2), True, "nom", "второе февраля двухтысячного года"),
    (date(2001, 2, 2), True, "nom", "второе февраля две тысячи первого года"),
    (date(1900, 1, 5), True, "nom", "пятое января тысяча девятисотого года"),
    (date(1940, 1, 5), True, "nom", "пятое января тысяча девятьсот сорокового года"),
    (date(1983, 7, 12), True, "nom", "двенадцатое июля тысяча девятьсот восемьдесят третьего года"),
    (date(2100, 1, 5), True, "nom", "пятое января две тысячи сотого года"),
])  # fmt: skip
def test_a_date(value: date, year: bool, case: Case, words: str) -> None:
    assert heard(saying.day("ru", value, year=year, case=case)) == words


@pytest.mark.parametrize(("value", "words"), [
    (time(0, 0), "ноль часов ровно"),
    (time(0, 5), "ноль часов пять минут"),
    (time(1, 0), "один час ровно"),
    (time(1, 1), "один час одна минута"),
    (time(2, 2), "два часа две минуты"),
    (time(5, 11), "пять часов одиннадцать минут"),
    (time(9, 30), "девять часов тридцать минут"),
    (time(11, 12), "одиннадцать часов двенадцать минут"),
    (time(20, 40), "двадцать часов сорок минут"),
    (time(21, 21), "двадцать один час двадцать одна минута"),
    (time(22, 52), "двадцать два часа пятьдесят две минуты"),
    (time(23, 59), "двадцать три часа пятьдесят девять минут"),
])  # fmt: skip
def test_a_time(value: time, words: str) -> None:
    assert heard(saying.clock("ru", value)) == words


def test_a_moment_is_near_or_has_its_weekday() -> None:
    today = date(2026, 11, 21)
    assert [heard(saying.moment("ru", datetime(2026, 11, day, 9, 30), today=today)) for day in (21, 22, 23, 24)] == [
        "сегодня двадцать первое ноября в девять часов тридцать минут",
        "завтра двадцать второе ноября в девять часов тридцать минут",
        "послезавтра двадцать третье ноября в девять часов тридцать минут",
        "вторник двадцать четвёртое ноября в девять часов тридцать минут",
    ]
    assert heard(saying.moment("ru", datetime(2026, 11, 20, 8), today=today)).startswith("пятницу двадцатое ноября")


@pytest.mark.parametrize(("number", "words"), [
    ("+79990000105", "плюс семь девятьсот девяносто девять ноль ноль ноль ноль один ноль пять"),
    ("+79990120040", "плюс семь девятьсот девяносто девять ноль двенадцать ноль ноль сорок"),
    ("+73430000001", "плюс семь триста сорок три ноль ноль ноль ноль ноль ноль один"),
    ("+79005001100", "плюс семь девятьсот пятьсот одиннадцать ноль ноль"),
    ("+12025550101", "плюс один два ноль два пять пять пять ноль один ноль один"),
])  # fmt: skip
def test_a_phone_number(number: str, words: str) -> None:
    assert heard(saying.phone("ru", number)) == words


@pytest.mark.parametrize(("position", "words"), [
    (1, "вы первый в очереди"),
    (3, "вы третий в очереди"),
    (11, "вы одиннадцатый в очереди"),
    (20, "вы двадцатый в очереди"),
    (21, "вы двадцать первый в очереди"),
    (40, "вы сороковой в очереди"),
    (99, "вы девяносто девятый в очереди"),
    (102, "перед вами сто один человек"),
    (103, "перед вами сто два человека"),
])  # fmt: skip
def test_the_place_in_a_queue(position: int, words: str) -> None:
    assert heard(saying.place("ru", position)) == words


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "меньше минуты"),
    (59.9, "меньше минуты"),
    (60, "около одной минуты"),
    (61, "около двух минут"),
    (600, "около десяти минут"),
    (601, "около пятнадцати минут"),
    (1260, "около двадцати пяти минут"),
    (3600, "около одного часа"),
    (3900, "около одного часа пяти минут"),
    (7300, "около двух часов пяти минут"),
])  # fmt: skip
def test_how_long_one_waits(seconds: float, words: str) -> None:
    assert heard(saying.wait("ru", seconds)) == f"примерное время ожидания {words}"


ONES = {words: int(piece) for piece, words in (
    (name.rpartition("/")[2], words) for name, words in pieces("ru").items()
) if piece.isdecimal()} | {"одна": 1, "две": 2, "одно": 1}  # fmt: skip
POWERS = {"тысяч": 10**3, "миллион": 10**6, "миллиард": 10**9}


def understood(words: str) -> int:
    """Read a number back as a listener does: by the words alone."""
    whole = group = 0
    for word in words.split():
        power = next((power for stem, power in POWERS.items() if word.startswith(stem)), 0)
        if word.startswith("миллиард"):
            power = POWERS["миллиард"]
        if power:
            whole, group = whole + (group or 1) * power, 0
        else:
            group += ONES[word]
    return whole + group


@given(st.integers(0, russian.MOST - 1), st.sampled_from(("m", "f", "n")))
def test_every_number_is_understood(value: int, gender: Gender) -> None:
    assert understood(heard(saying.number("ru", value, gender))) == value


@given(st.integers(-russian.MOST, russian.MOST), st.sampled_from(("m", "f", "n")), st.sampled_from(("nom", "gen")))
def test_every_piece_is_there(value: int, gender: Gender, case: Case) -> None:
    assert heard(saying.number("ru", value, gender, case))


@given(st.datetimes(datetime(1850, 1, 1), datetime(2299, 12, 31)), st.sampled_from(("nom", "gen")))
def test_every_day_and_time_can_be_said(value: datetime, case: Case) -> None:
    assert heard(saying.day("ru", value.date(), case=case, year=True, weekday=True))
    assert heard(saying.moment("ru", value))


def test_every_piece_is_of_some_use() -> None:
    used: set[str] = set()
    for number in [*range(1000), 10**3, 2000, 5000, 10**6, 2 * 10**6, 5 * 10**6, 10**9, 2 * 10**9, 5 * 10**9]:
        for case in ("nom", "gen"):
            for gender in ("m", "f", "n"):
                used |= set(saying.number("ru", number, gender, case))
    nouns = ("rouble", "kopeck", "second", "minute", "hour", "day", "week", "month", "year", "person", "call")
    used |= {sound for noun in nouns for many in (1, 2, 5) for sound in saying.count("ru", many, noun)}
    for year in range(1900, 2101):
        used |= set(saying.day("ru", date(year, 1, 1), year=True))
    for ordinal in range(366):
        day = date.fromordinal(date(2027, 12, 31).toordinal() - ordinal)
        used |= set(saying.day("ru", day, weekday=True)) | set(saying.day("ru", day, case="gen"))
        used |= set(saying.day("ru", day, today=date(2027, 12, 29)))
    used |= {sound for place in range(1, 102) for sound in saying.place("ru", place)}
    used |= set(saying.wait("ru", 1)) | set(saying.wait("ru", 99)) | set(saying.digits("ru", "+*#"))
    used |= set(spoken("ru", ("minus", "sharp", "at")))
    assert set(pieces("ru")) - used == set()
