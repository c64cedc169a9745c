"""Files of people as spreadsheets save them."""

from __future__ import annotations

import pytest

from web.rest.lists.reading import (
    MOST_PEOPLE,
    Columns,
    Fault,
    NoTable,
    Person,
    people_of,
    phone_column,
    table_of,
)

RULES = {"country": "RU", "area_code": "343"}
TEXT = "Имя;Телефон;Повод\r\nТест Первая;8 (999) 000-00-11;осмотр\r\nТест Второй;+7 999 000 00 12;\r\n"
BY_PHONE = Columns(phone=1, name=0, note=2)
GOOD = [
    Person(place=2, phone="+79990000011", name="Тест Первая", note="осмотр"),
    Person(place=3, phone="+79990000012", name="Тест Второй"),
]


@pytest.mark.parametrize("raw", [
    TEXT.encode("utf-8"), TEXT.encode("utf-8-sig"), TEXT.encode("cp1251"), TEXT.encode("utf-16"),
    TEXT.replace(";", ",").encode(), TEXT.replace(";", "\t").encode(), TEXT.replace("\r\n", "\n").encode(),
])  # fmt: skip
def test_any_encoding_and_delimiter_reads_the_same(raw: bytes) -> None:
    table = table_of(raw, RULES)
    assert (table.head, table.titled, len(table.rows)) == (("Имя", "Телефон", "Повод"), True, 2)
    assert phone_column(table, RULES) == 1
    assert people_of(table, BY_PHONE, RULES).good == GOOD


def test_a_first_row_with_a_number_is_no_title() -> None:
    table = table_of(b"+79990000011\n+79990000012\n", RULES)
    assert (table.titled, len(table.rows), phone_column(table, RULES)) == (False, 2, 0)
    assert [one.place for one in people_of(table, Columns(phone=0), RULES).good] == [1, 2]


def test_quotes_hold_delimiters_and_lines() -> None:
    table = table_of(b'name;phone\n"Test; ""A""\nB";+79990000011\n', RULES)
    (one,) = people_of(table, Columns(phone=1, name=0), RULES).good
    assert one.name == 'Test; "A" B'


@pytest.mark.parametrize(("raw", "word"), [
    (b"", "empty"), (b"\n\n;;\n", "empty"), (b"PK\x03\x04rest", "spreadsheet"), (b"\xd0\xcf\x11\xe0rest", "spreadsheet"),
    (b"a;b\x00c", "binary"), (b";".join([b"1"] * 60), "wide"), (b"1\n" * 20_002, "too_long"), (b"\xff\xfe\x00", "binary"),
    (b'"' + b"1" * 200_000, "binary"),
])  # fmt: skip
def test_what_is_no_table_is_told_by_a_word(raw: bytes, word: str) -> None:
    with pytest.raises(NoTable, match=f"^{word}$"):
        table_of(raw, RULES)


def test_every_bad_row_has_its_number_and_its_word() -> None:
    rows = ["phone;ok", "+79990000011;", ";x", "12;", "8 800 555-35-35;", "8 (999) 000-00-11;", "+79990000012;no"]
    people = people_of(
        table_of("\n".join(rows).encode(), RULES), Columns(phone=0, consent=1, words=(" NO ",)), RULES
    )
    assert [one.phone for one in people.good] == ["+79990000011"]
    assert people.faults == [
        Fault(3, "no_phone"), Fault(4, "bad_phone"), Fault(5, "not_callable"), Fault(6, "twice", 2), Fault(7, "refused"),
    ]
    assert people.counts == {"no_phone": 1, "bad_phone": 1, "not_callable": 1, "twice": 1, "refused": 1}


@pytest.mark.parametrize(("agreed", "called"), [(True, ["+79990000011"]), (False, ["+79990000012", "+79990000013"])])
def test_a_column_of_consent_means_what_it_is_said_to_mean(agreed: bool, called: list[str]) -> None:
    table = table_of(b"phone;c\n+79990000011;Yes\n+79990000012;no\n+79990000013;\n", RULES)
    columns = Columns(phone=0, consent=1, agreed=agreed, words=("yes",))
    assert [one.phone for one in people_of(table, columns, RULES).good] == called


def test_a_row_that_ends_early_lacks_what_it_lacks() -> None:
    table = table_of(b"phone;name;note\n+79990000011\n", RULES)
    assert people_of(table, Columns(phone=0, name=1, note=2), RULES).good == [Person(place=2, phone="+79990000011")]
    assert [one.word for one in people_of(table, Columns(phone=2), RULES).faults] == ["no_phone"]


def test_texts_are_cut_and_hold_no_control_letters() -> None:
    table = table_of(("phone;name\n+79990000011;a\u202eb\u0007" + "c" * 200 + "\n").encode(), RULES)
    (one,) = people_of(table, Columns(phone=0, name=1), RULES).good
    assert one.name == "ab" + "c" * 98


def test_more_people_than_a_list_has_are_told() -> None:
    raw = "\n".join(f"+7999{number:07d}" for number in range(MOST_PEOPLE + 2)).encode()
    people = people_of(table_of(raw, RULES), Columns(phone=0), RULES)
    assert (len(people.good), people.counts) == (MOST_PEOPLE, {"over": 2})


def test_the_samples_are_of_what_is_there() -> None:
    table = table_of(b"a;b\n1;\n2;x\n3;y\n4;z\n5;w\n", RULES)
    assert (table.sample(0), table.sample(1)) == (["1", "2", "3"], ["x", "y", "z"])
