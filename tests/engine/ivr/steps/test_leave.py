"""The end."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Leave
from tests.engine.ivr.stage import caller, heard, play, step


@pytest.mark.parametrize("to", ["done", "hangup"])
def test_good_bye(to: str) -> None:
    assert play(step("leave", to=to, prompts=["bye"]).walk(caller())) == ([heard("bye")], Leave(to=to))  # type: ignore[arg-type]


def test_without_a_word() -> None:
    assert play(step("leave").walk(caller())) == ([], Leave(to="done"))
