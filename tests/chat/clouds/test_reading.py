"""Nothing that strangers write makes a reader fall, or a database refuse what is kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.clouds import reading
from chat.hearing import max as of_max
from chat.hearing import vk as of_vk
from chat.wire import File

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip
PEOPLE = {"user_id": 5501, "first_name": "Anna", "is_bot": False}
MAX: dict[str, Any] = {
    "update_type": "message_created", "timestamp": 1775053255737, "user_locale": "ru",
    "message": {
        "sender": PEOPLE, "recipient": {"chat_id": 7, "chat_type": "dialog", "user_id": 229}, "timestamp": 1775053255700,
        "body": {"mid": "mid.1", "seq": 1 << 56, "text": "hi", "attachments": [
            {"type": "image", "payload": {"url": "https://i", "token": "t"}},
            {"type": "contact", "payload": {"vcf_info": "TEL:7", "hash": "h", "max_info": PEOPLE}},
        ]},
        "link": {"type": "reply", "message": {"mid": "mid.0"}},
    },
}  # fmt: skip
VK: dict[str, Any] = {
    "type": "message_new", "event_id": "e1", "v": "5.199", "group_id": 123,
    "object": {"message": {
        "id": 881, "date": 1775000000, "peer_id": 5501, "from_id": 5501, "text": "hi", "out": 0, "random_id": 0,
        "conversation_message_id": 12, "fwd_messages": [{"text": "x"}], "payload": "{}", "geo": {"coordinates": {}},
        "attachments": [{"type": "photo", "photo": {"sizes": [{"url": "https://p", "width": 1}]}}],
        "reply_message": {"id": 870},
    }, "client_info": {"lang_id": 0}},
}  # fmt: skip


def paths(tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [*([here] if here else []), *(path for key, value in inner for path in paths(value, (*here, key)))]


def planted(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    whole = json.loads(json.dumps(tree))
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return whole


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_stands_anywhere_in_an_update_is_read_or_refused(data: st.DataObject) -> None:
    """One value of a real update is replaced by anything: it is read, or refused with ValueError, and can be kept."""
    real, read = data.draw(st.sampled_from([
        (MAX, lambda body: of_max.envelopes("max:main", "token", body)), (VK, lambda body: of_vk.envelopes("vk:main", body)),
    ]))  # fmt: skip
    tree = planted(real, data.draw(st.sampled_from(paths(real))), data.draw(TREES))
    body = json.dumps(tree).encode()
    (of_max if real is MAX else of_vk).event(tree, body).ext_id.encode()
    try:
        found = read(body)
    except ValueError:
        return
    for one in found:
        assert "\0" not in one.text and one.text.encode() is not None and one.ext_id
        assert one.order is None or abs(one.order) < 1 << 64
        assert one.peer is None or one.peer.ext_user.lstrip("-").isdigit()


@pytest.mark.parametrize("raw", [
    b"", b"{", b"[]", b'"x"', b"1", b"NaN", b'{"a":NaN}', b'{"a":Infinity}', b"\xff", b'{"a":' * 100_000, b"[" * 100_000,
    b'{"a":' + b"9" * 5000 + b"}",
])  # fmt: skip
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # whatever its words are
        reading.loads(raw)


def test_words_can_be_kept() -> None:
    assert reading.words("a\0b\ud800c") == "a\ufffdb\ufffdc"
    assert reading.words("\U0001f600") == "\U0001f600" and reading.words(7) == "" and reading.words("abc", 2) == "ab"


@pytest.mark.parametrize(("value", "number"), [
    (7, 7), ("7", 7), ("-70", -70), (True, None), (7.0, None), ("٧", None), ("7 ", None), (1 << 70, None), (None, None),
    ("9" * 21, None), (116327994376978687, 116327994376978687),
])  # fmt: skip
def test_a_whole_number_is_one(value: Any, number: int | None) -> None:
    assert reading.whole(value) == number


@pytest.mark.parametrize("value", [0, -1, "x", 1 << 62, None, True])
def test_no_moment_is_made_of_nonsense(value: Any) -> None:
    assert reading.moment(value) is None and reading.moment(value, 1000) is None


def test_a_moment_is_counted_in_seconds_or_less() -> None:
    assert (
        reading.moment(1775000000)
        == reading.moment(1775000000000, 1000)
        == datetime(2026, 3, 31, 23, 33, 20, tzinfo=UTC)
    )


def test_a_path_leads_somewhere_or_nowhere() -> None:
    tree = {"a": [{"b": 1}]}
    assert reading.dig(tree, "a", 0, "b") == 1
    assert [reading.dig(tree, *path) for path in (("a", 1), ("a", "b"), ("x",), ("a", 0, "b", "c"), (0,))] == [None] * 5
    assert reading.objects([1, {"a": 1}, "x", {"b": 2}], 2) == [{"a": 1}] and reading.objects("x") == []


def test_a_fingerprint_does_not_depend_on_the_spelling() -> None:
    assert reading.print_of({"a": 1, "б": "\ud800"}) == reading.print_of(json.loads('{"б":"\\ud800", "a": 1}'))


@pytest.mark.parametrize(
    ("given_", "same"), [("s3cret", True), ("s3cre", False), ("", False), (None, False), ("\ud800", False)]
)
def test_a_secret_is_compared_whatever_is_given(given_: str | None, same: bool) -> None:
    assert reading.same(given_, "s3cret") is same


@pytest.mark.parametrize(
    ("value", "word"), [("message_new", "message_new"), ("a b", "?"), ("A", "?"), (None, "?"), ("x" * 50, "?")]
)
def test_a_code_is_a_word(value: Any, word: str) -> None:
    assert reading.word(value) == word


@given(tree=TREES)
def test_whatever_is_said_can_be_kept_when_its_breaks_are_replaced(tree: Any) -> None:
    bad: Any = {"a\0": [tree, ("\ud83d", 1)], "b": File(kind="file", name="\udc00\0", ref={"x": "\0"})}
    good = reading.unbroken(bad)
    assert not any(ord(sign) == 0 or 0xD800 <= ord(sign) < 0xE000 for sign in text_of(good))
    assert reading.unbroken(good) == good
    assert good["a\ufffd"][1] == ("\ufffd", 1)


def text_of(thing: Any) -> str:
    """All signs that stand in a thing."""
    if isinstance(thing, dict):
        return "".join(text_of(key) + text_of(value) for key, value in thing.items())
    if isinstance(thing, list | tuple):
        return "".join(map(text_of, thing))
    return text_of(asdict(thing)) if isinstance(thing, File) else thing if isinstance(thing, str) else ""
