"""Facts are texts: each is said as it is meant, or refused."""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ivr.saying import text_of
from engine.ivr.saying.values import What, said

NOW = datetime(2026, 11, 21, 23, 30, tzinfo=ZoneInfo("Asia/Yekaterinburg"))


@pytest.mark.parametrize(("what", "text", "words"), [
    ("number", "21", "двадцать одна"),
    ("count", "2", "две минуты"),
    ("money", "2.21", "два рубля двадцать одна копейка"),
    ("date", "2026-11-22", "завтра двадцать второе ноября"),
    ("time", "00:05", "ноль часов пять минут"),
    ("moment", "2026-11-22T00:05", "завтра двадцать второе ноября в ноль часов пять минут"),
    # The day is that of the moment's own zone: there it is the twenty-second already at 23:30 here.
    ("moment", "2026-11-22T02:00+08:00", "сегодня двадцать второе ноября в два часа ровно"),
    ("phone", "+79990000105", "плюс семь девятьсот девяносто девять ноль ноль ноль ноль один ноль пять"),
    ("digits", "007", "ноль ноль семь"),
])  # fmt: skip
def test_what_is_said(what: What, text: str, words: str) -> None:
    assert text_of(said("ru", what, text, now=NOW, noun="minute", gender="f")) == words


@pytest.mark.parametrize(("what", "text"), [
    ("number", "many"), ("count", "1.5"), ("money", "-1"), ("money", "cheap"), ("money", "NaN"), ("date", "today"),
    ("date", "2026-02-30"), ("time", "25:00"), ("moment", "soon"), ("phone", "89990000105"), ("phone", "+7ا"),
    ("digits", "none"), ("digits", ""), ("number", "1" * 41),
])  # fmt: skip
def test_what_cannot_be_said(what: What, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        said("ru", what, text, now=NOW)


@given(st.sampled_from(get_args(What)), st.text(max_size=50) | st.from_regex(r"[0-9+:.T-]{1,30}", fullmatch=True))
def test_any_text_is_said_or_refused(what: What, text: str) -> None:
    try:
        assert said("en", what, text, now=NOW)
    except ValueError as refused:
        assert str(refused)
