"""Ten thousand calls of a PBX's journal told to an engine with live calls: how long, and how late the live ones are.

One `okno up` whose private Asterisk gets five calls a second, and a second PBX of which only the journal is there: two
hours that went by unheard. Its files are read and sent by the real shipper. Prints seconds until every call is saved,
and how late live events were meanwhile: by their own timestamps at the link, and in the loop's queue. Bars: 30 s and
200 ms.

    python -m bench.reconcile [--calls 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bench import copies
from bench.share import people, place, told, watched
from bench.share import spent as cpu
from demo import sipp
from demo.scenarios import Behaviour, Rule
from demo.sipp import Address
from engine.client import EngineClient
from engine.journal.parts import FileName
from engine.journal.tail import Tail
from engine.shipping.memory import Memory
from engine.shipping.shipper import Figures, Shipper
from okno.settings import Runtime, load_settings
from tests.pbx.bench import LINES, MEMBERS
from tests.system import clinic as clinics

BRANCH = "branch"
LIVE_RATE = 5.0


def settings(port: int) -> dict[str, Any]:
    """The clinic of `bench.share`, and the branch with the queues, operators and lines of the recorded run."""
    made = people(60, port)
    for number, operator in enumerate(made["operators"]):
        operator |= {"extension": str(3001 + number), "name": f"live{3001 + number}", "pbx": "main"}
        operator["contact"] = f"sip:{operator['extension']}@127.0.0.1:{port}"
    titles = {name: {"ru": name, "en": name} for name in LINES}
    made["queues"] += [{"name": name, "title": titles[name], "wrap_up_s": 0} for name in MEMBERS]
    made["operators"] += [
        clinics.operator(int(extension), [queue], port) | {"pbx": BRANCH}
        for queue, extensions in MEMBERS.items() for extension in extensions
    ]  # fmt: skip
    made["lines"] = [
        {"number": f"+7343000{index:04d}", "source": titles[line], "queue": "registry" if line == "closed" else line}
        for index, line in enumerate(LINES, 1)
    ] + [{"number": "+73430000099", "source": titles["registry"], "queue": clinics.MAIN_QUEUE}]
    return made


def write(folder: Path, count: int) -> dict[FileName, Path]:
    """The journal of so many copies; returns its files."""
    files: dict[FileName, Path] = {"cel": folder / "okno.csv", "queue_log": folder / "queue_log"}
    with files["cel"].open("w") as cel, files["queue_log"].open("w") as log:
        for rows, lines in copies.journal(count, time.time()):
            cel.write(rows)
            log.write(lines)
    return files


async def metrics(clinic: clinics.Clinic) -> dict[str, float]:
    """The engine's samples, by name and labels."""
    url = f"http://127.0.0.1:{clinic.config['engine']['port']}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        text = await answer.text()
    return {
        sample.name + json.dumps(sample.labels, sort_keys=True): sample.value
        for family in text_string_to_metric_families(text) for sample in family.samples
    }  # fmt: skip


def repaired(seen: dict[str, float]) -> float:
    """Calls the journal has made or mended."""
    return sum(value for name, value in seen.items() if name.startswith("okno_journal_repairs_total"))


async def watch(engine: EngineClient, lags: list[float]) -> None:
    """Note how late the link's events are, ten times a second."""
    while True:
        status = await engine.status()
        lags += [link["lag_s"] for link in status["pbxes"] if link["id"] == "main"]
        await asyncio.sleep(0.1)


async def ship(
    clinic: clinics.Clinic, files: dict[FileName, Path], total: int, lags: list[float]
) -> tuple[float, dict[str, float]]:
    """Send the journal; returns the seconds until every call of it was saved, and what the loop's lag did."""
    runtime = Runtime(load_settings(clinic.state / "okno.yaml"), clinic.state)
    memory = files["cel"].with_name("memory.json")
    memory.write_text(json.dumps({"began": 1e9, "base": {}, "confirmed": {}, "marks": {}}))
    before = await metrics(clinic)
    began = time.monotonic()
    async with EngineClient(runtime) as engine:
        tails = {file: Tail(file, path) for file, path in files.items()}
        shipper = Shipper(
            BRANCH, tails, engine, memory=Memory(memory, files), figures=Figures(CollectorRegistry())
        )
        shipping = asyncio.create_task(shipper.run())
        watching = asyncio.create_task(watch(engine, lags))
        try:
            while repaired(await metrics(clinic)) - repaired(before) < total and time.monotonic() - began < 300:
                if shipping.done():
                    shipping.result()
                await asyncio.sleep(0.25)
        finally:
            for task in (shipping, watching):
                task.cancel()
            await asyncio.gather(shipping, watching, return_exceptions=True)
    spent, after = time.monotonic() - began, await metrics(clinic)
    waits = {name: after[name] - before.get(name, 0.0) for name in after if "okno_loop_lag_seconds_bucket" in name}
    return spent, waits


async def measure(calls: int, profile: Path | None) -> tuple[float, list[float], dict[str, float], int, float]:
    """Everything; the last is the engine's CPU seconds meanwhile, those of the live calls included."""
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        port = clinics.free_ports(1)[0]
        attached = {"name": BRANCH, "managed": False, "ami": {"port": 1}, "trunks": [{"name": "trunk"}]}
        clinic = clinics.start(Path(folder), log_level="info", attached=[attached], **settings(port))
        phones = None
        lags: list[float] = []
        try:
            await clinic.ready()
            phones = sipp.phones(Address("127.0.0.1", port), [Rule(Behaviour("answer", ring_s=0.5))])
            await place(clinic, 20, LIVE_RATE, 0, line="+73430000099")
            journal = Path(folder) / "branch"
            journal.mkdir()
            count = -(-calls // copies.CALLS)
            files = write(journal, count)
            live = asyncio.create_task(place(clinic, 200, LIVE_RATE, 1000, line="+73430000099"))
            await asyncio.sleep(3)
            sampling = watched(clinic, 25, profile) if profile is not None else None
            worked = cpu(clinic.pid("engine"))
            spent, waits = await ship(clinic, files, count * copies.CALLS, lags)
            worked = cpu(clinic.pid("engine")) - worked
            if sampling is not None:
                sampling.wait(60)
            await live
            clinic.token = clinic.run("token", "create", "--role", "supervisor").strip().splitlines()[-1]
            kept = [call for call in await clinic.every("/calls") if call["pbx"] == BRANCH]
            return spent, lags, waits, len({call["id"] for call in kept if call["ended_at"]}), worked
        finally:
            if phones is not None:
                phones.stop()
            clinic.stop()


def main() -> int:
    """Print the figures; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--profile", type=Path)
    args = parser.parse_args()
    spent, lags, waits, kept, worked = asyncio.run(measure(args.calls, args.profile))
    print(f"{kept} calls of the journal saved in {spent:.1f} s ({kept / spent:.0f} calls/s); bar 30 s for 10,000")
    print(f"CPU of the engine: {worked:.1f} s, {1000 * worked / max(1, kept):.2f} ms a call, live calls included")
    print(f"live events at the link: latest {1000 * max(lags, default=0):.0f} ms of {len(lags)} looks; bar 200 ms")
    for name, count in waits.items():
        limit = json.loads(name[name.index("{") :])["le"]
        print(f"  events that waited in the loop at most {limit:>6} s: {count:.0f}")
    if args.profile is not None:
        print("\n".join(told(args.profile)))
    return 0 if spent <= 30 * args.calls / 10_000 and max(lags, default=0) <= 0.2 else 1


if __name__ == "__main__":
    sys.exit(main())
