"""Record what a real Asterisk says to an AMI user without a filter: `python -m bench.record_ami` (half a minute).

Ten synthetic calls; all classes of events, as a PBX that nobody has tuned would send them.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from demo.scenarios import Call
from tests.pbx.bench import Bench, bench_settings, build

FILE = Path(__file__).parent / "recordings/all-classes.ami"
USER = "[all-classes]\nsecret = of-the-recording\nread = all\nwrite = reporting\nwritetimeout = 5000\n"


async def record(bench: Bench) -> None:
    """Place the calls and write the bytes."""
    await bench.running.start()
    bench.phones()
    await asyncio.sleep(0.5)
    try:
        async with bench.tap("all-classes", "of-the-recording") as tap:
            calls = [Call(f"+7999000{1700 + n}", bench.number("registry"), 3 + n % 3) for n in range(8)]
            calls += [Call("+79990001790", bench.number("second"), 6), Call("+79990001791", bench.number("silent"), 3)]
            await bench.patients(calls, rate=4).wait()
            await asyncio.sleep(3)
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_bytes(tap.data)
        print(f"{FILE}: {len(tap.names())} events, {len(tap.data)} bytes")
    finally:
        for process in bench.started:
            process.stop()
        await bench.running.stop()


def main() -> None:
    """Build a bench with one more AMI user and record it."""
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as home:
        bench = build(Path(home), bench_settings("record"))
        with (bench.asterisk.etc / "okno-manager.conf").open("a", encoding="utf-8") as users:
            users.write(USER)
        asyncio.run(record(bench))


if __name__ == "__main__":
    main()
