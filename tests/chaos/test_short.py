"""A short chaos run: sixty calls, one fault of each of the six kinds, and every call is there exactly once."""

from __future__ import annotations

import os
import random

import pytest

from tests.chaos.faults import KINDS
from tests.chaos.report import Report
from tests.chaos.run import Wanted, run

CALLS, RATE = 60, 2.0


def seed() -> int:
    """A new one each time; OKNO_CHAOS_SEED repeats a run's calls and faults."""
    return int(os.environ.get("OKNO_CHAOS_SEED") or random.SystemRandom().randrange(10**9))


async def test_every_call_is_there_once_whatever_dies(capsys: pytest.CaptureFixture[str]) -> None:
    report: Report = await run(Wanted(CALLS, 1, RATE, seed(), settle_s=40.0), say=lambda line: None)
    with capsys.disabled():
        print(f"\nchaos, seed {report.seed}: {report.line()}")
    assert {fault.fault.kind for fault in report.faults} == set(KINDS)
    assert [fault for fault in report.faults if fault.healed_at is None] == []
    verdict = report.verdict
    assert report.placed == CALLS and verdict.known > CALLS / 2, report.text()
    assert verdict.kept, report.text()
    assert verdict.disagreements == [], report.text()
    assert (report.alarms, report.stuck) == ({}, []), report.text()
    assert not any(report.checks.values()), report.text()
