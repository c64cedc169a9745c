"""The links as one: told whether we lead, begun anew when too much came at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from engine.effects import Order, PauseMember
from engine.events import PbxLinkChanged
from engine.turns.links import Links


class Link:
    """A link that lives until it is closed."""

    def __init__(self) -> None:
        self.alive, self.state, self.lag_s, self.queued = False, "live", 0.0, 0
        self.closed, self.ordered = False, list[Any]()

    async def run(self) -> None:
        """Live."""
        await asyncio.Event().wait()

    async def perform(self, effect: Order) -> None:
        """Note it."""
        self.ordered.append(effect)

    async def close(self) -> None:
        """End."""
        self.closed = True


@pytest.fixture
def made() -> Iterator[list[Link]]:
    """Every link made."""
    yield []


async def test_begun_anew_once_the_loop_takes_facts_again(made: list[Link]) -> None:
    told: list[PbxLinkChanged] = []
    full = True

    def make(name: str) -> Link:
        made.append(Link())
        return made[-1]

    links = Links(["main"], make, told.append, lambda: full)
    task = asyncio.create_task(links.run())
    await asyncio.sleep(0.02)
    links.tell_alive(True)
    assert made[0].alive
    links.begin_anew("main")
    links.begin_anew("main")
    await asyncio.sleep(0.05)
    assert made[0].closed and len(made) == 1
    assert [(event.state, event.reason) for event in told] == [("down", "overflow")]
    full = False
    await asyncio.sleep(0.6)
    assert len(made) == 2 and made[1].alive and not made[1].closed
    effect = PauseMember(pbx="main", interface="PJSIP/1", paused=True, reason="eng:acw")
    await links.perform(effect)
    assert made[1].ordered == [effect] and links.of("main") is made[1]
    await links.close()
    assert made[1].closed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_link_that_fails_ends_the_engine(made: list[Link]) -> None:
    class Broken(Link):
        async def run(self) -> None:
            raise RuntimeError("a mistake of ours")

    links = Links(["main"], lambda _: Broken(), lambda _: None, lambda: False)
    with pytest.raises(ExceptionGroup):
        await links.run()
