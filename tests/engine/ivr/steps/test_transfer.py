"""To one phone."""

from __future__ import annotations

from engine.ivr.orders import Leave
from tests.engine.ivr.stage import caller, play, step


def test_to_an_extension() -> None:
    assert play(step("transfer", extension="1001").walk(caller())) == ([], Leave(to="transfer", value="1001"))
