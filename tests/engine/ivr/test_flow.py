"""Reading a flow: typed, or refused with every mistake and its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ivr.flow import BrokenFlow, read

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["menu", "play", "a"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["start", "steps", "kind", "a", "prompts", "next", "choices", "title"]), inner),
    max_leaves=12,
)


def test_a_flow() -> None:
    flow = read({
        "title": {"ru": "Поток"}, "language": "en", "start": "a",
        "steps": {"a": {"kind": "play", "prompts": ["x"], "next": "b", "label": {"en": "Hello"}}, "b": {"kind": "queue"}},
    })  # fmt: skip
    assert (flow.title, flow.language, flow.start, list(flow.steps)) == ({"ru": "Поток"}, "en", "a", ["a", "b"])
    assert (flow.steps["a"].kind, flow.steps["a"].label) == ("play", {"en": "Hello"})


@pytest.mark.parametrize(("raw", "flaws"), [
    (None, [("", "", "must be a group of keys")]),
    ({"start": "a"}, [("", "steps", "must be given")]),
    ({"start": "a", "steps": {}}, [("", "steps", "must have at least 1 entries")]),
    ({"start": "a", "steps": {"a": 5}}, [("a", "", "must be a group of keys")]),
    ({"start": "a", "steps": {"a": {"kind": "queue"}}, "language": "fr"},
     [("", "language", "must be one of 'ru' or 'en'")]),
    ({"start": "a", "steps": {"a": {"kind": "play", "prompts": ["x"]}, "b": {"kind": "queue", "queue": 5}}},
     [("a", "next", "must be given")]),
    ({"start": "a", "steps": {"a": {}}}, [("a", "kind", "must be one of ")]),
    ({"start": "a", "steps": {"a": {"kind": "dance"}}}, [("a", "kind", "must be one of branch, callback, decide, ")]),
])  # fmt: skip
def test_mistakes(raw: Any, flaws: list[tuple[str, str, str]]) -> None:
    with pytest.raises(BrokenFlow) as broken:
        read(raw)
    for step, field, words in flaws:
        assert any((one[0], one[1]) == (step, field) and one[2].startswith(words) for one in broken.value.flaws)
    assert str(broken.value)


@given(PLAIN)
def test_any_data_is_read_or_refused(raw: Any) -> None:
    try:
        assert read(raw).steps
    except BrokenFlow as broken:
        assert broken.flaws
