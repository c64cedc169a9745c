"""A journal in a folder, a shipper that reads it, and a real engine that takes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from engine.client import EngineClient
from engine.journal.tail import Tail
from engine.shipping.memory import Memory
from engine.shipping.shipper import Figures, Pace, Shipper
from tests.engine.clinic import EPOCH, PBX
from tests.engine.conftest import Child
from tests.engine.journal.paper import Paper

WHO = {"actor": "anna", "role": "supervisor", "purpose": "a test"}
PBXES: dict[str, Any] = {"pbxes": [{"name": PBX, "ami": {"port": 1}}]}
QUICK = Pace(look=0.02, beat=0.1, backoff=(0.05, 0.1))


@dataclass
class Journal:
    """Both files of a PBX; `write` puts on disk what was added to the paper."""

    folder: Path
    paper: Paper = field(default_factory=Paper)
    written: dict[str, int] = field(default_factory=dict)

    @property
    def files(self) -> dict[Any, Path]:
        """Where they are."""
        return {"cel": self.folder / "okno.csv", "queue_log": self.folder / "queue_log"}

    def write(self) -> None:
        """Append what is new; queue_log first, so that nothing waits for it."""
        for file, records in (("queue_log", self.paper.queue_log), ("cel", self.paper.cel)):
            new = records[self.written.get(file, 0) :]
            self.written[file] = len(records)
            with self.files[file].open("a", encoding="latin-1") as sink:
                sink.write("".join(new))

    def calls(self, *numbers: int) -> None:
        """Whole calls on disk, a minute apart."""
        for number in numbers:
            self.paper.answered(60.0 * number, 1 + 10 * number)
        self.write()

    @property
    def size(self) -> int:
        """Bytes written."""
        return sum(path.stat().st_size for path in self.files.values())

    def memory(self) -> Memory:
        """A shipper's memory of having always been there."""
        place = self.folder / "memory.json"
        if not place.exists():
            nothing = {"began": EPOCH - 60, "base": {file: None for file in self.files}, "confirmed": {}, "marks": {}}
            place.write_text(json.dumps(nothing))
        return Memory(place, self.files)


@dataclass
class Shipping:
    """A running shipper."""

    memory: Memory
    registry: CollectorRegistry
    task: asyncio.Task[None]

    def metric(self, name: str, **labels: str) -> float:
        """A metric's value."""
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def shipping(journal: Journal, engine: EngineClient, pbx: str = PBX) -> AsyncIterator[Shipping]:
    """A shipper beside the files until the end of the `async with`."""
    memory, registry = journal.memory(), CollectorRegistry()
    tails = {file: Tail(file, path, memory.marks.get(file), grace_s=0) for file, path in journal.files.items()}
    shipper = Shipper(pbx, tails, engine, memory=memory, figures=Figures(registry), pace=QUICK)
    task = asyncio.create_task(shipper.run())
    try:
        yield Shipping(memory, registry, task)
    finally:
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(fact: Callable[[], Any], within_s: float = 20) -> None:
    """Wait until it is so; `fact` may be a coroutine function."""
    for _ in range(int(within_s / 0.05)):
        said = fact()
        if await said if asyncio.iscoroutine(said) else said:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not become so")


async def rows(child: Child, what: str = "calls") -> list[dict[str, Any]]:
    """All calls or requests an engine has."""
    ask = child.client.calls if what == "calls" else child.client.requests
    return list((await ask(**WHO, params={"limit": "500"}))["items"])


async def count(child: Child, wanted: int) -> bool:
    """Whether so many calls are there."""
    return len(await rows(child)) == wanted
