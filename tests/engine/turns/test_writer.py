"""What the net under the rooms catches is counted; anything else that is refused is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from engine.store.batch import Batch
from engine.store.lease import LeaseLost
from engine.store.saving import CannotSave, OfferCaught
from engine.turns.figures import Figures
from engine.turns.turn import Turn
from engine.turns.writer import Writer
from engine.world import Counter, Offer, Put

AT = datetime(2026, 11, 21, tzinfo=UTC)
OFFER = Put(Offer(key="o", request="r", operator="orlova", weight=50, at=AT))
COUNTER = Put(Counter(key="c", value=1))


class Refusing:
    """A database that refuses."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def save(self, epoch: int, number: int, batch: Batch) -> None:
        raise self.error

    async def saved(self) -> tuple[int, int]:
        return 1, 0


@pytest.mark.parametrize(
    ("error", "change", "caught"),
    [
        (OfferCaught("two live offers"), OFFER, 1.0), (LeaseLost(), OFFER, 1.0), (LeaseLost(), COUNTER, 0.0),
        (CannotSave("a row was refused"), OFFER, 0.0),
    ],
)  # fmt: skip
async def test_what_is_caught_is_counted(error: Exception, change: Put, caught: float) -> None:
    registry = CollectorRegistry()
    told = asyncio.Event()
    writer = Writer(
        Refusing(error), epoch=1, turn=0, publish=lambda *_: None, perform=lambda _: None, wake=told.set,
        figures=Figures(registry),
    )
    turn = Turn(AT, 0.0)
    turn.batch.add([change], [])
    writer.put(turn)
    running = asyncio.create_task(writer.run())
    if isinstance(error, LeaseLost):
        with pytest.raises(LeaseLost):
            await running
    else:
        await told.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert writer.failed is error
    assert registry.get_sample_value("okno_offers_caught_total") == caught
