"""One record of CEL."""

from __future__ import annotations

import pytest

from engine.journal.cel import BEGINNING, parse
from engine.journal.parts import Unreadable
from tests.engine.clinic import EPOCH, uid
from tests.engine.journal.paper import TRUNK, end, row


def test_a_row_is_read_by_its_columns() -> None:
    read = parse(row("HANGUP", 1.5, 1, TRUNK, number="1001", exten="s", context="c", app="Queue", data="a,b", extra=end(17, TRUNK)))
    assert (read.kind, read.at, read.uniqueid, read.linkedid, read.name) == ("HANGUP", EPOCH + 1.5, uid(1), uid(1), TRUNK)
    assert (read.number, read.exten, read.context, read.application, read.data) == ("1001", "s", "c", "Queue", "a,b")
    assert read.extra == {"hangupcause": "17", "hangupsource": TRUNK, "dialstatus": ""}


def test_the_older_mapping_and_one_without_quotes_read_the_same() -> None:
    quoted = row("CHAN_START", 0, 1, TRUNK, number="1001")
    assert parse(quoted) == parse(quoted.replace('"', ""))


def test_a_quote_a_line_end_and_a_separator_in_a_field_are_the_field_s() -> None:
    assert parse(row("CHAN_START", 0, 1, TRUNK, data='say "hi",\nplease')).data == 'say "hi",\nplease'


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("", "wrong columns"),
        ("\n", "wrong columns"),
        ('"CHAN_START","1"\n', "wrong columns"),
        (row("CHAN_START", 0, 1, TRUNK).replace("\n", ',""\n'), "wrong columns"),
        (row("CHAN_START", 0, 1, TRUNK).replace(str(EPOCH), "2026-11-21 12:00:00 "), "no time"),
        (row("CHAN_START", 0, 1, TRUNK).replace(f"{EPOCH}.000000", "nan"), "no time"),
        (row("CHAN_START", 0, 1, TRUNK).replace(f"{EPOCH}.000000", "inf"), "no time"),
        (row("CHAN_START", 0, 1, TRUNK).replace(f"{EPOCH}.000000", "12"), "no time"),
        (row("", 0, 1, TRUNK), "no channel"),
        (row("CHAN_START", 0, "", TRUNK), "no channel"),
        (row("CHAN_START", 0, 1, "P" * 161), "no channel"),
        (row("HANGUP", 0, 1, TRUNK)[:-3] + '"{"\n', "extra is not JSON"),
        (row("HANGUP", 0, 1, TRUNK)[:-3] + '"[1]"\n', "extra is not JSON"),
        (row("HANGUP", 0, 1, TRUNK)[:-3] + '"' + "[" * 100000 + '"\n', "extra is not JSON"),
        ('"HANG"UP",' + row("HANGUP", 0, 1, TRUNK), "not CSV"),
    ],
)
def test_what_is_no_row_is_said_without_its_content(record: str, reason: str) -> None:
    with pytest.raises(Unreadable) as fault:
        parse(record)
    assert str(fault.value) == reason
    assert fault.value.__cause__ is None


def test_nothing_a_caller_sends_looks_like_the_beginning_of_a_row() -> None:
    hostile = row("HANGUP", 0, 1, TRUNK) + "x"
    record = row("CHAN_START", 0, 1, TRUNK, data=f"\n{hostile}")
    assert BEGINNING.match(record)
    assert BEGINNING.search(record, 1) is None
