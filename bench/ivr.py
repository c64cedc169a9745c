"""Steps of flows through FastAGI, against a bare dialplan that plays the same sounds and sets the same variables.

A private Asterisk, callers that are Local channels (no SIP, no RTP: what is measured is the steps), the engine's own
listener and runner in this process. A step plays a sound of 20 ms, so that both ways write the same audio: in the flow
it is At + Play (three FastAGI commands), in the dialplan Set, Set and Playback. Both ways in turn, `rounds` times. CPU
is what the kernel counted for Asterisk and for this process.

    python -m bench.ivr [--callers 100] [--steps 60] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from engine.agi.asking import Addresses
from engine.agi.clinic import Present
from engine.agi.counting import Counts
from engine.agi.patients import Patients
from engine.agi.runner import Runner
from engine.agi.server import Server
from engine.asterisk import console
from engine.events import Event
from okno.settings.model import Settings
from tests.pbx.bench import Bench, bench_settings, build, free_port
from tests.pbx.matrix.feeds import world_of

TICK = os.sysconf("SC_CLK_TCK")
SOUND = "okno/ru/tick"
BARE = f"""
[bench-bare]
exten => s,1,Answer()
 same => n,Set(N=0)
 same => n(again),Set(OKNO_STEP=step${{N}})
 same => n,Set(TIMEOUT(absolute)=120)
 same => n,Playback({SOUND})
 same => n,Set(N=$[${{N}}+1])
 same => n,GotoIf($[${{N}} < %d]?again)
 same => n,Hangup()

[bench-heard]
exten => s,1,Answer()
 same => n,Wait(600)
"""


@dataclass(frozen=True)
class Way:
    """One way once: steps a second, and milliseconds of CPU a step of Asterisk and of the engine."""

    steps_s: float
    asterisk_ms: float
    engine_ms: float


def flow(steps: int) -> dict[str, Any]:
    """A chain of steps that each play one sound."""
    named: dict[str, Any] = {
        f"step{number}": {"kind": "play", "prompts": ["tick"], "next": f"step{number + 1}"} for number in range(steps)
    }
    named[f"step{steps}"] = {"kind": "leave", "to": "done"}
    return {"title": {"en": "bench"}, "start": "step0", "steps": named}


def settings(steps: int) -> Settings:
    """The bench's clinic with that flow."""
    plain = bench_settings("ivr").model_dump(mode="json")
    words = {"ru": "t", "en": "t"}
    plain |= {"flows": {"bench": flow(steps)}, "prompts": {"tick": {"label": words, "text": words}}}
    plain["engine"]["agi_port"] = free_port()
    return Settings.model_validate(plain)


def cpu_of(pid: int) -> float:
    """Seconds of CPU a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def active(bench: Bench) -> int:
    """How many channels there are."""
    told = await console.ask(bench.asterisk.control, "core show channels count")
    return int(told.split(" active channel")[0].split()[-1])


async def once(bench: Bench, context: str, callers: int, steps: int) -> Way:
    """All callers at once through one way, until the last is out."""
    pid = bench.running.pid
    if pid is None:
        raise RuntimeError("Asterisk is not running")
    began, spent, ours = time.monotonic(), cpu_of(pid), time.process_time()
    for _ in range(callers):
        await console.ask(bench.asterisk.control, f"channel originate Local/s@bench-heard/n extension s@{context}")
    for wanted in (True, False):
        while (await active(bench) > 0) != wanted:  # noqa: ASYNC110 - a console tells nothing by itself
            await asyncio.sleep(0.02)
    lasted = time.monotonic() - began
    done = callers * steps
    return Way(done / lasted, 1000 * (cpu_of(pid) - spent) / done, 1000 * (time.process_time() - ours) / done)


def take(event: Event, done: Any = None) -> None:
    """Nothing happens in this bench that the loop must hear of."""
    raise AssertionError(type(event).__name__)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("callers", 100), ("steps", 60), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    made = settings(args.steps)
    ways: dict[str, list[Way]] = {"okno-flow-bench": [], "bench-bare": []}
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        bench = build(Path(folder), made, {
            "okno-extensions.conf": BARE % args.steps, "modules.conf": "load = res_clioriginate.so\n",
        })  # fmt: skip
        sound = bench.asterisk.home / f"data/sounds/{SOUND}.alaw"
        sound.parent.mkdir(parents=True, exist_ok=True)
        sound.write_bytes(b"\xd5" * 160)
        counts = Counts()
        present = Present(
            world_of(made), lambda: (made, 1), take, Patients(None, ZoneInfo("UTC")), Addresses({}, str)
        )
        server = Server(Runner(present, counts).serve, CollectorRegistry())
        async with bench:
            await server.listen("127.0.0.1", made.engine.agi_port)
            for _ in range(args.rounds):
                for context, outcomes in ways.items():
                    outcomes.append(await once(bench, context, args.callers, args.steps))
            await server.close()
    left = counts.rows()["flows"]["bench"]["exits"]
    print(f"{args.callers} callers at once, {args.steps} steps each, {args.rounds} rounds; flows ended {left}")
    flows, bare = ways["okno-flow-bench"], ways["bench-bare"]
    for name, outcomes in (("FastAGI", flows), ("bare dialplan", bare)):
        middle = [statistics.median(getattr(one, field) for one in outcomes) for field in Way.__annotations__]
        print(f"{name}: {middle[0]:.0f} steps/s, Asterisk {middle[1]:.3f} ms a step, engine {middle[2]:.3f} ms a step")
    ratios = [(one.asterisk_ms + one.engine_ms) / (other.asterisk_ms + other.engine_ms)
              for one, other in zip(flows, bare, strict=True)]  # fmt: skip
    print(f"CPU of both against the bare dialplan's, median of rounds: {statistics.median(ratios):.2f}")
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    asyncio.run(main())
