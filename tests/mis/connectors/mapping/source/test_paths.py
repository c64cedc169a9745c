"""Paths into answers: JSONPath with parents and keys, XPath without namespaces, one language of nodes."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from mis.connectors import BadOptions
from mis.connectors.mapping.source import Node, scalar, select

SCHEDULE = {"data": {"44": [{"date": "01.03"}, {"date": "02.03"}], "45": []}, "Код": {"a.b": [1, 2]}, "n": None}
XML = ElementTree.fromstring(  # noqa: S314
    '<ACK xmlns="http://sdsys.ru/"><OUT id="7"><DEP><NUM>5</NUM><DOCT><H> 8 </H><H>9</H></DOCT></DEP><E/></OUT></ACK>'
)


def values(root: Any, path: str) -> list[Any]:
    return [scalar(node) for node in select(Node(root), path)]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.data.44[0].date", ["01.03"]),
        ("$.data.*[*].date", ["01.03", "02.03"]),
        ("$.data['44'][1].date", ["02.03"]),
        ("$.data.*[*]^~", ["44", "44"]),
        ("$.data.*~", ["44", "45"]),
        ("$.Код['a.b'][*]", [1, 2]),
        ("$.Код", [None]),
        ("$.n", [None]),
        ("$.nowhere.at.all[3]", []),
        ("$.data[0]", []),
        ("$^", []),
    ],
)
def test_json(path: str, found: list[Any]) -> None:
    assert values(SCHEDULE, path) == found


@pytest.mark.parametrize(("told", "count"), [([1, 2], 2), ({"id": 1}, 1), ({}, 0), (None, 0), ([], 0), ("text", 0)])
def test_a_list_may_be_one_or_nothing(told: Any, count: int) -> None:
    """Trap 9: a list where an object was promised, and the other way round."""
    assert len(select(Node({"data": told}), "$.data[*]")) == count


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/ACK/OUT/DEP/NUM", ["5"]),
        ("/ACK/OUT/DEP/DOCT/H", ["8", "9"]),
        ("//H", ["8", "9"]),
        ("//H/../../NUM", ["5", "5"]),
        ("/ACK/OUT/@id", ["7"]),
        ("/ACK/*/E", [None]),
        ("/ACK/OUT/DEP/NUM/text()", ["5"]),
        ("/OTHER/OUT", []),
        ("/*/OUT/.", [None]),
        ("/ACK//DOCT/H", ["8", "9"]),
    ],
)
def test_xml(path: str, found: list[Any]) -> None:
    assert values(XML, path) == found


def test_a_path_of_an_item_begins_at_the_item() -> None:
    hour = select(Node(XML), "//H")[1]
    assert [scalar(node) for node in select(hour, "../../NUM")] == ["5"]
    assert [scalar(node) for node in select(hour, "/ACK/OUT/@id")] == ["7"]


@pytest.mark.parametrize("path", ["$[", "$.a[x]", "$..", "a b", "/ACK/", "/ACK/a!", "$.a!!["])
def test_what_is_no_path_is_told(path: str) -> None:
    with pytest.raises(BadOptions, match="is no path"):
        select(Node({}), path)
