"""Each second while an engine leads: the PBXs are told whether it does, people of PBXs that look alike."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from engine.turns import ticking
from engine.turns.figures import Figures


async def test_what_is_looked_at_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "_TICK_S", 0.01)
    told: list[bool] = []
    measured: list[int] = []
    found = [[], [("a", "b")], []]
    screens: Any = SimpleNamespace(readers=3)
    links: Any = SimpleNamespace(tell_alive=told.append)
    journal: Any = SimpleNamespace(measure=lambda: measured.append(1))
    alike: Any = SimpleNamespace(new_twins=lambda: found.pop(0) if found else [])
    registry = CollectorRegistry()
    ticks = asyncio.create_task(ticking.tick(screens, links, journal, Figures(registry), lambda: True, alike))
    async with asyncio.timeout(5):
        while len(told) < 4:
            await asyncio.sleep(0.01)
    ticks.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticks
    assert set(told) == {True} and len(measured) >= 4
    assert registry.get_sample_value("okno_alarms_total", {"what": "pbx_twins"}) == 1
    assert registry.get_sample_value("okno_live_readers") == 3
