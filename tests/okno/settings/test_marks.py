"""YAML read with lines: what it says, where it says it, what it says twice."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from okno.settings import marks

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))


@given(TREES)
def test_it_reads_what_safe_load_reads(tree: object) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    marked = marks.read(text)
    assert marked.data == yaml.safe_load(text) and not marked.flaws


def test_each_place_has_its_line() -> None:
    marked = marks.read("a: 1\nb:\n  - x\n  - c: {d: 2}\n")
    assert [marked.line(place) for place in [("a",), ("b",), ("b", 0), ("b", 1, "c"), ("b", 1, "c", "d")]] == [
        1,
        2,
        3,
        4,
        4,
    ]
    assert marked.line(("b", 1, "missing")) == 4  # the nearest place that was written
    assert marked.line(("nowhere",)) == 1


def test_a_key_given_twice_is_a_flaw() -> None:
    assert marks.read("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n").flaws == [
        (("b", "c"), 4, "is given twice"),
        (("a",), 5, "is given twice"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 'x\n", 2),
        ("a: *b\n", 1),
        ("a: !!python/object:os.system x\n", 1),
        ("x\n---\ny\n", 2),
        ("a: 1\nb: \x07\n", 2),
        ("a: {[1]: 2}\n", 1),
        ("a: 2026-99-99\n", 1),
    ],
)
def test_what_is_not_yaml_says_where(text: str, line: int) -> None:
    with pytest.raises(marks.NotYaml) as caught:
        marks.read(text)
    assert (caught.value.line, bool(caught.value.problem)) == (line, True)


@given(st.text(alphabet="abc:-[]{}&*!|>'\"#%@`,? \n\t0", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(marks.read(text), marks.Marked)
    except marks.NotYaml as error:
        assert error.line >= 1 and error.problem


def test_anchors_may_loop() -> None:
    assert marks.read("a: &x\n  b: *x\n").line(("a", "b")) == 2


def test_ten_thousand_brackets_are_refused_not_a_crash() -> None:
    with pytest.raises(marks.NotYaml):
        marks.read("[" * 10_000)


def test_a_key_that_yaml_takes_for_yes_or_no_is_a_word_and_its_value_is_not() -> None:
    marked = marks.read("on: on\nno: [yes]\na: {off: off, y: 1}\n")
    assert marked.data == {"on": True, "no": [True], "a": {"off": False, "y": 1}}
    assert marked.line(("on",)) == 1 and marked.line(("a", "off")) == 3
