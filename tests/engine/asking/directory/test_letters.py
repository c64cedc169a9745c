"""What is asked about the directory: what is no clinic's is refused before anybody looks at it closely."""

from __future__ import annotations

from typing import Any

import pytest

from engine.asking.directory.letters import MOST_VALUES, CheckAsked
from engine.asking.reading import read
from engine.store.history import BadQuery

MANY = MOST_VALUES + 1


@pytest.mark.parametrize("document", [
    {"operators": [1] * MANY}, {"operators": [{"skills": {f"s{n}": 1 for n in range(MANY)}}]}, {f"s{n}": 1 for n in range(MANY)},
], ids=["list", "inside", "keys"])  # fmt: skip
def test_a_flood_is_refused_by_its_size(document: dict[str, Any]) -> None:
    with pytest.raises(BadQuery, match="document: Value error, has more than 60000 values"):
        read(CheckAsked, {"document": document})


def test_a_large_clinic_fits() -> None:
    one = {"name": "a", "title": {"ru": "A", "en": "A"}, "queues": ["q"] * 6, "skills": {f"s{n}": 1 for n in range(6)}}
    document = {"operators": [one] * 2_000}
    assert read(CheckAsked, {"document": document}).document == document
