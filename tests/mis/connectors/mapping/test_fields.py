"""Facts of one thing: whatever a MIS writes, in our types or as nonsense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mis.connectors.mapping.fields import Item, Zones
from mis.connectors.mapping.format import Dates, FieldSpec
from mis.connectors.mapping.source import Node
from mis.terms import Malformed

URAL, MOSCOW = ZoneInfo("Asia/Yekaterinburg"), ZoneInfo("Europe/Moscow")
DATES = Dates(day=("%d.%m.%Y", "iso"), moment=("%d.%m.%Y %H:%M", "iso"))


def item(value: Any, spec: Any = "$.a", **asked: Any) -> Item:
    return Item(Node({"a": value}), {"f": FieldSpec.model_validate(spec)}, asked, DATES, "5a")


@pytest.mark.parametrize(
    ("told", "meant"),
    [("01.03.2027", date(2027, 3, 1)), ("2027-03-01", date(2027, 3, 1)), ("2027-03-01T10:00:00", date(2027, 3, 1)),
     (date(2027, 3, 1), date(2027, 3, 1)), (datetime(2027, 3, 1, 9), date(2027, 3, 1)), (None, None), ("", None)],
)  # fmt: skip
def test_days(told: Any, meant: date | None) -> None:
    assert item(told).day("f") == meant


@pytest.mark.parametrize(
    ("told", "hour"),
    [("01.03.2027 10:00", 5), ("2027-03-01T10:00:00", 5), ("2027-03-01T10:00:00+03:00", 7), ("2027-03-01T10:00:00Z", 10),
     (datetime(2027, 3, 1, 10), 5), (datetime(2027, 3, 1, 10, tzinfo=MOSCOW), 7)],
)  # fmt: skip
def test_a_moment_without_a_zone_is_the_branchs(told: Any, hour: int) -> None:
    """Trap 10."""
    moment = item(told).moment("f", URAL)
    assert moment is not None
    assert moment.astimezone(UTC).hour == hour


@pytest.mark.parametrize(
    ("told", "meant"),
    [("1 200,50", "1200.50"), ("1\u00a0200", "1200"), (12, "12"), (1.5, "1.5"), ("-3", "-3"), (Decimal("7"), "7")],
)
def test_money(told: Any, meant: str) -> None:
    assert item(told).money("f") == Decimal(meant)


@pytest.mark.parametrize(
    ("ask", "told"),
    [("day", "31.02.2027"), ("day", "soon"), ("moment", "10:00"), ("money", "free"), ("money", "NaN"), ("needed", ""),
     ("needed", {"id": 1}), ("needed", [1])],
)  # fmt: skip
def test_what_makes_no_sense_is_malformed_and_not_repeated(ask: str, told: Any) -> None:
    with pytest.raises(Malformed) as caught:
        getattr(item(told), ask)("f", *([URAL] if ask == "moment" else []))
    assert caught.value.sample_hash == "5a"
    assert str(told) not in str(caught.value) or not told


def test_yes_no_and_not_told() -> None:
    for told in (True, 1, "1", "true", "T", "Yes"):
        assert item(told).yes("f") is True, told
    for told in (False, 0, "0", "no", "нет", None):
        assert item(told).yes("f") is False, told
    assert (item(None).maybe("f"), item(0).maybe("f"), item(1).maybe("f")) == (None, False, True)
    assert item(1).yes("another") is False


def test_words_of_the_mis_and_ours() -> None:
    spec = {"path": "$.a", "values": {1: "booked", False: "noshow"}, "otherwise": "unknown"}
    assert [item(told, spec).text("f") for told in (1, "1", False, "false", 2, None)] == [
        "booked", "booked", "noshow", "noshow", "unknown", ""]  # fmt: skip


def test_parts_are_joined_and_blanks_left_out() -> None:
    thing = Item(Node({"a": "Б", "b": None, "c": " В "}), {
        "name": FieldSpec.model_validate(["$.a", "$.b", "$.c"]),
        "id": FieldSpec.model_validate({"path": ["$.a", "$.c"], "join": "~"}),
        "first": FieldSpec.model_validate({"first": ["$.b", "$.c", "$.a"]}),
        "says": FieldSpec.model_validate({"says": "booked"}),
        "asked": FieldSpec.model_validate({"asked": "doctor"}),
        "key": FieldSpec.model_validate({"path": "$.a", "match": "okno:(.+)"}),
    }, {"doctor": "44"}, DATES, "")  # fmt: skip
    assert [thing.text(name) for name in ("name", "id", "first", "says", "asked", "key")] == [
        "Б В", "Б~В", "В", "booked", "44", ""]  # fmt: skip


def test_our_key_out_of_a_comment() -> None:
    spec = {"path": "$.a", "match": r"okno:([0-9a-f-]{36})"}
    assert item("со слов матери, okno:0190a3c4-0000-7000-8000-00000000a001", spec).text("f").startswith("0190a3c4")


def test_every_value_once() -> None:
    assert item(["2", 2, None, "3"], "$.a[*]").many("f") == ("2", "3")
    assert item("x").many("another") == ()


@pytest.mark.parametrize(("fields", "minutes"), [({"end": "10:30"}, 30), ({"minutes": "45"}, 45)])
def test_an_end_is_told_or_counted(fields: dict[str, str], minutes: int) -> None:
    start = datetime(2027, 3, 1, 10, tzinfo=URAL)
    told = {name: f"01.03.2027 {value}" if name == "end" else value for name, value in fields.items()}
    thing = Item(Node(told), {name: FieldSpec.model_validate(f"$.{name}") for name in fields}, {}, DATES, "")
    assert thing.end(start, URAL) - start == timedelta(minutes=minutes)


def test_what_ends_before_it_begins_or_never_is_nonsense() -> None:
    start = datetime(2027, 3, 1, 10, tzinfo=URAL)
    for told in ({"end": "01.03.2027 09:00"}, {"end": "01.03.2027 10:00"}, {}):
        thing = Item(Node(told), {"end": FieldSpec.model_validate("$.end")}, {}, DATES, "")
        with pytest.raises(Malformed):
            thing.end(start, URAL)


def test_a_branch_nobody_named_is_on_the_clinics_clock() -> None:
    zones = Zones(URAL, {"2": MOSCOW})
    assert (zones.at("2"), zones.at("1"), zones.at("")) == (MOSCOW, URAL, URAL)
