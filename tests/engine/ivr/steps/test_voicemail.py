"""A message, or none."""

from __future__ import annotations

import pytest

from engine.ivr.orders import Leave, Record, Recorded
from tests.engine.ivr.stage import caller, heard, play, step

FIELDS = {"prompts": ["speak"], "most_s": 60, "silence_s": 3, "least_s": 2, "thanks": ["thanks"], "otherwise": "no"}
ASKED = [heard("speak"), Record(most_s=60, silence_s=3)]


def test_a_message() -> None:
    orders, after = play(step("voicemail", **FIELDS).walk(caller()), [Recorded(name="m", seconds=2)])
    assert (orders, after) == ([*ASKED, heard("thanks")], Leave(to="voicemail"))


@pytest.mark.parametrize(("recorded", "least"), [
    (Recorded(name="m", seconds=1.9), 2), (Recorded(name="", seconds=9), 2), (Recorded(name="m", seconds=0), 0)
])  # fmt: skip
def test_no_message(recorded: Recorded, least: int) -> None:
    assert play(step("voicemail", **{**FIELDS, "least_s": least}).walk(caller()), [recorded]) == (ASKED, "no")
