"""Record the replays again from a real Asterisk: `python -m tests.replays.record` (three minutes)."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from demo.scenarios import Call
from tests.pbx.bench import Bench, build

HERE = Path(__file__).parent


async def inbound(bench: Bench, *calls: Call) -> None:
    """Patients call; wait until SIPp is through."""
    await bench.patients(calls).wait()


async def from_phones(bench: Bench, *calls: Call) -> None:
    """Operators call."""
    await bench.operators(calls).wait()


def patient(bench: Bench, last: int, line: str, hold_s: float | None, name: str = "") -> Call:
    """One synthetic patient."""
    return Call(f"+7999000{last:04d}", bench.number(line), hold_s, name)


async def full(bench: Bench) -> None:
    """The first caller fills the queue, the second is refused."""
    first = bench.patients([patient(bench, 1811, "full", 5)])
    await asyncio.sleep(2.5)
    await inbound(bench, patient(bench, 1812, "full", None))
    await first.wait()


async def mixed(bench: Bench) -> None:
    """Several things at once."""
    await asyncio.gather(
        inbound(bench, *(patient(bench, 1900 + i, "registry", 4 + i % 3) for i in range(6))),
        inbound(bench, patient(bench, 1910, "second", 7), patient(bench, 1911, "silent", 3)),
        inbound(bench, patient(bench, 1912, "hangs", None)),
        from_phones(bench, Call("1012", "1022", 2), Call("1032", "89990006001", 3)),
    )


async def from_phones_impatient(bench: Bench, call: Call) -> None:
    """An operator cancels a call that nobody takes."""
    await bench.operators([call], patience_s=2).wait()


async def pauses(bench: Bench) -> None:
    """A break by phone code, and back."""
    await from_phones(bench, Call("1001", "*45", None))
    await from_phones(bench, Call("1001", "*46", None))


SCENES = {
    "answered": lambda b: inbound(b, patient(b, 1801, "registry", 5)),
    "answered-operator-hangs-up": lambda b: inbound(b, patient(b, 1802, "hangs", None)),
    "no-answer-then-next": lambda b: inbound(b, patient(b, 1803, "second", 8)),
    "busy-then-next": lambda b: inbound(b, patient(b, 1804, "busy", 6)),
    "declined-then-next": lambda b: inbound(b, patient(b, 1805, "declined", 6)),
    "abandoned-waiting": lambda b: inbound(b, patient(b, 1806, "silent", 3)),
    "abandoned-before-queue": lambda b: inbound(b, patient(b, 1807, "registry", 0.6)),
    "queue-timeout": lambda b: inbound(b, patient(b, 1808, "silent", None)),
    "queue-empty": lambda b: inbound(b, patient(b, 1809, "nobody", None)),
    "queue-full": full,
    "out-of-hours": lambda b: inbound(b, patient(b, 1813, "closed", None)),
    "hostile-name": lambda b: inbound(b, patient(b, 1814, "registry", 4, "O'Brien, <b>|%0d%0aEvent: Hangup Ё😀")),
    "outbound-answered": lambda b: from_phones(b, Call("1001", "89990006001", 3)),
    "outbound-busy": lambda b: from_phones(b, Call("1001", "89990007001", 3)),
    "outbound-hung-up-ringing": lambda b: from_phones_impatient(b, Call("1001", "89990008001", 3)),
    "internal": lambda b: from_phones(b, Call("1001", "1002", 3)),
    "phone-pause-and-back": pauses,
    "mixed": mixed,
}


async def record(bench: Bench, wanted: list[str]) -> None:
    """Write each scene's AMI bytes."""
    await bench.running.start()
    bench.phones()
    await asyncio.sleep(0.5)
    try:
        for name, scene in SCENES.items():
            if wanted and name not in wanted:
                continue
            began = time.monotonic()
            async with bench.tap() as tap:
                await scene(bench)
                # AgentComplete and the devices' last states come a moment after the hang-up.
                await asyncio.sleep(4)
            (HERE / f"{name}.ami").write_bytes(bytes(tap.data))
            strange = {process.unexpected() for process in bench.started}
            print(f"{time.monotonic() - began:5.1f} s {name}: {len(tap.names())} events", *strange)
    finally:
        for process in bench.started:
            process.stop()
        await bench.running.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as home:
        asyncio.run(record(build(Path(home)), sys.argv[1:]))
