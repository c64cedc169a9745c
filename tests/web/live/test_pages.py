"""The gateway tells whose pages are open: at the first and the last, and in between so that nobody is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from okno.service import ServiceDown
from web.live.pages import Pages


class Engine:
    """Notes what it is told; `down` = it cannot be reached."""

    def __init__(self) -> None:
        self.told: list[tuple[list[str], list[str]]] = []
        self.down = False

    async def pages(self, here: Iterable[str], left: Iterable[str]) -> None:
        """Note it."""
        if self.down:
            raise ServiceDown
        self.told.append((list(here), list(left)))


@asynccontextmanager
async def telling(beat_s: float = 60.0) -> AsyncIterator[tuple[Pages, Engine]]:
    """Pages at work."""
    engine = Engine()
    pages = Pages(engine, beat_s)
    task = asyncio.create_task(pages.run())
    yield pages, engine
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_only_the_first_page_and_the_last_one_are_news() -> None:
    async with telling() as (pages, engine):
        for step in (pages.opened, pages.opened, pages.closed):
            step("orlova")
            await asyncio.sleep(0.01)
        assert engine.told == [(["orlova"], [])] and pages.here == ["orlova"]
        pages.opened("ivanov")
        await asyncio.sleep(0.01)
        pages.closed("orlova")
        await asyncio.sleep(0.01)
        assert engine.told[1:] == [(["ivanov", "orlova"], []), (["ivanov"], ["orlova"])]
        pages.closed("nobody")
        await asyncio.sleep(0.01)
        assert len(engine.told) == 3 and pages.here == ["ivanov"]


async def test_a_page_that_is_loaded_anew_has_not_left() -> None:
    async with telling() as (pages, engine):
        pages.opened("orlova")
        await asyncio.sleep(0.01)
        pages.closed("orlova")
        pages.opened("orlova")
        await asyncio.sleep(0.01)
        assert engine.told == [(["orlova"], []), (["orlova"], [])]


async def test_it_beats_while_somebody_is_here_and_an_engine_that_is_away_stops_nothing() -> None:
    async with telling(0.02) as (pages, engine):
        await asyncio.sleep(0.06)
        assert engine.told == []
        engine.down = True
        pages.opened("orlova")
        await asyncio.sleep(0.05)
        engine.down = False
        await asyncio.sleep(0.08)
        assert len(engine.told) >= 2 and set(map(str, engine.told)) == {"(['orlova'], [])"}
