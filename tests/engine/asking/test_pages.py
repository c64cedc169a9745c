"""Which pages are open, as gateways say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.asking.orders import BadOrder
from engine.asking.pages import understood
from engine.events import PagesSeen

AT = datetime(2026, 11, 21, tzinfo=UTC)


def test_understood() -> None:
    body = {"here": ["orlova", "ivanov"], "left": ["petrova"]}
    assert understood(body, AT) == PagesSeen(at=AT, here=("orlova", "ivanov"), left=("petrova",))
    assert understood({"here": []}, AT) == PagesSeen(at=AT, here=())


@pytest.mark.parametrize("body", [None, [], {}, {"here": [""]}, {"here": ["x" * 65]}, {"here": [1]}, {"here": [], "more": 1}])
def test_not_understood_and_not_repeated(body: Any) -> None:
    with pytest.raises(BadOrder) as refused:
        understood(body, AT)
    assert "x" * 65 not in str(refused.value)
