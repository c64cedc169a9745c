"""What is asked about flows: what is no walk is refused before it is walked."""

from __future__ import annotations

from typing import Any

import pytest

from engine.asking.ivr.letters import CheckAsked, TryAsked
from engine.asking.reading import read
from engine.store.history import BadQuery

WALK: dict[str, Any] = {"document": {}, "flow": "main"}


def test_a_walk_needs_a_document_and_a_flow_and_is_of_now_otherwise() -> None:
    asked = read(TryAsked, WALK)
    assert (asked.given, asked.at, asked.hidden, asked.wait_s) == ([], None, False, 120)
    assert read(TryAsked, WALK | {"at": "2026-11-23T11:00", "given": ["", "12#"]}).given == ["", "12#"]


@pytest.mark.parametrize("wrong", [
    {"given": ["a"]}, {"given": ["1" * 41]}, {"given": [""] * 201}, {"flow": ""}, {"at": "soon"}, {"waiting": 501},
    {"wait_s": -1}, {"line": "1" * 41}, {"who": "x"}, {"document": []},
])  # fmt: skip
def test_what_is_no_walk_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadQuery):
        read(TryAsked, WALK | wrong)


def test_a_flood_is_refused_by_its_size() -> None:
    with pytest.raises(BadQuery, match="has more than 60000 values"):
        read(CheckAsked, {"document": {"flows": {f"f{n}": {} for n in range(60_001)}}})
