"""What the engine costs beside Asterisk: CPU seconds of both for the same answered queue calls, in one run.

One `okno up` with a private Asterisk (CEL and queue_log written), SIPp patients at a steady rate, phones that answer.
The CPU is what the kernel counted for each process between the first call and three seconds after the last. Aim: the
engine's at most 0.40 of Asterisk's. With `--profile` py-spy says what the engine's share was spent on.

    python -m bench.share [--calls 1800] [--rate 30] [--profile FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from demo import sipp
from demo.scenarios import Behaviour, Call, Rule
from demo.sipp import Address
from tests.system import clinic as clinics

AIM = 0.40
OPERATORS = 300
# Asterisk gives an operator no call for 3 s after one (wrapuptime); 300 of them are enough for 30 calls/s of 4 s.
HOLD_S, RING_S = 3.0, 0.5
TICK = os.sysconf("SC_CLK_TCK")


def spent(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended, by the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICK


def family(pid: int) -> list[int]:
    """A process and all that descend from it, now."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def figures(clinic: clinics.Clinic) -> dict[str, float]:
    """CPU seconds of every part of this Okno."""
    return {
        row["name"]: sum(spent(pid) for pid in family(int(row["pid"])))
        for row in clinic.up()["services"] if row["pid"] is not None
    }  # fmt: skip


async def place(
    clinic: clinics.Clinic, calls: int, rate: float, first: int, line: str = clinics.LINES[clinics.MAIN_QUEUE]
) -> None:
    """Patients call, each with a number of his own. Raises AssertionError when SIPp saw anything unexpected."""
    placed = [Call(f"+7999{first + number:07d}", line.lstrip("+"), HOLD_S) for number in range(calls)]
    trunk = int(clinic.config["pbxes"][0]["trunks"][0]["contact"].rsplit(":", 1)[1])
    patients = sipp.calls(Address("127.0.0.2", trunk), Address("127.0.0.1", clinic.sip_port), placed, rate=rate)
    try:
        assert await patients.wait() == 0, patients.unexpected()[-2000:]
    finally:
        patients.stop()
    await asyncio.sleep(3)


def watched(clinic: clinics.Clinic, seconds: float, into: Path) -> subprocess.Popen[bytes]:
    """Begin to sample the engine's stack."""
    command = [
        str(Path(sys.executable).with_name("py-spy")), "record", "--nonblocking", "--rate", "150", "--format", "raw",
        "--duration", str(int(seconds)), "--pid", str(clinic.pid("engine")), "--output", str(into),
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def told(profile: Path) -> Iterable[str]:
    """The heaviest functions of a profile: with what they call, and by themselves."""
    inclusive: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for line in profile.read_text("utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] + ")" if ":" in frame else frame for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        inclusive.update(dict.fromkeys(frames, int(count)))
    total = sum(own.values())
    for title, counted, top in (("with what it calls", inclusive, 70), ("by itself", own, 45)):
        yield f"  {title}, per cent of {total} samples"
        for name, count in counted.most_common(top):
            yield f"    {100 * count / total:5.1f}  {name}"


def people(operators: int, port: int) -> dict[str, Any]:
    """One queue, one line, so many operators whose phones are SIPp at `port`."""
    config = clinics.settings([1] * 11, 1)
    return {
        "queues": [queue for queue in config["queues"] if queue["name"] == clinics.MAIN_QUEUE],
        "lines": [line for line in config["lines"] if line["number"] == clinics.LINES[clinics.MAIN_QUEUE]],
        "operators": [clinics.operator(1001 + n, [clinics.MAIN_QUEUE], port) for n in range(operators)],
    }


async def measure(calls: int, rate: float, profile: Path | None, operators: int) -> tuple[dict[str, float], int]:
    """Run the whole; returns CPU seconds of each part and the number of answered calls."""
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as folder:
        port = clinics.free_ports(1)[0]
        clinic = clinics.start(Path(folder), log_level="info", **people(operators, port))
        phones = None
        try:
            await clinic.ready()
            phones = sipp.phones(Address("127.0.0.1", port), [Rule(Behaviour("answer", ring_s=RING_S))])
            await place(clinic, 100, rate, 0)
            before = figures(clinic)
            sampling = watched(clinic, calls / rate + 5, profile) if profile is not None else None
            await place(clinic, calls, rate, 1000)
            after = figures(clinic)
            if sampling is not None:
                sampling.wait(60)
            return {name: after[name] - before[name] for name in after}, await answered(clinic)
        finally:
            if phones is not None:
                phones.stop()
            clinic.stop()


async def answered(clinic: clinics.Clinic) -> int:
    """How many calls Okno has as answered, those of the warm-up left out."""
    clinic.token = clinic.run("token", "create", "--role", "supervisor").strip().splitlines()[-1]
    calls: list[dict[str, Any]] = await clinic.every("/calls", result="answered")
    return len(calls) - 100


def main() -> int:
    """Print the ratio; exit 1 when it misses the aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1800)
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--operators", type=int, default=OPERATORS)
    parser.add_argument("--profile", type=Path)
    args = parser.parse_args()
    parts, calls = asyncio.run(measure(args.calls, args.rate, args.profile, args.operators))
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{args.calls} calls at {args.rate}/s, {calls} answered; CPU ms per call:")
    for name, seconds in sorted(parts.items(), key=lambda part: -part[1]):
        print(f"  {name:12} {1000 * seconds / max(1, calls):6.2f}")
    ratio = parts["engine"] / parts[next(name for name in parts if name.startswith("asterisk"))]
    print(f"engine / Asterisk: {ratio:.2f} (aim {AIM:.2f})")
    if args.profile is not None:
        print("\n".join(told(args.profile)))
    return 0 if ratio <= AIM and calls == args.calls else 1


if __name__ == "__main__":
    sys.exit(main())
