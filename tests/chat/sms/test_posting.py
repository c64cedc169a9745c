"""What gateways post, in whatever form."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from chat.channels import Hook
from chat.sms.posting import fields, given


def _hook(raw: bytes = b"", **query: str) -> Hook:
    return Hook(method="POST", headers={}, query=query, raw=raw)


def test_nothing_in_the_address_is_a_field() -> None:
    assert given(_hook(b"", id="1", status="2")) == {}
    assert given(_hook(b"id=3", id="1")) == {"id": "3"}


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("", "%D0%B4%D0%B0"), ("utf-8", "%D0%B4%D0%B0"), ("windows-1251", "%E4%E0"), ("koi8-r", "%C4%C1"),
        ("utf-16", "%D0%B4%D0%B0"),
    ],
)  # fmt: skip
def test_a_form_is_read_in_the_charset_of_its_address(charset: str, raw: str) -> None:
    assert given(_hook(b"mes=" + raw.encode(), charset=charset)) == {"mes": "да"}


def test_json_is_read_with_what_stands_just_below() -> None:
    raw = '{"id": 7, "data": {"text": "да", "deep": {"x": 1}}, "list": [1], "none": null}'.encode()
    assert given(_hook(raw)) == {"id": "7", "text": "да"}


@pytest.mark.parametrize("raw", [b"{", b"[1]", b"{" * 5000, b"&".join(b"a=1" for _ in range(1001))])
def test_no_form_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        given(_hook(raw))


def test_what_no_database_keeps_is_replaced() -> None:
    assert fields({"mes": "a\0b"}) == {"mes": "a\ufffdb"}


@settings(deadline=None)
@drawn(st.binary(max_size=300))
def test_no_body_breaks_it(raw: bytes) -> None:
    try:
        said = fields(given(_hook(raw)))
    except ValueError:
        return
    assert all(value.encode() is not None and "\0" not in value for value in said.values())
