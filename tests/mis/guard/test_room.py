"""A bulkhead of two."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry, Gauge

from mis.guard.room import Room
from mis.terms import Unavailable
from okno import clock


async def test_who_finds_no_place_waits_but_not_for_ever() -> None:
    registry = CollectorRegistry()
    room = Room(2, Gauge("taken", "x", registry=registry))
    soon = clock.monotonic() + 0.05
    async with room.place(soon), room.place(soon):
        assert registry.get_sample_value("taken") == 2
        with pytest.raises(Unavailable):
            async with room.place(soon):
                pass
    assert registry.get_sample_value("taken") == 0
    async with room.place(clock.monotonic() + 1):
        waiting = asyncio.create_task(_once(room))
        assert await waiting is True


async def _once(room: Room) -> bool:
    async with room.place(clock.monotonic() + 1):
        return True
