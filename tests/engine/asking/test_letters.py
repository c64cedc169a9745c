"""A letter of a shipper, as it comes over the wire."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.asking.letters import understood
from engine.journal.parts import Part, Problem
from engine.store.history import BadQuery

PART = {
    "file": "cel", "inode": 2**62 + 7, "start": 0, "end": 4, "records": ["a\n"], "at_end": True,
    "problems": [{"offset": 2, "reason": "not found, read again"}],
}  # fmt: skip
LETTER: dict[str, Any] = {"pbx": "main", "now": 1_760_000_000.5, "began": 0, "unshipped": 3, "parts": [PART]}


def test_a_whole_letter() -> None:
    letter = understood(LETTER)
    assert (letter.pbx, letter.now, letter.unshipped) == ("main", datetime.fromtimestamp(1_760_000_000.5, UTC), 3)
    assert letter.parts == (
        Part(
            file="cel", inode=2**62 + 7, start=0, end=4, records=("a\n",), at_end=True,
            problems=(Problem(offset=2, reason="not found, read again"),),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        None, 1, {}, LETTER | {"pbx": ""}, LETTER | {"now": -1}, LETTER | {"now": float("nan")}, LETTER | {"began": 5e9},
        LETTER | {"parts": [PART] * 3}, LETTER | {"parts": [PART | {"inode": 2**63}]}, LETTER | {"more": 1},
        LETTER | {"parts": [PART | {"start": -1}]}, LETTER | {"parts": [PART | {"records": ["a"] * 2_001}]},
        LETTER | {"parts": [PART | {"records": [1]}]}, LETTER | {"parts": [PART | {"at_end": "yes"}]},
        LETTER | {"parts": [PART | {"problems": [{"offset": 0, "reason": "имя"}]}]},
    ],
)  # fmt: skip
def test_what_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(BadQuery) as refusal:
        understood(wrong)
    assert "имя" not in str(refusal.value)
