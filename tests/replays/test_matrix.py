"""Every recorded scenario gives its calls again: from the bytes as they came, in small pieces, and told twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from engine.ami.replay import facts
from tests.engine.clinic import Ended
from tests.pbx.matrix.feeds import world_of
from tests.pbx.matrix.run import every
from tests.pbx.matrix.verdict import differences, got, strangers
from tests.replays import matrix

SCENARIOS = {one.name: one for one in every()}
NAMES = sorted(matrix.expected())


def flaws(name: str, told: Iterable[Any]) -> str:
    """What these facts make of a scenario that they should not."""
    calls = got(Ended(world_of(matrix.settings())).play(told).calls.values())
    scenario = SCENARIOS[name]
    return differences(scenario, matrix.expected()[name], calls) + strangers([scenario], calls)


def told(name: str, chunking: int = 1 << 16) -> list[Any]:
    """The facts of a recording."""
    return list(facts(matrix.recording(name), pbx=matrix.settings().pbxes[0].name, chunking=chunking))


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_scenario_gives_its_calls(name: str) -> None:
    flaw = flaws(name, told(name))
    assert not flaw, "\n" + flaw


@pytest.mark.parametrize("name", NAMES)
def test_the_pieces_the_bytes_come_in_change_nothing(name: str) -> None:
    assert told(name, 13) == told(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_told_twice_changes_nothing(name: str) -> None:
    once = told(name)
    flaw = flaws(name, [fact for fact in once for _ in range(2)])
    assert not flaw, "\n" + flaw


def test_every_scenario_is_recorded() -> None:
    assert set(NAMES) == set(SCENARIOS)
    assert {one.stem for one in matrix.HERE.glob("*.ami")} == set(NAMES)
