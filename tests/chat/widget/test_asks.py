"""What a browser says is read carefully, kept as an event and read from it as an envelope."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chat.widget import asks
from chat.widget.uploads import Upload
from chat.widget.visitors import Person, Visitor
from okno.ids import uuid7

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONSENT = {"version": "1", "text_sha256": "00", "at": NOW.isoformat(), "address": "192.0.2.1", "agent": "Browser"}


def visitor(**more: Any) -> Visitor:
    """Somebody."""
    person = Person(name="Zoya Q.", phone="+79990004417", claim="form", consent=CONSENT, entry={"source": "widget", "page": "https://clinic.example/"})
    return Visitor(**{"id": uuid7(), "site": "clinic", "peer": "p1", "vouched": False, "person": person} | more)


def test_a_message_comes_out_as_it_went_in() -> None:
    upload = Upload(uuid7(), "a.png", "image/png", 5)
    said = asks.Message(client_msg_id=uuid4(), text="Hello", reply_to="r1", upload_ids=[upload.id], age_ms=500)
    event = asks.message(visitor(), said, [upload])
    one = asks.envelope("widget:clinic", event.body, NOW)
    assert (event.ext_id, event.peer) == (f"msg:p1:{said.client_msg_id}", "p1")
    assert (one.kind, one.message, one.text, one.reply_to, one.at) == ("message.in", str(said.client_msg_id), "Hello", "r1", None)
    assert one.peer is not None
    assert (one.peer.ext_user, one.peer.name, one.peer.phone, one.peer.verified) == ("p1", "Zoya Q.", "+79990004417", False)
    assert one.entry == {"source": "widget", "page": "https://clinic.example/"}
    assert one.extra == {"claim": "form", "consent": CONSENT}
    [file] = one.files
    assert (file.kind, file.name, file.mime, file.size, file.ref) == ("image", "a.png", "image/png", 5, {"upload": str(upload.id)})


def test_what_was_written_long_ago_says_when() -> None:
    event = asks.message(visitor(), asks.Message(client_msg_id=uuid4(), text="x", age_ms=3_600_000), [])
    assert asks.envelope("widget:clinic", event.body, NOW).at == NOW - timedelta(hours=1)


def test_reading_rating_and_ending_are_events_once_each() -> None:
    one, conversation = visitor(), uuid7()
    read, rate = asks.read_up_to(one, "m1"), asks.rated(one, conversation, asks.Rate(score=4, comment="Good"))
    end = asks.ended(one, conversation)
    found = [asks.envelope("widget:clinic", event.body, NOW) for event in (read, rate, end)]
    assert [(each.kind, each.message, each.score, each.text) for each in found] == [
        ("read", "m1", None, ""), ("rate", "", 4, "Good"), ("end", "", None, ""),
    ]  # fmt: skip
    assert asks.rated(one, conversation, asks.Rate(score=1)).ext_id == rate.ext_id
    assert len({event.ext_id for event in (read, rate, end)}) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"what":"msg"}', b"\xff", b'{"what":1}'])
def test_what_cannot_be_read_says_so(body: bytes) -> None:
    with pytest.raises(ValueError):
        asks.envelope("widget:clinic", body, NOW)


def test_what_a_later_version_kept_is_not_dropped() -> None:
    body = asks.ended(visitor(), uuid7()).body.replace(b'"what":"end"', b'"what":"dance"')
    assert asks.envelope("widget:clinic", body, NOW).kind == "unsupported"


@given(st.text(max_size=300))
def test_any_text_stays_a_text_without_controls(text: str) -> None:
    read = asks.Message(client_msg_id=uuid4(), text=text).text
    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in read)
    read.encode()  # no half of a pair is left
    event = asks.message(visitor(), asks.Message(client_msg_id=uuid4(), text=text), [])
    assert asks.envelope("widget:clinic", event.body, NOW).text == read


@pytest.mark.parametrize("wrong", [
    {"text": "x" * 4001}, {"client_msg_id": "x"}, {"upload_ids": [str(uuid4())] * 11}, {"age_ms": -1}, {"text": 5},
    {"reply_to": "x" * 65},
])  # fmt: skip
def test_a_message_has_its_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        asks.Message.model_validate({"client_msg_id": str(uuid4()), "text": "x"} | wrong)


def test_lone_halves_of_pairs_are_marked() -> None:
    assert asks.Message(client_msg_id=uuid4(), text="a\ud83d").text == "a\ufffd"


def test_a_consent_names_its_words_by_their_hash() -> None:
    kept = asks.consented("I consent", "2026-11", NOW, "192.0.2.1", "B" * 500)
    assert (kept["version"], len(kept["text_sha256"]), kept["address"], len(kept["agent"])) == ("2026-11", 64, "192.0.2.1", 300)
    assert kept["text_sha256"] != asks.consented("I consent.", "2026-11", NOW, "", "")["text_sha256"]
