"""What forms post, read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.forms import Malformed, read

ZONE = ZoneInfo("Asia/Yekaterinburg")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
GOOD = {"site_key": "clinic", "phone": "+7 999 000-18-73", "consent": True}


def posted(**more: object) -> bytes:
    """A body of JSON."""
    return json.dumps({**GOOD, **more}).encode()


def test_what_a_script_posts() -> None:
    one = read(posted(
        name="  Anna\u0000\n Petrova ", when="2026-11-22T10:30:00+05:00", form_ts=1795255200000,
        utm={"source": "ads"}, nonce="n1", submit="Send",
    ), JSON, ZONE)  # fmt: skip
    assert (one.name, one.nonce, one.utm) == ("Anna Petrova", "n1", {"source": "ads"})
    assert one.when == datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
    assert one.form_ts == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def test_what_a_plain_form_posts() -> None:
    body = urlencode({
        "site_key": "clinic", "phone": "89990001873", "consent": "on", "when": "2026-11-22T10:30", "hp": "",
        "utm_source": "ads", "utm_term": "", "topic": "a\r\nb", "form_ts": "",
    }).encode()  # fmt: skip
    one = read(body, FORM, ZONE)
    assert (one.when, one.consent, one.utm, one.topic, one.form_ts) == (
        datetime(2026, 11, 22, 10, 30, tzinfo=ZONE), True, {"source": "ads"}, "a b", None
    )  # fmt: skip
    assert read(urlencode({**GOOD, "when": ""}).encode(), FORM, ZONE).when == "asap"


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"consent": False}, ("consent",)),
        ({"consent": None}, ("consent",)),
        ({"phone": ""}, ("phone",)),
        ({"phone": 79990001873}, ("phone",)),
        ({"when": "2026-11-22T10:30"}, ("when",)),
        ({"when": "soon"}, ("when",)),
        ({"name": "a" * 101, "topic": "b" * 1001}, ("name", "topic")),
        ({"form_ts": "x"}, ("form_ts",)),
        ({"form_ts": 10**30}, ("form_ts",)),
        ({"utm": {str(n): "" for n in range(11)}}, ("utm",)),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(more: dict[str, object], fields: tuple[str, ...]) -> None:
    with pytest.raises(Malformed) as found:
        read(posted(**more), JSON, ZONE)
    assert found.value.fields == fields
    assert str(found.value) == "the form is not filled in as it must be"


@pytest.mark.parametrize("consent", ["", "off", "no", "false"])
def test_a_plain_form_without_the_tick_has_no_consent(consent: str) -> None:
    with pytest.raises(Malformed) as found:
        read(urlencode({**GOOD, "consent": consent}).encode(), FORM, ZONE)
    assert found.value.fields == ("consent",)


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'"x"'])
def test_what_cannot_be_read_at_all(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read(raw, JSON, ZONE)


def test_a_form_of_too_many_fields_is_not_read() -> None:
    with pytest.raises(Malformed):
        read("&".join(f"f{n}=1" for n in range(100)).encode(), FORM, ZONE)


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM]))
def test_garbage_is_malformed_and_nothing_else(raw: bytes, kind: str) -> None:
    with pytest.raises(Malformed):
        read(raw, kind, ZONE)
