"""Playing the scenarios: all at once or one alone, and what is recorded of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from tests.pbx.matrix.ami import Ears, Hands, hands
from tests.pbx.matrix.clinic import Clinic
from tests.pbx.matrix.play import SCENARIOS, Expected, Scenario
from tests.pbx.matrix.stage import Stage

MODULES = (
    "queueing", "outbound", "internal", "strays", "transfers", "features", "park_pickup", "conference", "holding",
    "forwards", "tangles", "crossings", "page",
)  # fmt: skip
PLAY_S = 120
# AgentComplete, the phones' last states and CEL's last rows come a moment after the hang-up.
CALM_S = 4.0
BETWEEN_S = 0.15


@dataclass
class Played:
    """What came of a run: what each scenario expects, or how it broke; the AMI bytes, the journal as it grew."""

    expected: dict[str, list[Expected]] = field(default_factory=dict)
    broken: dict[str, BaseException] = field(default_factory=dict)
    ami: bytes = b""
    cel: bytes = b""
    queue_log: bytes = b""
    until: datetime | None = None


def every() -> list[Scenario]:
    """All scenarios there are, in the order of their blocks."""
    for name in MODULES:
        with contextlib.suppress(ModuleNotFoundError):
            import_module(f"tests.pbx.matrix.{name}")
    return sorted(SCENARIOS.values(), key=lambda one: one.block)


@asynccontextmanager
async def company(stage: Stage) -> AsyncIterator[tuple[Ears, Hands]]:
    """Ears and hands for the plays on a stage."""
    async with stage.bench.tap() as tap, hands(stage.bench) as ordering:
        ears = Ears(tap)
        listening = asyncio.create_task(ears.run())
        try:
            yield ears, ordering
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def perform(stage: Stage, scenarios: Sequence[Scenario]) -> Played:
    """Play the scenarios at once and record it."""
    played = Played()
    marks = [_size(file) for file in _files(stage)]

    async with company(stage) as (ears, ordering):

        async def one(number: int, scenario: Scenario) -> None:
            await asyncio.sleep(number * BETWEEN_S)
            try:
                async with asyncio.timeout(PLAY_S):
                    played.expected[scenario.name] = await scenario.play(Clinic(stage, scenario, ears, ordering))
            except Exception as problem:
                played.broken[scenario.name] = problem

        await asyncio.gather(*(one(number, scenario) for number, scenario in enumerate(scenarios)))
        await asyncio.sleep(CALM_S)
        played.ami = bytes(ears.tap.data)
    played.until = datetime.now(UTC)
    played.cel, played.queue_log = (file.read_bytes()[mark:] for file, mark in zip(_files(stage), marks, strict=True))
    return played


def _files(stage: Stage) -> list[Path]:
    log = stage.bench.asterisk.home / "log"
    return [log / "cel-custom/okno.csv", log / "queue_log"]


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
